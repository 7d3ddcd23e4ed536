// A click on the picture says what matters in it; the two numbers say the same without JavaScript.
const picture = document.querySelector(".focus-picture")
const [left, top] = ["#id_focus_x", "#id_focus_y"].map((name) => document.querySelector(name))

if (picture && left && top) {
  const box = document.createElement("span")
  const mark = document.createElement("span")
  box.className = "focus-box"
  mark.className = "focus-mark"
  picture.before(box)
  box.append(picture, mark)
  const show = () => {
    mark.style.left = `${left.value}%`
    mark.style.top = `${top.value}%`
  }
  picture.addEventListener("click", (event) => {
    const { width, height } = picture.getBoundingClientRect()
    left.value = Math.round((100 * event.offsetX) / width)
    top.value = Math.round((100 * event.offsetY) / height)
    for (const field of [left, top]) field.dispatchEvent(new Event("input", { bubbles: true }))
  })
  for (const field of [left, top]) field.addEventListener("input", show)
  show()
}
