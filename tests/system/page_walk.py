"""A person's way through the page of a real daemon, in a real Chromium where there is one."""

import re
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from patience import WAIT_SECONDS
from playwright.sync_api import Page, expect, sync_playwright

from automl_tl.client.client import Client

PICTURES = Path(__file__).parents[2] / "docs" / "pictures"
ADD_SPACE = """(text) => {
  const spaces = document.getElementById("space");
  spaces.add(new Option("the test's own", text));
  spaces.value = text;
}"""


@contextmanager
def visitor(client: Client) -> Iterator[Page | None]:
    """A page that was let in by the daemon's link, None without Chromium; no complaint may be left."""
    chromium = shutil.which("chromium")
    if chromium is None:
        yield None
        return
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-gpu", "--no-first-run"]
        )
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.set_default_timeout(1000 * WAIT_SECONDS)
        expect.set_options(timeout=1000 * WAIT_SECONDS)
        complaints: list[str] = []
        page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(client.page)
        yield page
        assert complaints == []
        browser.close()


def submit(page: Page, dataset: Path, *, name: str, space: str) -> str:
    """Fill the form for three trials in the runner itself, and send it; the job's id."""
    page.get_by_role("link", name="New job").click()
    page.get_by_label("A path on the daemon's machine").fill(str(dataset))
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_label("Trials at most").fill("3")
    page.get_by_text("More", exact=True).click()
    page.get_by_label("Runs on").select_option("inline")
    page.evaluate(ADD_SPACE, space)
    page.get_by_role("button", name="Submit").click()
    page.wait_for_url(re.compile(r"/jobs/j-\w+$"))
    return page.url.rpartition("/")[2]


def watch_to_its_end(page: Page) -> None:
    """See the job that is shown succeed, without a look away or a reload."""
    expect(page.locator("#headline .state")).to_have_text("succeeded")
    expect(page.locator("#decision")).to_contain_text("promote")
    expect(page.locator("#funnel li").last).to_contain_text("challenger")
    expect(page.locator("#curve .chart")).to_be_visible()


def ask(page: Page, url: str, picture: Path, *, name: str) -> str:
    """Hand a picture to the name's page; the label that it gives."""
    page.goto(f"{url}/models/{name}")
    page.locator(".drop input").set_input_files(picture)
    answer = page.locator("#answers li").first
    expect(answer.locator(".answer")).to_contain_text("%")
    expect(answer.locator("img")).to_be_visible()
    return answer.locator(".answer b").inner_text()


def promote_and_roll_back(page: Page, url: str, *, name: str) -> None:
    """Make version 2 champion where it is not yet, then give the name back to version 1."""
    page.goto(f"{url}/models/{name}")
    champion = page.locator("#tiles dd").first
    if champion.inner_text() != "version 2":
        page.get_by_role("button", name="Make champion of version 2").click()
        page.get_by_label("Why").last.fill("the test asked")
        page.get_by_role("button", name="Make champion", exact=True).click()
        expect(champion).to_have_text("version 2")
    page.get_by_role("button", name="Roll back to version 1").click()
    page.get_by_label("Why").first.fill("slow on phones")
    page.get_by_role("button", name="Roll back", exact=True).click()
    expect(champion).to_have_text("version 1")
    expect(page.locator("#held")).to_contain_text("slow on phones")


def picture(page: Page, url: str, *, job: str, name: str, into: Path) -> None:
    """Take README's pictures, as the command for it does."""
    sys.path.insert(0, str(PICTURES))
    try:
        from page import take  # beside README's pictures: a command, not a part of the package
    finally:
        sys.path.remove(str(PICTURES))
    for file in take(page, url, job=job, name=name, into=into):
        assert 10_000 < file.stat().st_size < 150_000
