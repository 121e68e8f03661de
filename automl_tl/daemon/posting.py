"""Sends one notice: to the address that was looked at, signed, without following anything."""

import http.client
import socket
import ssl
import time
from collections.abc import Callable
from http.client import HTTPConnection, HTTPException

from automl_tl.domain.destination import Allowed, Destination
from automl_tl.domain.webhook import Delivery, signature
from automl_tl.errors import AutomlError

SEND_SECONDS = 10.0
_MOST_WORDS = 300

Resolve = Callable[[str, int], list[str]]


def addresses_of(host: str, port: int) -> list[str]:
    """What the name leads to now; raises OSError."""
    return [str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


def post(
    delivery: Delivery,
    *,
    allowed: Allowed,
    resolve: Resolve = addresses_of,
    seconds: float = SEND_SECONDS,
    clock: Callable[[], float] = time.time,
) -> str | None:
    """Send it; why that failed, None where it was taken (2xx).

    The name is looked up once, and the connection made to what was found and checked: a name that leads
    elsewhere a moment later changes nothing. A redirect is a failure.
    """
    try:
        to = allowed.destination(delivery.webhook.url)
        addresses = allowed.check_addresses(to, resolve(to.host, to.port))
        return _answer(delivery, to, address=addresses[0], seconds=seconds, timestamp=int(clock()))
    except AutomlError as error:
        return str(error)
    except (OSError, HTTPException, ValueError, IndexError) as error:
        return f"{type(error).__name__}: {error}"[:_MOST_WORDS]


def _answer(
    delivery: Delivery, to: Destination, *, address: str, seconds: float, timestamp: int
) -> str | None:
    body = delivery.body.encode()
    headers = {
        "Host": to.host_header,
        "Content-Type": "application/json",
        "User-Agent": "automl-tl",
        "webhook-id": delivery.message,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": signature(
            body, id=delivery.message, timestamp=timestamp, secret=delivery.webhook.secret
        ),
    }
    connection = _Pinned(to, address=address, seconds=seconds)
    try:
        connection.request("POST", to.target, body=body, headers=headers)
        status = connection.getresponse().status
    finally:
        connection.close()
    return (
        None
        if 200 <= status < 300
        else f"it answered {status} {http.client.responses.get(status, '')}".strip()
    )


class _Pinned(HTTPConnection):
    """A connection to an address, under a name: the name is what the certificate has to have."""

    def __init__(self, to: Destination, *, address: str, seconds: float) -> None:
        super().__init__(to.host, to.port, timeout=seconds)
        self._to = to
        self._address = address

    def connect(self) -> None:
        plain = socket.create_connection((self._address, self._to.port), timeout=self.timeout)
        if self._to.scheme == "http":
            self.sock = plain
            return
        try:
            self.sock = ssl.create_default_context().wrap_socket(plain, server_hostname=self._to.host)
        except BaseException:
            plain.close()
            raise
