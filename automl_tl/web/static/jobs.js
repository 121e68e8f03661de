// The list of jobs, kept fresh while somebody looks at it.
import { follow, refresh, throttled } from "./live.js";

const place = document.getElementById("told");
follow(place.dataset.events, Number(place.dataset.after), throttled(refresh, 700), place);
// What runs shows its time.
setInterval(() => {
  if (!document.hidden && document.querySelector("#jobs .state.running")) refresh().catch(() => {});
}, 15000);
