// The buttons above the text.
import { insertBlock } from "article-editor/blocks"
import { element } from "article-editor/dialogs"
import { editLink } from "article-editor/links"
import { insertPicture } from "article-editor/pictures"
import { insertTable, tableTools } from "article-editor/tables"

const STEPS = { ArrowRight: 1, ArrowLeft: -1, Home: -Infinity, End: Infinity }

// {menu, say}: the element above the text, and say(sentence), which shows and speaks it beneath the buttons.
export function menuOf(editor, textarea, choices) {
  const status = element("p", { className: "article-menu-status" })
  status.setAttribute("role", "status")
  const say = (sentence) => { status.textContent = sentence }
  const tools = toolbar("Table", tableTools(editor).map(([label, act]) => [label, act, null]), editor, say)
  const showTools = () => { tools.hidden = !editor.isActive("table") }
  editor.on("transaction", showTools)
  showTools()
  const menu = element("div", { className: "article-menu" }, [
    toolbar("Formatting", buttonsOf(editor, textarea, choices), editor, say), tools, status,
  ])
  return { menu, say }
}

// [label, act, whether it is pressed] of each button; null: it never is.
function buttonsOf(editor, textarea, { presets, rules }) {
  const chain = () => editor.chain().focus()
  const insert = (...of) => () => insertBlock(editor, ...of)
  return [
    ["Paragraph", () => chain().setParagraph().run(), () => editor.isActive("paragraph")],
    ["Heading", () => chain().toggleHeading({ level: 2 }).run(), () => editor.isActive("heading", { level: 2 })],
    ["Small heading", () => chain().toggleHeading({ level: 3 }).run(), () => editor.isActive("heading", { level: 3 })],
    ["Bold", () => chain().toggleBold().run(), () => editor.isActive("bold")],
    ["Italic", () => chain().toggleItalic().run(), () => editor.isActive("italic")],
    ["List", () => chain().toggleBulletList().run(), () => editor.isActive("bulletList")],
    ["Numbers", () => chain().toggleOrderedList().run(), () => editor.isActive("orderedList")],
    ["Quote", () => chain().toggleBlockquote().run(), () => editor.isActive("blockquote")],
    ["Call-out", () => chain().toggleWrap("callout").run(), () => editor.isActive("callout")],
    ["Link", () => editLink(editor), () => editor.isActive("link")],
    ["No link", () => chain().extendMarkRange("link").unsetLink().run(), null],
    ["Picture", () => insertPicture(editor, textarea), null],
    ["Table", () => insertTable(editor), () => editor.isActive("table")],
    ["Clinics", insert("directoryBlock", "preset", "Insert a link to clinics", "Which clinics?", presets), null],
    ["Rule", insert("ruleBlock", "rule", "Insert a rule, with its dates and source", "Which rule?", rules), null],
    ["Undo", () => chain().undo().run(), null],
    ["Redo", () => chain().redo().run(), null],
  ]
}

function toolbar(name, buttons, editor, say) {
  const made = buttons.map(([label, act, isPressed]) => {
    const button = element("button", { type: "button", textContent: label, tabIndex: -1 })
    button.addEventListener("click", () => {
      say("")
      act()
    })
    if (isPressed) editor.on("transaction", () => button.setAttribute("aria-pressed", String(isPressed())))
    return button
  })
  made[0].tabIndex = 0
  const bar = element("div", { className: "article-menu-buttons" }, made)
  bar.setAttribute("role", "toolbar")
  bar.setAttribute("aria-label", name)
  bar.addEventListener("keydown", (event) => moveAlong(made, event))
  return bar
}

// The arrow keys go along the buttons; Tab leaves them.
function moveAlong(buttons, event) {
  if (!(event.key in STEPS)) return
  event.preventDefault()
  const from = buttons.indexOf(document.activeElement)
  const to = Math.min(Math.max(from + STEPS[event.key], 0), buttons.length - 1)
  buttons.forEach((button, index) => { button.tabIndex = index === to ? 0 : -1 })
  buttons[to].focus()
}
