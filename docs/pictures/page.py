"""README's pictures of the page: ``make demo STAY_UP=1``, then this file with Python, on ``.demo``.

They look best where the font Inter is installed (Debian: fonts-inter).
"""

import shutil
import sys
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

from automl_tl.client.client import Client

WIDTH, HEIGHT = 1280, 1400
# Whose machine it was is nobody's business.
SHORT_PATH = (
    "for (const e of document.querySelectorAll('.path')) e.textContent = e.textContent.split('/').pop()"
)


def take(page: Page, url: str, *, job: str, name: str, into: Path) -> tuple[Path, ...]:
    """Picture the page of a promoted job, and that of its model, into a folder; the files."""
    page.set_viewport_size({"width": WIDTH, "height": HEIGHT})
    shown = {"job.png": (f"/jobs/{job}", "#curve .chart"), "model.png": (f"/models/{name}", "#chart .chart")}
    for file, (path, drawn) in shown.items():
        page.goto(url + path)
        page.locator(drawn).wait_for()
        page.evaluate(SHORT_PATH)
        page.screenshot(path=into / file)
        shrink(into / file)
    return tuple(into / file for file in shown)


def shrink(file: Path) -> None:
    """Keep a picture in a palette: a third of the bytes, and no colour that is rare is lost."""
    with Image.open(file) as picture:
        small = picture.convert("RGB").quantize(
            256, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE
        )
    small.save(file, optimize=True)


def main(home: Path) -> None:
    """Picture the newest promoted job of the daemon on ``home``, and its model."""
    client = Client(home=home)
    jobs = client.jobs(states=["succeeded"])["jobs"]
    job = next(job for job in jobs if job["decision"] == "promote")
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-gpu"]
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=arguments)
        page = browser.new_page(color_scheme="light")
        page.goto(client.page)
        take(page, client.url, job=job["job"], name=job["name"], into=Path(__file__).parent)
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
