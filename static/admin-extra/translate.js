// The fields of a translation: bold, italic and links as they look, instead of as HTML. Without this, it is typed as HTML.
const TOOLS = [["Bold", "bold"], ["Italic", "italic"]];

function button(words, pressed) {
  const made = document.createElement("button");
  made.type = "button";
  made.textContent = words;
  made.addEventListener("mousedown", (event) => event.preventDefault()); // the field keeps the focus and the selection
  made.addEventListener("click", pressed);
  return made;
}

function tick(field) {
  const row = field.closest(".pair");
  const box = row.querySelector(".pair-done input");
  if (box && row.classList.contains("is-changed")) box.checked = true;
}

function plain(field) {
  const tools = document.createElement("div");
  tools.className = "pair-tools";
  tools.append(button("Start from the original's words", () => {
    field.value = field.dataset.start;
    field.focus();
    tick(field);
  }));
  if (field.dataset.start && !field.value && !field.disabled) field.after(tools); // never over words that are there
  field.addEventListener("input", ({ isTrusted }) => isTrusted && tick(field)); // a draft that is put back has its own ticks
}

function rich(textarea) {
  const editable = document.createElement("div");
  editable.contentEditable = String(!textarea.disabled);
  editable.lang = textarea.lang;
  editable.spellcheck = true;
  editable.setAttribute("role", "textbox");
  editable.setAttribute("aria-multiline", "true");
  editable.setAttribute("aria-label", textarea.labels[0].textContent);
  const show = (html) => {
    // Set as a document of its own first: nothing in it runs or is loaded before it is only text, bold, italic and links.
    const parsed = new DOMParser().parseFromString(html, "text/html").body;
    for (const element of [...parsed.querySelectorAll("*")].reverse()) {
      const href = element.getAttribute("href");
      for (const { name } of [...element.attributes]) element.removeAttribute(name);
      if (element.localName === "a" && /^(https?:|mailto:|tel:|\/)/.test(href ?? "")) element.setAttribute("href", href);
      else if (!["strong", "em", "b", "i", "br"].includes(element.localName)) element.replaceWith(...element.childNodes);
    }
    editable.replaceChildren(...parsed.childNodes);
  };
  const keep = () => {
    textarea.value = editable.textContent.trim() ? editable.innerHTML : "";
    textarea.dispatchEvent(new Event("input", { bubbles: true }));
    tick(textarea);
  };
  show(textarea.value);
  textarea.addEventListener("draft:restored", () => show(textarea.value));
  editable.addEventListener("input", keep);
  editable.addEventListener("paste", (event) => {
    event.preventDefault();
    document.execCommand("insertText", false, event.clipboardData.getData("text/plain").replace(/\s*\n\s*/g, " "));
  });
  editable.addEventListener("drop", (event) => event.preventDefault());
  editable.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    if (event.shiftKey) document.execCommand("insertLineBreak");
  });
  window.addEventListener("pageshow", () => show(textarea.value)); // what the browser kept when one comes back
  const tools = document.createElement("div");
  tools.className = "pair-tools";
  for (const [words, command] of TOOLS) {
    tools.append(button(words, () => { editable.focus(); document.execCommand(command); keep(); }));
  }
  if (textarea.dataset.start && !textarea.value.trim()) {
    tools.append(button("Start from the original's words", () => { show(textarea.dataset.start); keep(); editable.focus(); }));
  }
  textarea.hidden = true;
  textarea.after(editable);
  if (!textarea.disabled) editable.after(tools);
}

for (const field of document.querySelectorAll(".pair-field :is(textarea, input)")) {
  if ("words" in field.dataset) rich(field);
  else plain(field);
}

const todo = [...document.querySelectorAll(".pair:is(.is-new, .is-added, .is-changed, .is-removed)")];
if (todo.length) {
  document.querySelector(".next-one").hidden = false;
  document.querySelector("#next-one").addEventListener("click", () => {
    const next = todo.find((row) => row.getBoundingClientRect().top > 120) ?? todo[0];
    next.scrollIntoView({ block: "start" });
    next.querySelector("[contenteditable], input[type=text], input[type=checkbox]")?.focus({ preventScroll: true });
  });
}
