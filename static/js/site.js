/* Quicker where there is a script; every page does without. Sends nothing but searches, and those to this site. */
"use strict";

const LOCATION_MS = 15000;
const COUNT_AFTER_MS = 250; // ticks that follow each other are asked about once

/* About half a mile: near enough to find clinics, too coarse for an address. */
function rounded(degrees) {
  return (Math.round(degrees * 100) / 100).toFixed(2);
}

function offerLocation(button) {
  const form = button.form;
  const said = form.querySelector(".locate-said");
  const say = (what) => { said.textContent = button.dataset[what]; };
  const found = (position) => {
    form.elements.near.value = rounded(position.coords.latitude) + "," + rounded(position.coords.longitude);
    form.requestSubmit();
  };
  const failed = (error) => {
    button.disabled = false;
    say({ 1: "refused", 3: "late" }[error.code] || "unknown");
  };
  button.hidden = false;
  button.addEventListener("click", () => {
    if (!window.isSecureContext) return say("insecure");
    button.disabled = true;
    say("asking");
    // A place of ten minutes ago is as good: the exact one is not wanted, and costs battery.
    const options = { enableHighAccuracy: false, timeout: LOCATION_MS, maximumAge: 600000 };
    navigator.geolocation.getCurrentPosition(found, failed, options);
  });
}

/* The other page takes the place of this one in the history, so that "back" does not lead here. */
function leaveForGood(link) {
  link.addEventListener("click", (event) => {
    event.preventDefault();
    location.replace(link.href);
  });
}

/* What the search would find with the filters that are ticked now, on the button that applies them. */
function countWhileTicking(button) {
  const form = button.form;
  const said = document.querySelector("[data-count-said]");
  let waiting, asking;
  const show = (count) => {
    const kind = count === 0 ? "countNone" : count === 1 ? "countOne" : "countMany";
    const text = button.dataset[kind].replace("%s", count.toLocaleString(document.documentElement.lang));
    button.textContent = said.textContent = text;
  };
  const ask = async () => {
    if (asking) asking.abort();
    asking = new AbortController();
    const query = new URLSearchParams(new FormData(form));
    query.set("format", "json");
    try {
      const answer = await fetch(form.action + "?" + query, { signal: asking.signal });
      if (answer.ok) show((await answer.json()).count);
    } catch { /* offline, or another tick came: the button still applies the filters */ }
  };
  document.addEventListener("change", (event) => {
    if (event.target.form !== form || !["checkbox", "select-one"].includes(event.target.type)) return;
    clearTimeout(waiting);
    waiting = setTimeout(ask, COUNT_AFTER_MS);
  });
}

/* The sheet of filters closes as a dialog does: back to the list it was opened from. */
function closeFilters() {
  let isWhereTheyCameIn = location.hash === "#filters";
  addEventListener("hashchange", () => { /* comes a moment after the hash: a fast Escape is before it */
    if (location.hash !== "#filters") isWhereTheyCameIn = false;
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || location.hash !== "#filters") return;
    if (isWhereTheyCameIn) location.hash = "#results";
    else history.back();
  });
}

function offerPrinting(button) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}

/* To the clipboard; where that is refused, what is in `source` is selected for the reader to copy. */
async function copy(words, source, button, said) {
  said.textContent = "";
  try {
    await navigator.clipboard.writeText(words);
    said.textContent = button.dataset.copied;
  } catch { /* refused, or no secure address: then there is no clipboard at all */
    getSelection().selectAllChildren(source);
    said.textContent = button.dataset.selected;
  }
}

/* The text of an element, in one line. */
function offerCopying(button) {
  const source = document.getElementById(button.dataset.copy);
  const said = button.parentElement.querySelector("[role=status]");
  button.parentElement.hidden = false;
  button.addEventListener("click", () => {
    copy(source.innerText.trim().replace(/,?\s*\n\s*/g, ", "), source, button, said);
  });
}

/* The phone's own way to share the words of an element and an address; where there is none, they are copied. */
function offerSharing(button) {
  const source = document.getElementById(button.dataset.share);
  const said = button.parentElement.querySelector("[role=status]");
  const url = button.dataset.address;
  if (!navigator.share) button.textContent = button.dataset.else;
  button.hidden = false;
  button.addEventListener("click", () => {
    const text = source.textContent;
    if (navigator.share) return navigator.share({ text, url }).catch(() => { /* closed, and nothing was shared */ });
    source.parentElement.open = true;
    return copy(text + "\n" + url, source, button, said);
  });
}

/* The map of a list beside it, where it shows a direction and the screen has room; elsewhere the link leads to it. */
async function showMapBeside(link) {
  if (!matchMedia("(min-width: 76rem)").matches) return;
  try {
    const answer = await fetch(link.href);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const map = page.getElementById("map");
    if (!map) return;
    document.head.append(...page.querySelectorAll("link[href*='css/map']"));
    link.closest(".results").append(map);
  } catch { /* offline: the link stays */ }
}

if ("geolocation" in navigator) document.querySelectorAll("[data-locate]").forEach(offerLocation);
document.querySelectorAll("[data-leave]").forEach(leaveForGood);
document.querySelectorAll("[data-print]").forEach(offerPrinting);
document.querySelectorAll("[data-copy]").forEach(offerCopying);
document.querySelectorAll("button[data-share]").forEach(offerSharing);
if (document.getElementById("filters")) closeFilters();
if (!(navigator.connection && navigator.connection.saveData)) {
  document.querySelectorAll("[data-count-many]").forEach(countWhileTicking);
  document.querySelectorAll("[data-map]").forEach(showMapBeside);
}
