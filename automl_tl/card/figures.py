"""Numbers as the card writes them."""

import time

from automl_tl.domain.gate import Interval


def figure(value: float | None) -> str:
    """A metric's value."""
    return "" if value is None else f"{value:.4f}".replace("-", "−")


def signed(value: float | None) -> str:
    """A difference of values, with its sign."""
    return "" if value is None else f"{value:+.4f}".replace("-", "−")


def between(interval: Interval | None, *, sign: bool = False) -> str:
    """``0.9700 to 0.9900``."""
    if interval is None:
        return ""
    told = signed if sign else figure
    return f"{told(interval.low)} to {told(interval.high)}"


def percent(share: float | None) -> str:
    """A share, to the percent, never rounded up to all or down to none."""
    if share is None:
        return ""
    if 0.99 < share < 1:
        return f"{int(share * 1000) / 10:.1f} %"
    return "< 1 %" if 0 < share < 0.01 else f"{100 * share:.0f} %"


def percents(interval: Interval) -> str:
    """``91 % to 99.2 %``."""
    return f"{percent(interval.low)} to {percent(interval.high)}"


def amount(number: float | None) -> str:
    """``8.58 M``, ``1.2 G``: of parameters, multiply-adds."""
    if number is None:
        return ""
    for unit, size in (("P", 1e15), ("T", 1e12), ("G", 1e9), ("M", 1e6), ("k", 1e3)):
        if number >= size:
            return f"{number / size:.3g} {unit}"
    return f"{number:.3g}"


def span(seconds: float | None) -> str:
    """A duration: ``1.2 ms``, ``14 s``, ``3 min 20 s``."""
    if seconds is None:
        return ""
    if seconds < 1:
        return f"{seconds * 1000:.3g} ms"
    if seconds < 120:
        return f"{seconds:.3g} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02d} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02d} min"


def moment(timestamp: float) -> str:
    """A time in universal time, to the minute."""
    return time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(timestamp))


def count(number: int, noun: str, nouns: str | None = None) -> str:
    """``1 sample``, ``360 samples``; ``nouns`` where an s is not enough."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {nouns or noun + 's'}"


def sentence(text: str) -> str:
    """With a capital letter and a full stop."""
    return text[:1].upper() + text[1:] + ("" if text.endswith(".") else ".")
