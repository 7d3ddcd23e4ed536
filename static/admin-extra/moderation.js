/* Comments to decide: a key for each decision, and the next card at once. Without it the same buttons send forms.
   What is decided leaves the page at once; the answers of the site come one after the other, in the order of the keys. */

const page = document.querySelector("[data-cards]");
const said = document.getElementById("said");
const none = document.getElementById("none");
const undo = document.getElementById("undo");
const keysOn = document.getElementById("keys-on");
const STORED = "keys of moderation";
const FINAL = ["approve", "reject", "reply"]; // after these a card is done
const SESSION_ENDED = "Not saved: your session has ended. Log in again in another tab, then send it once more.";
const NO_ANSWER = "Not saved: the site did not answer. Check the connection, then send it once more.";

let current = null;
let sending = Promise.resolve();

const cards = () => [...page.querySelectorAll(".card:not([hidden])")];
const cardOf = (pk) => page.querySelector(`.card[data-pk="${pk}"]`);

function makeCurrent(card) {
  if (current) current.classList.remove("is-current");
  current = card;
  if (card) card.classList.add("is-current");
}

function go(card) {
  makeCurrent(card);
  none.hidden = Boolean(cards().length);
  (card || none).focus();
  (card || none).scrollIntoView({ block: "nearest" });
}

function step(by) {
  const shown = cards();
  const found = shown[shown.indexOf(current) + by];
  if (found) go(found);
  else say(by > 0 ? "This is the last one on this page." : "This is the first one.");
}

function say(sentence, isWrong = false) {
  said.textContent = sentence;
  said.classList.toggle("is-wrong", isWrong);
}

/* Hide a card, and what the forms for many hold of it; or show it again. */
function show(card, isShown) {
  card.hidden = !isShown;
  for (const row of page.querySelectorAll(`[data-of="${card.dataset.pk}"]`)) {
    row.hidden = !isShown;
    row.querySelector("input").disabled = !isShown;
  }
  for (const count of page.querySelectorAll("[data-count]")) {
    count.textContent = count.closest(".bulk").querySelectorAll("[data-of]:not([hidden])").length;
  }
}

async function post(form, data) {
  let answer;
  try {
    answer = await fetch(form.action, { method: "POST", headers: { Accept: "application/json" }, body: data });
  } catch {
    return { sentence: NO_ANSWER, failed: true };
  }
  if (answer.redirected || answer.status === 403) return { sentence: SESSION_ENDED, failed: true };
  try {
    return await answer.json();
  } catch {
    return { sentence: NO_ANSWER, failed: true };
  }
}

function send(form, button) {
  const data = new FormData(form, button);
  const card = form.closest(".card");
  const isFinal = card && FINAL.includes(button.value);
  if (isFinal) {
    const shown = cards();
    const at = shown.indexOf(card);
    show(card, false);
    go(shown[at + 1] || shown[at - 1] || null);
  }
  sending = sending.then(() => post(form, data)).then((outcome) => take(outcome, form, card, isFinal, button));
}

function take(outcome, form, card, isFinal, button) {
  say(outcome.sentence, outcome.failed || outcome.status !== 200);
  if (outcome.left !== undefined) showLeft(outcome.left);
  if (isFinal && (outcome.failed || outcome.status === 422)) {
    show(card, true);
    go(card);
  }
  if (card && !outcome.failed) {
    if (outcome.status === 422) advise(card, button, outcome);
    if (outcome.name) takeName(card, outcome.name);
    if (outcome.answer) takeAnswer(card, outcome.answer);
    if (outcome.status === 409 && outcome.gone.length && !isFinal) {
      show(card, false);
      go(cards()[0] || null);
    }
  }
  if (isFinal && outcome.status === 200) setUndo(true);
  if (form === undo && !outcome.failed) takeBack(outcome);
}

function showLeft(left) {
  const waiting = document.getElementById("waiting");
  waiting.textContent = left;
  document.getElementById("more").hidden = left === 0;
}

function setUndo(isPossible) {
  undo.querySelector("button").disabled = !isPossible;
}

function takeBack(outcome) {
  if (outcome.status !== 200) return setUndo(false);
  const known = outcome.back.map(cardOf);
  if (known.includes(null) || !known.length) return location.reload();
  known.forEach((card) => show(card, true));
  return go(known[0]);
}

/* What was not sent, and why: beside the text, which stays. Sent again as it is, it goes. */
function advise(card, button, outcome) {
  const box = button.closest("details");
  box.open = true;
  const text = box.querySelector("textarea");
  box.querySelectorAll(".errornote").forEach((old) => old.remove());
  const note = document.createElement("div");
  note.className = "errornote";
  note.append(paragraph(outcome.sentence));
  outcome.advice.forEach((sentence) => note.append(paragraph(sentence)));
  if (outcome.advice.length) {
    const advised = document.createElement("input");
    Object.assign(advised, { type: "hidden", name: "advised", value: text.value });
    note.append(advised);
  }
  text.before(note);
  text.focus();
}

function takeName(card, name) {
  card.querySelector(".card-name").textContent = name;
  card.querySelector(".hide-name").remove();
  go(card);
}

function takeAnswer(card, answer) {
  const box = document.createElement("div");
  box.className = "answer";
  const words = paragraph(answer);
  words.className = "whole-text";
  box.append(paragraph("You answered. Only the person who wrote the comment, and moderators, can read it:"), words);
  card.querySelector(".answers-given").append(box);
  const details = card.querySelector("[data-write=w]");
  details.querySelector("textarea").value = "";
  details.open = false;
  go(card);
}

function paragraph(text) {
  const made = document.createElement("p");
  made.textContent = text;
  return made;
}

function write(key) {
  const details = current.querySelector(`[data-write="${key}"]`);
  if (!details) return;
  details.open = true;
  details.querySelector("textarea").focus();
}

function onKey(event) {
  const isTyping = event.target.closest("input:not([type=checkbox]), textarea, select, [contenteditable]");
  if (isTyping) {
    if (event.key === "Escape" && event.target.closest(".card")) go(event.target.closest(".card"));
    return;
  }
  if (!keysOn.checked || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  const key = event.key.toLowerCase();
  if (key === "u") undo.querySelector("button").click();
  else if (key === "s" || key === "j") step(1);
  else if (key === "k") step(-1);
  else if ((key === "y" || key === "w") && current) write(key);
  else if ((key === "a" || key === "r" || key === "h") && current) current.querySelector(`[data-key="${key}"]`)?.click();
  else return;
  event.preventDefault();
}

if (page && undo) {
  document.querySelector(".keys").hidden = false;
  keysOn.checked = localStorage.getItem(STORED) !== "off";
  keysOn.addEventListener("change", () => localStorage.setItem(STORED, keysOn.checked ? "on" : "off"));
  makeCurrent(document.querySelector(".card:target") || cards()[0] || null);
  page.addEventListener("focusin", (event) => event.target.closest(".card") && makeCurrent(event.target.closest(".card")));
  page.addEventListener("submit", (event) => {
    if (event.target.closest(".bulk")) return; // many at once: a page says what came of it
    event.preventDefault();
    send(event.target, event.submitter);
  });
  document.addEventListener("keydown", onKey);
  addEventListener("pageshow", (event) => event.persisted && location.reload()); // what was decided is gone
}
