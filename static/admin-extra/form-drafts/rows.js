// Rows of the inlines: Django numbers their fields, and the numbers shift. A draft names a row by what stays:
// "citations#12-title" for the row with the number 12, "citations+0-title" for the first that was added.
const value = (form, name) => form.elements[name]?.value ?? ""
const count = (form, prefix, which) => Number(value(form, `${prefix}-${which}_FORMS`) || 0)

export const prefixes = form =>
  [...form.querySelectorAll("input[name$='-TOTAL_FORMS']")].map(input => input.name.slice(0, -"-TOTAL_FORMS".length))

// {prefix, row, field}, row a number or "__prefix__"; null for a field of the form itself.
export function partsOf(name, known) {
  for (const prefix of known) {
    const found = name.startsWith(`${prefix}-`) && name.slice(prefix.length + 1).match(/^(\d+|__prefix__)-(.+)$/)
    if (found) return { prefix, row: found[1], field: found[2] }
  }
  return null
}

export function lastingName(form, name, known) {
  const parts = partsOf(name, known)
  if (!parts) return name
  const { prefix, row, field } = parts
  const stored = value(form, `${prefix}-${row}-id`)
  return stored ? `${prefix}#${stored}-${field}` : `${prefix}+${row - count(form, prefix, "INITIAL")}-${field}`
}

const LASTING = /^(.+)([#+])(\d+)-(.+)$/

// [prefix, "#" or "+", number, field] of a lasting name; null for a field of the form itself.
export const partsOfLasting = name => name.match(LASTING)?.slice(1) ?? null

function storedRow(form, prefix, number) {
  for (let row = 0; row < count(form, prefix, "TOTAL"); row++) {
    if (value(form, `${prefix}-${row}-id`) === number) return row
  }
  return null
}

function addRow(form, prefix) {
  const before = count(form, prefix, "TOTAL")
  document.querySelector(`#${CSS.escape(prefix)}-group .add-row a`)?.click()
  return count(form, prefix, "TOTAL") > before ? before : null
}

// How the fields that a draft names are called on this page: a function from lasting names. Adds the rows that it needs;
// a row that somebody deleted meanwhile comes back as an added one.
export function placesFor(form, names, isBlank) {
  const places = new Map()
  const inOrder = names.map(partsOfLasting).filter(Boolean)
  inOrder.sort((one, other) => one[2] - other[2])
  const used = new Set()
  for (const [prefix, kind, number] of inOrder) {
    const key = `${prefix}${kind}${number}`
    if (places.has(key)) continue
    let row = kind === "#" ? storedRow(form, prefix, number) : null
    for (let spare = count(form, prefix, "INITIAL"); row === null && spare < count(form, prefix, "TOTAL"); spare++) {
      if (!used.has(`${prefix} ${spare}`) && isBlank(prefix, spare)) row = spare
    }
    row ??= addRow(form, prefix)
    used.add(`${prefix} ${row}`)
    places.set(key, row)
  }
  return name => {
    const parts = partsOfLasting(name)
    if (!parts) return name
    const row = places.get(parts.slice(0, 3).join(""))
    return row === null ? "" : `${parts[0]}-${row}-${parts[3]}`
  }
}
