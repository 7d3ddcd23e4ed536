// Nothing that is typed into a long form of the admin is lost: it is kept on the server every few seconds, in the
// browser while the network is away, and offered on return. Without JavaScript the form saves as any other.
import { allDrafts, forgetHere, keepHere, throwAway } from "form-drafts/browser-copy"
import { showToCopy } from "form-drafts/closed"
import { Fields } from "form-drafts/fields"
import { logIn } from "form-drafts/log-in"
import { button, comparison, differing, element, offerOf, storedMark } from "form-drafts/offer"
import { ready, restore } from "form-drafts/restore"
import { look, tell } from "form-drafts/server"
import { LEFT, LOG_OUT } from "form-drafts/shared-desk"
import { age, clock } from "form-drafts/words"

const KEEP_AFTER_MS = 2500
const LOOK_EVERY_MS = 15_000
const SAY_EVERY_MS = 5000
const GONE = 404 // there is no such row any more
const CLOSED = "This was published or put away meanwhile, so your account cannot save it here any more. " +
  "What you type is kept as a draft, which its page shows when you open it anew."
const MOST_WHILE_LEAVING = 60_000 // characters that a browser sends while a page is closed

class FormDrafts {
  constructor(box, form) {
    this.box = box
    this.form = form
    form.autocomplete = "off" // what the browser itself would put back is older than the draft, and lacks added rows
    this.home = homeOf(box, form)
    this.fields = new Fields(form)
    this.wasSent = "isSent" in box.dataset // the server sent the form back, with what was typed
    this.page = box.dataset.page || newPage()
    this.revision = Number(box.dataset.revision)
    this.replaces = {}
    this.takenUp = [] // pages whose copy in this browser goes as soon as this page has one
    this.stored = this.wasSent || "isNew" in box.dataset ? "" : storedMark(this.fields)
    this.hasTyped = this.wasSent // a script may change a field before anybody is here
    this.content = null // as the server has it
    this.own = { page: hiddenField(form, "_draft"), revision: hiddenField(form, "_draft_revision") }
    this.noteOwn()
  }

  noteOwn() {
    this.own.page.value = this.page
    this.own.revision.value = this.revision
  }

  async start() {
    for (const name of ["input", "change", "formset:added"]) this.form.addEventListener(name, event => this.typed(event))
    // Some of Django's widgets change a field without an event.
    for (const name of ["keydown", "pointerdown"]) document.addEventListener(name, () => { this.hasTyped = true })
    this.form.addEventListener("submit", event => this.submit(event))
    addEventListener("beforeunload", event => this.isUnsaved() && event.preventDefault())
    addEventListener("pagehide", () => this.leave())
    addEventListener("pageshow", () => { this.isLeaving = false })
    document.addEventListener(LOG_OUT, ({ detail }) => detail.push(this.keepAll()))
    document.addEventListener(LEFT, () => { this.isLeaving = true })
    addEventListener("online", () => this.keep({ byItself: true }))
    setInterval(() => this.sign(), LOOK_EVERY_MS)
    setInterval(() => this.say() || this.timer || this.keepIfChanged(), SAY_EVERY_MS)
    await this.findDrafts()
    await this.sign()
  }

  isUnsaved() {
    return !this.isLeaving && this.hasTyped && (this.wasSent || this.fields.isChanged())
  }

  // Keeping

  typed(event) {
    if (event?.isTrusted) this.hasTyped = true // not by a script
    this.timer ??= setTimeout(() => this.keep(), KEEP_AFTER_MS)
  }

  draft() {
    const content = { ...this.fields.changed(), hidden: this.fields.hidden(), stored: this.stored }
    return { page: this.page, revision: this.revision, content, replaces: this.replaces, kept_at: new Date().toISOString() }
  }

  isKept() {
    const text = JSON.stringify(this.fields.changed())
    return !this.hasTyped || text === this.content || (this.content === null && !this.fields.isChanged())
  }

  keepIfChanged() {
    if (!this.isLeaving && !this.awaySince && !this.isKept()) this.typed()
  }

  // One after the other, so that none overtakes the next.
  keep(options = {}) {
    clearTimeout(this.timer)
    this.timer = null
    this.keeping = (this.keeping ?? Promise.resolve()).then(() => this.keepNow(options))
    return this.keeping
  }

