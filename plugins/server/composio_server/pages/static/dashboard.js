// What pages do better with a script, beside htmx; all of them can be read and used without.
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

showLocalTimes(document);
offerCopies(document);
document.addEventListener("htmx:afterSettle", (event) => showLocalTimes(event.target));
