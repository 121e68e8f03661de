// Schedules: kept fresh, with their buttons.
import "./actions.js";
import { follow, refresh, throttled } from "./live.js";

const told = document.getElementById("told");
follow(told.dataset.events, Number(told.dataset.after), throttled(refresh, 700), told);