  async keepNow(options) {
    const answer = this.isKept() ? await look(this.home, options) : await this.send(options)
    if (answer.how === "ok") this.awaySince = null
    this.note(answer)
    return answer
  }

  // What is typed meanwhile too. Whether all of it is safe: on the server, or at least in this browser.
  async keepAll() {
    let answer = await this.keep()
    while (answer.how === "ok" && !this.isKept()) answer = await this.keep()
    return this.isKept() || Boolean(this.isHere)
  }

  async send(options) {
    const text = JSON.stringify(this.fields.changed())
    this.revision++
    this.noteOwn()
    const draft = this.draft()
    const answer = await tell(this.home, { do: "keep", ...draft }, options)
    if (answer.how === "ok") {
      this.content = text
      this.keptAt = new Date()
      this.replaces = {}
      forgetHere(this.home, this.page)
      this.forgetTakenUp()
    } else {
      this.isHere = this.keepHere(draft)
      this.awaySince ??= new Date()
      if (answer.how === "logged-out" && !this.hasDeclined) this.logInAndKeep()
    }
    return answer
  }

  keepHere(draft) {
    const isHere = keepHere(this.home, draft)
    if (isHere) this.forgetTakenUp()
    return isHere
  }

  forgetTakenUp() {
    for (const page of this.takenUp.splice(0)) forgetHere(this.home, page)
  }

  leave() {
    if (this.isLeaving || this.isKept()) return
    this.revision++
    const draft = this.draft()
    this.keepHere(draft)
    const sent = { do: "keep", ...draft }
    if (JSON.stringify(sent).length < MOST_WHILE_LEAVING) tell(this.home, sent, { keepalive: true })
  }

  // Saying how it stands

  note(answer) {
    this.answer = answer
    if (answer.how === "ok") this.nameOthers(answer.data.others)
    this.say()
  }

  say() {
    const problem = this.box.querySelector(".draft-problem"), kept = this.box.querySelector(".draft-kept")
    const text = this.problem()
    if (problem.textContent !== text) problem.textContent = text
    if (text && this.answer.how === "logged-out") problem.append(" ", button("Log in", () => this.logInAndKeep()))
    problem.hidden = !text
    kept.hidden = Boolean(text) || !this.keptAt
    kept.textContent = this.keptAt ? `Draft kept ${age(this.keptAt)}` : ""
  }

  problem() {
    const { how, status, sentence, data } = this.answer ?? { how: "ok" }
    if (how === "ok") return data?.closed ? CLOSED : ""
    if (status === GONE) return "This was published or deleted meanwhile, so it cannot be saved here. Copy what you typed."
    const since = this.awaySince ? `Not saved on the server since ${clock(this.awaySince)}: ` : ""
    const kept = !this.awaySince ? "" : this.isHere ? " It is kept in this browser." : " Copy it to be safe."
    const why = {
      away: "the network is away.",
      "logged-out": "you were logged out.",
      "other-user": `${data?.name} is logged in in this browser now, and this page belongs to ${this.home.name}.`,
    }[how] ?? (sentence || "the server did not take it.")
    return since ? since + why + kept : why[0].toUpperCase() + why.slice(1)
  }

  nameOthers(others) {
    const line = this.box.querySelector(".draft-others")
    const words = others.map(({ name, since }) => `${name} (since ${clock(since)})`)
    const text = words.length ? `Also open just now: ${words.join(", ")}.` : ""
    if (line.textContent !== text) line.textContent = text
    line.hidden = !text
  }

  // A sign of life, every few seconds. It does not count as work, so the session ends all the same.
  async sign() {
    if (this.isLeaving) return
    if (this.awaySince) return this.keep({ byItself: true })
    this.note(await tell(this.home, { do: "open" }, { byItself: true }))
  }

  async logInAndKeep() {
    this.loggingIn ??= logIn(this.box, this.home).finally(() => { this.loggingIn = null })
    const isIn = await this.loggingIn
    this.hasDeclined = !isIn
    if (isIn) await this.keep()
    return isIn
  }

  // Saving

