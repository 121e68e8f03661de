"""Times that a cron expression names, by the clock of a time zone."""

from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cronsim import CronSim, CronSimError

FIELDS = 5


def zone_of(name: str) -> ZoneInfo:
    """The time zone of that IANA name; raises ValueError with one sentence."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(
            f"{name[:100]!r} is no time zone: expected an IANA name such as Europe/Zurich"
        ) from None


def times_after(moment: float, *, cron: str, zone: ZoneInfo) -> Iterator[float]:
    """The moments after this one (seconds since the epoch), ascending; raises ValueError with one sentence.

    As Debian's cron does it: what names an hour that is skipped in spring runs at the first minute after,
    what names an hour that comes twice in autumn runs the first time; what runs every hour runs in each.
    """
    for found in _simulation(cron, datetime.fromtimestamp(moment, zone)):
        time = found.timestamp()
        if time > moment:  # begun within the hour that comes again, it names the first one once more
            yield time


def _simulation(cron: str, begin: datetime) -> CronSim:
    if len(cron.split()) != FIELDS:
        raise ValueError(f"{cron[:100]!r} is no cron expression: expected five fields such as '0 2 * * *'")
    try:
        return CronSim(cron, begin)
    except CronSimError as error:
        why = str(error)[:1].lower() + str(error)[1:]
        raise ValueError(
            f"{cron[:100]!r} is no cron expression ({why}): expected such as '0 2 * * *'"
        ) from None
