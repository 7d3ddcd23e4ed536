// Puts what a draft holds back into its form.
import { partsOfLasting, placesFor } from "form-drafts/rows"

const tell = (control, name) => control.dispatchEvent(new Event(name, { bubbles: true }))

function choose(select, values, labels) {
  for (const value of values) {
    if (![...select.options].some(option => option.value === value)) {
      select.append(new Option(labels[value] ?? value, value))
    }
  }
  for (const option of select.options) option.selected = values.includes(option.value)
}

// The two boxes of Django's filter_horizontal, which keeps its own list of what stands in each.
function fillBoxes(right, values) {
  const left = right.id.replace(/_to$/, "_from")
  window.SelectBox.move_all(right.id, left)
  const from = document.getElementById(left)
  for (const option of from.options) option.selected = values.includes(option.value)
  window.SelectBox.move(left, right.id)
  window.SelectFilter.refresh_icons(right.id.replace(/_to$/, ""))
}

function put(control, values, labels) {
  if (control.type === "checkbox" || control.type === "radio") control.checked = values.includes(control.value)
  else if (control.matches("select.filtered[id$='_to']")) fillBoxes(control, values)
  else if (control.tagName === "SELECT") choose(control, values, labels)
  else control.value = values[0] ?? ""
}

function announce(control) {
  tell(control, "input")
  tell(control, "change")
  if (control.tagName === "TEXTAREA") tell(control, "draft:restored") // an editor that stands over it reads it again
}

export const ready = () => document.readyState === "complete"
  ? Promise.resolve() : new Promise(done => window.addEventListener("load", done, { once: true }))

// Returns the names of fields that this page does not have. Once the page is ready: Django's own widgets are set up then.
export function restore(fields, content) {
  const { form } = fields, missing = [], done = []
  const names = Object.keys(content.fields)
  const place = placesFor(form, names, (prefix, row) => fields.isBlankRow(prefix, row))
  for (const name of names) {
    const here = place(name)
    const controls = here ? fields.controls(fields.name(here)) : []
    if (!controls.length) missing.push(name)
    for (const control of controls) put(control, content.fields[name], content.labels?.[name] ?? {})
    done.push(...controls)
  }
  for (const [name, value] of Object.entries(content.hidden ?? {})) {
    if (form.elements[name]?.type === "hidden" && !partsOfLasting(name)) form.elements[name].value = value
  }
  // From the end: a slug hears that it was typed before its title offers to fill it.
  for (const control of done.reverse()) announce(control)
  return missing
}
