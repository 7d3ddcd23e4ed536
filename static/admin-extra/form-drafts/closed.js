// A page that its reader may not save any more, as after a publication: what they had typed into it is shown to copy.
import { allDrafts, throwAway } from "form-drafts/browser-copy"
import { button, element, nameFor, sectionOf } from "form-drafts/offer"
import { partsOfLasting } from "form-drafts/rows"
import { inWords } from "form-drafts/words"

// Of a field that is only shown here.
function nameOn(form, name) {
  const label = partsOfLasting(name) ? null : form.querySelector(`.form-row.field-${CSS.escape(name)} label`)
  return label?.textContent.trim().replace(/:$/, "") ?? nameFor([], name)
}

function typed(form, content) {
  const parts = Object.entries(content.fields).flatMap(([name, values]) => [
    element("dt", { textContent: nameOn(form, name) }),
    element("dd", {}, inWords([], values, content.labels) || element("em", { textContent: "nothing" })),
  ])
  return element("dl", { className: "draft-typed" }, ...parts)
}

function toCopy(form, draft, forget) {
  const section = sectionOf(draft)
  section.append(
    element("p", { className: "draft-changed", textContent: "It cannot be saved here any more. Copy what you want to keep." }),
    typed(form, draft.content),
    element("p", { className: "draft-buttons" }, button("Throw it away", async () => {
      section.remove()
      await forget()
    })))
  return section
}

export async function showToCopy(box, form, home) {
  for (const draft of await allDrafts(home) ?? []) {
    box.querySelector(".draft-offers").append(toCopy(form, draft, () => throwAway(home, draft)))
  }
}
