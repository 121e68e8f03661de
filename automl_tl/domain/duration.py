"""How long something may take, as people write it: ``90``, ``90s``, ``10m``, ``1h30m``, ``2d``."""

import re

SECONDS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_PART = r"(?:\d+(?:\.\d*)?|\.\d+)"
_DURATION = re.compile(rf"({_PART}[dhms])+")


def seconds(text: str) -> float:
    """The duration in seconds; a bare number is seconds. Raises ValueError with one sentence."""
    text = text.strip().lower().replace(" ", "")
    if text.startswith("-"):
        raise ValueError(f"{text!r} is negative")
    if re.fullmatch(_PART, text):
        return float(text)
    if not _DURATION.fullmatch(text):
        raise ValueError(f"{text!r} is not a duration such as 90s, 10m, 1h30m or 2d")
    return sum(float(part[:-1]) * SECONDS[part[-1]] for part in re.findall(rf"{_PART}[dhms]", text))
