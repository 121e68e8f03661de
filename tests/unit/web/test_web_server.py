import asyncio
import socket
import threading
from contextlib import ExitStack
from pathlib import Path

import httpx
import played_job
import pytest
from patience import WAIT_SECONDS
from served import app_over, served

from automl_tl.client.events import parse
from automl_tl.errors import OperatorError, PortInUse, RequestError
from automl_tl.settings import Settings
from automl_tl.store.base import Store
from automl_tl.web import server
from automl_tl.web.models_app import build_models_app
from automl_tl.web.server import listen, serve_app, serve_socket


def test_events_come_while_they_happen_and_end_with_the_job(store: Store, settings: Settings) -> None:
    lease = played_job.begin(store)
    seen: list[str] = []
    with (
        served(app_over(store, settings)) as url,
        httpx.stream("GET", f"{url}/api/v1/jobs/{lease.job}/events", timeout=WAIT_SECONDS) as answer,
    ):
        events = parse(answer.iter_lines())
        seen += [next(events)["kind"], next(events)["kind"]]
        played_job.check(store, lease)
        played_job.search(store, lease)
        played_job.finish(store, lease, played_job.prove(store, lease))
        seen += [event["kind"] for event in events]

    assert seen == [str(event.kind) for event in store.events(job=lease.job)]


def test_listeners_of_one_job_do_not_hear_of_another(store: Store, settings: Settings) -> None:
    mine, other = played_job.begin(store, name="mine"), played_job.begin(store, name="other")
    with (
        served(app_over(store, settings)) as url,
        httpx.stream("GET", f"{url}/api/v1/jobs/{mine.job}/events", timeout=WAIT_SECONDS) as answer,
    ):
        events = parse(answer.iter_lines())
        heard = [next(events), next(events)]
        for lease in (other, mine):
            played_job.check(store, lease, name="n")
        heard.append(next(events))

    assert {event["job"] for event in heard} == {mine.job}


def test_open_streams_do_not_delay_the_stop(
    store: Store, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "GRACE_SECONDS", 3600)  # what a delayed stop would take
    id = store.add_job(played_job.request(), tenant="default").id
    with ExitStack() as held_open:
        with served(app_over(store, settings)) as url:
            events = f"{url}/api/v1/jobs/{id}/events"
            answer = held_open.enter_context(httpx.stream("GET", events, timeout=WAIT_SECONDS))
            lines = answer.iter_lines()
            next(parse(lines))
        rest = list(parse(lines))

    assert rest == []


def test_port_in_use_is_told(store: Store, settings: Settings) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        with pytest.raises(PortInUse, match=f"port {port} of 127.0.0.1 is in use"):
            serve_app(
                app_over(store, settings),
                host="127.0.0.1",
                port=port,
                started=lambda: None,
                stop=threading.Event(),
            )


def test_nothing_listens_beyond_loopback_without_keys() -> None:
    with pytest.raises(RequestError, match=r"host 0\.0\.0\.0 is not loopback"):
        listen(host="0.0.0.0", port=0)


def test_port_that_may_not_be_taken_is_the_operators_business(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: socket.socket, address: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(socket.socket, "bind", refuse)

    with pytest.raises(
        OperatorError, match=r"port 80 of 127\.0\.0\.1 cannot be listened on: Permission denied"
    ):
        listen(host="127.0.0.1", port=80)


def test_models_process_listens_on_a_socket_of_its_own_user(tmp_path: Path) -> None:
    path, started, stop = tmp_path / "m.sock", threading.Event(), threading.Event()
    app = build_models_app(None)  # type: ignore[arg-type]
    thread = threading.Thread(
        target=serve_socket, args=(app,), kwargs={"path": path, "started": started.set, "stop": stop}
    )
    thread.start()
    assert started.wait(WAIT_SECONDS)
    mode = path.stat().st_mode & 0o777

    with httpx.Client(transport=httpx.HTTPTransport(uds=str(path)), base_url="http://models") as http:
        alive = http.get("/healthz").json()
    stop.set()
    thread.join(WAIT_SECONDS)

    assert (mode, alive) == (0o600, {"status": "alive"})
    assert not path.exists()


def test_small_answers_do_not_wait_for_more() -> None:
    accepted: list[int] = []

    class Asked(asyncio.Protocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            connection = transport.get_extra_info("socket")
            accepted.append(connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
            transport.close()

    async def ask() -> None:
        with listen(host="127.0.0.1", port=0) as listener:
            server = await asyncio.get_running_loop().create_server(Asked, sock=listener)
            reader, writer = await asyncio.open_connection(*listener.getsockname())
            await reader.read()
            writer.close()
            server.close()

    asyncio.run(ask())

    assert all(accepted) and len(accepted) == 1
