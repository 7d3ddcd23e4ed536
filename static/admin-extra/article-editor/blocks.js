// Blocks that the page fills: clinics and rules.
import { ask, element } from "article-editor/dialogs"
import { insertAndGoOn } from "article-editor/insert"

export async function insertBlock(editor, type, attribute, title, question, choices) {
  const choice = element("select", {}, choices.map(([value, text]) => element("option", { value, textContent: text })))
  const chosen = await ask(title, [[question, choice]], async () => choice.value)
  if (chosen) insertAndGoOn(editor, { type, attrs: { [attribute]: chosen } })
}
