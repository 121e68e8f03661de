// Where trials stand: freeze depth against learning rate, darker is better.
import { draw, labels } from "./svg.js";

const LEAST_WIDTH = 280;
const HEIGHT = 260;
const EDGE = { left: 48, right: 14, top: 12, bottom: 34 };
const SHADES = 6;

/** Draw trials of {trial, depth, rate, value} into `place`. */
export function drawMap(place, trials) {
  if (!trials.length) return;
  const width = Math.max(LEAST_WIDTH, place.clientWidth);
  const deepest = Math.max(...trials.map((trial) => trial.depth), 1);
  const powers = trials.map((trial) => Math.log10(trial.rate));
  const [low, high] = [Math.min(...powers) - 0.15, Math.max(...powers) + 0.15];
  const x = (power) => EDGE.left + ((width - EDGE.left - EDGE.right) * (power - low)) / (high - low);
  const y = (depth) => HEIGHT - EDGE.bottom - 12 - ((HEIGHT - EDGE.top - EDGE.bottom - 24) * depth) / deepest;

  const svg = draw("svg", { viewBox: `0 0 ${width} ${HEIGHT}`, role: "img" });
  svg.setAttribute("aria-label", `${trials.length} trials by freeze depth and learning rate; the table below has the figures`);
  drawAxes(svg, { width, x, y, low, high, deepest });
  const shade = shades(trials);
  // The best are drawn last, so that they are seen.
  for (const trial of [...trials].sort((a, b) => a.value - b.value)) {
    const dot = draw("circle", { class: `v${shade(trial.value)}`, cx: x(Math.log10(trial.rate)), cy: y(trial.depth), r: 6.5 });
    dot.append(draw("title", {}, `trial ${trial.trial}: ${trial.value.toFixed(3)}`));
    svg.append(dot);
  }
  place.replaceChildren(svg, legend(trials));
}

/** A value's shade by its rank: values crowd near the top, where the difference matters. */
function shades(trials) {
  const values = trials.map((trial) => trial.value).sort((a, b) => a - b);
  return (value) => {
    const below = values.filter((other) => other < value).length;
    return values.length === 1 ? SHADES - 1 : Math.round(((SHADES - 1) * below) / (values.length - 1));
  };
}

function legend(trials) {
  const values = trials.map((trial) => trial.value);
  const line = document.createElement("p");
  line.className = "legend";
  const swatches = draw("svg", { viewBox: `0 0 ${SHADES * 14} 12`, "aria-hidden": "true" });
  for (let i = 0; i < SHADES; i += 1) {
    swatches.append(draw("circle", { class: `v${i}`, cx: i * 14 + 7, cy: 6, r: 5 }));
  }
  line.append(`lowest ${Math.min(...values).toFixed(3)} `, swatches, ` highest ${Math.max(...values).toFixed(3)}`);
  return line;
}

function drawAxes(svg, { width, x, y, low, high, deepest }) {
  const step = Math.ceil(deepest / 8);
  for (let depth = 0; depth <= deepest; depth += step) {
    svg.append(draw("line", { class: "grid", x1: EDGE.left, x2: width - EDGE.right, y1: y(depth), y2: y(depth) }));
    svg.append(draw("text", { x: EDGE.left - 8, y: y(depth) + 4, "text-anchor": "end" }, labels([depth])[0]));
  }
  for (let power = Math.ceil(low); power <= Math.floor(high); power += 1) {
    const label = draw("text", { x: x(power), y: HEIGHT - EDGE.bottom + 17, "text-anchor": "middle" }, "10");
    label.append(draw("tspan", { class: "power", dy: -5 }, String(power).replace("-", "−")));
    svg.append(label);
  }
  svg.append(draw("text", { class: "axis", x: width - EDGE.right, y: HEIGHT - 3, "text-anchor": "end" }, "learning rate"));
  svg.append(draw("text", { class: "axis", x: 2, y: 10 }, "frozen stages"));
}