  async submit(event) {
    if (event.submitter?.formTarget === "_blank") return // a look at it in a tab of its own: this page stays
    if (this.isSure) {
      this.isSure = false
      // Another script may still refuse it.
      queueMicrotask(() => { this.isLeaving = !event.defaultPrevented })
      return
    }
    event.preventDefault()
    if (this.isAsking) return
    this.isAsking = true
    const isReady = await this.isReady()
    this.isAsking = false
    if (!isReady) return
    this.isSure = true
    this.form.requestSubmit(event.submitter)
  }

  // Whether the server will take the form: somebody is logged in, and the form has the token of that session.
  async isReady() {
    this.hasTyped = true
    let answer = await this.keep()
    if (answer.how === "refused") answer = await look(this.home) // too long for a draft is not too long to be saved
    if (answer.how === "logged-out" || answer.how === "other-user") {
      if (!await this.logInAndKeep()) return false
      answer = { how: "ok" }
    }
    if (answer.how === "away") this.awaySince ??= new Date()
    if (answer.how === "away" || answer.status === GONE) this.note(answer)
    return answer.how === "ok" || (answer.how === "refused" && answer.status !== GONE)
  }

  // Coming back

  async findDrafts() {
    const drafts = await allDrafts(this.home)
    if (!drafts) return
    const last = history.state?.draft // of this place in the history: the page was reloaded, or somebody came back
    history.replaceState({ ...history.state, draft: this.page }, "")
    await ready()
    for (const draft of drafts) {
      if (draft.page === this.page) this.goOnAfterRefusal(draft)
      else if (draft.page === last && !this.wasSent && !this.isUnsaved()) await this.putBack(draft) // over nothing
      else if (differing(this.fields, draft.content).length) this.offer(draft)
      else await this.throwAway(draft)
    }
  }

  goOnAfterRefusal(draft) {
    Object.assign(this.fields.first, draft.content.before)
    this.stored = draft.content.stored
    this.hasTyped = true
  }

  throwAway(draft) {
    return throwAway(this.home, draft)
  }

  offer(draft) {
    const section = offerOf(this.fields, draft, {
      goOn: async section => {
        section.remove()
        await this.takeUp(draft)
      },
      throwAway: async section => {
        section.remove()
        await this.throwAway(draft)
      },
    })
    this.box.querySelector(".draft-offers").append(section)
  }

  // Into this page. The old draft goes as soon as the server has the new one.
  async takeUp(draft) {
    const missing = restore(this.fields, draft.content)
    this.stored = draft.content.stored
    this.replaces[draft.page] = draft.revision
    this.hasTyped = true
    this.takenUp.push(draft.page)
    await this.keep()
    for (const name of missing) {
      const text = `“${name}” has no place on this page now. You had typed: ${draft.content.fields[name].join(", ")}`
      this.box.querySelector(".draft-offers").append(element("p", { className: "draft-changed", textContent: text }))
    }
  }

  async putBack(draft) {
    const table = comparison(this.fields, draft.content)
    if (!table.tBodies[0].rows.length) return this.throwAway(draft)
    await this.takeUp(draft)
    const section = element("section", { className: "draft-offer is-back" },
      element("p", { textContent: "What you typed is in the form again. It is not saved yet." }),
      element("details", {}, element("summary", { textContent: "Compare" }), table),
      element("p", { className: "draft-buttons" }, button("Throw it away", async () => {
        await this.throwAway({ page: this.page, revision: this.revision })
        this.isLeaving = true
        location.reload()
      })))
    section.setAttribute("aria-label", "A draft of yours")
    this.box.querySelector(".draft-offers").append(section)
  }
}

const homeOf = (box, form) => ({
  url: box.dataset.url, user: Number(box.dataset.user), name: box.dataset.name,
  csrf: form.elements.csrfmiddlewaretoken.value,
})

// crypto.randomUUID is only there over https.
function newPage() {
  const hex = [...crypto.getRandomValues(new Uint8Array(16))].map(byte => byte.toString(16).padStart(2, "0")).join("")
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-")
}

function hiddenField(form, name) {
  const field = element("input", { type: "hidden", name })
  form.append(field)
  return field
}

const box = document.getElementById("form-drafts")
const form = box && document.getElementById(box.dataset.form)
if (form && "isClosed" in box.dataset) showToCopy(box, form, homeOf(box, form))
else if (form) new FormDrafts(box, form).start()
