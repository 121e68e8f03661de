"""README's picture of a model card: ``.venv/bin/python docs/pictures/card.py HOME NAME``."""

import shutil
import sys
import tempfile
from pathlib import Path

from page import shrink  # beside this file
from playwright.sync_api import sync_playwright

from automl_tl.settings import Settings
from automl_tl.wiring.door import models_door

WIDTH, HEIGHT = 1280, 900
# The parts that tell most at one look; the others are left out of the picture.
LEFT_OUT = "#limits, #classes, #candidates, #leaderboard, #data, #cost, #loading"
REMOVE = "(parts) => document.querySelectorAll(parts).forEach((heading) => heading.parentElement.remove())"


def main(home: Path, name: str) -> None:
    """Picture the card of the champion of ``name``."""
    with models_door(Settings(home=home)) as door:
        card = door.card(name, kind="html")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        file = Path(folder) / "card.html"
        file.write_text(card, encoding="utf-8")
        arguments = ["--no-sandbox", "--disable-gpu"]
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=arguments)
        page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT}, color_scheme="light")
        page.goto(file.as_uri())
        page.evaluate(REMOVE, LEFT_OUT)
        picture = Path(__file__).with_name("card.png")
        page.screenshot(path=picture, full_page=True)
        shrink(picture)
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
