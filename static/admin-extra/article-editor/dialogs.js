// Questions in a dialog, and answers of the site.

export function element(tag, properties = {}, children = []) {
  const made = Object.assign(document.createElement(tag), properties)
  made.append(...children)
  return made
}

// Asks for something in a dialog; resolves to the answers, or null. `act` may refuse with a sentence.
// A field is [label, input], or an element that is shown as it is.
export function ask(title, fields, act, action = "Insert") {
  return new Promise((resolve) => {
    const error = element("p", { className: "dialog-error" })
    error.setAttribute("role", "alert")
    const labels = fields.map((field) => (Array.isArray(field) ? element("label", {}, field) : field))
    const insert = element("button", { type: "submit", className: "button", textContent: action })
    const cancel = element("button", { type: "button", className: "button", textContent: "Cancel" })
    const form = element("form", { method: "dialog" }, [
      element("h2", { textContent: title }), ...labels, error, element("menu", {}, [cancel, insert]),
    ])
    const dialog = element("dialog", { className: "article-dialog" }, [form])
    let answer = null
    // At once, not with the event "close": the text has the focus again by then, and what is typed into it is lost.
    const end = () => {
      dialog.close()
      dialog.remove()
      resolve(answer)
    }
    cancel.addEventListener("click", end)
    form.addEventListener("submit", async (event) => {
      event.preventDefault()
      insert.disabled = true
      try {
        answer = await act()
        end()
      } catch (refusal) {
        error.textContent = refusal.message
      }
      insert.disabled = false
    })
    dialog.addEventListener("close", end) // by Escape
    document.body.append(dialog)
    dialog.showModal()
  })
}

export async function post(address, data) {
  const token = document.querySelector("input[name=csrfmiddlewaretoken]").value
  const response = await fetch(address, { method: "POST", body: data, headers: { "X-CSRFToken": token } })
  const answer = await response.json().catch(() => ({}))
  if (!response.ok) throw new Error(answer.error ?? "The site did not take it. Save your text and try again.")
  return answer
}
