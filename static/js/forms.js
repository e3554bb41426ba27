// Manners of forms. Each one only improves what already works without scripts.
"use strict";
(() => {
  // data-confirm asks before what cannot be taken back. A form is sent once: a second press does nothing.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method === "get" || form.hasAttribute("hx-post")) return;
    if (form.dataset.sent || (form.dataset.confirm && !window.confirm(form.dataset.confirm))) {
      event.preventDefault();
      return;
    }
    // What answers in another tab leaves this page, and what is typed into it, as it is.
    if ((event.submitter?.formTarget || form.target) === "_blank") return;
    form.dataset.sent = "yes";
    event.submitter?.setAttribute("aria-busy", "true");
  });

  // The browser shows a page from its cache on "back": wake the forms up again.
  window.addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
    for (const button of document.querySelectorAll("[aria-busy]")) button.removeAttribute("aria-busy");
  });

  // data-guard and data-draft: whoever leaves with changes that are not saved is asked first.
  document.addEventListener("input", (event) => {
    const form = event.target.closest("form:is([data-guard], [data-draft])");
    if (form) form.dataset.changed = "yes";
  });
  window.addEventListener("beforeunload", (event) => {
    if (document.querySelector("form[data-changed]:not([data-sent])")) event.preventDefault();
  });

  // data-inline: a field edited where it stands. Escape leaves it, Enter saves it, from within a choice too, and Ctrl+Enter
  // from within a long text.
  document.addEventListener("keydown", (event) => {
    const form = event.target.closest?.("form[data-inline]");
    if (!form || event.isComposing) return;
    if (event.key === "Escape") {
      event.preventDefault();
      form.querySelector("[data-cancel]").click();
    }
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey || event.target.matches("select"))) {
      event.preventDefault();
      form.requestSubmit();
    }
  });

  // A click on a value opens its form, as its pencil does; not one that follows a link, opens a long text or marks words.
  document.addEventListener("click", (event) => {
    const value = event.target.closest?.(".field-row :is(dd, .part)");
    if (!value || event.target.closest("a, button, summary, form") || !getSelection().isCollapsed) return;
    if (!value.querySelector(".part")) value.querySelector(":scope > .edit")?.click();
  });

  // data-carry: forms that take turns in one place. What is typed into one goes on to the next, until one of them is saved.
  const carried = new Map();
  document.addEventListener("htmx:beforeSwap", ({ detail: { target, requestConfig, xhr } }) => {
    const form = target.matches?.("[data-carry]") && target.querySelector("form");
    if (!form) return;
    if (requestConfig.verb !== "get") return xhr.status < 300 ? carried.clear() : null;
    for (const field of form.querySelectorAll("textarea, input[type=text]")) {
      if (field.value) carried.set(field.name, field.value);
      else carried.delete(field.name);
    }
    form.dispatchEvent(new CustomEvent("draft-left", { bubbles: true }));
  });
  document.addEventListener("htmx:load", ({ detail: { elt } }) => {
    if (!elt.matches?.("[data-carry]")) return;
    for (const field of elt.querySelectorAll("textarea, input[type=text]")) {
      if (field.value || !carried.has(field.name)) continue;
      field.value = carried.get(field.name);
      field.dispatchEvent(new Event("input", { bubbles: true }));
    }
  });

  // data-modal: a dialog that came with an answer takes the page over until it is answered; data-close puts it away.
  const openDialog = () => {
    const dialog = document.querySelector("dialog[data-modal]");
    if (!dialog || dialog.matches(":modal")) return;
    dialog.close();
    dialog.showModal();
    for (const button of dialog.querySelectorAll("[data-close]")) {
      button.hidden = false;
      button.addEventListener("click", () => dialog.close());
    }
    dialog.querySelector("input:not([type=hidden]), select, textarea")?.focus();
  };
  document.addEventListener("htmx:afterSettle", openDialog);
  openDialog();
})();
