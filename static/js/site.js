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
  const said = button.parentElement.querySelector("[role=status]");
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
    if (event.target.form !== form || event.target.type !== "checkbox") return;
    clearTimeout(waiting);
    waiting = setTimeout(ask, COUNT_AFTER_MS);
  });
}

function offerPrinting(button) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}

if ("geolocation" in navigator) document.querySelectorAll("[data-locate]").forEach(offerLocation);
document.querySelectorAll("[data-leave]").forEach(leaveForGood);
document.querySelectorAll("[data-print]").forEach(offerPrinting);
if (!(navigator.connection && navigator.connection.saveData)) {
  document.querySelectorAll("[data-count-many]").forEach(countWhileTicking);
}
