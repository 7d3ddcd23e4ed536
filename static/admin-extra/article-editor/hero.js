// A select of pictures becomes the picture itself, and a button that opens the library. Without JavaScript it stays.
import { element } from "article-editor/dialogs"
import { choosePicture } from "article-editor/library"

function offer(select) {
  const shown = element("img", { className: "thumbnail" })
  const words = element("span")
  const choose = element("button", { type: "button", className: "button", textContent: "Choose a picture" })
  const none = element("button", { type: "button", className: "button", textContent: "No picture" })
  const show = () => {
    const option = select.selectedOptions[0]
    shown.hidden = none.hidden = !select.value
    shown.src = option?.dataset.small ?? ""
    shown.alt = ""
    words.textContent = select.value ? option.textContent : "None"
  }
  const put = (value) => {
    select.value = value
    select.dispatchEvent(new Event("change", { bubbles: true }))
  }
  choose.addEventListener("click", async () => {
    const picture = await choosePicture(select.dataset, { forText: false })
    choose.focus()
    if (!picture) return
    if (![...select.options].some((option) => option.value === String(picture.id))) {
      const option = element("option", { value: picture.id, textContent: picture.alt })
      option.dataset.small = picture.small
      select.append(option)
    }
    put(picture.id)
  })
  none.addEventListener("click", () => put(""))
  select.addEventListener("change", show)
  select.before(element("div", { className: "chosen-picture" }, [shown, words, choose, none]))
  select.hidden = true
  show()
}

for (const select of document.querySelectorAll("select[data-picture-chooser]")) offer(select)
