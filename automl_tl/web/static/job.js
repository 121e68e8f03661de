// One job: its events tell when the page is to be rendered again.
import { follow, refresh, throttled } from "./live.js";

const place = document.getElementById("told");
const again = follow(place.dataset.events, Number(place.dataset.after), throttled(refresh, 700), place);
addEventListener("acted", again); // tried again: there is something to follow once more
