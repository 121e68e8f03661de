// The list of jobs, kept fresh while somebody looks at it.
import { refresh } from "./live.js";

const EVERY_MILLISECONDS = 3000;

setInterval(() => {
  if (!document.hidden) refresh().catch(() => {}); // the daemon is away: the next time will tell
}, EVERY_MILLISECONDS);
