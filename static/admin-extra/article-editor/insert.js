// What is put into the text, and where the caret stands then: after it, in text, so that what is typed next joins it.
import { Extension, Plugin, pm } from "django-prose-editor/editor"

const { NodeSelection, TextSelection } = pm.state

// Puts a node, given as JSON, after the words before the caret. With `inside` the caret goes into the node.
export function insertAndGoOn(editor, json, { inside = false } = {}) {
  editor.commands.command(({ tr, state }) => {
    const node = state.schema.nodeFromJSON(json)
    const place = makePlaceFor(tr, node.type)
    tr.replaceWith(place.from, place.to ?? place.from, node)
    goOnAt(tr, place.from + node.nodeSize, place.beforeText)
    if (inside) tr.setSelection(TextSelection.near(tr.doc.resolve(place.from + 1)))
    tr.scrollIntoView()
    return true
  })
  editor.view.focus()
}

// Links the selected words, or without any `words`; the caret stands behind them, and what is typed next is no link.
export function linkAndGoOn(editor, href, words = href) {
  editor.chain().extendMarkRange("link").command(({ tr, state }) => {
    const link = state.schema.marks.link
    if (tr.selection instanceof NodeSelection) goOnAt(tr, afterSelection(tr, state.schema.nodes.paragraph))
    const { from, empty, $from } = tr.selection
    if (empty) tr.insert(from, state.schema.text(words, $from.marks()))
    const to = empty ? from + words.length : tr.selection.to
    tr.removeMark(from, to, link).addMark(from, to, link.create({ href }))
    tr.setSelection(TextSelection.create(tr.doc, to))
    tr.setStoredMarks(tr.doc.resolve(to).marks().filter((mark) => mark.type !== link))
    tr.scrollIntoView()
    return true
  }).run()
  editor.view.focus()
}

// {from, to, beforeText}: where a block may stand. After the paragraph of the caret, or in the middle of it, which is
// split, so that the block stands before the rest of its text; an empty paragraph is replaced.
function makePlaceFor(tr, type) {
  const { $to } = tr.selection
  const block = $to.parent
  const around = $to.depth - 1
  if (!block.isTextblock || !allows($to, around, type)) return { from: afterSelection(tr, type) }
  const index = $to.index(around)
  if (!block.content.size && $to.node(around).canReplaceWith(index, index + 1, type)) {
    return { from: $to.before(), to: $to.after() }
  }
  if ($to.parentOffset === block.content.size) return { from: $to.after() }
  if (index > 0 && $to.parentOffset === 0) return { from: $to.before(), beforeText: true }
  tr.split($to.pos)
  return { from: $to.pos + 1, beforeText: true }
}

function allows($place, depth, type) {
  const index = $place.indexAfter(depth)
  return $place.node(depth).canReplaceWith(index, index, type)
}

// The position behind the selected thing where a node of the type may stand: behind a figure, not in it.
function afterSelection(tr, type) {
  const { $to } = tr.selection
  let depth = $to.depth
  while (depth > 0 && !allows($to, depth, type)) depth -= 1
  return depth === $to.depth ? $to.pos : $to.after(depth + 1)
}

// Puts the caret into the text at a position between two blocks: into what follows if `beforeText`, else a new line.
function goOnAt(tr, at, beforeText = false) {
  const next = tr.doc.resolve(at).nodeAfter
  const isEmptyLine = next?.type.name === "paragraph" && !next.content.size
  if (!isEmptyLine && !(beforeText && next?.isTextblock)) tr.insert(at, tr.doc.type.schema.nodes.paragraph.create())
  tr.setSelection(TextSelection.create(tr.doc, at + 1))
}

// A picture, block or table that is selected as a whole is not replaced by what is typed or pasted: that follows it.
export const GoOnAfterSelected = Extension.create({
  name: "goOnAfterSelected",
  priority: 1000,
  addProseMirrorPlugins() {
    const leave = (view) => {
      const { tr, selection, schema } = view.state
      if (!(selection instanceof NodeSelection)) return null
      goOnAt(tr, afterSelection(tr, schema.nodes.paragraph))
      return tr
    }
    const act = (view, finish = (tr) => tr) => {
      const tr = leave(view)
      if (tr) view.dispatch(finish(tr).scrollIntoView())
      return Boolean(tr)
    }
    return [new Plugin({
      props: {
        handleTextInput: (view, from, to, text) => act(view, (tr) => tr.insertText(text)),
        handleKeyDown: (view, event) => event.key === "Enter" && act(view),
        handlePaste(view) {
          act(view)
          return false
        },
      },
    })]
  },
})
