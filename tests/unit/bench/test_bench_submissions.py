"""A flood sends each submission until it is answered, whatever happens to the daemon."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from automl_tl.bench.submissions import Flood
from automl_tl.client.address import Address


class Shaky(BaseHTTPRequestHandler):
    """Knows each key's job, and leaves every third request without an answer, or with a failure."""

    protocol_version = "HTTP/1.1"
    jobs: dict[str, int] = {}  # noqa: RUF012  # of one test
    asked = 0

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        job = self.jobs.setdefault(self.headers["Idempotency-Key"], len(self.jobs))
        Shaky.asked += 1
        if Shaky.asked % 6 == 0:
            self.close_connection = True  # it was heard, and is not answered
            return
        body = json.dumps({"job": job}).encode()
        self.send_response(503 if Shaky.asked % 6 == 3 else 202)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def shaky_server() -> Iterator[Address]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Shaky)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    yield Address(url=f"http://127.0.0.1:{server.server_port}", token="t")
    server.shutdown()
    server.server_close()


def test_every_submission_is_answered_once_however_often_it_was_sent() -> None:
    with shaky_server() as address:
        flood = Flood(lambda: address, path="/jobs", body={}, count=30)
        flood.run(connections=3)

    assert sorted(flood.answers) == list(range(30))
    assert len(set(flood.answers.values())) == len(Shaky.jobs) == 30
    assert flood.sent_again >= 10
