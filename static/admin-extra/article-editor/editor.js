// The editor of an article's text: the markup that articles/markup.py allows, and nothing more.
import {
  Blockquote, Bold, BulletList, Document, Dropcursor, Editor, Gapcursor, HardBreak, Heading, History, Image, Italic,
  Link, ListItem, OrderedList, Paragraph, Text,
} from "django-prose-editor/editor"
import { offerToCheck } from "article-editor/check"
import { element } from "article-editor/dialogs"
import { menuOf } from "article-editor/menu"
import { Callout, DirectoryBlock, PlainCaption, PlainFigure, RuleBlock } from "article-editor/nodes"

function start(textarea) {
  const choices = JSON.parse(textarea.dataset.articleEditor)
  const box = element("div", { className: "prose-editor" })
  textarea.before(box)
  const editor = new Editor({
    element: box,
    editable: !textarea.disabled,
    injectCSS: false, // the site's policy refuses style elements; what is needed stands in admin-extra/articles.css
    content: textarea.value,
    editorProps: { attributes: { role: "textbox", "aria-multiline": "true", "aria-label": "Text" } },
    extensions: [
      Document, Paragraph, Text, Bold, Italic, Blockquote, BulletList, OrderedList, ListItem, HardBreak, History,
      Dropcursor, Gapcursor, Image, PlainFigure, PlainCaption, Callout,
      Heading.configure({ levels: [2, 3] }),
      Link.configure({ enableTarget: false, protocols: ["tel", "mailto"] }),
      DirectoryBlock.configure({ choices: choices.presets }),
      RuleBlock.configure({ choices: choices.rules }),
    ],
    onUpdate: () => {
      textarea.value = editor.isEmpty ? "" : editor.getHTML()
      textarea.dispatchEvent(new Event("input", { bubbles: true }))
    },
  })
  box.prepend(menuOf(editor, textarea, choices))
  box.append(textarea)
  textarea.hidden = true
}

for (const textarea of document.querySelectorAll("[data-article-editor]")) {
  start(textarea)
  offerToCheck(textarea)
}
