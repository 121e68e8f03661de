// The system: kept fresh, and what takes long to measure is fetched once the rest is there.
import { refresh } from "./live.js";

const EVERY_MILLISECONDS = 10000;
const told = document.getElementById("told");

setInterval(async () => {
  if (document.hidden) return;
  try {
    await refresh();
    told.textContent = "";
  } catch {
    told.textContent = "The daemon does not answer; trying again.";
  }
}, EVERY_MILLISECONDS);

addEventListener("load", () => document.querySelectorAll("[data-part]").forEach(fill));

async function fill(place) {
  try {
    const answer = await fetch(place.dataset.part, { headers: { Accept: "application/json" } });
    const words = answer.ok ? null : (await answer.json()).detail;
    if (answer.ok) place.innerHTML = await answer.text();
    else tell(place, words);
  } catch {
    tell(place, "The daemon does not answer.");
  }
  place.removeAttribute("aria-busy");
}

function tell(place, words) {
  const line = document.createElement("p");
  line.className = "told";
  line.textContent = words;
  place.replaceChildren(line);
}
