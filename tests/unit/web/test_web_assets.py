import base64
import hashlib
import re

from starlette.testclient import TestClient


def test_a_page_waits_for_no_other_request_before_it_is_painted(stranger: TestClient) -> None:
    page = stranger.get("/", headers={"accept": "text/html"})
    head = page.text.partition("</head>")[0]

    within = re.findall(r"<(style|script)>(.*?)</\1>", head, re.DOTALL)
    allowed = [base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for _, text in within]

    assert [name for name, _ in within] == ["style", "script"]
    assert all(f"'sha256-{one}'" in page.headers["Content-Security-Policy"] for one in allowed)
    assert "unsafe" not in page.headers["Content-Security-Policy"]
    assert "/static/" not in head


def test_scripts_are_kept_under_the_address_of_their_contents_alone(stranger: TestClient) -> None:
    (script,) = re.findall(r'<script type="module" src="([^"]+)"', stranger.get("/").text)
    name = script.rpartition("/")[2]

    kept, asked_again = stranger.get(script), stranger.get(f"/static/{name}")
    stale = stranger.get(f"/static/{'0' * 16}/{name}")

    assert "immutable" in kept.headers["Cache-Control"]
    assert kept.text == asked_again.text
    assert asked_again.headers["Cache-Control"] == "no-cache"
    assert (stale.status_code, stale.headers["Cache-Control"]) == (404, "no-store")
