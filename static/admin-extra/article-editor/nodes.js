// What an article can hold beside paragraphs: the elements that articles/markup.py allows.
import { Caption, Figure, Image, Link, Node, OrderedList } from "django-prose-editor/editor"
import { editLink } from "article-editor/links"

export const Callout = Node.create({
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

export const DirectoryBlock = filledBlock("directoryBlock", "directory-block", "preset", "Clinics")
export const RuleBlock = filledBlock("ruleBlock", "rule-block", "rule", "Rule")

export const PlainFigure = Figure.extend({
  addAttributes: () => ({}),
  addExtensions: () => [],
})

// Only pictures of this site, as `pattern` names them.
export const PlainImage = Image.extend({
  addOptions: () => ({ pattern: "", HTMLAttributes: {} }),
  addAttributes: () => ({ src: { default: null }, alt: { default: null } }),
  parseHTML() {
    const ours = new RegExp(`^(?:${this.options.pattern})$`)
    return [{ tag: "img[src]", getAttrs: (image) => ours.test(image.getAttribute("src")) && null }]
  },
})

export const PlainList = OrderedList.extend({ addAttributes: () => ({}), addNodeView: () => null })

// Ends where its words end: what is typed behind it is no part of it.
export const PlainLink = Link.extend({
  inclusive: false,
  addAttributes: () => ({ href: { default: null, parseHTML: (link) => link.getAttribute("href") } }),
  // What is pasted as words is linked where it has an address; what is pasted with its markup has its links already.
  addPasteRules() {
    return this.parent().map((rule) => {
      const { find } = rule
      rule.find = (text, event) => (event?.clipboardData?.types.includes("text/html") ? [] : find(text, event))
      return rule
    })
  },
  addKeyboardShortcuts() {
    return {
      "Mod-k": () => {
        editLink(this.editor)
        return true
      },
    }
  },
})

export const PlainCaption = Caption.extend({ addAttributes: () => ({}) })
