// Keeps the parts of a page marked data-live as the server would render them now.

/** Fetch this page again and put its live parts in place of the old ones. */
export async function refresh() {
  const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
  if (!answer.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const old of document.querySelectorAll("[data-live]")) {
    const part = fresh.getElementById(old.id);
    // A button or link in use keeps its focus: its part waits for the next time.
    const inUse = old !== document.activeElement && old.contains(document.activeElement);
    if (part && !inUse && part.innerHTML !== old.dataset.shown) replace(old, part.innerHTML);
  }
  if (document.title !== fresh.title) tell(fresh.title);
  document.title = fresh.title;
}

/** New contents, in which what a person had opened stays open. */
function replace(old, contents) {
  const open = new Map([...old.querySelectorAll("details[id]")].map((one) => [one.id, one.open]));
  old.innerHTML = contents;
  old.dataset.shown = contents;
  for (const one of old.querySelectorAll("details[id]")) if (open.has(one.id)) one.open = open.get(one.id);
}

/** Say it to screen readers: what changed is mostly seen, not read. */
function tell(title) {
  const place = document.getElementById("said");
  if (place) place.textContent = title.replace(" · automl-tl", "");
}

/** A function that runs `work` soon, however often it is called: at most once every `milliseconds`. */
export function throttled(work, milliseconds) {
  let waiting = false;
  return () => {
    if (waiting) return;
    waiting = true;
    setTimeout(async () => {
      waiting = false;
      try {
        await work();
      } catch {
        // the daemon is away: the next time will tell
      }
    }, milliseconds);
  };
}

/**
 * Call `changed` whenever something happened behind `address`, a stream of events above `after`.
 * A page that nobody sees holds no connection: a browser has only six of them for all its tabs.
 */
export function follow(address, after, changed, told) {
  let source = null;
  let last = after;

  function listen() {
    source = new EventSource(`${address}?after=${last}`);
    source.onmessage = (message) => {
      last = Number(message.lastEventId) || last;
      changed();
    };
    source.onopen = () => (told.textContent = "");
    source.onerror = () => {
      // Closed for good where nothing will come; otherwise the browser tries again by itself.
      if (source.readyState === EventSource.CONNECTING) told.textContent = "The daemon does not answer; trying again.";
    };
  }

  addEventListener("visibilitychange", () => {
    source?.close();
    if (document.hidden) return;
    changed();
    listen();
  });
  addEventListener("pagehide", () => source?.close());
  addEventListener("load", () => document.hidden || listen());
  return () => {
    if (source?.readyState === EventSource.CLOSED) listen();
  };
}
