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
    if (part && !inUse && part.innerHTML !== old.innerHTML) old.innerHTML = part.innerHTML;
  }
  document.title = fresh.title;
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
      } catch (error) {
        console.warn("not refreshed:", error);
      }
    }, milliseconds);
  };
}
