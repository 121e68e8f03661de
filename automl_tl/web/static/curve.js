// The best value so far over time, above a dot for every report.
import { draw, labels, ticks } from "./svg.js";

const LEAST_WIDTH = 280;
const HEIGHT = 260;
const EDGE = { left: 48, right: 14, top: 12, bottom: 34 };

/** The improvements among points of {seconds, value}, in order. */
export function improvements(points) {
  const found = [];
  for (const point of points) if (!found.length || point.value > found.at(-1).value) found.push(point);
  return found;
}

/** Draw into `place`; every point is one report. */
export function drawCurve(place, points, metric) {
  const width = Math.max(LEAST_WIDTH, place.clientWidth);
  const best = improvements(points);
  const last = Math.max(...points.map((point) => point.seconds), 1);
  const values = points.map((point) => point.value).sort((a, b) => a - b);
  // Early failures would squeeze what matters into a corner: the lowest tenth may lie below the frame.
  const low = Math.min(values[Math.floor(values.length / 10)], best[0].value);
  const high = best.at(-1).value;
  const pad = (high - low) * 0.08 || 0.01;
  const [bottom, top] = [low - pad, high + pad];
  const x = (seconds) => EDGE.left + ((width - EDGE.left - EDGE.right) * seconds) / last;
  const y = (value) => HEIGHT - EDGE.bottom - ((HEIGHT - EDGE.top - EDGE.bottom) * (value - bottom)) / (top - bottom);

  const svg = draw("svg", { viewBox: `0 0 ${width} ${HEIGHT}`, role: "img" });
  svg.setAttribute("aria-label", `best ${metric} ${high.toFixed(3)} after ${Math.round(last)} s and ${points.length} reports`);
  drawAxes(svg, { width, x, y, bottom, top, last });
  for (const point of points) {
    if (point.value < bottom) continue;
    svg.append(draw("circle", { class: "report", cx: x(point.seconds), cy: y(point.value), r: 2.6 }));
  }
  let path = `M${x(best[0].seconds)} ${y(best[0].value)}`;
  for (const point of best.slice(1)) path += `H${x(point.seconds)}V${y(point.value)}`;
  svg.append(draw("path", { class: "best", d: `${path}H${x(last)}` }));
  svg.append(draw("circle", { class: "leader", cx: x(best.at(-1).seconds), cy: y(high), r: 4 }));
  place.replaceChildren(svg);
}

function drawAxes(svg, { width, x, y, bottom, top, last }) {
  const unit = last > 7200 ? 3600 : last > 180 ? 60 : 1;
  const name = { 1: "seconds", 60: "minutes", 3600: "hours" }[unit];
  const across = ticks(0, last / unit, 5);
  const up = ticks(bottom, top, 4);
  labels(up).forEach((label, i) => {
    svg.append(draw("line", { class: "grid", x1: EDGE.left, x2: width - EDGE.right, y1: y(up[i]), y2: y(up[i]) }));
    svg.append(draw("text", { x: EDGE.left - 8, y: y(up[i]) + 4, "text-anchor": "end" }, label));
  });
  labels(across).forEach((label, i) => {
    svg.append(draw("text", { x: x(across[i] * unit), y: HEIGHT - EDGE.bottom + 17, "text-anchor": "middle" }, label));
  });
  svg.append(draw("text", { class: "axis", x: width - EDGE.right, y: HEIGHT - 3, "text-anchor": "end" }, name));
}
