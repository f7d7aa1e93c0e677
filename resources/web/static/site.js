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
  let failures = 0;
  async function look() {
    if (!document.hidden) {
      try {
        const reply = await fetch(live.dataset.live, { credentials: "same-origin", redirect: "error" });
        if (reply.ok) {
          const text = await reply.text();
          if (text !== live.dataset.text) {
            live.dataset.text = text;
            const parsed = new DOMParser().parseFromString(text, "text/html");
            live.replaceChildren(...parsed.body.children);
          }
          failures = 0;
        } else failures += 1;
      } catch {
        failures += 1;
      }
    }
    if (failures < 20) setTimeout(look, 3000 * Math.min(1 + failures, 10));
  }
  setTimeout(look, 3000);
})();
