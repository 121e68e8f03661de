"""Figures and times as people read them."""

import math
import re
import time
from datetime import datetime
from zoneinfo import ZoneInfo

from markupsafe import Markup, escape

NOTHING = "–"
_LARGE = ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"))
_AFTER = re.compile(r"(?<=[._/:-])(?=\w)")


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


def count(value: int | None) -> str:
    """A whole number, its thousands apart."""
    return NOTHING if value is None else f"{value:,}"


def large(value: float | None) -> str:
    """About how many, in two or three digits: ``5.5 M``."""
    if value is None:
        return NOTHING
    unit, letter = next(((unit, letter) for unit, letter in _LARGE if value >= unit), (1.0, ""))
    figure = value / unit
    text = f"{figure:.0f}" if figure >= 100 or not letter else f"{figure:.1f}"
    return f"{text} {letter}".rstrip()


def size(value: float | None) -> str:
    """Bytes in decimal units: ``1.2 GB``."""
    if value is None:
        return NOTHING
    return f"{value:.0f} B" if value < 1000 else f"{large(value)}B"


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


def short(seconds: float | None) -> str:
    """A duration far below a second: ``3.2 ms``."""
    if seconds is None:
        return NOTHING
    return f"{1000 * seconds:.1f} ms" if seconds < 1 else span(seconds)


def moment(timestamp: float | None, zone: str | None = None) -> str:
    """A time in this machine's zone, or in the one named, to the minute."""
    if timestamp is None:
        return NOTHING
    return f"{datetime.fromtimestamp(timestamp, None if zone is None else ZoneInfo(zone)):%Y-%m-%d %H:%M}"


def clock(timestamp: float | None) -> str:
    """The time of day in this machine's zone."""
    return NOTHING if timestamp is None else time.strftime("%H:%M", time.localtime(timestamp))


def day(timestamp: float, *, now: float) -> str:
    """``Today``, ``Yesterday``, or the date, in this machine's zone; the year where it is another."""
    then, today = time.localtime(timestamp), time.localtime(now)
    if then[:3] == today[:3]:
        return "Today"
    if then[:3] == time.localtime(now - 86400)[:3]:
        return "Yesterday"
    return time.strftime("%A %-d %B" if then[0] == today[0] else "%A %-d %B %Y", then)


def marked_up(text: str) -> Markup:
    """Words in which ``so`` marks code."""
    parts = enumerate(text.split("``"))
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if at % 2 else escape(part) for at, part in parts
    )


def breakable(text: str) -> Markup:
    """A name that may be broken into lines after its punctuation."""
    return Markup("<wbr>").join(escape(part) for part in _AFTER.split(text))
