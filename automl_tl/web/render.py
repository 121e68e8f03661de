"""Turning a template and values into a page; everything is escaped."""

import math
import time
from collections.abc import Mapping
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.templating import Jinja2Templates

TEMPLATES = Path(__file__).parent / "templates"
NOTHING = "–"

_templates = Jinja2Templates(directory=TEMPLATES)


def render(request: Request, template: str, *, values: Mapping[str, object], status: int = 200) -> Response:
    """The page, with ``values`` by name; ``may_write`` says whether the visitor may press buttons."""
    may_write = request.scope.get("state", {}).get("may_write", False)
    context = {"may_write": may_write, "path": request.url.path, **values}
    return _templates.TemplateResponse(request, template, context, status_code=status)


def score(value: float | None) -> str:
    """A metric's value with three decimals."""
    return NOTHING if value is None else f"{value:.3f}"


def signed(value: float | None) -> str:
    """A difference of values, with its sign."""
    return NOTHING if value is None else f"{value:+.3f}".replace("-", "−")


def rate(value: float | None) -> str:
    """A learning rate in as few digits as tell it apart: ``0.0012``, ``3.1e−5``."""
    if value is None:
        return NOTHING
    text = f"{value:.2g}" if 1e-4 <= abs(value) < 1000 else f"{value:.1e}".replace("e-0", "e-")
    return text.replace("-", "−")


def span(seconds: float | None) -> str:
    """A duration as ``47 s``, ``3 min 20 s``, ``2 h 05 min`` or ``3 d 4 h``."""
    if seconds is None or not math.isfinite(seconds):
        return NOTHING
    whole = round(seconds)
    minutes, rest = divmod(whole, 60)
    hours, minutes_rest = divmod(minutes, 60)
    days, hours_rest = divmod(hours, 24)
    if days:
        return f"{days} d {hours_rest} h"
    if hours:
        return f"{hours} h {minutes_rest:02d} min"
    if minutes:
        return f"{minutes} min {rest:02d} s" if minutes < 10 and rest else f"{minutes} min"
    return f"{seconds:.1f} s" if seconds < 10 else f"{whole} s"


def moment(timestamp: float | None) -> str:
    """A time in this machine's zone, to the minute."""
    return NOTHING if timestamp is None else time.strftime("%Y-%m-%d %H:%M", time.localtime(timestamp))


_templates.env.filters.update(score=score, signed=signed, rate=rate, span=span, moment=moment)
_templates.env.trim_blocks = True
_templates.env.lstrip_blocks = True
