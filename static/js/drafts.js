// What somebody types into <form data-draft="customer-17"> is kept until it is saved: over an error, the end of the
// session, a lost network, a page left by mistake. Kept in this tab alone (sessionStorage), for this user; never what is
// masked, encrypted or a password; forgotten when it is saved and at logout.
"use strict";
(() => {
  const PREFIX = "meridian-draft:";
  const user = document.body.dataset.user;
  const mould = document.getElementById("draft-mould");
  const NEVER = "[type=password], [type=hidden], [type=file], [data-sealed], [data-sealed] *";

  const store = {
    keys: () => Object.keys(sessionStorage).filter((key) => key.startsWith(PREFIX)),
    read: (key) => JSON.parse(sessionStorage.getItem(key) || "null"),
    write: (key, draft) => sessionStorage.setItem(key, JSON.stringify(draft)),
    drop: (key) => sessionStorage.removeItem(key),
  };
  try {
    store.keys();
  } catch {
    return; // storage can be forbidden; then the warning before leaving is all there is
  }

  const [arrival] = performance.getEntriesByType("navigation");
  const keyOf = (form) => `${PREFIX}${user}:${form.dataset.draft}`;
  const versionOf = (form) => (form.elements.version || form.elements.opened)?.value || "";
  const addressOf = (form) => new URL(form.getAttribute("action") || location.href, location.href).pathname;
  const fields = (form) =>
    [...form.elements].filter((field) => field.name && field.matches("input, select, textarea") && !field.matches(NEVER));
  // Boxes and buttons of a group have one name: their value tells them apart.
  const isBox = (field) => field.type === "checkbox" || field.type === "radio";
  const idOf = (field) => (isBox(field) ? `${field.name}=${field.value}` : field.name);
  const hasChanged = (field) => {
    if (isBox(field)) return field.checked !== field.defaultChecked;
    if (field.options) return [...field.options].some((option) => option.selected !== option.defaultSelected);
    return field.value !== field.defaultValue;
  };
  const valueOf = (field) => {
    if (isBox(field)) return field.checked;
    return field.multiple ? [...field.selectedOptions].map((option) => option.value) : field.value;
  };
  const put = (field, value) => {
    if (isBox(field)) field.checked = value;
    else if (field.multiple) for (const option of field.options) option.selected = value.includes(option.value);
    else field.value = value;
    field.dispatchEvent(new Event("input", { bubbles: true }));
  };
  const isOther = (field, kept) => kept !== undefined && String(valueOf(field)) !== String(kept);
  const differs = (form, draft) => fields(form).some((field) => isOther(field, draft.values[idOf(field)]));

  const keep = (form) => {
    const known = store.read(keyOf(form))?.values || {};
    for (const field of fields(form)) {
      if (hasChanged(field) || idOf(field) in known) known[idOf(field)] = valueOf(field);
    }
    store.write(keyOf(form), { version: versionOf(form), values: known, state: "typed" });
  };

  const restore = (form, draft) => {
    for (const field of fields(form)) if (idOf(field) in draft.values) put(field, draft.values[idOf(field)]);
  };

  const waiting = new WeakMap();
  let isOver = false; // logged out: what is still waiting to be kept is not
  const waitNoMore = (form) => {
    clearTimeout(waiting.get(form));
    return waiting.delete(form);
  };
  const keepNow = (form) => waitNoMore(form) && form.isConnected && !isOver && keep(form);
  const forget = (form) => {
    waitNoMore(form);
    store.drop(keyOf(form));
  };

  // What was sent and did not arrive is put back at once; what was left lying is offered, as is what was typed into an
  // earlier version of the record.
  const offer = (form) => {
    const draft = store.read(keyOf(form));
    if (!draft) return;
    if (!differs(form, draft)) {
      // What comes back with errors is as it was typed, and not saved.
      const isRefused = arrival?.responseStatus >= 400 || form.querySelector("[aria-invalid=true], .errorlist");
      if (draft.state !== "typed" && !isRefused) store.drop(keyOf(form));
      return;
    }
    const notice = mould.content.firstElementChild.cloneNode(true);
    const isBack = draft.state !== "typed" && draft.version === versionOf(form);
    for (const part of notice.querySelectorAll("[data-when]")) part.hidden = (part.dataset.when === "back") !== isBack;
    if (isBack) restore(form, draft);
    notice.addEventListener("click", (event) => {
      const choice = event.target.closest("button")?.dataset.draftChoice;
      if (choice === "restore") restore(form, draft);
      if (choice === "discard") {
        forget(form);
        delete form.dataset.changed;
        if (isBack) form.reset();
      }
      if (choice) notice.remove();
      if (choice) fields(form)[0]?.focus();
    });
    form.prepend(notice);
  };

  document.addEventListener("input", (event) => {
    const form = event.target.closest?.("form[data-draft]");
    if (!form || !user) return;
    clearTimeout(waiting.get(form));
    waiting.set(form, setTimeout(keepNow, 200, form));
  });
  // Whoever leaves at once loses nothing either.
  window.addEventListener("pagehide", () => document.querySelectorAll("form[data-draft]").forEach(keepNow));

  document.addEventListener("submit", (event) => {
    const { target: form, submitter } = event;
    const action = submitter?.getAttribute("formaction") || form.getAttribute("action") || "";
    if (action.endsWith("/logout/")) {
      isOver = true;
      store.keys().forEach(store.drop);
    }
    if (!user || isOver || submitter?.formTarget === "_blank") return;
    if (form.matches("[data-draft]")) {
      waitNoMore(form);
      keep(form);
    }
    // The page of a refused form sends the same to the same address again.
    for (const key of store.keys()) {
      const draft = store.read(key);
      const isThis = form.matches("[data-draft]") ? key === keyOf(form) : draft.address === addressOf(form);
      if (isThis) store.write(key, { ...draft, address: addressOf(form), state: "sent" });
    }
  }, true);

  // Whoever presses "Cancel" in a field that is edited in its place wants what they typed no more.
  document.addEventListener("click", (event) => {
    const form = event.target.closest("[data-cancel]")?.closest("form[data-draft]");
    if (form) forget(form);
  });
  document.addEventListener("draft-left", (event) => forget(event.target));

  // Before the answer is swapped in, which may be the same form, empty for the next.
  document.addEventListener("htmx:beforeOnLoad", ({ detail: { elt, xhr } }) => {
    if (!elt.matches?.("form[data-draft]") || xhr.status >= 300) return;
    // A lost session is answered by the way to the login, and nothing is saved.
    if (!xhr.getResponseHeader("HX-Redirect")) forget(elt);
  });

  const forms = [...document.querySelectorAll("form[data-draft]")];
  const open = new Set(forms.map(keyOf));
  for (const key of store.keys()) {
    const draft = store.read(key);
    if (user && !key.startsWith(`${PREFIX}${user}:`)) store.drop(key);
    else if (draft.state === "sent" && !open.has(key)) {
      // A form that was saved leads elsewhere; what led to the login or to an error was not saved.
      if (user && arrival?.redirectCount > 0) store.drop(key);
      else store.write(key, { ...draft, state: "lost" });
    }
  }
  if (!user) return;
  forms.forEach(offer);

  // A field that was edited in its place and did not arrive opens again, with what was typed.
  const reopen = () => {
    for (const key of store.keys().filter((each) => !open.has(each))) {
      const draft = store.read(key);
      const link = draft.state === "lost" && document.querySelector(`main [hx-get="${draft.address}"]`);
      link?.closest?.("details")?.setAttribute("open", "");
      if (link) link.click();
      else if (draft.state === "lost") document.dispatchEvent(new CustomEvent("draft-lost", { detail: draft.address }));
    }
  };
  document.addEventListener("DOMContentLoaded", reopen);
  document.addEventListener("htmx:load", ({ detail }) => {
    const inside = [...detail.elt.querySelectorAll("form[data-draft]")];
    for (const form of detail.elt.matches("form[data-draft]") ? [detail.elt] : inside) {
      if (!form.querySelector("[data-draft-choice]")) offer(form);
    }
  });
})();
