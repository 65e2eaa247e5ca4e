// Asks whether a device's code was entered, and loads the page again once it was; without scripts the page reloads itself.
const place = document.querySelector("[data-status]");
async function ask() {
  try {
    const answer = await fetch(place.dataset.status, { cache: "no-store", credentials: "same-origin" });
    if (!answer.ok || (await answer.json()).status !== "waiting") {
      location.reload();
      return;
    }
  } catch {
    // A network that is away comes back.
  }
  setTimeout(ask, 5000);
}
setTimeout(ask, 5000);
