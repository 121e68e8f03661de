"""The files of ``deploy/`` as these tests read them."""

import re
import shlex
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import yaml

REPOSITORY = Path(__file__).resolve().parents[3]
DEPLOY = REPOSITORY / "deploy"


def read_yaml(name: str) -> Any:
    """One YAML file below ``deploy/``."""
    return yaml.safe_load((DEPLOY / name).read_text())


def services() -> dict[str, dict[str, Any]]:
    """The services of the compose file by name."""
    found: dict[str, dict[str, Any]] = read_yaml("compose.yaml")["services"]
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Instruction:
    """One instruction of a Dockerfile, its lines joined."""

    word: str
    rest: str

    @property
    def words(self) -> list[str]:
        """What follows, split as a shell would; of the JSON form, its strings."""
        return shlex.split(self.rest.strip("[]").replace(",", " "))


def stages() -> list[list[Instruction]]:
    """The image's Dockerfile, cut at each FROM."""
    lines = [line for line in (DEPLOY / "Dockerfile").read_text().splitlines() if not line.startswith("#")]
    joined = re.sub(r"\\\n", " ", "\n".join(lines))
    found = [
        Instruction(word=word.upper(), rest=rest.strip())
        for word, _, rest in (line.strip().partition(" ") for line in joined.splitlines() if line.strip())
    ]
    starts = [place for place, one in enumerate(found) if one.word == "FROM"] + [len(found)]
    return [found[start:end] for start, end in pairwise(starts)]


def _environment(stage: list[Instruction]) -> dict[str, str]:
    pairs = (word.partition("=") for one in stage if one.word == "ENV" for word in shlex.split(one.rest))
    return {name: value for name, _, value in pairs}


FINAL_ENVIRONMENT = _environment(stages()[-1])
