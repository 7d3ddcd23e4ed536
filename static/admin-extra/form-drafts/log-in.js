// The log-in over the page. It opens in a new tab, because the site lets nobody frame it and a passkey or a code may
// be asked for; this page looks until somebody is logged in, and goes on.
import { look } from "form-drafts/server"

const EVERY_MS = 2000

// Resolves to true once the same person is logged in again, to false for "Not now".
export function logIn(box, home) {
  const dialog = box.querySelector(".draft-log-in"), wrong = dialog.querySelector(".draft-wrong-user")
  dialog.showModal()
  return new Promise(done => {
    const end = isIn => {
      clearInterval(timer)
      window.removeEventListener("focus", check)
      dialog.close()
      done(isIn)
    }
    const check = async () => {
      const { how, data } = await look(home, { byItself: true })
      if (!dialog.open) return
      wrong.hidden = how !== "other-user"
      wrong.textContent = wrong.hidden ? "" :
        `${data.name} is logged in in this browser now. This page belongs to ${home.name}: log in as ${home.name}.`
      if (how === "ok") end(true)
    }
    const timer = setInterval(check, EVERY_MS)
    window.addEventListener("focus", check)
    dialog.querySelector(".draft-not-now").onclick = () => end(false)
    dialog.oncancel = () => end(false)
  })
}
