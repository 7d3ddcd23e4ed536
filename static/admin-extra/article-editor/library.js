// The library of pictures: choose one of them, or add a file to it.
import { ask, element, post } from "article-editor/dialogs"

const PAUSE_MS = 250 // of whoever types, before a search begins

// A list that follows what is typed: `load(words)` answers `shown`, which replaces what is there.
export function onPause(input, load) {
  let timer = 0
  input.addEventListener("input", () => {
    clearTimeout(timer)
    timer = setTimeout(load, PAUSE_MS)
  })
}

export async function get(address, parameters) {
  const response = await fetch(`${address}?${new URLSearchParams(parameters)}`)
  if (!response.ok) throw new Error("The site did not answer. Save your text, reload the page and try again.")
  return response.json()
}

// The thumbnails, and which one is chosen.
function shelfOf(address, onChoice) {
  const search = element("input", { type: "text", autocomplete: "off", placeholder: "Words of its description, or whose it is" })
  const list = element("div", { className: "library-pictures" })
  const said = element("p", { className: "library-said" })
  const more = element("button", { type: "button", className: "button", textContent: "Show more", hidden: true })
  said.setAttribute("role", "status")
  const shelf = { chosen: null, asked: 0, next: 1 }

  function choice(picture) {
    const radio = element("input", { type: "radio", name: "picture" })
    radio.addEventListener("change", () => onChoice(shelf.chosen = picture))
    const uses = `in ${picture.uses} article${picture.uses === 1 ? "" : "s"}`
    return element("label", { className: "library-picture" }, [
      radio, element("img", { src: picture.small, alt: "", loading: "lazy" }),
      element("span", { textContent: picture.alt }), element("small", { textContent: [picture.credit, uses].filter(Boolean).join(" · ") }),
    ])
  }

  async function load(page) {
    const asked = ++shelf.asked
    try {
      const { pictures, next } = await get(address, { q: search.value, page })
      if (asked !== shelf.asked) return // an answer to what was typed before
      const made = pictures.map(choice)
      if (page === 1) list.replaceChildren()
      list.append(...made)
      if (page > 1) made[0]?.querySelector("input").focus()
      shelf.next = next
      more.hidden = !next
      said.textContent = made.length ? "" : search.value.trim() ? "No picture has these words." : "The library has no pictures yet."
    } catch (refusal) {
      said.textContent = refusal.message
    }
  }

  onPause(search, () => load(1))
  more.addEventListener("click", () => load(shelf.next))
  search.addEventListener("keydown", (event) => event.key === "Enter" && (event.preventDefault(), load(1)))
  shelf.box = element("fieldset", { className: "library" }, [
    element("legend", { textContent: "From the library" }),
    element("label", {}, ["Search the library", search]), list, said, more,
  ])
  shelf.leave = () => {
    shelf.chosen = null
    for (const radio of list.querySelectorAll("input:checked")) radio.checked = false
  }
  load(1)
  return shelf
}

// Asks for a picture; resolves to {id, src, small, alt}, or null. `now` is the one to mend, `dropped` a file to begin
// with; `addresses` has the site's `library` and `upload`. `forText`: its alternative text can differ from the library's.
export async function choosePicture(addresses, { now = null, dropped = null, forText = true } = {}) {
  const file = element("input", { type: "file", accept: "image/jpeg,image/png,image/webp,image/gif" })
  const alt = element("input", { type: "text", maxLength: 250, value: now?.alt ?? "" })
  const credit = element("input", { type: "text", maxLength: 150 })
  let isTyped = Boolean(now)
  alt.addEventListener("input", () => { isTyped = true })
  const shelf = shelfOf(addresses.library, (picture) => {
    file.value = ""
    if (!isTyped || !forText) alt.value = picture.alt
  })
  file.addEventListener("change", shelf.leave)
  if (dropped) {
    const files = new DataTransfer()
    files.items.add(dropped)
    file.files = files.files
  }
  const newOne = element("fieldset", {}, [
    element("legend", { textContent: "Or a new one" }),
    element("label", {}, ["File, up to 10 MB", file]),
    element("label", {}, ["Who owns the picture, and its license", credit]),
  ])
  const preview = now ? [element("img", { className: "library-now", src: now.small ?? now.src, alt: "" })] : []
  const title = now ? "Mend the picture" : dropped ? "Add this picture" : "Insert a picture"
  const parts = dropped ? [newOne, shelf.box] : [...preview, shelf.box, newOne]
  const words = element("label", {}, ["What it shows, for people who cannot see it", alt])
  const order = dropped || now ? [...preview, words, ...parts.filter((part) => !preview.includes(part))] : [...parts, words]
  return ask(title, order, async () => {
    const typed = alt.value.trim()
    if (!file.files.length && (shelf.chosen || now)) return { ...now, ...shelf.chosen, alt: typed || (shelf.chosen ?? now).alt }
    const data = new FormData()
    if (file.files.length) data.append("file", file.files[0])
    data.append("alt", alt.value)
    data.append("credit", credit.value)
    return { ...(await post(addresses.upload, data)), ...(forText && typed ? { alt: typed } : {}) }
  }, now ? "Save" : "Insert")
}
