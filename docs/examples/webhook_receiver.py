"""Receives webhooks: AUTOML_TL_WEBHOOK_SECRET=whsec_… python webhook_receiver.py [PORT]."""

import os
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from automl_tl.client.verification import verified
from automl_tl.errors import NotAllowed

MOST_BYTES = 2**20


class Receiver(BaseHTTPRequestHandler):
    """Takes what is signed, refuses the rest."""

    def do_POST(self) -> None:
        """One notice."""
        length = self.headers.get("content-length", "")
        if not length.isdecimal() or int(length) > MOST_BYTES:
            self.send_error(413)
            return
        body = self.rfile.read(int(length))
        try:
            notice = verified(body, dict(self.headers), secret=os.environ["AUTOML_TL_WEBHOOK_SECRET"])
        except NotAllowed as problem:
            self.send_error(401, str(problem))
            return
        told = notice["data"]
        why = told.get("reason") or told.get("failure") or ""
        sys.stdout.write(f"{notice['type']} {told.get('name')} {why}\n")
        sys.stdout.flush()
        self.send_response(204)
        self.end_headers()


def main(port: int) -> None:
    """Listen until it is ended."""
    ThreadingHTTPServer(("127.0.0.1", port), Receiver).serve_forever()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 9000)
