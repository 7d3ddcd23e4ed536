// Text that this browser alone has, on a desk that several people use. Every page of the admin says whose it is, and a
// log-out deletes that of whoever leaves, after asking. A form that is open then is heard first (form-drafts.js).
export const PREFIX = "form-draft "
export const LOG_OUT = "form-drafts:log-out" // its detail collects promises: whether what was typed is safe
export const LEFT = "form-drafts:left"

const ownerOf = key => Number(key.slice(PREFIX.length).split(" ")[0])
const keys = () => Object.keys(localStorage).filter(key => key.startsWith(PREFIX))
const keysOf = owner => keys().filter(key => ownerOf(key) === owner)
const forms = many => many === 1 ? "one form" : `${many} forms`

function nameIn(key) {
  try { return JSON.parse(localStorage.getItem(key)).name } catch { return "" }
}

function sayWhose(box, user) {
  for (const owner of new Set(keys().map(ownerOf).filter(owner => owner !== user))) {
    const theirs = () => keysOf(owner)
    const name = nameIn(theirs()[0]) || "another account"
    const line = document.createElement("p"), button = document.createElement("button")
    line.className = "draft-changed"
    Object.assign(button, { type: "button", className: "button", textContent: `Delete the text of ${name}` })
    button.onclick = () => {
      theirs().forEach(key => localStorage.removeItem(key))
      line.remove()
    }
    line.append(`This browser keeps what ${name} typed into ${forms(theirs().length)} and what is not on the server. ` +
      `It is sent when ${name} opens that form again, and deleted after 30 days. `, button)
    box.append(line)
  }
}

async function mayLogOut(user, waits) {
  const heard = await Promise.allSettled(waits)
  const own = keysOf(user), sentences = []
  if (!heard.every(({ value }) => value)) sentences.push("What you typed here could not be kept anywhere.")
  if (own.length) sentences.push(`What you typed into ${forms(own.length)} is in this browser only.`)
  if (!sentences.length) return true
  if (!confirm(`${sentences.join(" ")} Log out and ${own.length ? "delete" : "lose"} it?`)) return false
  document.dispatchEvent(new Event(LEFT))
  own.forEach(key => localStorage.removeItem(key))
  return true
}

function askAtLogOut(form, user) {
  let isSure = false
  form.addEventListener("submit", async event => {
    if (isSure) {
      isSure = false // the browser may ask too: whoever stays, types on and logs out later is heard again
      return
    }
    const waits = []
    document.dispatchEvent(new CustomEvent(LOG_OUT, { detail: waits }))
    if (!waits.length && !keysOf(user).length) return
    event.preventDefault()
    if (!await mayLogOut(user, waits)) return
    isSure = true
    setTimeout(() => form.requestSubmit(event.submitter)) // within a submit a form cannot be sent again
  })
}

const box = document.getElementById("shared-desk")
if (box) {
  const user = Number(box.dataset.user), logOut = document.getElementById("logout-form")
  sayWhose(box, user)
  if (logOut) askAtLogOut(logOut, user)
}
