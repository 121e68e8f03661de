"""Model cards in a real Chromium: whole, readable, narrow, without a network and without a complaint."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from drawn_account import HOSTILE, account
from playwright.sync_api import Browser, sync_playwright
from test_page import LOWEST_CONTRAST, QUIET

from automl_tl.card.compose import card_of
from automl_tl.card.html import as_html
from automl_tl.card.thumbnail import thumbnail

pytestmark = [pytest.mark.chromium, pytest.mark.xdist_group("chromium")]
MANY = tuple(f"intent number {number}" for number in range(77))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=list(QUIET))
        yield browser
        browser.close()


@pytest.mark.parametrize("classes", [HOSTILE, MANY], ids=["hostile", "many"])
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_card_opens_without_a_complaint(
    browser: Browser, tmp_path: Path, classes: tuple[str, ...], theme: str, width: int
) -> None:
    told = account(tmp_path, classes=classes, wrong={0: 1, 1: 2, 9: 0}, temperature=1.3)
    card = card_of(told, show=lambda sample: thumbnail(sample, root=tmp_path, size=32))
    (tmp_path / "card.html").write_text(as_html(card))
    complaints: list[str] = []
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=theme)  # type: ignore[arg-type]
    page = context.new_page()
    page.on("console", lambda said: complaints.append(said.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("dialog", lambda dialog: complaints.append(dialog.message))
    page.on("request", lambda asked: complaints.append(asked.url) if asked.url.startswith("http") else None)

    page.goto((tmp_path / "card.html").as_uri())

    assert complaints == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate(LOWEST_CONTRAST) >= 4.5
    assert page.locator("main h1").count() == 1
    pictures = page.locator(".gallery img")
    assert pictures.count() == 3
    assert pictures.evaluate_all("all => all.every(one => one.complete && one.naturalWidth === 32)")
    context.close()
