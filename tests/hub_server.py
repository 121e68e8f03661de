"""A server on loopback that speaks the hub's protocol, and what may go wrong on the way to it."""

import hashlib
import json
import socket
import struct
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote

LARGE = 1000  # bytes; larger files lie on another host, and their etag is a sha256
Files = dict[str, bytes]


@dataclass(frozen=True, kw_only=True)
class Fault:
    """What happens to the next request of ``method`` that ends in ``path``, instead of the right answer.

    ``status`` is answered; or the body ends after ``cut`` bytes, by a reset where ``resets``; or it comes
    with ``wrong`` in place of its beginning.
    """

    method: str
    path: str
    status: int | None = None
    retry_after: int | None = None
    cut: int | None = None
    resets: bool = False
    wrong: bytes = b""


@dataclass(frozen=True, kw_only=True)
class Request:
    """One request as it came; ``asked`` is its Range."""

    method: str
    path: str
    asked: str | None
    has_token: bool


@dataclass(kw_only=True)
class HubServer:
    """Repositories by name, each with its commits by id and its branches; ``port`` is on loopback."""

    port: int
    commits: dict[str, dict[str, Files]] = field(default_factory=dict)
    branches: dict[str, dict[str, str]] = field(default_factory=dict)
    gated: set[str] = field(default_factory=set)
    faults: deque[Fault] = field(default_factory=deque)
    requests: list[Request] = field(default_factory=list)
    connections: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def endpoint(self) -> str:
        """What HF_ENDPOINT has to be."""
        return f"http://127.0.0.1:{self.port}"

    def publish(self, repository: str, files: Files, *, branch: str = "main") -> str:
        """Put files into a new commit at the end of a branch; its id."""
        text = json.dumps([repository, sorted((n, hashlib.sha1(b).hexdigest()) for n, b in files.items())])
        commit = hashlib.sha1(text.encode()).hexdigest()
        self.commits.setdefault(repository, {})[commit] = files
        self.branches.setdefault(repository, {})[branch] = commit
        return commit

    def publish_folder(self, repository: str, folder: Path) -> str:
        """Put a folder's files into a new commit of main; its id."""
        return self.publish(repository, {path.name: path.read_bytes() for path in folder.iterdir()})

    def asked(self, method: str, end: str = "") -> list[Request]:
        """The requests so far of a method whose path ends so."""
        return [r for r in self.requests if r.method == method and r.path.endswith(end)]

    def environment(self, cache: Path) -> dict[str, str]:
        """The variables that send the real client here."""
        return {
            "HF_ENDPOINT": self.endpoint,
            "HF_HUB_CACHE": str(cache),
            "HF_HUB_OFFLINE": "0",
            "TRANSFORMERS_OFFLINE": "0",
        }


@contextmanager
def hub_server() -> Iterator[HubServer]:
    """A server with nothing in it, until the block ends."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 64

        def process_request(self, request, client_address):  # type: ignore[no-untyped-def]
            with hub.lock:
                hub.connections += 1
            super().process_request(request, client_address)

    server = Server(("127.0.0.1", 0), type("Handler", (_Handler,), {}))
    hub = HubServer(port=server.server_address[1])
    server.RequestHandlerClass.hub = hub  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    hub: HubServer
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments: object) -> None:
        pass

    def do_HEAD(self) -> None:
        self._answer()

    def do_GET(self) -> None:
        self._answer()

    def _answer(self) -> None:
        path = unquote(self.path)
        with self.hub.lock:
            self.hub.requests.append(
                Request(
                    method=self.command,
                    path=path,
                    asked=self.headers.get("Range"),
                    has_token="Authorization" in self.headers,
                )
            )
            fault = self._fault(path)
        if fault is not None and fault.status is not None:
            after = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
            self._send(fault.status, b"no", headers=after)
        elif path.startswith("/api/models/"):
            self._tell(path.removeprefix("/api/models/"))
        elif path.startswith("/bytes/"):
            self._send_file(self._stored(path.removeprefix("/bytes/")), fault=fault)
        else:
            self._resolve(path, fault=fault)

    def _fault(self, path: str) -> Fault | None:
        for fault in self.hub.faults:
            if fault.method == self.command and path.endswith(fault.path):
                self.hub.faults.remove(fault)
                return fault
        return None

    def _tell(self, rest: str) -> None:
        repository, _, revision = rest.partition("/revision/")
        found = self._commit(repository, revision or "main")
        if found is not None:
            commit, files = found
            about = {"id": repository, "sha": commit, "siblings": [{"rfilename": n} for n in sorted(files)]}
            self._send(200, json.dumps(about).encode(), headers={"Content-Type": "application/json"})

    def _resolve(self, path: str, *, fault: Fault | None) -> None:
        repository, _, rest = path.removeprefix("/").partition("/resolve/")
        revision, _, name = rest.partition("/")
        found = self._commit(repository, revision)
        if found is None:
            return
        commit, files = found
        headers = {"X-Repo-Commit": commit}
        if name not in files:
            self._refuse("EntryNotFound", headers)
            return
        body = files[name]
        if len(body) <= LARGE:
            self._send_file(body, fault=fault, headers=headers)
            return
        digest = hashlib.sha256(body).hexdigest()
        elsewhere = f"http://localhost:{self.hub.port}/bytes/{digest}"
        linked = {"X-Linked-Etag": f'"{digest}"', "X-Linked-Size": str(len(body)), "Location": elsewhere}
        self._send(302, b"", headers=headers | linked)

    def _commit(self, repository: str, revision: str) -> tuple[str, Files] | None:
        commits = self.hub.commits.get(repository)
        if repository in self.hub.gated:
            self._refuse("GatedRepo", {}, status=403)
            return None
        if commits is None:
            self._refuse("RepoNotFound", {}, status=401)
            return None
        commit = self.hub.branches[repository].get(revision, revision)
        if commit not in commits:
            self._refuse("RevisionNotFound", {})
            return None
        return commit, commits[commit]

    def _stored(self, digest: str) -> bytes:
        every = (
            b for commits in self.hub.commits.values() for files in commits.values() for b in files.values()
        )
        return next(body for body in every if hashlib.sha256(body).hexdigest() == digest)

    def _refuse(self, code: str, headers: dict[str, str], *, status: int = 404) -> None:
        self._send(status, b"", headers=headers | {"X-Error-Code": code, "X-Error-Message": code})

    def _send_file(self, body: bytes, *, fault: Fault | None, headers: dict[str, str] | None = None) -> None:
        etag = hashlib.sha1(b"blob %d\0" % len(body) + body).hexdigest()
        known = {"ETag": f'"{etag}"', "Accept-Ranges": "bytes"} | (headers or {})
        first = int((self.headers.get("Range") or "bytes=0-").removeprefix("bytes=").partition("-")[0])
        status = 200
        if first:
            status = 206
            known["Content-Range"] = f"bytes {first}-{len(body) - 1}/{len(body)}"
        if fault is not None:
            body = fault.wrong + body[len(fault.wrong) :]
        self._send(status, body[first:], headers=known, fault=fault)

    def _send(self, status: int, body: bytes, *, headers: dict[str, str], fault: Fault | None = None) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command == "HEAD":
            return
        if fault is None or fault.cut is None:
            self.wfile.write(body)
            return
        self.wfile.write(body[: fault.cut])
        self.close_connection = True
        if fault.resets:  # a connection that is closed without lingering is reset
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
