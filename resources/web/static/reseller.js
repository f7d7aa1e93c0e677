// The pages work without this. With it lists are sought as one types, and a form that was sent cannot be sent again by a second click.
"use strict";
(function () {
  const here = document.querySelector(".side [aria-current]");
  if (here) here.scrollIntoView({ block: "nearest", inline: "nearest" });
  for (const form of document.querySelectorAll("form[data-search]")) {
    let timer = 0;
    let last = "";
    const look = async () => {
      const asked = new URLSearchParams(new FormData(form)).toString();
      if (asked === last) return;
      last = asked;
      try {
        const reply = await fetch(`${form.getAttribute("action")}?${asked}`, { credentials: "same-origin", redirect: "error" });
        if (!reply.ok || asked !== last) return;
        const found = new DOMParser().parseFromString(await reply.text(), "text/html").getElementById(form.dataset.search);
        const shown = document.getElementById(form.dataset.search);
        if (found && shown) shown.replaceChildren(...found.childNodes);
      } catch {
        last = "";
      }
    };
    form.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(look, 250);
    });
  }
  for (const form of document.querySelectorAll("form[method=post]")) {
    form.addEventListener("submit", (event) => {
      if (form.dataset.sent) event.preventDefault();
      form.dataset.sent = "1";
      setTimeout(() => delete form.dataset.sent, 5000);
    });
  }
})();
