"""A finished job's report, for people and for scripts, beside its other files."""

import json
from collections.abc import Mapping

from automl_tl.daemon.desk import Desk
from automl_tl.daemon.loading import loading_lines
from automl_tl.daemon.proving import readings_of
from automl_tl.daemon.scoring import facts_of, left_out
from automl_tl.domain.promotion import Decided
from automl_tl.proof.report import Account, as_markdown, as_values


def write_report(desk: Desk, decided: Decided, outcome: Mapping[str, object]) -> None:
    """Write ``report.md`` and ``report.json`` into the job's folder; a second time writes the same."""
    measurements = desk.store.measurements(desk.job.id)
    tests = [m.kind for m in measurements if m.kind.startswith("test-")]
    account = Account(
        job=desk.job,
        decided=decided,
        trials=desk.store.trials(desk.job.id),
        facts=facts_of(desk),
        seconds=desk.seconds(),
        data=desk.store.data_report(desk.job.id),
        retest={
            int(name): r.value for name, r in readings_of(measurements, "retest").items() if r.predictions
        },
        details={n: r.detail for n, r in readings_of(measurements, tests[-1]).items()} if tests else {},
        left_out=left_out(desk),
        loading="\n".join(loading_lines(desk.job.request.name, desk.settings)),
    )
    values = {**as_values(account), "outcome": dict(outcome)}
    (desk.folder / "report.json").write_text(json.dumps(values, indent=2, ensure_ascii=False) + "\n")
    (desk.folder / "report.md").write_text(as_markdown(account))
