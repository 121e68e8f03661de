// Light, dark, or as the machine says: read before anything is drawn, changed by the button in the header.
const KEY = "automl-tl theme";
const ORDER = ["system", "light", "dark"];

function kept() {
  try {
    const theme = localStorage.getItem(KEY);
    return ORDER.includes(theme) ? theme : "system";
  } catch {
    return "system"; // storage is forbidden here
  }
}

function show(theme) {
  document.documentElement.dataset.theme = theme;
  const button = document.getElementById("theme");
  if (!button) return;
  button.hidden = false;
  button.setAttribute("aria-label", `Colours: ${theme}. Change`);
  button.title = `Colours: ${theme}`;
}

show(kept());
addEventListener("DOMContentLoaded", () => {
  show(kept());
  document.getElementById("theme")?.addEventListener("click", () => {
    const next = ORDER[(ORDER.indexOf(kept()) + 1) % ORDER.length];
    try {
      localStorage.setItem(KEY, next);
    } catch {
      // then it holds until the next page
    }
    show(next);
  });
});
