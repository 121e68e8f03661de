// Buttons that ask the daemon for something; those with a dialog ask the person first.
import { refresh } from "./live.js";

const told = document.getElementById("told");

async function act(address, body) {
  const headers = body ? { "Content-Type": "application/json" } : {};
  try {
    const answer = await fetch(address, { method: "POST", headers, body: body && JSON.stringify(body) });
    return answer.ok ? "" : (await answer.json()).detail;
  } catch {
    return "The daemon does not answer.";
  }
}

async function done(problem) {
  told.textContent = problem;
  await refresh().catch(() => {});
  dispatchEvent(new Event("acted"));
}

document.addEventListener("click", async (click) => {
  const button = click.target.closest("button");
  if (!button) return;
  if (button.dataset.dialog) {
    const dialog = document.getElementById(button.dataset.dialog);
    dialog.dataset.action = button.dataset.action ?? dialog.dataset.action;
    for (const [name, value] of Object.entries(JSON.parse(button.dataset.body ?? "{}"))) {
      dialog.querySelector("form").elements[name].value = value;
      for (const place of dialog.querySelectorAll(`[data-shows="${name}"]`)) place.textContent = value;
    }
    dialog.querySelector("[role=alert]").textContent = "";
    dialog.showModal();
  } else if (button.dataset.close !== undefined) {
    button.closest("dialog").close();
  } else if (button.dataset.action) {
    button.disabled = true;
    const problem = await act(button.dataset.action);
    button.blur();
    await done(problem);
    button.disabled = false;
  }
});

document.addEventListener("submit", async (submit) => {
  const dialog = submit.target.closest("dialog");
  if (!dialog) return;
  submit.preventDefault();
  const send = dialog.querySelector("button[type=submit]");
  send.disabled = true;
  const problem = await act(dialog.dataset.action, said(submit.target));
  send.disabled = false;
  dialog.querySelector("[role=alert]").textContent = problem;
  if (problem) return;
  if (dialog.dataset.then) return location.assign(dialog.dataset.then);
  dialog.close();
  document.activeElement?.blur();
  await done("");
});

function said(form) {
  const found = [...form.elements].filter((field) => field.name);
  return Object.fromEntries(found.map((field) => [field.name, field.type === "hidden" ? Number(field.value) : field.value]));
}
