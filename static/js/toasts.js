// Messages in a corner. A fragment's own come by the header HX-Trigger (see core/fragment_messages.py), with the form
// that takes back what was done; a request of htmx that failed says so in words.
"use strict";
(() => {
  const GONE_AFTER = 8000;
  const GONE_AFTER_WITH_UNDO = 30000;
  const corner = document.querySelector(".toasts");
  const mould = document.getElementById("toast-mould");
  if (!corner || !mould) return;

  // Whoever closes one by keyboard goes on where they were, not at the top of the page.
  const dismiss = (toast) => {
    const held = toast.contains(document.activeElement);
    toast.remove();
    if (held) (corner.querySelector("[data-dismiss]") || document.getElementById("content"))?.focus();
  };

  // Errors stay until somebody has read them; the rest leaves, but not under the mouse or the focus, nor unseen.
  const leaveInTime = (toast) => {
    if (toast.classList.contains("error")) return;
    const after = toast.querySelector("[data-undo]") ? GONE_AFTER_WITH_UNDO : GONE_AFTER;
    setTimeout(() => {
      if (document.hidden || toast.matches(":hover, :focus-within")) leaveInTime(toast);
      else dismiss(toast);
    }, after);
  };

  const hidden = (name, value) => {
    const input = document.createElement("input");
    Object.assign(input, { type: "hidden", name, value });
    return input;
  };

  const fillUndo = (form, undo) => {
    if (!undo) return form.remove();
    form.action = undo.url;
    form.dataset.undo = undo.target;
    form.append(hidden("next", location.pathname + location.search));
    for (const [name, value] of Object.entries(undo.fields)) form.append(hidden(name, value));
  };

  // What htmx was asked for when the network was gone is asked for again; a form still has what was typed.
  const again = (element) => (element.matches("form") ? element.requestSubmit() : htmx.trigger(element, "click"));
  const fillRetry = (button, element) => {
    if (!element?.matches?.("form, a, button")) return button.remove();
    button.addEventListener("click", () => {
      dismiss(button.closest(".toast"));
      if (element.isConnected) again(element);
    });
  };

  const show = (text, tone = "info", { undo = null, retry = null } = {}) => {
    const same = [...corner.children].find((toast) => toast.querySelector("p").textContent === text);
    if (same && !undo && !retry) return;
    same?.remove(); // its button is about an earlier step
    const toast = mould.content.firstElementChild.cloneNode(true);
    toast.classList.add(tone);
    const [done, wrong] = toast.querySelectorAll(":scope > svg");
    (tone === "success" ? wrong : done).remove();
    toast.querySelector("p").textContent = text;
    fillUndo(toast.querySelector("form"), undo);
    fillRetry(toast.querySelector("[data-retry]"), retry);
    corner.append(toast);
    leaveInTime(toast);
  };

  corner.addEventListener("click", (event) => {
    if (event.target.closest("[data-dismiss]")) dismiss(event.target.closest(".toast"));
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.defaultPrevented) return;
    const toast = event.target.closest?.(".toast") || corner.lastElementChild;
    const isElsewhere = event.target.matches?.("input, select, textarea") || document.querySelector("dialog[open]");
    if (toast && (toast.contains(event.target) || !isElsewhere)) dismiss(toast);
  });

  // Where the fragment that was changed still stands, it alone is fetched anew; otherwise the form posts as it is.
  corner.addEventListener("submit", (event) => {
    const form = event.target.closest("[data-undo]");
    const target = form?.dataset.undo && document.querySelector(form.dataset.undo);
    if (!target) return;
    event.preventDefault();
    const values = Object.fromEntries(new FormData(form));
    htmx.ajax("POST", form.getAttribute("action"), { target, swap: "outerHTML", values, source: target });
    dismiss(form.closest(".toast"));
  });

  // A live region tells of what is added to it, not of what it was born with.
  for (const toast of [...corner.children]) {
    toast.remove();
    setTimeout(() => corner.append(toast), 50);
    leaveInTime(toast);
  }

  const words = (status) => {
    if (status === 403) return corner.dataset.forbidden;
    if (status === 404) return corner.dataset.missing;
    if (status === 401 || status === 409) return corner.dataset.stale;
    return corner.dataset.failed;
  };

  // Somebody who logged in again in another tab has a new token; pages that were open go on with it.
  const renew = (token) => {
    document.body.setAttribute("hx-headers", JSON.stringify({ "X-CSRFToken": token }));
    for (const input of document.querySelectorAll("[name=csrfmiddlewaretoken]")) input.value = token;
  };

  document.addEventListener("toast", (event) => show(event.detail.text, event.detail.tone));
  document.addEventListener("toasts", (event) => {
    for (const { text, tone, undo } of event.detail.messages) show(text, tone, { undo });
  });
  document.addEventListener("htmx:responseError", ({ detail }) => {
    const token = detail.xhr.getResponseHeader("X-New-CSRF-Token");
    if (token) renew(token);
    show(token ? corner.dataset.renewed : words(detail.xhr.status), "error");
  });
  for (const lost of ["htmx:sendError", "htmx:timeout"]) {
    document.addEventListener(lost, ({ detail }) => show(corner.dataset.offline, "error", { retry: detail.elt }));
  }
})();
