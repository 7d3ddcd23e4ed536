// The editor of an article's text: the markup that articles/markup.py allows, and nothing more.
import {
  Blockquote, Bold, BulletList, Document, Dropcursor, Editor, Gapcursor, HardBreak, Heading, History, Italic, ListItem,
  Paragraph, Text,
} from "django-prose-editor/editor"
import { offerToCheck } from "article-editor/check"
import { element } from "article-editor/dialogs"
import { GoOnAfterSelected } from "article-editor/insert"
import { menuOf } from "article-editor/menu"
import {
  Callout, DirectoryBlock, PlainCaption, PlainFigure, PlainImage, PlainLink, PlainList, RuleBlock,
} from "article-editor/nodes"
import { Pasting } from "article-editor/paste"
import { PictureFiles } from "article-editor/pictures"
import { TABLE_EXTENSIONS, withoutEmptyLines } from "article-editor/tables"

const BELOW_MENU = { top: 140, right: 0, bottom: 20, left: 0 } // pixels around the caret that are kept in sight
const LAST_EMPTY_LINES = /(?:<p><\/p>)+$/ // where one writes on; articles/markup.py drops them too

function start(textarea) {
  const choices = JSON.parse(textarea.dataset.articleEditor)
  const box = element("div", { className: "prose-editor" })
  textarea.before(box)
  let say = () => {}
  let known = textarea.value // what the editor shows, as the form has it
  const write = () => {
    known = editor.isEmpty ? "" : withoutEmptyLines(editor.getHTML().replace(LAST_EMPTY_LINES, ""))
    textarea.value = known
    textarea.dispatchEvent(new Event("input", { bubbles: true }))
  }
  const editor = new Editor({
    element: box,
    editable: !textarea.disabled,
    injectCSS: false, // the site's policy refuses style elements; what is needed stands in admin-extra/articles.css
    content: known,
    editorProps: {
      attributes: { role: "textbox", "aria-multiline": "true", "aria-label": "Text" },
      scrollThreshold: BELOW_MENU,
      scrollMargin: BELOW_MENU,
    },
    extensions: extensionsFor(choices, (sentence) => say(sentence)),
    onUpdate: write,
  })
  const made = menuOf(editor, textarea, choices)
  say = made.say
  box.prepend(made.menu)
  box.append(textarea)
  textarea.hidden = true
  endInText(editor)
  readAgain(textarea, () => {
    if (textarea.value === known) return
    known = textarea.value
    editor.view.dispatch(editor.state.tr.setMeta("closeHistory$", true)) // "Undo" brings back what stood here
    editor.commands.setContent(known, { emitUpdate: false })
    endInText(editor)
  })
  // After a refusal the form has the text as it was sent; what is sent next is what the writer saw.
  const refused = textarea.closest(".field-body")?.querySelector(".errorlist")
  if (refused) textarea.form.addEventListener("submit", write)
}

function extensionsFor({ presets, rules, markup }, say) {
  return [
    Document, Paragraph, Text, Bold, Italic, Blockquote, BulletList, ListItem, HardBreak, History, Dropcursor,
    Gapcursor, PlainFigure, PlainCaption, PlainList, Callout, PictureFiles, GoOnAfterSelected, ...TABLE_EXTENSIONS,
    PlainImage.configure({ pattern: markup.picture }),
    Heading.configure({ levels: [2, 3] }),
    PlainLink.configure({ enableTarget: false, protocols: ["tel", "mailto"] }),
    DirectoryBlock.configure({ choices: presets }),
    RuleBlock.configure({ choices: rules }),
    Pasting.configure({ rules: markup, say }),
  ]
}

// A line to write on below a picture, block or table at the end. It is no change of the text.
function endInText(editor) {
  const { state, view } = editor
  if (state.doc.lastChild.isTextblock) return
  const tr = state.tr.insert(state.doc.content.size, state.schema.nodes.paragraph.create())
  view.dispatch(tr.setMeta("addToHistory", false).setMeta("preventUpdate", true))
}

// The text may come back after the editor has started: the browser refills the form on the way back to the page, and a
// draft is restored ("draft:restored" on the textarea).
function readAgain(textarea, read) {
  textarea.addEventListener("draft:restored", read)
  document.addEventListener("DOMContentLoaded", read)
  window.addEventListener("pageshow", read)
}

for (const textarea of document.querySelectorAll("[data-article-editor]")) {
  start(textarea)
  offerToCheck(textarea)
}
