// What is pasted, in the markup of articles. Which element becomes which is said by `rules`, the table that
// articles/markup.py cleans by; here stands what only a clipboard has. The style of an element is read as text: the
// site's policy hides inline styles from the parser of the editor.
import { Extension, Plugin } from "django-prose-editor/editor"
import { element } from "article-editor/dialogs"
import { leaveOffice, listsOf, LOOKS, notesOf, styleOf } from "article-editor/word"

const BLOCKS = new Set([
  ..."address article aside blockquote center dd details div dl dt fieldset figcaption figure footer form".split(" "),
  ..."h1 h2 h3 h4 h5 h6 header hgroup hr li main nav ol p pre section summary".split(" "),
  ..."table caption thead tbody tfoot tr td th ul".split(" "),
])
const ATTRIBUTES = { a: ["href"], img: ["src", "alt"], td: ["colspan", "rowspan"], th: ["colspan", "rowspan"] }
const EMBEDDED = { svg: "drawing", math: "formula", iframe: "embedded page", video: "video", audio: "sound" }
const HIDDEN = /display\s*:\s*none|mso-hide\s*:\s*all/i
const COLOUR = /(?<![\w-])(?:color|background(?:-color)?)\s*:\s*([^;]+)/gi
const NO_COLOUR = /^(?:black|white|window(?:text)?|auto|inherit|initial|transparent|none|gr[ae]y|currentcolor)\b|var\(/i
const GREY_SPREAD = 40 // of 255: a colour whose parts are nearer to each other is a grey, as the text of many a page is
const UNDERLINED = /(?<![\w-])text-decoration(?:-line)?\s*:[^;]*underline/i
const STYLES = /<style\b[^>]*>[^]*?<\/style\s*>/gi
const TAG = /<[a-z](?:"[^"]*"|'[^']*'|[^'">])*>/gi
const STYLE_OR_ACT = /"[^"]*"|'[^']*'|\s(style|on[a-z]+)(?=\s*=)/gi
const hasBlock = (node) => [...node.querySelectorAll("*")].some((each) => BLOCKS.has(each.localName))

// Counts what is left out: kind (one of it) to a number; a kind with Infinity has no number.
class Tally extends Map {
  add(kind, count = 1) {
    this.set(kind, (this.get(kind) ?? 0) + count)
  }

  sentence() {
    const counted = [...this].sort(([, one], [, other]) => (one === Infinity) - (other === Infinity))
    const parts = counted.map(([kind, count]) => {
      if (count === Infinity) return kind
      return `${count} ${kind}${count > 1 ? "s" : ""}`
    })
    return parts.length ? `Left out from what you pasted: ${parts.join(", ")}.` : ""
  }
}

export const Pasting = Extension.create({
  name: "pasting",
  addOptions: () => ({ rules: null, say: () => {} }),
  onCreate() {
    this.storage.said = ""
  },
  onTransaction({ transaction }) {
    if (!["paste", "drop"].includes(transaction.getMeta("uiEvent"))) return
    this.options.say(this.storage.said)
    this.storage.said = ""
  },
  addProseMirrorPlugins() {
    const transformPastedHTML = (html) => {
      const { html: cleaned, leftOut } = cleanPasted(html, this.options.rules)
      this.storage.said = leftOut.sentence()
      return cleaned
    }
    return [new Plugin({ props: { transformPastedHTML } })]
  },
})

export function cleanPasted(html, rules) {
  const leftOut = new Tally()
  const page = new DOMParser().parseFromString(withoutActs(html), "text/html") // inert: nothing is fetched or run
  const body = page.body
  if (html.includes("data-pm-slice")) { // what this editor, or one like it, copied
    leavePictures(body, rules, leftOut)
    return { html: body.innerHTML, leftOut }
  }
  for (const callout of body.querySelectorAll("div.callout[role=note]")) { // as articles/markup.py shows an aside
    callout.replaceWith(element("aside", {}, callout.childNodes))
  }
  noteLooks(body, leftOut)
  leaveOffice(page, leftOut)
  leaveSilent(body, rules, leftOut)
  leavePictures(body, rules, leftOut)
  notesOf(body)
  listsOf(body)
  for (const link of body.querySelectorAll("a")) mendLink(link, rules, leftOut)
  renameAll(body, rules)
  for (const table of [...body.querySelectorAll("table")].reverse()) mendTable(table)
  for (const node of [...body.querySelectorAll("*")].reverse()) settle(node, rules)
  leaveEmpty(body)
  return { html: body.innerHTML.trim(), leftOut }
}

