"""Turning a template and values into a page; everything is escaped."""

from collections.abc import Mapping
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.templating import Jinja2Templates

from automl_tl.domain.caller import NOBODY, Caller
from automl_tl.web import figures
from automl_tl.web.assets import assets

TEMPLATES = Path(__file__).parent / "templates"

_templates = Jinja2Templates(directory=TEMPLATES)


def render(request: Request, template: str, *, values: Mapping[str, object], status: int = 200) -> Response:
    """The page, with ``values`` by name; ``may_write`` says whether the visitor may press buttons."""
    caller: Caller = request.scope.get("state", {}).get("caller", NOBODY)
    drawn_with = assets()
    given = {"caller": caller, "may_write": caller.may_write, "path": request.url.path, "assets": drawn_with}
    page = _templates.TemplateResponse(request, template, {**given, **values}, status_code=status)
    page.headers["Content-Security-Policy"] = drawn_with.policy
    return page


_templates.env.filters.update(
    score=figures.score,
    signed=figures.signed,
    rate=figures.rate,
    count=figures.count,
    large=figures.large,
    size=figures.size,
    span=figures.span,
    short=figures.short,
    moment=figures.moment,
    clock=figures.clock,
    breakable=figures.breakable,
    marked_up=figures.marked_up,
)
_templates.env.trim_blocks = True
_templates.env.lstrip_blocks = True
