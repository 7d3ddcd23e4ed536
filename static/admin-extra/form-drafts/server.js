// Asks the server, and says in one word how that went:
// ok, away (no network), logged-out, other-user (somebody else logged in meanwhile), refused (with a sentence).
const SECONDS = 15

async function send(home, method, body, options) {
  const headers = { "X-CSRFToken": home.csrf }
  if (options.byItself) headers["X-By-Itself"] = "1" // nobody is at the keys: the session does not live on by it
  if (body) headers["Content-Type"] = "application/json"
  return fetch(home.url, {
    method, headers, body, redirect: "manual", credentials: "same-origin", cache: "no-store",
    keepalive: Boolean(options.keepalive), signal: AbortSignal.timeout(SECONDS * 1000),
  })
}

export function takeToken(home, token) {
  home.csrf = token
  for (const input of document.querySelectorAll("input[name='csrfmiddlewaretoken']")) input.value = token
}

async function judge(home, response) {
  if (response.type === "opaqueredirect") return { how: "logged-out" }
  const isJson = response.headers.get("Content-Type")?.includes("json")
  const data = isJson ? await response.json() : {}
  if (!response.ok) return { how: "refused", status: response.status, sentence: data.sentence ?? "" }
  if (!isJson) return { how: "logged-out" }
  takeToken(home, data.csrf)
  return data.user === home.user ? { how: "ok", data } : { how: "other-user", data }
}

async function ask(home, method, sent, options) {
  try {
    const body = sent && JSON.stringify({ user: home.user, ...sent })
    return await judge(home, await send(home, method, body, options))
  } catch {
    return { how: "away" }
  }
}

export const look = (home, options = {}) => ask(home, "GET", null, options)

// A log-in in another tab changes the token: then the new one is fetched and it is sent again.
export async function tell(home, sent, options = {}) {
  const answer = await ask(home, "POST", sent, options)
  if (answer.how !== "refused" || answer.status !== 403) return answer
  const seen = await look(home, options)
  return seen.how === "ok" ? ask(home, "POST", sent, options) : seen
}
