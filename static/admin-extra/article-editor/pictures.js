// Pictures in the text.
import { ask, element, post } from "article-editor/dialogs"

export async function insertPicture(editor, textarea) {
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
