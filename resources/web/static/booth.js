// The tablet in a booth. Without this the page asks anew every few seconds; with it the figures come as they change.
"use strict";
(function () {
  const now = document.getElementById("now");
  const stale = document.querySelector(".stale");
  const idle = 90000;
  let home = 0;
  function show(text) {
    const parsed = new DOMParser().parseFromString(text, "text/html");
    now.replaceChildren(...parsed.body.children);
    if (stale) stale.hidden = true;
    const closed = now.querySelector("[data-state=closed]");
    clearTimeout(home);
    if (closed && location.search) home = setTimeout(() => location.assign("/booth"), idle);
  }
  let failures = 0;
  async function look() {
    try {
      const reply = await fetch(now.dataset.now, { credentials: "same-origin", redirect: "error" });
      if (reply.status === 404) return location.assign("/booth");
      if (!reply.ok) throw new Error("refused");
      show(await reply.text());
      failures = 0;
    } catch {
      failures += 1;
      if (stale) stale.hidden = failures < 2;
    }
    return setTimeout(look, 2000);
  }
  function follow() {
    const events = new EventSource(now.dataset.events);
    let lost = 0;
    events.addEventListener("message", (event) => {
      lost = 0;
      show(JSON.parse(event.data));
    });
    events.addEventListener("gone", () => location.assign("/booth"));
    events.addEventListener("error", () => {
      lost += 1;
      if (events.readyState === EventSource.CLOSED || lost > 2) {
        events.close();
        look();
      }
    });
  }
  if (now) {
    if (window.EventSource) follow();
    else look();
    return;
  }
  const form = document.querySelector("form[data-search]");
  if (!form) return;
  setTimeout(() => location.assign("/booth"), idle);
  let timer = 0;
  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(async () => {
      const asked = new URLSearchParams(new FormData(form)).toString();
      try {
        const reply = await fetch(`/booth/prices?${asked}`, { credentials: "same-origin", redirect: "error" });
        const found = new DOMParser().parseFromString(await reply.text(), "text/html").getElementById("results");
        if (reply.ok && found) document.getElementById("results").replaceChildren(...found.childNodes);
      } catch {
        form.dataset.failed = "1";
      }
    }, 250);
  });
})();
