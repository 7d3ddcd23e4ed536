// The buttons above the text.
import { insertBlock } from "article-editor/blocks"
import { element } from "article-editor/dialogs"
import { editLink } from "article-editor/links"
import { insertPicture } from "article-editor/pictures"

export function menuOf(editor, textarea, { presets, rules }) {
  const chain = () => editor.chain().focus()
  const buttons = [
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
    ["No link", () => chain().extendMarkRange("link").unsetLink().run(), () => false],
    ["Picture", () => insertPicture(editor, textarea), () => false],
    ["Clinics", () => insertBlock(
      editor, "directoryBlock", "preset", "Insert a link to clinics", "Which clinics?", presets,
    ), () => false],
    ["Rule", () => insertBlock(
      editor, "ruleBlock", "rule", "Insert a rule, with its dates and source", "Which rule?", rules,
    ), () => false],
    ["Undo", () => chain().undo().run(), () => false],
    ["Redo", () => chain().redo().run(), () => false],
  ].map(([label, act, isActive]) => {
    const button = element("button", { type: "button", textContent: label })
    button.addEventListener("click", act)
    editor.on("transaction", () => button.setAttribute("aria-pressed", String(isActive())))
    return button
  })
  const menu = element("div", { className: "article-menu" }, buttons)
  menu.setAttribute("role", "toolbar")
  menu.setAttribute("aria-label", "Formatting")
  return menu
}
