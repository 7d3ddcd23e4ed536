// What office programs put on the clipboard in place of lists, headings and notes.
import { element } from "article-editor/dialogs"

const LEVEL = /mso-list\s*:\s*l\d+\s+level(\d+)/i
const ASIDE = /mso-element\s*:\s*(comment|header|footer)/i
const MARKER = /mso-list\s*:\s*ignore/i
const COUNTED = /^\(?(?:\d+|[a-z]|[ivxlc]+)[.)]/i // "1.", "a)", "(iv)"; Word's round bullet is an "o" without a point
const NOTE = /^\s*\[?(\d{1,3})\]?\s*$/
const TO_NOTE = /^#|#_?(?:ftn|edn|sdfootnote|sdendnote|fn|cite|note|ref)/i
const UNIT = /(?<![\p{L}])(?:[munµ]?m|cm|km|ft|in)$/u // m², not the first note of a sentence
const SUPERSCRIPT = "⁰¹²³⁴⁵⁶⁷⁸⁹"

// paste.js reads the style of an element under another name, see there.
export const LOOKS = "data-looks"
export const styleOf = (node) => node.getAttribute(LOOKS) ?? ""

// Comments of a text and the marks that lead to them, and what only Word reads.
export function leaveOffice(page, leftOut) {
  const marks = page.querySelectorAll(".MsoCommentReference, sup > a[href^='#cmnt']")
  if (marks.length) leftOut.add("comment", marks.length)
  for (const mark of marks) (mark.closest("sup") ?? mark).remove()
  for (const note of page.querySelectorAll("div > p > a[id^='cmnt'], div > a[id^='cmnt']")) note.closest("div").remove()
  for (const node of page.querySelectorAll(`[${LOOKS}], xml, .EOP, span`)) {
    if (node.matches("xml, .EOP") || ASIDE.test(styleOf(node))) node.remove()
    else if (node.localName === "span" && !node.children.length && node.textContent === "\u00a0") node.replaceWith(" ")
  }
  for (const heading of page.querySelectorAll(":is(p, div)[role=heading][aria-level]")) {
    const level = Math.min(Math.max(parseInt(heading.getAttribute("aria-level"), 10) || 2, 1), 6)
    heading.replaceWith(element(`h${level}`, {}, heading.childNodes))
  }
}

// The number of a note stays, in brackets and apart from the word before it: "return to use [1]".
export function notesOf(body) {
  for (const link of body.querySelectorAll("a[href*='#']")) {
    if (NOTE.test(link.textContent) && TO_NOTE.test(link.getAttribute("href"))) putNote(link.closest("sup") ?? link)
  }
  for (const raised of body.querySelectorAll("sup")) {
    const digits = raised.textContent.match(NOTE)?.[1]
    if (!digits) continue
    if (UNIT.test(textBefore(raised))) raised.replaceWith([...digits].map((digit) => SUPERSCRIPT[digit]).join(""))
    else putNote(raised)
  }
}

function putNote(node) {
  const before = textBefore(node)
  const number = node.textContent.match(NOTE)?.[1] ?? node.textContent.trim()
  const follows = node.nextSibling?.textContent ?? ""
  const space = before && !/\s$/.test(before) ? " " : ""
  node.replaceWith(`${space}[${number}]${!before && !/^\s/.test(follows) ? " " : ""}`)
}

// The words of the paragraph before a place in it.
function textBefore(node) {
  const range = node.ownerDocument.createRange()
  range.setStart(node.closest("p, li, td, th, div, h1, h2, h3, h4, h5, h6") ?? node.ownerDocument.body, 0)
  range.setEndBefore(node)
  return range.toString()
}

export function listsOf(body) {
  for (const first of body.querySelectorAll("p, h1, h2, h3, h4, h5, h6, div")) {
    if (first.isConnected && LEVEL.test(styleOf(first))) listFromParagraphs(first)
  }
  for (const wrapper of body.querySelectorAll(".ListContainerWrapper")) wrapper.replaceWith(...wrapper.childNodes)
  for (const list of body.querySelectorAll("ul, ol")) {
    if (list.isConnected && list.querySelector(":scope > li[data-aria-level]")) listFromLists(list)
  }
  for (const list of body.querySelectorAll(":is(ul, ol) > :is(ul, ol)")) { // of Google Docs
    const before = list.previousElementSibling
    if (before?.localName === "li") before.append(list)
    else list.replaceWith(...list.childNodes)
  }
}

// Word on the desktop: paragraphs that say their level and begin with their mark.
function listFromParagraphs(first) {
  const items = []
  let next = first
  while (next && LEVEL.test(styleOf(next))) {
    const marks = [...next.querySelectorAll(`[${LOOKS}]`)].filter((node) => MARKER.test(styleOf(node)))
    const mark = marks.map((node) => node.textContent).join("").trim()
    marks.forEach((node) => node.remove())
    const level = Number(styleOf(next).match(LEVEL)[1])
    items.push({ node: next, level, counted: COUNTED.test(mark), content: next.childNodes })
    next = next.nextElementSibling
  }
  replaceByList(items)
}

// Word on the web: a list around each item, which says its level.
function listFromLists(first) {
  const items = []
  let list = first
  while (list && ["ul", "ol"].includes(list.localName) && list.querySelector(":scope > li[data-aria-level]")) {
    for (const item of list.querySelectorAll(":scope > li")) {
      const level = Number(item.dataset.ariaLevel) || 1
      items.push({ node: list, level, counted: list.localName === "ol", content: item.childNodes })
    }
    list = list.nextElementSibling
  }
  replaceByList(items)
}

// Items of {node that it stood in, level, whether it is counted, content} as nested lists in place of those nodes.
function replaceByList(items) {
  const made = []
  const open = [] // [level, list], the outermost first
  for (const { level, counted, content } of items) {
    const name = counted ? "ol" : "ul"
    while (open.length && open.at(-1)[0] > level) open.pop()
    if (open.length && open.at(-1)[0] === level && open.at(-1)[1].localName !== name) open.pop()
    if (!open.length || open.at(-1)[0] < level) {
      const list = element(name)
      const outer = open.at(-1)?.[1].lastElementChild
      if (outer) outer.append(list)
      else made.push(list)
      open.push([level, list])
    }
    open.at(-1)[1].append(element("li", {}, content))
  }
  const nodes = new Set(items.map(({ node }) => node))
  items[0].node.before(...made)
  nodes.forEach((node) => node.remove())
}
