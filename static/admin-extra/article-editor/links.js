// Links in the text.
import { linkAndGoOn } from "article-editor/insert"
import { chooseLink } from "article-editor/link-chooser"

export async function editLink(editor) {
  const textarea = editor.options.element.querySelector("[data-article-editor]")
  const language = textarea.form.elements.language?.value ?? "en"
  const href = editor.getAttributes("link").href ?? ""
  const chosen = await chooseLink(textarea.dataset.links, { href, language })
  if (!chosen) return editor.commands.focus()
  return linkAndGoOn(editor, chosen.address, chosen.title || chosen.address)
}
