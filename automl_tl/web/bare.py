"""The control beside ``bench submissions``: an endpoint that does nothing but commit once per request."""

import json
import sqlite3
import sys
import threading
from pathlib import Path
from typing import Any

from fastapi import FastAPI

from automl_tl.web.app import NO_TELEMETRY
from automl_tl.web.server import address_of, listen, serve_on


def bare_app(database: Path) -> FastAPI:
    """``POST /jobs``: the body becomes a row that is on the disk before the answer goes out."""
    connection = sqlite3.connect(database, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("CREATE TABLE jobs (id INTEGER PRIMARY KEY, request TEXT NOT NULL)")
    turn = threading.Lock()
    app = FastAPI(openapi_url=None, telemetry=NO_TELEMETRY)

    @app.post("/jobs", status_code=202)
    def submit(body: dict[str, Any]) -> dict[str, object]:
        with turn:
            row = connection.execute("INSERT INTO jobs (request) VALUES (?)", (json.dumps(body),))
        return {"job": row.lastrowid}

    return app


def main() -> None:
    """``DATABASE``: serve on a free port, and say where."""
    listener = listen(host="127.0.0.1", port=0)

    def started() -> None:
        sys.stdout.write(f"{address_of(listener)}\n")
        sys.stdout.flush()

    serve_on(listener, bare_app(Path(sys.argv[1])), started=started, stop=threading.Event())


if __name__ == "__main__":
    main()
