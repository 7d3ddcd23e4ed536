// What an article can hold beside paragraphs: the elements that articles/markup.py allows.
import { Caption, Figure, Node } from "django-prose-editor/editor"

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
export const PlainCaption = Caption.extend({ addAttributes: () => ({}) })