// Even in a page that is never shown the browser reports each style and each act of an element to the policy.
export function withoutActs(html) {
  return html.replace(STYLES, "").replace(TAG, (tag) => tag.replace(STYLE_OR_ACT, (text, name) => {
    if (!name) return text
    return name.toLowerCase() === "style" ? ` ${LOOKS}` : " data-act"
  }))
}

function noteLooks(body, leftOut) {
  for (const node of body.querySelectorAll(`[${LOOKS}], font[color], u, [bgcolor]`)) {
    const style = styleOf(node)
    if (node.closest("a") || node.querySelector("a")) continue
    const colours = [...style.matchAll(COLOUR)].map(([, value]) => value)
    for (const name of ["color", "bgcolor"]) colours.push(node.getAttribute(name) ?? "")
    if (colours.some(isColour)) leftOut.set("colours", Infinity)
    if (node.localName === "u" || UNDERLINED.test(style)) leftOut.set("underlining", Infinity)
  }
}

function isColour(value) {
  const text = value.trim()
  const hex = text.match(/^#([0-9a-f]{3}|[0-9a-f]{6})\b/i)?.[1]
  const digits = hex?.length === 3 ? [...hex].map((digit) => digit + digit) : hex?.match(/../g)
  const numbers = text.match(/^rgba?\(([^)]*)\)/i)?.[1].split(/[\s,/]+/)
  const parts = digits?.map((pair) => parseInt(pair, 16)) ?? numbers?.map(Number)
  if (!parts) return Boolean(text) && !NO_COLOUR.test(text)
  return parts[3] !== 0 && Math.max(...parts.slice(0, 3)) - Math.min(...parts.slice(0, 3)) > GREY_SPREAD
}

function leaveSilent(body, rules, leftOut) {
  const struck = new RegExp(rules.struck, "i")
  for (const node of body.querySelectorAll("*")) {
    const style = styleOf(node)
    if (HIDDEN.test(style)) node.remove()
    else if (rules.struckOut.includes(node.localName) || struck.test(style)) {
      if (node.isConnected && node.textContent.trim()) leftOut.add("struck-out passage")
      node.remove()
    } else if (rules.dropped.includes(node.localName)) {
      if (node.isConnected && EMBEDDED[node.localName]) leftOut.add(EMBEDDED[node.localName])
      node.remove()
    }
  }
  const comments = body.ownerDocument.createNodeIterator(body, NodeFilter.SHOW_COMMENT)
  for (let comment = comments.nextNode(); comment; comment = comments.nextNode()) comment.remove()
}

function leavePictures(body, rules, leftOut) {
  const ours = new RegExp(`^(?:${rules.picture})$`)
  for (const picture of body.querySelectorAll("img")) {
    const path = pathOf(picture.getAttribute("src") ?? "")
    if (ours.test(path)) picture.setAttribute("src", path)
    else {
      const countsReaders = ["width", "height"].some((side) => picture.getAttribute(side) === "1")
      if (!countsReaders) leftOut.add("picture")
      picture.remove()
    }
  }
}

// An address of this site as a path, without the place that somebody searched near; any other as it is.
function pathOf(address) {
  if (!address.startsWith(`${location.origin}/`)) return address
  const known = new URL(address)
  known.searchParams.delete("near")
  return known.pathname + known.search + known.hash
}

function mendLink(link, rules, leftOut) {
  const address = (link.getAttribute("href") ?? "").trim()
  // Google Docs leads its links through itself.
  const wrapped = address.match(/^https:\/\/www\.google\.com\/url\?(.*)$/i)
  const href = pathOf((wrapped && new URLSearchParams(wrapped[1]).get("q")) || address)
  const scheme = href.match(/^([a-z][a-z0-9+.-]*):/i)?.[1].toLowerCase()
  const isOurs = href.startsWith("/") && !href.startsWith("//")
  if (isOurs || rules.schemes.includes(scheme)) link.setAttribute("href", href)
  else {
    if (href && !href.startsWith("#") && link.textContent.trim()) leftOut.add("link")
    link.replaceWith(...link.childNodes)
  }
}

