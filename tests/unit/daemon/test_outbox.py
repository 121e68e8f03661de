"""Webhooks, sent to a real server on loopback."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from free_port import free_port
from patience import until

from automl_tl.client.verification import verified
from automl_tl.daemon.outbox import Outbox, poster
from automl_tl.daemon.posting import post
from automl_tl.domain.destination import Allowed
from automl_tl.domain.events import EventKind
from automl_tl.domain.webhook import Occasion, Webhook, new_secret
from automl_tl.errors import NotAllowed
from automl_tl.store.base import Store

FAILED = (EventKind.JOB_FINISHED, {"state": "failed", "name": "digits", "failure": "é"})


@dataclass
class Receiver:
    """Keeps what it is sent, and answers as it is told."""

    url: str = ""
    answers: list[int] = field(default_factory=list)
    heard: list[tuple[dict[str, str], bytes]] = field(default_factory=list)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    found = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            found.heard.append((dict(self.headers), body))
            status = found.answers.pop(0) if found.answers else 204
            self.send_response(status)
            self.send_header("Location", f"{found.url}/elsewhere")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    found.url = f"http://127.0.0.1:{server.server_port}"
    yield found
    server.shutdown()
    thread.join()
    server.server_close()


def listening(store: Store, receiver: Receiver, *on: Occasion, tenant: str = "acme") -> Webhook:
    return store.add_webhook(
        tenant=tenant, url=f"{receiver.url}/hook?x=1", occasions=on or tuple(Occasion), secret=new_secret()
    )


def outbox_to(store: Store, receiver: Receiver) -> Outbox:
    return Outbox(store, post=poster(Allowed(urls=(receiver.url,))))


def happen(store: Store, *facts: tuple[EventKind, dict[str, object]], tenant: str = "acme") -> None:
    for kind, data in facts:
        store.append(kind, tenant=tenant, job=None, data=data)


def test_decision_and_failure_are_told_signed_and_each_once(store: Store, receiver: Receiver) -> None:
    webhook, outbox = listening(store, receiver), outbox_to(store, receiver)
    happen(store, (EventKind.DECIDED, {"outcome": "promote"}), (EventKind.HELD, {}), FAILED)
    happen(store, (EventKind.JOB_FINISHED, {"state": "succeeded"}))
    happen(store, (EventKind.SCHEDULE_MISSED, {"name": "digits"}))

    outbox.step()
    outbox.step()

    told = [verified(body, headers, secret=webhook.secret) for headers, body in receiver.heard]
    assert sorted(one["type"] for one in told) == ["decided", "failed", "missed"]
    assert {"failure": "é", "name": "digits", "state": "failed"} in [one["data"] for one in told]
    assert len({headers["webhook-id"] for headers, _ in receiver.heard}) == 3


def test_webhook_hears_its_own_tenant_and_occasions_only(store: Store, receiver: Receiver) -> None:
    listening(store, receiver, Occasion.DECIDED)
    outbox = outbox_to(store, receiver)
    happen(store, FAILED)
    happen(store, (EventKind.DECIDED, {}), tenant="globex")

    outbox.step()

    assert receiver.heard == []


def test_what_failed_is_told_again_also_after_a_restart(store: Store, receiver: Receiver) -> None:
    webhook = listening(store, receiver)
    receiver.answers = [503]
    happen(store, FAILED)
    outbox_to(store, receiver).step()
    (sent,) = store.sent(webhook.id)
    assert (sent.failure, sent.delivered) == ("it answered 503 Service Unavailable", None)
    store.end_delivery(1, failure="moved forward", pause_seconds=-1.0)

    outbox_to(store, receiver).step()

    ids = [headers["webhook-id"] for headers, _ in receiver.heard]
    assert len(ids) == 2 and len(set(ids)) == 1
    assert store.sent(webhook.id)[0].delivered is not None


def test_what_happened_while_no_daemon_ran_is_told(store: Store, receiver: Receiver) -> None:
    listening(store, receiver)
    outbox_to(store, receiver).step()
    happen(store, FAILED)

    outbox_to(store, receiver).step()

    assert len(receiver.heard) == 1


def test_notice_kept_and_not_sent_is_not_kept_twice(store: Store, receiver: Receiver) -> None:
    listening(store, receiver)
    happen(store, FAILED)
    outbox_to(store, receiver).gather()  # and is killed here

    outbox_to(store, receiver).step()

    assert len(receiver.heard) == 1


def test_redirect_is_not_followed(store: Store, receiver: Receiver) -> None:
    webhook, receiver.answers = listening(store, receiver), [307]
    happen(store, FAILED)

    outbox_to(store, receiver).step()

    assert len(receiver.heard) == 1
    assert store.sent(webhook.id)[0].failure == "it answered 307 Temporary Redirect"


def test_name_is_looked_up_once_and_what_it_leads_to_is_checked(store: Store, receiver: Receiver) -> None:
    url = receiver.url.replace("127.0.0.1", "hooks.example.com")
    webhook = store.add_webhook(tenant="acme", url=url, occasions=tuple(Occasion), secret=new_secret())
    happen(store, FAILED)
    outbox_to(store, receiver).gather()
    (taken,) = store.take_deliveries(most=1, lease_seconds=60.0)
    lookups: list[str] = []

    def rebinding(host: str, port: int) -> list[str]:
        lookups.append(host)
        return ["127.0.0.1"]

    inside = post(taken, allowed=Allowed(urls=(url,)), resolve=rebinding)
    named = post(taken, allowed=Allowed(urls=(url,), networks=("127.0.0.0/8",)), resolve=rebinding)
    unlisted = post(taken, allowed=Allowed(), resolve=rebinding)

    assert inside is not None and "hooks.example.com leads to 127.0.0.1" in inside
    assert named is None and len(receiver.heard) == 1
    assert receiver.heard[0][0]["Host"].startswith("hooks.example.com:")
    assert unlisted is not None and "may not be sent to" in unlisted
    assert lookups == ["hooks.example.com"] * 2
    assert webhook.url == url


def test_nobody_there_is_a_failure_like_others(store: Store, receiver: Receiver) -> None:
    with free_port() as port:  # nobody listens there
        url = f"http://127.0.0.1:{port}/"
        webhook = store.add_webhook(tenant="acme", url=url, occasions=tuple(Occasion), secret=new_secret())
        happen(store, FAILED)
        allowed = Allowed(urls=(url,), networks=("127.0.0.0/8",))

        Outbox(store, post=lambda d: post(d, allowed=allowed, seconds=1.0)).step()

    assert "refused" in str(store.sent(webhook.id)[0].failure)


@pytest.mark.parametrize("before", [b"", b"HTTP/1.1 200 OK\r\nX-Slow: "], ids=["status", "headers"])
def test_receiver_that_sends_a_byte_now_and_then_is_not_waited_for(store: Store, before: bytes) -> None:
    with dripping(before) as url:
        webhook = store.add_webhook(tenant="acme", url=url, occasions=tuple(Occasion), secret=new_secret())
        happen(store, FAILED)
        allowed = Allowed(urls=(url,), networks=("127.0.0.0/8",))

        Outbox(store, post=lambda d: post(d, allowed=allowed, seconds=0.2)).step()

    (sent,) = store.sent(webhook.id)
    assert (sent.attempts, sent.delivered) == (1, None)
    assert str(sent.failure).startswith("TimeoutError: ")


@contextmanager
def dripping(before: bytes) -> Iterator[str]:
    """The address of one who answers ``before``, and then a byte each hundredth of a second for ever."""
    over = threading.Event()

    def answer() -> None:
        connection, _ = listener.accept()
        with connection, suppress(OSError):  # whoever asked had enough of it
            connection.sendall(before)
            while not over.wait(0.01):
                connection.sendall(b"H")

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=answer)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
        over.set()
        thread.join()


def test_forged_changed_and_old_notices_are_told_apart(store: Store, receiver: Receiver) -> None:
    webhook = listening(store, receiver)
    happen(store, FAILED)
    outbox_to(store, receiver).step()
    headers, body = receiver.heard[0]
    sent = float(headers["webhook-timestamp"])

    assert verified(body, headers, secret=webhook.secret, now=sent + 299)["type"] == "failed"
    for changed, said, secret, now in (
        (body + b" ", headers, webhook.secret, sent),
        (body, {**headers, "webhook-id": "other"}, webhook.secret, sent),
        (body, {**headers, "webhook-timestamp": str(int(sent) + 1)}, webhook.secret, sent),
        (body, {**headers, "webhook-timestamp": "x"}, webhook.secret, sent),
        (body, headers, new_secret(), sent),
        (body, headers, webhook.secret, sent + 301),
        (body, {}, webhook.secret, sent),
    ):
        with pytest.raises(NotAllowed):
            verified(changed, said, secret=secret, now=now)


def test_outbox_runs_by_itself_and_stops(store: Store, receiver: Receiver) -> None:
    listening(store, receiver)
    outbox = Outbox(store, post=poster(Allowed(urls=(receiver.url,))), look_seconds=0.01)
    outbox.start()
    happen(store, FAILED)
    until(lambda: bool(receiver.heard))
    outbox.stop()

    assert len(receiver.heard) == 1


def test_signature_is_that_of_standard_webhooks() -> None:
    """Computed once with the formula of the specification, by hand."""
    from automl_tl.domain.webhook import signature

    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    body = b'{"test": 2432232314}'

    found = signature(body, id="msg_p5jXN8AQM9LWM0D4loKWxJek", timestamp=1614265330, secret=secret)

    assert found == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
