// One job: its events drive the curve, and tell when the rest of the page is to be rendered again.
import { drawCurve } from "./curve.js";
import { refresh, throttled } from "./live.js";
import { drawMap } from "./map.js";

const curve = document.getElementById("curve");
const map = document.getElementById("map");
const told = document.getElementById("told");
const points = [];
let begun = null;

const drawAll = throttled(() => {
  if (points.length) drawCurve(curve, points, curve.dataset.metric);
}, 60);
const renderAgain = throttled(async () => {
  await refresh();
  drawMap(map, trialRows());
}, 700);

function trialRows() {
  return [...document.querySelectorAll("#trials tr[data-value]")]
    .filter((row) => row.dataset.value !== "")
    .map((row) => ({
      trial: row.dataset.trial,
      depth: Number(row.dataset.depth),
      rate: Number(row.dataset.rate),
      value: Number(row.dataset.value),
    }));
}

function onEvent(event) {
  if (event.kind === "job started" && begun === null) begun = event.time;
  const value = event.data.value;
  if (event.kind === "trial reported" && typeof value === "number") {
    begun ??= event.time;
    points.push({ seconds: event.time - begun, value });
    drawAll();
  }
  if (event.id > Number(curve.dataset.last)) renderAgain();
}

function listen() {
  const source = new EventSource(curve.dataset.events);
  source.onmessage = (message) => onEvent(JSON.parse(message.data));
  source.onopen = () => (told.textContent = "");
  source.onerror = () => {
    // Closed for good where the job is finished; otherwise the browser tries again by itself.
    if (source.readyState === EventSource.CONNECTING && document.querySelector(".state.running")) {
      told.textContent = "The daemon does not answer; trying again.";
    }
  };
}

document.addEventListener("click", async (click) => {
  const button = click.target.closest("button[data-action]");
  if (!button) return;
  button.disabled = true;
  const answer = await fetch(button.dataset.action, { method: "POST" });
  told.textContent = answer.ok ? "" : (await answer.json()).detail;
  button.blur();
  await refresh();
  button.disabled = false;
});

addEventListener("resize", throttled(() => {
  drawAll();
  drawMap(map, trialRows());
}, 150));
drawMap(map, trialRows());
listen();