function renameAll(body, rules) {
  const [bold, notBold, italic] = [rules.bold, rules.notBold, rules.italic].map((pattern) => new RegExp(pattern, "i"))
  for (const node of [...body.querySelectorAll("*")].reverse()) {
    const style = styleOf(node)
    const name = node.localName
    if (["b", "strong"].includes(name) && notBold.test(style)) node.replaceWith(...node.childNodes)
    else if (name === "span" && (bold.test(style) || italic.test(style))) {
      const inner = italic.test(style) ? element("em", {}, node.childNodes) : null
      const outer = bold.test(style) ? element("strong", {}, inner ? [inner] : node.childNodes) : inner
      if (hasBlock(outer)) node.replaceWith(...node.childNodes)
      else node.replaceWith(outer)
    } else if (rules.renamed[name] && !(rules.renamed[name] === "p" && hasBlock(node))) {
      node.replaceWith(element(rules.renamed[name], {}, node.childNodes))
    }
  }
}

// A table that only lays out a page is taken apart; one whose first row is bold has a header row.
function mendTable(table) {
  const rows = [...table.rows]
  const cells = rows.flatMap((row) => [...row.cells])
  const isLayout = table.getAttribute("role") === "presentation" || cells.length < 2
  if (isLayout || table.parentElement.closest("td, th")) {
    table.replaceWith(...cells.map((cell) => element(hasBlock(cell) ? "div" : "p", {}, cell.childNodes)))
    return
  }
  for (const heading of table.querySelectorAll("h2, h3")) {
    heading.replaceWith(element("p", {}, [element("strong", {}, heading.childNodes)]))
  }
  for (const block of table.querySelectorAll("blockquote, aside, figure, figcaption")) {
    block.replaceWith(...block.childNodes)
  }
  const first = [...(rows[0]?.cells ?? [])]
  const isHeader = rows.length > 1 && first.some((cell) => cell.textContent.trim()) && first.every(isBold)
  if (!table.querySelector("th") && isHeader) first.forEach((cell) => cell.replaceWith(copyOf(cell, "th")))
  for (const strong of table.querySelectorAll("th strong")) strong.replaceWith(...strong.childNodes)
}

function isBold(cell) {
  const bold = [...cell.querySelectorAll("strong")].map((strong) => strong.textContent).join("")
  return bold.trim() === cell.textContent.trim()
}

function copyOf(cell, name) {
  const made = element(name, {}, cell.childNodes)
  for (const attribute of ATTRIBUTES[name]) {
    if (cell.hasAttribute(attribute)) made.setAttribute(attribute, cell.getAttribute(attribute))
  }
  return made
}

// Leaves an element that articles have, with the attributes they have; of any other the words, apart from each other.
function settle(node, rules) {
  const name = node.localName
  const isFigure = name === "figure" || name === "figcaption"
  const isKept = rules.tags.includes(name) && !(isFigure && !node.closest("figure")?.querySelector("img"))
  if (isKept) {
    for (const attribute of node.getAttributeNames()) {
      if (!(ATTRIBUTES[name] ?? []).includes(attribute)) node.removeAttribute(attribute)
    }
  } else if (BLOCKS.has(name) && !hasBlock(node)) node.replaceWith(element("p", {}, node.childNodes))
  else node.replaceWith(...node.childNodes)
}

const isBlank = (node) => !node.textContent.trim() && !node.querySelector("img, directory-block, rule-block")

// The sibling on one side that shows something.
function besides(node, side) {
  let other = node[side]
  while (other?.nodeType === Node.TEXT_NODE && !other.data.trim()) other = other[side]
  return other
}

// Empty lines between paragraphs: Google Docs has a br for each, Word and Notes a paragraph.
function leaveEmpty(body) {
  const names = "p, h2, h3, strong, em, a, li, ul, ol, blockquote, aside, caption, figcaption, figure"
  for (const node of [...body.querySelectorAll(names)].reverse()) if (isBlank(node)) node.remove()
  for (const row of body.querySelectorAll("tr")) if (!row.cells.length) row.remove()
  for (const line of body.querySelectorAll("br")) {
    const [before, after] = [besides(line, "previousSibling"), besides(line, "nextSibling")]
    if (BLOCKS.has(before?.localName) || BLOCKS.has(after?.localName) || !after) line.remove()
  }
}
