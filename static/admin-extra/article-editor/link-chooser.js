// Where a link leads: a page of this site, found by its words, or an address that the site completes or refuses.
import { ask, element } from "article-editor/dialogs"
import { get, onPause } from "article-editor/library"

// Resolves to {address, title}, or null. `title` is "" of an address that was typed.
export function chooseLink(address, { href = "", language = "en" } = {}) {
  const typed = element("input", { type: "text", value: href, autocomplete: "off", spellcheck: false })
  const list = element("ul", { className: "link-choices" })
  const said = element("p", { className: "library-said" })
  said.setAttribute("role", "status")
  let picked = null
  let asked = 0

  function choice(page) {
    const button = element("button", { type: "button" }, [
      element("span", { textContent: page.title }), element("small", { textContent: `${page.type} · ${page.address}` }),
    ])
    button.addEventListener("click", () => {
      picked = page
      typed.form.requestSubmit()
    })
    return element("li", {}, [button])
  }

  async function load() {
    const number = ++asked
    try {
      const { found } = await get(address, { q: typed.value, language })
      if (number !== asked) return // an answer to what was typed before
      list.replaceChildren(...found.map(choice))
      said.textContent = found.length || !typed.value ? "" : "No page of this site has these words."
    } catch (refusal) {
      said.textContent = refusal.message
    }
  }

  onPause(typed, load)
  typed.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowDown") return
    event.preventDefault()
    list.querySelector("button")?.focus()
  })
  list.addEventListener("keydown", (event) => {
    const row = event.target.closest("li")
    const next = { ArrowDown: row.nextElementSibling, ArrowUp: row.previousElementSibling }[event.key]
    if (next === undefined) return
    event.preventDefault()
    ;(next?.firstElementChild ?? typed).focus()
  })
  load()
  const field = element("label", {}, ["Address, or words of a page of this site", typed])
  return ask("Link", [field, list, said], async () => {
    if (picked) return picked
    const answer = await get(address, { q: typed.value, language })
    if (answer.refused) throw new Error(answer.refused)
    return { address: answer.address, title: "" }
  })
}
