"""``bench page``: how soon a view is seen in a cold Chromium, and what comes over the wire for it."""

import shutil
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from automl_tl.bench.flooded_store import add_finished
from automl_tl.client.own_daemon import OwnDaemon
from automl_tl.errors import OperatorError
from automl_tl.settings import Settings
from automl_tl.upkeep.temporary import temporary_folder
from automl_tl.wiring.adapters import store_of

MOST_MILLISECONDS = 200.0
MOST_KILOBYTES = 300.0
CONTROL = "/static/icon.svg"
_ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run")
_TIMES = """() => {
  const [navigation] = performance.getEntriesByType("navigation");
  const [paint] = performance.getEntriesByName("first-contentful-paint");
  return paint && { loaded: navigation.loadEventEnd, painted: paint.startTime };
}"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One view, opened once: when a person first sees its contents, when all is loaded, and its bytes.

    The first view is the browser's first contentful paint, counted from the address being entered; what is
    promised holds for that, and for the bytes of all that was loaded.
    """

    painted_milliseconds: float
    loaded_milliseconds: float
    kilobytes: float


def run(*, jobs: int, repeats: int) -> dict[str, Any]:
    """Open each view so often on a daemon with so many finished jobs, each time with nothing cached.

    Raises OperatorError where Chromium or its driver is absent.
    """
    chromium = shutil.which("chromium")
    if chromium is None:
        raise OperatorError("bench page looks at the pages in Chromium, but no chromium is on the path")
    with temporary_folder("automl-tl-bench-") as folder:
        settings = Settings(home=folder / "home", registry="folder")
        store = store_of(settings)
        add_finished(store, count=jobs)
        (newest,) = (job.id for job in store.jobs(limit=1))
        store.close()
        daemon = OwnDaemon(settings.home)
        try:
            views = ("/", f"/jobs/{newest}", "/models", "/schedules", "/system", CONTROL)
            looks = _look(daemon.client.url, views, chromium=chromium, repeats=repeats)
        finally:
            daemon.stop()
    return figures({view.replace(newest, "ID"): found for view, found in looks.items()}, jobs=jobs)


def figures(looks: Mapping[str, Sequence[Look]], *, jobs: int) -> dict[str, Any]:
    """Medians by view, the control left out of what is reached."""
    views = {view: _median(found) for view, found in looks.items()}
    counted = [look for view, look in views.items() if view != CONTROL]
    reached = all(
        look.painted_milliseconds <= MOST_MILLISECONDS and look.kilobytes <= MOST_KILOBYTES
        for look in counted
    )
    lines = [f"{'view':<18} {'painted ms':>10} {'loaded ms':>10} {'kB':>8}"]
    lines += [
        f"{view:<18} {look.painted_milliseconds:>10.0f} {look.loaded_milliseconds:>10.0f} "
        f"{look.kilobytes:>8.1f}"
        for view, look in views.items()
    ]
    lines.append(f"{'at most':<18} {MOST_MILLISECONDS:>10.0f} {'':>10} {MOST_KILOBYTES:>8.1f}")
    told = {
        view: {
            "painted_milliseconds": look.painted_milliseconds,
            "loaded_milliseconds": look.loaded_milliseconds,
            "kilobytes": look.kilobytes,
        }
        for view, look in views.items()
    }
    return {"jobs": jobs, "views": told, "reached": reached, "table": "\n".join(lines)}


def _median(looks: Sequence[Look]) -> Look:
    return Look(
        painted_milliseconds=statistics.median(look.painted_milliseconds for look in looks),
        loaded_milliseconds=statistics.median(look.loaded_milliseconds for look in looks),
        kilobytes=statistics.median(look.kilobytes for look in looks),
    )


def _look(url: str, views: Sequence[str], *, chromium: str, repeats: int) -> dict[str, list[Look]]:
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        raise OperatorError("bench page drives Chromium by playwright: install automl-tl[dev]") from None
    found: dict[str, list[Look]] = {view: [] for view in views}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(_ARGUMENTS))
        for _ in range(repeats + 1):
            for view in views:
                found[view].append(_open(browser, url + view))
        browser.close()
    # The first round meets a daemon that has just begun, whose models process still starts beside it.
    return {view: looks[1:] for view, looks in found.items()}


def _open(browser: Any, address: str) -> Look:
    """In a context of its own: nothing of the views before is cached."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    sizes: list[float] = []
    wire = context.new_cdp_session(page)
    wire.on("Network.loadingFinished", lambda ended: sizes.append(ended["encodedDataLength"]))
    wire.send("Network.enable")
    page.goto(address, wait_until="load")
    times = page.wait_for_function(_TIMES).json_value()  # all may be loaded before anything is painted
    context.close()
    return Look(
        painted_milliseconds=times["painted"],
        loaded_milliseconds=times["loaded"],
        kilobytes=sum(sizes) / 1000,
    )
