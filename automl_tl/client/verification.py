"""For whoever receives webhooks: was it us, and is it new?"""

import hmac
import json
import time
from collections.abc import Mapping
from typing import Any

from automl_tl.domain.webhook import signature
from automl_tl.errors import NotAllowed

TOLERANCE_SECONDS = 300.0


def verified(
    body: bytes,
    headers: Mapping[str, str],
    *,
    secret: str,
    now: float | None = None,
    tolerance_seconds: float = TOLERANCE_SECONDS,
) -> dict[str, Any]:
    """The notice in ``body``, once its signature fits and it is not old; raises NotAllowed.

    ``body`` is what came, byte for byte; ``headers`` are the request's, in whatever case. A notice may come
    twice: ``webhook-id`` is the same then.
    """
    found = {name.lower(): value for name, value in headers.items()}
    id, stamp = found.get("webhook-id", ""), found.get("webhook-timestamp", "")
    if not stamp.isdecimal():
        raise NotAllowed("the notice has no webhook-timestamp, in seconds since the epoch")
    expected = signature(body, id=id, timestamp=int(stamp), secret=secret)
    given = found.get("webhook-signature", "").split()
    if not any(hmac.compare_digest(one.encode(), expected.encode()) for one in given):
        raise NotAllowed("the notice's webhook-signature is not that of this secret and body")
    if abs((time.time() if now is None else now) - int(stamp)) > tolerance_seconds:
        raise NotAllowed(
            f"the notice was sent more than {tolerance_seconds:.0f} s from now: perhaps a replay"
        )
    notice: dict[str, Any] = json.loads(body)
    return notice
