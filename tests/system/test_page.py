"""The pages in a real Chromium: drawn, live, readable, without a network."""

import shutil
from collections.abc import Iterator
from typing import Literal

import played_job
import pytest
from axe_playwright_python.sync_playwright import Axe
from patience import WAIT_SECONDS
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from served import TOKEN, app_over, served

from automl_tl.domain.schedule import Rule, Slot
from automl_tl.settings import Settings
from automl_tl.store.base import Store
from automl_tl.store.sql import open_store

pytestmark = [pytest.mark.chromium, pytest.mark.xdist_group("chromium")]
FAINT = """async () => {
  const found = await axe.run({ runOnly: ["color-contrast"], resultTypes: ["violations"] });
  return found.violations.flatMap((one) => one.nodes.map((node) => node.failureSummary + node.html));
}"""
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    store = open_store(tmp_path_factory.mktemp("page") / "store.sqlite3")
    yield store
    store.close()


@pytest.fixture(scope="module")
def url(store: Store, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with served(app_over(store, Settings(home=tmp_path_factory.mktemp("home")))) as url:
        yield url


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=list(QUIET))
        yield browser
        browser.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(1000 * WAIT_SECONDS)
    expect.set_options(timeout=1000 * WAIT_SECONDS)
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext, url: str) -> Iterator[Page]:
    """Fails the test for any complaint of the browser, and for any request that leaves the machine."""
    page = context.new_page()
    complaints: list[str] = []
    page.on(
        "console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None
    )
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda asked: None if asked.url.startswith(url) else complaints.append(asked.url))
    yield page
    assert complaints == []


def test_job_page_follows_a_live_search(page: Page, url: str, store: Store) -> None:
    lease = played_job.begin(store, name="live")
    page.goto(f"{url}/jobs/{lease.job}")
    expect(page.get_by_role("heading", name="live")).to_be_visible()

    played_job.check(store, lease, name="live")
    played_job.search(store, lease)
    expect(page.locator("#curve .chart")).to_have_attribute(
        "aria-label", "best accuracy 0.981 after 9 reports"
    )
    expect(page.locator("#map circle title")).to_have_count(5)
    expect(page.locator("#funnel li").first).to_contain_text("2 candidates")
    expect(page.locator("#trials tbody tr")).to_have_count(6)
    expect(page.locator("#phases [aria-current=step]")).to_have_text("search")

    played_job.finish(store, lease, played_job.prove(store, lease, name="live"))
    expect(page.locator("#decision")).to_contain_text("beats the majority class by 0.884")
    expect(page.locator("#headline .state")).to_have_text("succeeded")


def test_list_of_jobs_is_live(page: Page, url: str, store: Store) -> None:
    page.goto(url)
    played_job.play_job(store, name="newcomer")

    expect(page.get_by_role("link", name="newcomer")).to_be_visible()


def test_button_cancels_a_job_once_the_link_was_opened(page: Page, url: str, store: Store) -> None:
    id = store.add_job(played_job.request("unwanted"), tenant="default").id
    page.goto(f"{url}/jobs/{id}")
    expect(page.locator("main button")).to_have_count(0)

    page.goto(f"{url}/enter?token={TOKEN}")
    assert TOKEN not in page.url
    page.goto(f"{url}/jobs/{id}")
    page.get_by_role("button", name="Cancel").click()
    page.get_by_role("button", name="Cancel the job").click()

    expect(page.locator("#headline .state")).to_have_text("cancelled")
    assert str(store.job(id).state) == "cancelled"


@pytest.mark.parametrize(("theme", "width"), [("light", 1280), ("dark", 390)])
def test_pages_fit_every_width_and_have_no_barriers_in_any_theme(
    browser: Browser, url: str, store: Store, theme: str, width: int
) -> None:
    name = f"shown-{theme}-{width}"
    id = played_job.play_job(store, name=name)
    slot = Slot(occurrence=store.now() + 3600, due=store.now() + 3600)
    rule = Rule(cron="0 2 * * *", timezone="Europe/Zurich")
    store.add_schedule(tenant="default", name=name, rule=rule, request=played_job.request(name), slot=slot)
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=theme)  # type: ignore[arg-type]
    context.set_default_timeout(1000 * WAIT_SECONDS)
    page = context.new_page()
    page.goto(f"{url}/enter?token={TOKEN}")
    other: Literal["light", "dark"] = "dark" if theme == "light" else "light"

    for path in (
        "/",
        "/jobs/new",
        f"/jobs/{id}",
        "/models",
        f"/models/{name}",
        "/schedules",
        f"/schedules/{name}",
        "/system",
        "/login",
        "/api/docs",
    ):
        page.goto(url + path)
        page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        assert page.locator("main h1").count() == 1, path
        found = Axe().run(page, options={"resultTypes": ["violations"]})
        assert found.violations_count == 0, f"{path}\n{found.generate_report()}"
        page.emulate_media(color_scheme=other)  # its colours are all that the other theme changes
        faint = page.evaluate(FAINT)
        assert faint == [], f"{path} in {other}"
        page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
    context.close()


def test_pages_are_light(page: Page, url: str, store: Store) -> None:
    id = played_job.play_job(store, name="light")
    sizes: dict[str, int] = {}
    page.on("response", lambda r: sizes.update({r.url: len(r.body())}) if "/events" not in r.url else None)

    page.goto(f"{url}/jobs/{id}")
    expect(page.locator("#curve .chart")).to_be_visible()

    assert sum(sizes.values()) < 64_000, sizes


# The lowest contrast of any text with its ground, as WCAG 2 counts it.
LOWEST_CONTRAST = """() => {
  const parse = (text) => {
    const canvas = document.createElement("canvas");
    const context = canvas.getContext("2d", { willReadFrequently: true });
    context.fillStyle = text;
    context.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = context.getImageData(0, 0, 1, 1).data;
    return { rgb: [r, g, b], alpha: a / 255 };
  };
  const light = (rgb) => {
    const linear = (c) => (c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
    const [r, g, b] = rgb.map((c) => linear(c / 255));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (element) => {
    for (let e = element; e; e = e.parentElement) {
      const { rgb, alpha } = parse(getComputedStyle(e).backgroundColor);
      if (alpha > 0.95) return rgb;
    }
    return parse(getComputedStyle(document.body).backgroundColor).rgb;
  };
  let lowest = 21;
  for (const element of document.querySelectorAll("main *, header *")) {
    const ownText = [...element.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
    if (!ownText || element.closest("svg, .skip") || !element.getClientRects().length) continue;
    const style = getComputedStyle(element);
    const faded = Number(style.opacity);
    const back = ground(element);
    const front = parse(style.color).rgb.map((c, i) => c * faded + back[i] * (1 - faded));
    const [high, low] = [light(front), light(back)].sort((a, b) => b - a);
    lowest = Math.min(lowest, (high + 0.05) / (low + 0.05));
  }
  return lowest;
}"""
