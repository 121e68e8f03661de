"""Which licences the weights of a candidate may be under."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase

# Licences that forbid commercial use, or any use but research, or to share what was derived from the weights.
FORBIDDING = (
    *("*-nc", "*-nc-*", "*-nd", "*-nd-*", "*noncommercial*", "*non-commercial*", "*research*"),
    *("apple-amlr", "seer-license"),
)
_NO_LICENCE = frozenset({"", "unknown", "other", "none", "unlicensed"})


class Unknown(StrEnum):
    """What becomes of weights whose licence nobody states."""

    ALLOW = "allow"
    LOCAL = "local"
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True, kw_only=True)
class LicencePolicy:
    """Licences by SPDX id as people write it, in whatever case; ``*`` stands for anything.

    A licence has to match one of ``allow`` and none of ``deny``. ``unknown``: ``local`` allows weights
    without a stated licence where they lie on this machine already, for then somebody chose them.
    """

    allow: tuple[str, ...] = ("*",)
    deny: tuple[str, ...] = FORBIDDING
    unknown: Unknown = Unknown.LOCAL

    def why_not(self, stated: Iterable[str | None], *, is_local: bool) -> str | None:
        """Why weights may not be used under the licences stated of them, as a clause; None: they may.

        Each has to be allowed: what a publisher states and what a space file states of the same weights.
        """
        known = [licence for licence in stated if licence and licence.lower() not in _NO_LICENCE]
        if not known:
            return (
                None if self._takes_unknown(is_local=is_local) else "nobody states the licence of its weights"
            )
        return next((why for why in map(self._why_not, known) if why is not None), None)

    def _takes_unknown(self, *, is_local: bool) -> bool:
        return self.unknown is Unknown.ALLOW or (self.unknown is Unknown.LOCAL and is_local)

    def _why_not(self, licence: str) -> str | None:
        denied = next((pattern for pattern in self.deny if _matches(licence, pattern)), None)
        if denied is not None:
            return f"its licence {licence} is denied" + ("" if denied == licence else f" by {denied}")
        if not any(_matches(licence, pattern) for pattern in self.allow):
            return f"its licence {licence} is not among those allowed: {', '.join(self.allow) or 'none'}"
        return None


ANY = LicencePolicy(deny=(), unknown=Unknown.ALLOW)


def _matches(licence: str, pattern: str) -> bool:
    return fnmatchcase(licence.lower(), pattern.lower())
