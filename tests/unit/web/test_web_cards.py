from pathlib import Path

import played_job
import pytest
from drawn_account import HOSTILE, account
from starlette.testclient import TestClient

from automl_tl.card.compose import card_of
from automl_tl.card.html import as_html
from automl_tl.card.markdown import as_markdown
from automl_tl.settings import Settings
from automl_tl.store.base import Store
from automl_tl.store.rows import dump_strict


@pytest.fixture
def job(store: Store, settings: Settings, tmp_path: Path) -> str:
    """A finished job of the name digits, with a card of hostile class names."""
    id = played_job.play_job(store, name="digits")
    card = card_of(account(tmp_path, classes=HOSTILE, wrong={0: 1}), show=lambda sample: None)
    folder = settings.folders.job(id)
    folder.mkdir(parents=True)
    for kind, text in (("md", as_markdown(card)), ("html", as_html(card)), ("json", dump_strict(card))):
        (folder / f"card.{kind}").write_text(text)
    return id


@pytest.mark.parametrize(
    "place", ["jobs/{job}", "models/digits", "models/digits@1", "models/digits@champion"]
)
def test_a_card_is_json_unless_another_form_is_asked_for(client: TestClient, job: str, place: str) -> None:
    url = f"/api/v1/{place.format(job=job)}/card"

    assert client.get(url).json()["name"] == "digits"
    markdown, page = (client.get(url, params={"format": kind}) for kind in ("md", "html"))

    assert (
        markdown.text.startswith("# digits: promoted") and "text/markdown" in markdown.headers["content-type"]
    )
    assert page.text.startswith("<!doctype html>") and "text/html" in page.headers["content-type"]


def test_a_card_may_bring_its_style_but_no_script(client: TestClient, job: str) -> None:
    policy = client.get(f"/api/v1/jobs/{job}/card?format=html").headers["content-security-policy"]

    assert "style-src 'unsafe-inline'" in policy and "script" not in policy and "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "script-src 'self'" in client.get(f"/jobs/{job}").headers["content-security-policy"]


def test_an_unknown_version_or_form_is_one_sentence(client: TestClient, job: str) -> None:
    unknown = client.get("/api/v1/models/digits@9/card")
    wrong = client.get("/api/v1/models/digits/card?format=pdf")

    assert (unknown.status_code, unknown.json()["detail"]) == (404, "digits has no version 9")
    assert wrong.status_code == 422 and "'md', 'html' or 'json'" in wrong.json()["detail"]


def test_the_pages_link_the_card(client: TestClient, job: str) -> None:
    link = f'href="/api/v1/jobs/{job}/card?format=html"'

    assert link in client.get(f"/jobs/{job}").text and link in client.get("/models/digits").text
