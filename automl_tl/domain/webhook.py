"""Webhooks: whom a tenant wants told of what, and how they know that it was us.

Signed as Standard Webhooks has it (https://www.standardwebhooks.com): HMAC-SHA256 over ``id.timestamp.body``.
"""

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from enum import StrEnum

from automl_tl.domain.events import Event, EventKind
from automl_tl.domain.job import JobState

PAUSES = (5.0, 30.0, 120.0, 600.0, 3600.0, 6 * 3600.0, 12 * 3600.0, 24 * 3600.0)
"""Seconds before the second try, the third, and so on; after the last try a delivery is given up."""
_PREFIX = "whsec_"


class Occasion(StrEnum):
    """What somebody can be told of."""

    DECIDED = "decided"
    FAILED = "failed"
    MISSED = "missed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """An address that is told; ``seen`` is the event after which it began. ``secret`` signs what is sent."""

    id: str
    tenant: str
    url: str
    occasions: tuple[Occasion, ...]
    secret: str
    created: float
    seen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What one webhook is to be told of one event; ``body`` is the JSON text that every try sends."""

    webhook: str
    event: int
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A notice that is being sent; ``attempts`` counts this try."""

    id: int
    webhook: Webhook
    event: int
    body: str
    attempts: int

    @property
    def message(self) -> str:
        """The same for every try, so that a receiver can tell a repetition."""
        return f"{self.webhook.id}.{self.event}"

    @property
    def pause_seconds(self) -> float | None:
        """How long to wait after this try failed; None: it was the last."""
        return PAUSES[self.attempts - 1] if self.attempts <= len(PAUSES) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """How a delivery stands; ``due`` is when it is tried next, None: delivered, or given up."""

    event: int
    attempts: int
    due: float | None
    delivered: float | None
    failure: str | None


def occasion_of(event: Event) -> Occasion | None:
    """What the event is to a webhook; None for most."""
    if event.kind is EventKind.DECIDED:
        return Occasion.DECIDED
    if event.kind is EventKind.JOB_FINISHED and event.data.get("state") == JobState.FAILED:
        return Occasion.FAILED
    return Occasion.MISSED if event.kind is EventKind.SCHEDULE_MISSED else None


def new_secret() -> str:
    """A fresh secret, 192 bits of chance."""
    return _PREFIX + base64.b64encode(secrets.token_bytes(24)).decode()


def signature(body: bytes, *, id: str, timestamp: int, secret: str) -> str:
    """``v1,`` and the base64 of the code; raises ValueError where the secret is none of ours."""
    key = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    code = hmac.new(key, f"{id}.{timestamp}.".encode() + body, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(code).decode()}"
