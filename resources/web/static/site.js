// The pages work without this. With it the overview's figures move by themselves, and the language changes at once.
"use strict";
(function () {
  const language = document.getElementById("language");
  if (language) {
    language.form.querySelector("button").classList.add("unseen");
    language.addEventListener("change", () => language.form.submit());
  }
  const live = document.querySelector("[data-live]");
  if (!live) return;
  function show(text) {
    if (text === live.dataset.text) return;
    live.dataset.text = text;
    const parsed = new DOMParser().parseFromString(text, "text/html");
    live.replaceChildren(...parsed.body.children);
  }
  let failures = 0;
  async function look() {
    if (!document.hidden) {
      try {
        const reply = await fetch(live.dataset.live, { credentials: "same-origin", redirect: "error" });
        if (reply.ok) {
          show(await reply.text());
          failures = 0;
        } else failures += 1;
      } catch {
        failures += 1;
      }
    }
    if (failures < 20) setTimeout(look, 3000 * Math.min(1 + failures, 10));
  }
  if (!live.dataset.events || !window.EventSource) {
    setTimeout(look, 3000);
    return;
  }
  // The browser opens it again by itself after a break; where the server refuses it, we ask now and then.
  const source = new EventSource(live.dataset.events);
  source.addEventListener("live", (event) => show(event.data));
  source.addEventListener("error", () => {
    if (source.readyState === EventSource.CLOSED) setTimeout(look, 3000);
  });
  window.addEventListener("pagehide", () => source.close());
  window.addEventListener("pageshow", (event) => event.persisted && location.reload());
})();
