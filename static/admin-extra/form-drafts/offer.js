// The offer of a draft: how old it is, what differs, and what may become of it.
import { isSame } from "form-drafts/fields"
import { partsOfLasting } from "form-drafts/rows"
import { age, inWords, labelOf } from "form-drafts/words"

const AROUND = 60 // characters that are shown before and after what differs in a long text

export function element(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties)
  made.append(...children)
  return made
}

// [same before, what differs, same after] of `text` beside `other`.
function difference(text, other) {
  let start = 0, end = 0
  const most = Math.min(text.length, other.length)
  while (start < most && text[start] === other[start]) start++
  while (end < most - start && text.at(-1 - end) === other.at(-1 - end)) end++
  return [text.slice(0, start), text.slice(start, text.length - end), text.slice(text.length - end)]
}

function shown(text, other) {
  if (!text) return [element("em", { textContent: "nothing" })]
  const [before, differs, after] = difference(text, other)
  const head = before.length > AROUND ? `… ${before.slice(-AROUND)}` : before
  const tail = after.length > AROUND ? `${after.slice(0, AROUND)} …` : after
  return [head, element("mark", { textContent: differs }), tail]
}

// The controls of a field on this page; for a row that it does not have, those of the empty row.
function controlsFor(fields, name) {
  const own = fields.controls(name)
  const row = partsOfLasting(name)
  if (own.length || !row) return own
  return [...fields.form.elements].filter(control => control.name === `${row[0]}-__prefix__-${row[3]}`)
}

export function nameFor(controls, name) {
  const row = partsOfLasting(name)
  const label = controls.length ? labelOf(controls[0]).replace(/, row \d+$/, "") : row ? row[3] : name
  if (!row) return label
  return row[1] === "+" ? `${label}, added row ${Number(row[2]) + 1}` : `${label}, in a row`
}

// Fields that differ from what the page holds now.
export const differing = (fields, content) => {
  const now = fields.now()
  return Object.keys(content.fields).filter(name => !isSame(content.fields[name], now[name] ?? fields.before(name)))
}

export function comparison(fields, content) {
  const now = fields.now()
  const lines = differing(fields, content).map(name => {
    const controls = controlsFor(fields, name)
    const stored = inWords(controls, now[name] ?? [])
    const typed = inWords(controls, content.fields[name], content.labels?.[name])
    return element("tr", {},
      element("th", { scope: "row", textContent: nameFor(controls, name) }),
      element("td", {}, ...shown(stored, typed)),
      element("td", {}, ...shown(typed, stored)))
  })
  const heads = ["Field", "Stored now", "What you typed"].map(text => element("th", { scope: "col", textContent: text }))
  return element("table", { className: "draft-comparison" },
    element("thead", {}, element("tr", {}, ...heads)), element("tbody", {}, ...lines))
}

export function changedSince(fields, content) {
  return Object.entries(content.before).some(([name, before]) => name in fields.first && !isSame(before, fields.first[name]))
    || (content.stored && content.stored !== storedMark(fields))
}

// Differs if anything that the page was sent with differs.
export function storedMark(fields) {
  let mark = 5381
  for (const character of JSON.stringify(fields.first)) mark = (mark * 33 + character.codePointAt(0)) % 2 ** 32
  return mark
}

export function button(text, act) {
  return element("button", { type: "button", className: "button", textContent: text, onclick: act })
}

// How old it is. What may be done with it is added by whoever offers it.
export function sectionOf(draft) {
  const kept = new Date(draft.kept_at)
  const at = kept.toLocaleString("en-US", { month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", hour12: false })
  const section = element("section", { className: "draft-offer" },
    element("h2", { textContent: `You typed something here ${age(kept)} that was not saved` }),
    element("p", { textContent: `Kept ${at}. Readers and your colleagues do not see it.` }))
  section.setAttribute("aria-label", "A draft of yours")
  return section
}

export function offerOf(fields, draft, { goOn, throwAway }) {
  const section = sectionOf(draft)
  if (changedSince(fields, draft.content)) {
    section.append(element("p", { className: "draft-changed", textContent:
      "What is stored was changed since you began. Compare before you go on with it." }))
  }
  section.append(
    element("details", {}, element("summary", { textContent: "Compare" }), comparison(fields, draft.content)),
    element("p", { className: "draft-buttons" },
      button("Go on with it", () => goOn(section)), button("Throw it away", () => throwAway(section))))
  return section
}
