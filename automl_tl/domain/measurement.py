"""A clock fact or a finding that a decision uses: stored before it is used."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """``kind`` names the fact (``facts``, ``left-out``, ``retest``, …), ``key`` its subject, in one job."""

    kind: str
    key: str
    value: dict[str, object]
