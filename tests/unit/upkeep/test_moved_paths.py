"""A home's path in texts, as it reads once the home lies elsewhere."""

import json
from pathlib import Path

import pytest

from automl_tl.errors import OperatorError
from automl_tl.upkeep.moved_paths import Move

MOVE = Move(Path("/srv/home"), Path("/mnt/new home"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("/srv/home", "/mnt/new home"),
        ("/srv/home/jobs/j-1", "/mnt/new home/jobs/j-1"),
        ('{"a": "/srv/home/x", "b": ["/srv/home"]}', '{"a": "/mnt/new home/x", "b": ["/mnt/new home"]}'),
        ("file:///srv/home/registry", "file:///mnt/new%20home/registry"),
        ("sqlite:////srv/home/registry/mlflow.sqlite3", "sqlite:////mnt/new home/registry/mlflow.sqlite3"),
        ("/data/srv/home/pictures", "/data/srv/home/pictures"),
        ("/srv/home\n/srv/home/x", "/mnt/new home\n/mnt/new home/x"),
        ("/srv/home2/pictures", "/srv/home2/pictures"),
        ("/srv/home-old", "/srv/home-old"),
    ],
)
def test_only_the_home_itself_moves(text: str, expected: str) -> None:
    assert MOVE(text) == expected


def test_a_path_is_known_as_json_and_urls_write_it() -> None:
    old, new = "/srv/Ärzte am See", "/srv/b"
    move = Move(Path(old), Path(new))

    assert json.loads(move(json.dumps({"x": f"{old}/y"}))) == {"x": f"{new}/y"}
    assert move("file:///srv/%C3%84rzte%20am%20See/y") == f"file://{new}/y"
    assert move(f"{old}/y") == f"{new}/y"
    assert any(mark in json.dumps(old) for mark in move.marks)


def test_a_home_may_move_into_itself() -> None:
    move = Move(Path("/srv/home"), Path("/srv/home/old"))

    assert move("/srv/home/x file:///srv/home/y") == "/srv/home/old/x file:///srv/home/old/y"


def test_a_path_that_json_could_not_hold_as_it_stands_is_refused() -> None:
    with pytest.raises(OperatorError, match="quotation mark"):
        Move(Path("/srv/home"), Path('/srv/"home"')).require_fit()
