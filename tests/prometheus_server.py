"""A Prometheus of the tests' own, with the shipped configuration and rules, that scrapes often."""

import json
import re
import shutil
import subprocess
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from free_port import free_port
from patience import WAIT_SECONDS, until

SHIPPED = Path(__file__).resolve().parents[1] / "deploy" / "prometheus"
OFTEN = "1s"  # it is also how long a scrape may take


@dataclass(frozen=True, slots=True, kw_only=True)
class Prometheus:
    """One that answers."""

    url: str

    def query(self, expression: str) -> list[dict[str, Any]]:
        """What the expression gives now: each series with its ``metric`` and ``value``."""
        found: list[dict[str, Any]] = self.ask("query", query=expression)["result"]
        return found

    def ask(self, what: str, **parameters: str) -> Any:
        """The data that its API answers."""
        address = f"{self.url}/api/v1/{what}?{urllib.parse.urlencode(parameters)}"
        with urllib.request.urlopen(address, timeout=WAIT_SECONDS) as answer:
            return json.load(answer)["data"]

    def value(self, expression: str) -> float | None:
        """The one value that the expression has, None where it has none."""
        found = self.query(expression)
        return float(found[0]["value"][1]) if found else None


@contextmanager
def prometheus_server(folder: Path, *, target: str) -> Iterator[Prometheus]:
    """A fresh one that scrapes ``target`` (host and port); gone afterwards, with all that it kept."""
    shutil.copytree(SHIPPED, folder / "config")
    config = folder / "config" / "prometheus.yml"
    text = config.read_text()
    assert "127.0.0.1:8787" in text
    text = re.sub(r"_interval: \w+", f"_interval: {OFTEN}", text.replace("127.0.0.1:8787", target))
    config.write_text(text)
    with free_port() as port, (folder / "prometheus.log").open("w") as log:
        switches: Mapping[str, object] = {
            "config.file": config,
            "storage.tsdb.path": folder / "data",
            "web.listen-address": f"127.0.0.1:{port}",
        }
        command = ["prometheus", *(f"--{name}={value}" for name, value in switches.items())]
        process = subprocess.Popen(command, stdout=log, stderr=log)
        try:
            prometheus = Prometheus(url=f"http://127.0.0.1:{port}")
            until(lambda: _has_scraped(prometheus, process), what="a first scrape")
            yield prometheus
        finally:
            process.kill()
            process.wait()


def _has_scraped(prometheus: Prometheus, process: "subprocess.Popen[bytes]") -> bool:
    assert process.poll() is None, "Prometheus ended"
    try:
        return prometheus.value("up") == 1
    except OSError:
        return False
