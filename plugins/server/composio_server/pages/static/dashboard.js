// What pages do better with a script; all of them can be read and used without.
"use strict";

function showLocalTimes(root) {
  for (const time of root.querySelectorAll("time[datetime]")) {
    const at = new Date(time.dateTime);
    if (Number.isNaN(at.getTime())) continue;
    time.title = time.dateTime;
    time.textContent = at.toLocaleString(undefined, { dateStyle: "medium", timeStyle: "medium" });
  }
}

function offerCopies(root) {
  for (const sample of root.querySelectorAll(".sample")) {
    const text = sample.querySelector("code");
    if (!text || !navigator.clipboard) continue;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button plain small";
    button.textContent = "Copy";
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(text.textContent);
      button.textContent = "Copied";
      setTimeout(() => { button.textContent = "Copy"; }, 2000);
    });
    sample.append(button);
  }
}

function watchRows(button) {
  const where = button.dataset.live;
  let timer = 0;
  async function look() {
    const answer = await fetch(location.href, { headers: { accept: "text/html" } }).catch(() => null);
    if (answer && answer.ok && !answer.redirected) {
      const read = new DOMParser().parseFromString(await answer.text(), "text/html");
      const now = document.querySelector(where), then = read.querySelector(where);
      if (now && then && !now.contains(document.activeElement)) {
        showLocalTimes(then);
        now.replaceWith(then);
      }
    }
    if (timer) timer = setTimeout(look, 2000);
  }
  button.hidden = false;
  button.setAttribute("aria-pressed", "false");
  button.addEventListener("click", () => {
    const on = button.getAttribute("aria-pressed") !== "true";
    button.setAttribute("aria-pressed", String(on));
    button.textContent = on ? "Stop watching" : "Watch";
    clearTimeout(timer);
    timer = on ? setTimeout(look, 1) : 0;
  });
}

showLocalTimes(document);
offerCopies(document);
document.querySelectorAll("[data-live]").forEach(watchRows);
