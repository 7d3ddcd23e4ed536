// How fields and times are called for people.
const clean = text => text.replace(/\s+/g, " ").trim().replace(/:$/, "")

export function labelOf(control) {
  const cell = control.closest(".tabular td")
  const field = cell && [...cell.classList].find(name => name.startsWith("field-"))
  const head = field && cell.closest("table").querySelector(`thead .column-${field.slice("field-".length)}`)
  if (head) return `${clean(head.textContent)}, row ${cell.parentElement.rowIndex}`
  const group = control.closest("fieldset")?.querySelector("legend")
  const isOneOfMany = ["checkbox", "radio"].includes(control.type) && control.form.elements[control.name]?.length > 1
  const id = control.id.replace(/_(to|from)$/, "")
  const label = control.form.querySelector(`label[for="${CSS.escape(id)}"]`)
  const row = control.closest(".form-row")
  if (isOneOfMany) return clean((group ?? row?.querySelector("label, legend"))?.textContent ?? control.name)
  const own = label?.textContent ?? control.getAttribute("aria-label") ?? row?.querySelector("label, legend")?.textContent
  return clean(own ?? control.name)
}

// The text of rich text, a line for each paragraph.
function plain(text) {
  if (!/<\w/.test(text)) return text
  const page = new DOMParser().parseFromString(text.replace(/<\/(p|li|h\d|blockquote|tr|figure)>/g, "$&\n"), "text/html")
  return page.body.textContent.trim()
}

function wordFor(control, value) {
  if (control?.tagName === "SELECT") {
    return [...control.options].find(option => option.value === value)?.text
  }
  return control?.id && control.form.querySelector(`label[for="${CSS.escape(control.id)}"]`)?.textContent.trim()
}

// `values` of a field in words. `labels` are those that the draft has for choices this page does not offer.
export function inWords(controls, values, labels = {}) {
  const [first] = controls
  if (first?.type === "checkbox" && controls.length === 1) return values.length ? "ticked" : "not ticked"
  const words = values.map(value => {
    const own = first?.tagName === "SELECT" ? first : controls.find(control => control.value === value)
    const isChoice = first && (first.tagName === "SELECT" || ["checkbox", "radio"].includes(first.type))
    return clean((isChoice && wordFor(own, value)) || labels[value] || "") || plain(value)
  })
  return words.join(", ")
}

export function age(since, now = new Date()) {
  const seconds = Math.max(0, Math.round((now - new Date(since)) / 1000))
  const [size, unit] = seconds < 60 ? [1, "second"] : seconds < 3600 ? [60, "minute"]
    : seconds < 86400 ? [3600, "hour"] : [86400, "day"]
  const many = Math.floor(seconds / size)
  return seconds < 3 ? "just now" : `${many} ${unit}${many === 1 ? "" : "s"} ago`
}

export const clock = time => new Date(time).toLocaleTimeString("en-US", { hour: "2-digit", minute: "2-digit", hour12: false })
