// Advice on the text as it stands.
import { element, post } from "article-editor/dialogs"

export function offerToCheck(textarea) {
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
