// What stands in a form: {lasting name: [values]}, as typed, and as it was when the server sent the page.
import { lastingName, partsOf, prefixes } from "form-drafts/rows"

const NO_TEXT = ["file", "password", "submit", "button", "image", "reset"]
const OF_ROWS = /-(TOTAL|INITIAL|MIN_NUM|MAX_NUM)_FORMS$/
const isLeftBox = control => control.matches("select.filtered[id$='_from']") // what is not chosen
const isRightBox = control => control.matches("select.filtered[id$='_to']")

export function controlsOf(form) {
  return [...form.elements].filter(control =>
    control.name && control.matches("input, select, textarea") && !NO_TEXT.includes(control.type) &&
    !control.name.startsWith("_") && !control.name.startsWith("initial-") && control.name !== "csrfmiddlewaretoken" &&
    !OF_ROWS.test(control.name) && !isLeftBox(control))
}

function valuesNow(control) {
  if (control.type === "checkbox" || control.type === "radio") return control.checked ? [control.value] : []
  if (control.tagName !== "SELECT") return [control.value]
  const chosen = isRightBox(control) ? [...control.options] : [...control.selectedOptions]
  return chosen.map(option => option.value)
}

function valuesAtFirst(control) {
  if (control.type === "checkbox" || control.type === "radio") return control.defaultChecked ? [control.value] : []
  if (control.tagName !== "SELECT") return [control.defaultValue]
  const chosen = [...control.options].filter(option => option.defaultSelected).map(option => option.value)
  return chosen.length || control.multiple || !control.options.length ? chosen : [control.options[0].value]
}

function read(form, valuesOf, nameOf, isWanted) {
  const found = {}
  for (const control of controlsOf(form)) {
    if (!isWanted(control)) continue
    const name = nameOf(control.name)
    found[name] = [...(found[name] ?? []), ...valuesOf(control)]
  }
  for (const name in found) if (found[name].length > 1) found[name].sort()
  return found
}

export const isSame = (one, other) => JSON.stringify(one ?? []) === JSON.stringify(other ?? [])

// The fields of one form, and what they held at first.
export class Fields {
  constructor(form) {
    this.form = form
    this.prefixes = prefixes(form)
    const isOwn = control => control.type !== "hidden" && !partsOf(control.name, this.prefixes)?.row.startsWith("_")
    this.isOwn = isOwn
    this.name = name => lastingName(form, name, this.prefixes)
    this.first = read(form, valuesAtFirst, this.name, isOwn)
    const isOfEmptyRow = control => control.type !== "hidden" && control.name.includes("-__prefix__-")
    this.empty = read(form, valuesAtFirst, name => name, isOfEmptyRow)
  }

  // An added row began as the empty one did, also on a page that the server sent back with mistakes to mend.
  before(name) {
    const added = name.match(/^(.+)\+\d+-(.+)$/)
    return (added ? this.empty[`${added[1]}-__prefix__-${added[2]}`] : this.first[name]) ?? []
  }

  now() {
    return read(this.form, valuesNow, this.name, this.isOwn)
  }

  // Those that differ from what they held at first, and what that was.
  changed() {
    const fields = {}, before = {}, labels = {}
    for (const [name, values] of Object.entries(this.now())) {
      if (isSame(values, this.before(name))) continue
      fields[name] = values
      before[name] = this.before(name)
      const [first] = this.controls(name)
      if (first.tagName === "SELECT") labels[name] = Object.fromEntries([...first.options]
        .filter(option => values.includes(option.value)).map(option => [option.value, option.text]))
    }
    return { fields, before, labels }
  }

  isChanged() {
    return Object.keys(this.changed().fields).length > 0
  }

  // Numbers that belong to the version that was opened; they go back with the text, so that the server sees a conflict.
  hidden() {
    const found = {}
    for (const control of controlsOf(this.form)) {
      if (control.type !== "hidden" || "ofThisPage" in control.dataset) continue
      if (!partsOf(control.name, this.prefixes)) found[control.name] = control.value
    }
    return found
  }

  controls(name) {
    return controlsOf(this.form).filter(control => this.name(control.name) === name && this.isOwn(control))
  }

  isBlankRow(prefix, row) {
    const ofRow = this.name(`${prefix}-${row}-x`).slice(0, -1)
    const typed = Object.entries(this.now()).filter(([name]) => name.startsWith(ofRow))
    return typed.every(([name, values]) => isSame(values, this.before(name)))
  }
}
