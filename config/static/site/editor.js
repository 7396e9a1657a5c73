// What the rich text editor lacks: loaded before it.
// It writes its styles into the page, which the site's policy refuses; it does not when it finds
// them there. This element is no style sheet: what it would have written stands in editor.css.
const found = document.createElementNS("urn:handbill", "style");
found.setAttribute("data-tiptap-style", "");
document.head.append(found);

// A screen reader says which field this is.
document.addEventListener("prose-editor:ready", ({ detail: { editor, textarea } }) => {
  const label = document.querySelector(`label[for="${textarea.id}"]`);
  editor.view.dom.setAttribute("role", "textbox");
  editor.view.dom.setAttribute("aria-multiline", "true");
  editor.view.dom.setAttribute("aria-label", label.firstChild.textContent.trim());
});
