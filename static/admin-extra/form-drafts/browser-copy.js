// Drafts that the server does not have yet: the network is away, or nobody is logged in.
import { look, tell } from "form-drafts/server"
import { PREFIX } from "form-drafts/shared-desk"

const DAYS = 30

const keyOf = (home, page) => `${PREFIX}${home.user} ${home.url} ${page}`

export function keepHere(home, draft) {
  try {
    localStorage.setItem(keyOf(home, draft.page), JSON.stringify({ ...draft, name: home.name }))
    return true
  } catch { // full, or refused by the browser
    return false
  }
}

export const forgetHere = (home, page) => localStorage.removeItem(keyOf(home, page))

// Those of this person and form. What is too old, of whomever, is deleted.
export function keptHere(home) {
  const found = [], oldest = Date.now() - DAYS * 86_400_000
  for (const key of Object.keys(localStorage).filter(key => key.startsWith(PREFIX))) {
    let draft = null
    try { draft = JSON.parse(localStorage.getItem(key)) } catch { /* not ours */ }
    if (!draft || new Date(draft.kept_at) < oldest) localStorage.removeItem(key)
    else if (key === keyOf(home, draft.page)) found.push(draft)
  }
  return found
}

// All that this person typed into this form, once the server has what it can take; null if it does not answer.
export async function allDrafts(home) {
  for (const draft of keptHere(home)) {
    const { how } = await tell(home, { do: "keep", ...draft })
    if (how === "ok") forgetHere(home, draft.page)
  }
  const answer = await look(home, { byItself: true })
  if (answer.how !== "ok") return null
  const unsent = keptHere(home)
  return [...unsent, ...answer.data.drafts.filter(({ page }) => !unsent.some(each => each.page === page))]
}

export function throwAway(home, draft) {
  forgetHere(home, draft.page)
  return tell(home, { do: "throw-away", page: draft.page, revision: draft.revision })
}
