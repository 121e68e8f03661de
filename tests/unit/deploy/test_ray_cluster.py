"""The Ray cluster's file is of the shape that the installed Ray asks for, and its commands are Ray's."""

import json
import shlex
from importlib.metadata import distribution
from pathlib import Path

import jsonschema
import pytest
from deployment import read_yaml

RAY = Path(str(distribution("ray").locate_file("ray")))
CLUSTER = read_yaml("ray/cluster.yaml")
STARTS = [CLUSTER["head_start_ray_commands"][-1], CLUSTER["worker_start_ray_commands"][-1]]


def test_it_is_of_the_shape_that_ray_gives() -> None:
    schema = RAY / "autoscaler" / "ray-schema.json"

    jsonschema.validate(CLUSTER, json.loads(schema.read_text()))


@pytest.mark.parametrize("line", STARTS, ids=["head", "worker"])
def test_options_of_ray_start_exist(line: str) -> None:
    source = (RAY / "scripts" / "scripts.py").read_text()  # to import it takes seconds

    words = shlex.split(line)
    options = [word.partition("=")[0] for word in words[words.index("start") + 1 :]]

    assert options
    assert all(f'"{option}"' in source for option in options)


@pytest.mark.parametrize("line", STARTS, ids=["head", "worker"])
def test_every_node_asks_for_the_token(line: str) -> None:
    assert "RAY_AUTH_MODE=token" in line
    assert "RAY_AUTH_TOKEN_PATH=" in line
