"""Third-party libraries stay in their rooms, adapters behind protocols, heavy ones out of the supervisor."""

import os
import subprocess
import sys
from collections.abc import Iterable

import grimp
import pytest

PACKAGE = "automl_tl"
ROOMS = {
    "alembic": {"store"},
    "cronsim": {"daemon"},
    "fastapi": {"web"},
    "fsspec": {"data"},
    "httpx": {"client"},
    "huggingface_hub": {"zoo"},
    "jinja2": {"web"},
    "mlflow": {"registry", "model"},
    "onnxruntime": {"serving"},
    "optuna": {"search"},
    "prometheus_client": {"metrics"},
    "psycopg": {"store"},
    "pyarrow": {"data"},
    "pydantic": {"web", "settings", "store"},
    "pydantic_settings": {"settings"},
    "pynvml": {"metrics"},
    "ray": {"executors"},
    "soundfile": {"model"},
    "sqlalchemy": {"store"},
    "starlette": {"web"},
    "timm": {"model", "zoo"},
    "tokenizers": {"model", "zoo"},
    "torch": {"model", "training", "zoo", "data", "cache", "serving", "bench"},
    "torchvision": {"model", "training", "zoo", "data"},
    "transformers": {"model", "zoo"},
    "click": {"cli"},
    "uvicorn": {"web"},
}
LIGHT = ("wiring.supervisor", "web", "daemon.scheduler", "store", "metrics")
HEAVY = ("torch", "ray", "mlflow")


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    return grimp.build_graph(PACKAGE, include_external_packages=True, cache_dir=None)


def floor(module: str) -> str:
    return module.split(".")[1] if "." in module else ""


def imports(edges: Iterable[tuple[str, str]]) -> str:
    return "\n".join(f"{importer} imports {imported}" for importer, imported in sorted(edges))


def light_modules(graph: grimp.ImportGraph) -> list[str]:
    tops = [f"{PACKAGE}.{part}" for part in LIGHT]
    return sorted(m for m in graph.modules if any(m == top or m.startswith(f"{top}.") for top in tops))


@pytest.mark.parametrize("library", ROOMS)
def test_third_party_library_stays_in_its_room(graph: grimp.ImportGraph, library: str) -> None:
    importers = graph.find_modules_that_directly_import(library) if library in graph.modules else set()

    strays = [(module, library) for module in importers if floor(module) not in ROOMS[library]]

    assert not strays, imports(strays)


def test_only_wiring_names_an_adapter(graph: grimp.ImportGraph) -> None:
    bases = [m for m in graph.modules if m.startswith(f"{PACKAGE}.") and m.endswith(".base")]
    # A module that imports the base.py beside it is one way to keep that protocol.
    adapters = [
        module
        for base in bases
        for module in graph.find_modules_that_directly_import(base)
        if floor(module) == floor(base)
    ]

    strays = [
        (importer, adapter)
        for adapter in adapters
        for importer in graph.find_modules_that_directly_import(adapter)
        if floor(importer) not in {floor(adapter), "wiring"}
    ]

    assert not strays, imports(strays)


@pytest.mark.parametrize("library", HEAVY)
def test_supervisor_never_reaches_a_heavy_library(graph: grimp.ImportGraph, library: str) -> None:
    reachable = library in graph.modules

    chains = [graph.find_shortest_chain(m, library) for m in light_modules(graph)] if reachable else []

    assert not any(chains), "\n".join(" → ".join(chain) for chain in chains if chain)


def test_supervisor_loads_no_heavy_library(graph: grimp.ImportGraph) -> None:
    # Migrations run inside Alembic only.
    modules = [m for m in light_modules(graph) if ".migrations" not in m]
    program = f"import sys, {', '.join([PACKAGE, *modules])}; print(*{set(HEAVY)} & set(sys.modules))"

    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, env=os.environ, check=False
    )

    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == []
