// Pictures in the text.
import { Extension, Plugin } from "django-prose-editor/editor"
import { insertAndGoOn } from "article-editor/insert"
import { choosePicture } from "article-editor/library"
import { withoutActs } from "article-editor/paste"

export async function insertPicture(editor, textarea, dropped = null) {
  const now = dropped ? null : selectedPicture(editor)
  const picture = await choosePicture(textarea.dataset, { now, dropped })
  if (!picture) return editor.commands.focus()
  const { src, alt } = picture
  if (now) return editor.chain().focus().command(({ tr }) => {
    tr.setNodeMarkup(now.pos, undefined, { ...tr.doc.nodeAt(now.pos).attrs, src, alt })
    return true
  }).run()
  return insertAndGoOn(editor, { type: "figure", content: [{ type: "image", attrs: { src, alt } }] })
}

// The picture that is selected, or that of the caption with the caret: {pos, src, alt}, or null.
function selectedPicture(editor) {
  const { selection, doc } = editor.state
  let from = null
  if (["image", "figure"].includes(selection.node?.type.name)) from = selection.from
  for (let depth = selection.$from.depth; from === null && depth > 0; depth--) {
    if (selection.$from.node(depth).type.name === "figure") from = selection.$from.before(depth)
  }
  if (from === null) return null
  const pos = doc.nodeAt(from).type.name === "image" ? from : from + 1
  const image = doc.nodeAt(pos)
  return image?.type.name === "image" ? { pos, src: image.attrs.src, alt: image.attrs.alt ?? "" } : null
}

// Files of the clipboard that are the thing itself: Word and Google Docs put a picture of the text beside the text.
function pastedFiles(clipboard) {
  const html = new DOMParser().parseFromString(withoutActs(clipboard.getData("text/html")), "text/html")
  return html.body.textContent.trim() ? [] : [...clipboard.files]
}

// Files that are pasted, or dropped onto the text: each is asked about, stored, and put where the caret or the pointer is.
export const PictureFiles = Extension.create({
  name: "pictureFiles",
  priority: 1000, // before the extensions that take what is pasted for text

  addProseMirrorPlugins() {
    const { editor } = this
    const take = async (files) => {
      const textarea = editor.options.element.querySelector("[data-article-editor]")
      for (const file of files) await insertPicture(editor, textarea, file)
    }
    const handlePaste = (view, event) => {
      const files = pastedFiles(event.clipboardData)
      if (!files.length) return false
      event.preventDefault()
      take(files)
      return true
    }
    const handleDrop = (view, event) => {
      const files = [...event.dataTransfer.files]
      if (!files.length) return false
      event.preventDefault() // else the browser leaves the page for the file
      const place = view.posAtCoords({ left: event.clientX, top: event.clientY })
      if (place) editor.commands.setTextSelection(place.pos)
      take(files)
      return true
    }
    return [new Plugin({ props: { handlePaste, handleDrop } })]
  },
})
