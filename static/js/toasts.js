// Messages in a corner. A response may send one by the header HX-Trigger: {"toast": {"text": "…", "tone": "success"}};
// a request of htmx that failed says so in words.
"use strict";
(() => {
  const GONE_AFTER = 8000;
  const corner = document.querySelector(".toasts");
  const mould = document.getElementById("toast-mould");
  if (!corner || !mould) return;

  const dismiss = (toast) => toast.remove();

  // Errors stay until somebody has read them; the rest leaves, but not under the mouse or the focus.
  const leaveInTime = (toast) => {
    if (toast.classList.contains("error")) return;
    setTimeout(() => {
      if (toast.matches(":hover, :focus-within")) leaveInTime(toast);
      else dismiss(toast);
    }, GONE_AFTER);
  };

  const show = (text, tone = "info") => {
    const same = [...corner.children].find((toast) => toast.querySelector("p").textContent === text);
    if (same) return;
    const toast = mould.content.firstElementChild.cloneNode(true);
    toast.classList.add(tone);
    toast.querySelector("p").textContent = text;
    corner.append(toast);
    leaveInTime(toast);
  };

  corner.addEventListener("click", (event) => {
    if (event.target.closest("[data-dismiss]")) dismiss(event.target.closest(".toast"));
  });
  for (const toast of corner.children) leaveInTime(toast);

  const words = (status) => {
    if (status === 403) return corner.dataset.forbidden;
    if (status === 404) return corner.dataset.missing;
    if (status === 401 || status === 409) return corner.dataset.stale;
    return corner.dataset.failed;
  };

  document.addEventListener("toast", (event) => show(event.detail.text, event.detail.tone));
  document.addEventListener("htmx:responseError", (event) => show(words(event.detail.xhr.status), "error"));
  document.addEventListener("htmx:sendError", () => show(corner.dataset.offline, "error"));
  document.addEventListener("htmx:timeout", () => show(corner.dataset.offline, "error"));
})();
