// The editor of an article's text: the markup that articles/markup.py allows, and nothing more.
import {
  Blockquote, Bold, BulletList, Caption, Document, Dropcursor, Editor, Figure, Gapcursor, HardBreak, Heading, History,
  Image, Italic, Link, ListItem, Node, OrderedList, Paragraph, Text,
} from "django-prose-editor/editor"

const Callout = Node.create({
  name: "callout",
  group: "block",
  content: "block+",
  defining: true,
  parseHTML: () => [{ tag: "aside" }],
  renderHTML: () => ["aside", 0],
})

// A block that the page fills: `attribute` says with what; the writer sees the title of that from `choices`.
function filledBlock(name, tag, attribute, label) {
  return Node.create({
    name,
    group: "block",
    atom: true,
    draggable: true,
    addOptions: () => ({ choices: [] }),
    addAttributes: () => ({
      [attribute]: {
        default: "",
        parseHTML: (element) => element.getAttribute(attribute),
        renderHTML: (attrs) => ({ [attribute]: attrs[attribute] }),
      },
    }),
    parseHTML: () => [{ tag: `${tag}[${attribute}]` }],
    renderHTML: ({ HTMLAttributes }) => [tag, HTMLAttributes],
    addNodeView() {
      return ({ node }) => {
        const dom = document.createElement(tag)
        const value = node.attrs[attribute]
        dom.setAttribute(attribute, value)
        dom.textContent = `${label}: ${this.options.choices.find(([key]) => key === value)?.[1] ?? value}`
        return { dom }
      }
    },
  })
}

const DirectoryBlock = filledBlock("directoryBlock", "directory-block", "preset", "Clinics")
const RuleBlock = filledBlock("ruleBlock", "rule-block", "rule", "Rule")

const PlainFigure = Figure.extend({
  addAttributes: () => ({}),
  addExtensions: () => [],
})
const PlainCaption = Caption.extend({ addAttributes: () => ({}) })

function element(tag, properties = {}, children = []) {
  const made = Object.assign(document.createElement(tag), properties)
  made.append(...children)
  return made
}

// Asks for something in a dialog; resolves to the answers, or null. `act` may refuse with a sentence.
function ask(title, fields, act) {
  return new Promise((resolve) => {
    const error = element("p", { className: "dialog-error" })
    error.setAttribute("role", "alert")
    const labels = fields.map(([label, input]) => element("label", {}, [label, input]))
    const insert = element("button", { type: "submit", className: "button", textContent: "Insert" })
    const cancel = element("button", { type: "button", className: "button", textContent: "Cancel" })
    const form = element("form", { method: "dialog" }, [
      element("h2", { textContent: title }), ...labels, error, element("menu", {}, [cancel, insert]),
    ])
    const dialog = element("dialog", { className: "article-dialog" }, [form])
    let answer = null
    cancel.addEventListener("click", () => dialog.close())
    form.addEventListener("submit", async (event) => {
      event.preventDefault()
      insert.disabled = true
      try {
        answer = await act()
        dialog.close()
      } catch (refusal) {
        error.textContent = refusal.message
      }
      insert.disabled = false
    })
    dialog.addEventListener("close", () => {
      dialog.remove()
      resolve(answer)
    })
    document.body.append(dialog)
    dialog.showModal()
  })
}

async function post(address, data) {
  const token = document.querySelector("input[name=csrfmiddlewaretoken]").value
  const response = await fetch(address, { method: "POST", body: data, headers: { "X-CSRFToken": token } })
  const answer = await response.json().catch(() => ({}))
  if (!response.ok) throw new Error(answer.error ?? "The site did not take it. Save your text and try again.")
  return answer
}

async function insertPicture(editor, textarea) {
  const file = element("input", { type: "file", accept: "image/jpeg,image/png,image/webp,image/gif", required: true })
  const alt = element("input", { type: "text", maxLength: 250 })
  const picture = await ask("Insert a picture", [["File, up to 10 MB", file], ["What it shows, for who cannot see it", alt]], () => {
    const data = new FormData()
    data.append("file", file.files[0])
    data.append("alt", alt.value)
    return post(textarea.dataset.upload, data)
  })
  if (!picture) return
  editor.chain().focus().insertContent({
    type: "figure",
    content: [{ type: "image", attrs: { src: picture.src, alt: alt.value.trim() } }],
  }).run()
}

async function insertBlock(editor, type, attribute, title, question, choices) {
  const choice = element("select", {}, choices.map(([value, text]) => element("option", { value, textContent: text })))
  const chosen = await ask(title, [[question, choice]], async () => choice.value)
  if (chosen) editor.chain().focus().insertContent({ type, attrs: { [attribute]: chosen } }).run()
}

async function editLink(editor) {
  const address = element("input", { type: "text", value: editor.getAttributes("link").href ?? "", required: true })
  const href = await ask("Link", [["Address, such as /find/outpatient/ or https://…", address]], async () => address.value.trim())
  if (href) editor.chain().focus().extendMarkRange("link").setLink({ href }).run()
}

function menuOf(editor, textarea, { presets, rules }) {
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

function start(textarea) {
  const choices = JSON.parse(textarea.dataset.articleEditor)
  const box = element("div", { className: "prose-editor" })
  textarea.before(box)
  const editor = new Editor({
    element: box,
    editable: !textarea.disabled,
    injectCSS: false, // the site's policy refuses style elements; what is needed stands in admin-extra/articles.css
    content: textarea.value,
    editorProps: { attributes: { role: "textbox", "aria-multiline": "true", "aria-label": "Text" } },
    extensions: [
      Document, Paragraph, Text, Bold, Italic, Blockquote, BulletList, OrderedList, ListItem, HardBreak, History,
      Dropcursor, Gapcursor, Image, PlainFigure, PlainCaption, Callout,
      Heading.configure({ levels: [2, 3] }),
      Link.configure({ enableTarget: false, protocols: ["tel", "mailto"] }),
      DirectoryBlock.configure({ choices: choices.presets }),
      RuleBlock.configure({ choices: choices.rules }),
    ],
    onUpdate: () => {
      textarea.value = editor.isEmpty ? "" : editor.getHTML()
      textarea.dispatchEvent(new Event("input", { bubbles: true }))
    },
  })
  box.prepend(menuOf(editor, textarea, choices))
  box.append(textarea)
  textarea.hidden = true
}

function offerToCheck(textarea) {
  const button = document.querySelector("#check-text")
  if (!button) return
  button.hidden = false
  button.addEventListener("click", async () => {
    const data = new FormData()
    for (const name of ["title", "summary", "body", "language"]) data.append(name, textarea.form.elements[name].value)
    const list = document.querySelector("#advice")
    try {
      const { advice } = await post(textarea.dataset.check, data)
      const items = advice.map(({ kind, text }) => element("li", { className: `advice-${kind}`, textContent: text }))
      list.replaceChildren(...(items.length ? items : [element("li", { textContent: "Nothing to say." })]))
    } catch (refusal) {
      list.replaceChildren(element("li", { textContent: refusal.message }))
    }
  })
}

for (const textarea of document.querySelectorAll("[data-article-editor]")) {
  start(textarea)
  offerToCheck(textarea)
}
