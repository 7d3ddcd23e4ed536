// Links in the text.
import { ask, element } from "article-editor/dialogs"

export async function editLink(editor) {
  const address = element("input", { type: "text", value: editor.getAttributes("link").href ?? "", required: true })
  const href = await ask("Link", [["Address, such as /find/outpatient/ or https://…", address]], async () => address.value.trim())
  if (href) editor.chain().focus().extendMarkRange("link").setLink({ href }).run()
}
