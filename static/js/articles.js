// Copying the address of an article. Without this script the address stands there to be copied by hand.
for (const share of document.querySelectorAll("[data-share]")) {
  if (!navigator.clipboard) continue
  const button = document.createElement("button")
  button.type = "button"
  button.className = "button second"
  button.textContent = share.dataset.label
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(share.querySelector(".share-address").textContent)
    button.textContent = share.dataset.copied
  })
  share.append(button)
}
