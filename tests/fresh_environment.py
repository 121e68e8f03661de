"""An environment of its own with what some models list, and nothing else of ours."""

import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest


def made_from_cache(folder: Path, requirements: Iterable[Path]) -> Path:
    """The interpreter of a new environment with these requirements, from uv's cache; skips without."""
    python = folder / "bin" / "python"
    listed = [word for file in requirements for word in ("-r", str(file))]
    made = _uv("venv", "--quiet", "--python", sys.executable, str(folder))
    filled = made or _uv("pip", "install", "--quiet", "--offline", "--python", str(python), *listed)
    if filled:
        pytest.skip(f"uv cannot make the environment from its cache: {filled.strip().splitlines()[-1]}")
    return python


def _uv(*words: str) -> str:
    """What uv complained of; empty when it did its work."""
    command = [sys.executable, "-m", "uv", *words]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    return "" if ended.returncode == 0 else ended.stderr or f"it ended with {ended.returncode}"
