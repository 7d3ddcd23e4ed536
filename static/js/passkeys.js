"use strict";
/* Beside allauth's own scripts: shows the button where the browser has passkeys, and says it where it failed. */
document.addEventListener("DOMContentLoaded", () => {
  const can = "PublicKeyCredential" in window && window.isSecureContext;
  document.querySelectorAll("[data-passkey]").forEach((part) => { part.hidden = (part.dataset.passkey === "works") !== can; });
});
document.addEventListener("allauth.error", (event) => {
  event.preventDefault();
  const failed = document.getElementById("passkey-failed");
  failed.hidden = false;
  failed.focus();
});
