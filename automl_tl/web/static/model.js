// One name: kept fresh, and a prediction to try.
import "./actions.js";
import { follow, refresh, throttled } from "./live.js";

const SHOWN = 5;
const told = document.getElementById("told");
const form = document.getElementById("try");
follow(told.dataset.events, Number(told.dataset.after), throttled(refresh, 700), told);

if (form) {
  const drop = form.querySelector(".drop");
  const chosen = form.elements.files;
  chosen.addEventListener("change", () => ask([...chosen.files]).then(() => (chosen.value = "")));
  form.addEventListener("submit", (submit) => {
    submit.preventDefault();
    const text = form.elements.text.value.trim();
    if (text) askText(text);
  });
  for (const kind of ["dragenter", "dragover", "dragleave", "drop"]) {
    drop.addEventListener(kind, (drag) => {
      drag.preventDefault();
      drop.classList.toggle("over", kind === "dragenter" || kind === "dragover");
      if (kind === "drop") ask([...drag.dataTransfer.files]);
    });
  }
}

async function ask(files) {
  if (!files.length) return;
  const body = new FormData();
  for (const file of files) body.append("files", file);
  const previews = await Promise.all(files.map(preview));
  await send({ body }, (number) => previews[number]);
}

function askText(text) {
  const body = JSON.stringify({ inputs: [{ text }] });
  return send({ body, headers: { "Content-Type": "application/json" } }, () => null);
}

async function send(request, previewOf) {
  const tried = document.getElementById("tried");
  tried.textContent = "Predicting …";
  try {
    const answer = await fetch(form.dataset.action, { method: "POST", ...request });
    const said = await answer.json();
    tried.textContent = answer.ok ? "" : said.detail;
    if (answer.ok) said.predictions.forEach((one, number) => show(one, previewOf(number)));
  } catch {
    tried.textContent = "The daemon does not answer.";
  }
}

/** A picture's data, small files alone; null for what is no picture. */
function preview(file) {
  if (!file.type.startsWith("image/") || file.size > 8e6) return null;
  return new Promise((resolve) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result);
    reader.onerror = () => resolve(null);
    reader.readAsDataURL(file);
  });
}

function show(one, picture) {
  const place = document.getElementById("answers");
  const item = make("li");
  if (picture) item.append(make("img", { src: picture, alt: "" }));
  const words = make("div");
  if (one.error) {
    words.append(make("p", { class: "told" }, one.error.detail));
  } else {
    const head = make("p", { class: "answer" });
    head.append(make("b", {}, one.label ?? `not sure: ${one.guess}`), ` ${percent(one.probability)}`);
    words.append(head, bars(one.probabilities ?? {}));
  }
  words.append(make("p", { class: "from" }, `${short(one.input)}${one.version ? ` · version ${one.version}` : ""}`));
  item.append(words);
  place.prepend(item);
}

function bars(probabilities) {
  const list = make("dl", { class: "bars" });
  const ranked = Object.entries(probabilities).sort((a, b) => b[1] - a[1]).slice(0, SHOWN);
  for (const [label, probability] of ranked) {
    const row = make("div");
    const bar = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    const filled = document.createElementNS("http://www.w3.org/2000/svg", "rect");
    bar.setAttribute("class", "bar");
    bar.setAttribute("aria-hidden", "true");
    filled.setAttribute("width", `${100 * probability}%`);
    filled.setAttribute("height", "100%");
    bar.append(filled);
    const figure = make("dd", {}, percent(probability));
    row.append(make("dt", {}, label), figure, bar);
    list.append(row);
  }
  return list;
}

function make(name, attributes = {}, text = "") {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(text);
  return element;
}

const percent = (share) => `${(100 * share).toFixed(1)} %`;
const short = (input) => (input && input.length > 80 ? `${input.slice(0, 80)}…` : (input ?? ""));
