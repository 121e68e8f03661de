"""README's picture: ``make demo STAY_UP=1``, then ``.venv/bin/python docs/pictures/job.py .demo``."""

import shutil
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

from automl_tl.client.client import Client

WIDTH, HEIGHT = 1280, 1120
# Whose machine it was is nobody's business.
SHORT_PATH = (
    "for (const e of document.querySelectorAll('.path')) e.textContent = e.textContent.split('/').pop()"
)


def main(home: Path) -> None:
    """Picture the newest promoted job of the daemon on ``home``."""
    client = Client(home=home)
    jobs = client.jobs(states=["succeeded"])["jobs"]
    job = next(job["job"] for job in jobs if job["decision"] == "promote")
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-gpu"]
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=arguments)
        page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT}, color_scheme="light")
        page.goto(client.page)
        page.goto(f"{client.url}/jobs/{job}")
        page.locator("#curve .chart").wait_for()
        page.evaluate(SHORT_PATH)
        page.screenshot(path=Path(__file__).with_name("job.png"))
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
