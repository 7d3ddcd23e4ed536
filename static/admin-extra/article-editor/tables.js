// Tables: rows of cells, a header row, a caption. articles/tables.py makes them scroll on the page of a reader.
import { Table, TableCell, TableHeader, TableRow } from "django-prose-editor/editor"
import { ask, element } from "article-editor/dialogs"
import { insertAndGoOn } from "article-editor/insert"

const MOST_ROWS = 50
const MOST_COLUMNS = 10
const CELL_CONTENT = "(paragraph | bulletList | orderedList)+"

const captionOf = (table) => [...table.children].find((child) => child.tagName === "CAPTION")?.textContent.trim() ?? ""

const PlainTable = Table.extend({
  addAttributes: () => ({ caption: { default: "", parseHTML: captionOf, renderHTML: () => ({}) } }),
  parseHTML: () => [{ tag: "table" }, { tag: "caption", ignore: true }],
  renderHTML: ({ node: { attrs } }) => ["table", ...(attrs.caption ? [["caption", attrs.caption]] : []), ["tbody", 0]],
  addNodeView: () => ({ node }) => {
    const caption = element("caption")
    const body = element("tbody")
    const show = ({ attrs }) => {
      caption.textContent = attrs.caption
      caption.hidden = !attrs.caption
    }
    show(node)
    return {
      dom: element("div", { className: "table-box" }, [element("table", {}, [caption, body])]),
      contentDOM: body,
      update(changed) {
        if (changed.type !== node.type) return false
        show(changed)
        return true
      },
      ignoreMutation: ({ target }) => !body.contains(target),
    }
  },
})

// Cells without the widths and the alignment that articles/markup.py does not keep.
const plain = (cell, tag) => cell.extend({
  content: CELL_CONTENT,
  addAttributes: () => ({ colspan: { default: 1 }, rowspan: { default: 1 } }),
  renderHTML({ node }) {
    const spans = Object.entries(node.attrs).filter(([, value]) => value > 1)
    return [tag, Object.fromEntries(spans), 0]
  },
})

// As articles/markup.py stores an empty cell.
const EMPTY_CELL = /<(td|th)([^>]*)><p><\/p><\/\1>/g
export const withoutEmptyLines = (html) => html.replace(EMPTY_CELL, "<$1$2></$1>")

export const TABLE_EXTENSIONS = [PlainTable, TableRow, plain(TableCell, "td"), plain(TableHeader, "th")]

export async function insertTable(editor) {
  const number = (value, max) => element("input", { type: "number", min: 1, max, value, required: true })
  const [rows, columns] = [number(3, MOST_ROWS), number(2, MOST_COLUMNS)]
  const header = element("input", { type: "checkbox", checked: true })
  const caption = element("input", { type: "text", maxLength: 150 })
  const chosen = await ask("Insert a table", [
    ["Rows", rows], ["Columns", columns], ["The first row says what the columns hold", header],
    ["Caption: what the table shows", caption],
  ], async () => ({ rows: rows.valueAsNumber, columns: columns.valueAsNumber }))
  if (!chosen) return
  const cell = (type) => ({ type, content: [{ type: "paragraph" }] })
  const row = (type) => ({ type: "tableRow", content: Array.from({ length: chosen.columns }, () => cell(type)) })
  const content = Array.from({ length: chosen.rows }, () => row("tableCell"))
  if (header.checked) content[0] = row("tableHeader")
  insertAndGoOn(editor, { type: "table", attrs: { caption: caption.value.trim() }, content }, { inside: true })
}

async function editCaption(editor) {
  const caption = element("input", { type: "text", maxLength: 150, value: editor.getAttributes("table").caption ?? "" })
  const answer = async () => ({ caption: caption.value.trim() })
  const chosen = await ask("Caption of the table", [["What the table shows", caption]], answer)
  if (chosen) editor.chain().focus().updateAttributes("table", chosen).run()
}

// [label, act] of each button that is shown while the caret stands in a table.
export function tableTools(editor) {
  const chain = () => editor.chain().focus()
  return [
    ["Row above", () => chain().addRowBefore().run()],
    ["Row below", () => chain().addRowAfter().run()],
    ["Column before", () => chain().addColumnBefore().run()],
    ["Column after", () => chain().addColumnAfter().run()],
    ["Header row", () => chain().toggleHeaderRow().run()],
    ["Caption", () => editCaption(editor)],
    ["Remove row", () => chain().deleteRow().run()],
    ["Remove column", () => chain().deleteColumn().run()],
    ["Remove table", () => chain().deleteTable().run()],
  ]
}
