"""What pages are drawn with: style and theme within each page, other scripts where browsers keep them."""

import base64
import hashlib
import os
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.parse import quote

from markupsafe import Markup
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

STATIC = Path(__file__).parent / "static"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
KEPT = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Assets:
    """Nothing is asked for before a page is painted: ``style``, ``theme`` and ``icon`` come within it.

    ``scripts`` is the address of the others' folder, which names their contents; ``policy`` is the page's
    Content-Security-Policy, which lets nothing else within it run.
    """

    style: Markup
    theme: Markup
    icon: str
    scripts: str
    policy: str


@cache
def assets() -> Assets:
    """Read once: a daemon's assets are those that it started with."""
    style, theme = ((STATIC / name).read_text() for name in ("style.css", "theme.js"))
    policy = POLICY.replace("script-src 'self'", f"script-src 'self' {_source(theme)}")
    return Assets(
        style=Markup(style),
        theme=Markup(theme),
        icon="data:image/svg+xml," + quote((STATIC / "icon.svg").read_text().strip()),
        scripts=f"/static/{_digest()}",
        policy=policy.replace("style-src 'self'", f"style-src {_source(style)}"),
    )


class StaticAssets(StaticFiles):
    """Serves ``/static/NAME``, and under the address of its contents, which is never asked for twice."""

    def __init__(self) -> None:
        super().__init__(directory=STATIC)

    def get_path(self, scope: Scope) -> str:
        """The file's name."""
        return super().get_path(scope).removeprefix(_digest() + os.sep)

    def file_response(
        self,
        full_path: str | os.PathLike[str],
        stat_result: os.stat_result,
        scope: Scope,
        status_code: int = 200,
    ) -> Response:
        """The file, and how long a browser may keep it."""
        response = super().file_response(full_path, stat_result, scope, status_code)
        is_named = scope["path"].startswith(assets().scripts + "/")
        response.headers["Cache-Control"] = KEPT if is_named else "no-cache"
        return response


@cache
def _digest() -> str:
    """A word that is another one as soon as any asset is."""
    found = hashlib.sha256()
    for file in sorted(STATIC.iterdir()):
        found.update(file.name.encode() + b"\0" + file.read_bytes() + b"\0")
    return found.hexdigest()[:16]


def _source(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
