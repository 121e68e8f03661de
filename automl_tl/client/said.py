"""What a caller says, as the JSON that a daemon reads: what was left out is absent, paths are absolute."""

from collections.abc import Mapping
from pathlib import Path

from automl_tl.client.connection import Connection, Json, what_was_said
from automl_tl.errors import RequestError


def submission(options: Mapping[str, object], *, to: Connection) -> Json:
    """The options as JSON: only what was said, paths as that daemon reads them, a space file read."""
    said = what_was_said(options)
    if "dataset" in said:
        said["dataset"] = to.path(str(said["dataset"]))
    space = str(said.get("space", ""))
    if "\n" not in space and space.endswith(".toml"):
        file = Path(space).expanduser()
        if not file.is_file():
            raise RequestError(f"the space file {file} does not exist")
        said["space"], said["space_root"] = file.read_text(), str(file.absolute().parent)
    return said
