// Notes beside the text of an article, on the words that are selected in the editor. The text itself is not changed:
// a passage is found again by its words, as articles/models/notes.py finds it. Without this module the form still works.

const USER = document.getElementById("shared-desk")?.dataset.user // whoever logs in next in this tab finds nothing
const UNSENT = `notes of ${USER} on ${location.pathname}` // what is typed and not sent, in this tab, until it is sent
const list = () => document.getElementById("article-notes")
const text = () => document.querySelector(".prose-editor .ProseMirror")
const letters = (words) => words.replace(/\s+/g, "")
const fields = () => [...list().querySelectorAll("textarea, input[name=position]")]
let chosen = null // { quote, position } of the selected words

// The text without spaces, and where in the page each of its letters stands.
function read() {
  let all = ""
  const places = []
  const walker = document.createTreeWalker(text(), NodeFilter.SHOW_TEXT)
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    if (node.parentElement.closest("directory-block, rule-block")) continue
    for (let at = 0; at < node.length; at += 1) {
      if (/\s/.test(node.data[at])) continue
      all += node.data[at]
      places.push([node, at])
    }
  }
  return { all, places }
}

// Where the passage of a note begins, or -1: of several alike the one nearest to where it stood.
function placeOf(item, all) {
  const quote = letters(item.dataset.quote)
  const stood = Number(item.dataset.position)
  let best = -1
  for (let at = quote ? all.indexOf(quote) : -1; at !== -1; at = all.indexOf(quote, at + 1)) {
    if (best === -1 || Math.abs(at - stood) < Math.abs(best - stood)) best = at
  }
  return best
}

function rangeOf(item, { all, places }) {
  const at = placeOf(item, all)
  if (at === -1) return null
  const range = new Range()
  const [first, last] = [places[at], places[at + letters(item.dataset.quote).length - 1]]
  range.setStart(first[0], first[1])
  range.setEnd(last[0], last[1] + 1)
  return range
}

function mark(name, ranges) {
  if (window.CSS?.highlights) CSS.highlights.set(name, new Highlight(...ranges))
}

// Marks the passages in the text, says which are gone, and brings the notes into the order of the text.
function follow() {
  if (!text()) return
  const now = read()
  const items = [...list().querySelectorAll("li[data-quote]")]
  mark("article-notes", items.map((item) => rangeOf(item, now)).filter(Boolean))
  const places = new Map(items.map((item) => [item, placeOf(item, now.all)]))
  for (const item of items) {
    const gone = item.querySelector(".gone")
    if (gone) gone.hidden = places.get(item) !== -1
  }
  if (list().querySelector(".notes").contains(document.activeElement)) return // somebody is writing an answer
  const rank = (item) => (places.get(item) === -1 ? Infinity : places.get(item))
  const ordered = [...items].sort((one, other) => (rank(one) > rank(other)) - (rank(one) < rank(other)))
  if (ordered.some((item, number) => item !== items[number])) items[0].parentElement.append(...ordered)
}

function choose() {
  const selection = document.getSelection()
  if (!text()?.contains(selection.anchorNode) || !text().contains(selection.focusNode)) return
  const quote = selection.toString().trim().slice(0, 300)
  const before = new Range()
  before.setStart(text(), 0)
  before.setEnd(selection.getRangeAt(0).startContainer, selection.getRangeAt(0).startOffset)
  chosen = letters(quote) ? { quote, position: letters(before.toString()).length } : null
  const button = list().querySelector(".note-on-words")
  if (button) button.disabled = !chosen
}

function keep() {
  const typed = fields().filter((field) => field.value).map((field) => [field.name, field.value])
  typed.length ? sessionStorage.setItem(UNSENT, JSON.stringify(typed)) : sessionStorage.removeItem(UNSENT)
}

function refill(typed) {
  for (const field of fields()) field.value = typed.get(field.name) ?? field.value
  keep()
}

// What the list has beyond its plain form.
function dress() {
  const button = list().querySelector(".note-on-words")
  if (button && text()) {
    button.hidden = list().querySelector(".select-first").hidden = false
    button.disabled = !chosen
  }
  for (const quote of text() ? list().querySelectorAll(".passage q") : []) {
    const go = document.createElement("button")
    Object.assign(go, { type: "button", className: "go", textContent: `“${quote.textContent}”` })
    quote.replaceWith(go)
  }
  follow()
}

function complain(sentence) {
  const trouble = list().querySelector("[data-trouble]")
  trouble.textContent = sentence
  trouble.hidden = !sentence
}

async function send(button) {
  const form = document.getElementById("note-form")
  button.disabled = true
  complain("")
  try {
    const options = { method: "POST", body: new FormData(form), headers: { Accept: "text/x-notes" } }
    const answer = await fetch(button.formAction, options)
    if (answer.redirected) throw new Error("You are logged out. Log in again in another tab, then send it again.")
    if (!answer.ok && answer.status !== 422) throw new Error("The site did not take it. What you wrote is still here.")
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("article-notes")
    const typed = new Map(fields().map((field) => [field.name, field.value]))
    const sent = button.closest("li") ? [`answer-${button.closest("li").id.slice(5)}`] : ["quote", "position", "text"]
    if (answer.ok) for (const name of sent) typed.delete(name)
    list().replaceWith(document.importNode(fresh, true))
    dress()
    refill(typed)
  } catch (trouble) {
    complain(trouble instanceof TypeError ? "There is no connection. What you wrote is still here." : trouble.message)
  }
  button.disabled = false
}

function noteOnWords() {
  if (!chosen) return
  list().querySelector("[name=quote]").value = chosen.quote
  list().querySelector("[name=position]").value = chosen.position
  keep()
  list().querySelector("[name=text]").focus()
}

function show(item) {
  const range = text() && rangeOf(item, read())
  mark("article-note", range ? [range] : [])
  return range
}

function forgetOthers() {
  const kept = Object.keys(sessionStorage).filter((key) => key.startsWith("notes of "))
  for (const key of kept) if (!key.startsWith(`notes of ${USER} on `)) sessionStorage.removeItem(key)
}

if (list()) {
  forgetOthers()
  const later = { timer: 0 }
  document.addEventListener("selectionchange", choose)
  document.addEventListener("input", (event) => {
    if (list().contains(event.target)) return keep()
    clearTimeout(later.timer)
    later.timer = setTimeout(follow, 300)
  })
  document.addEventListener("focusin", (event) => {
    const item = event.target.closest("#article-notes li[data-quote]")
    if (item) show(item)
    else mark("article-note", [])
  })
  document.addEventListener("click", (event) => {
    const button = event.target.closest("#article-notes button")
    if (!button) return
    if (button.classList.contains("note-on-words")) noteOnWords()
    else if (button.classList.contains("go")) show(button.closest("li"))?.startContainer.parentElement.scrollIntoView({ block: "center" })
    else {
      event.preventDefault()
      send(button)
    }
  })
  dress()
  refill(new Map(JSON.parse(sessionStorage.getItem(UNSENT) ?? "[]")))
}
