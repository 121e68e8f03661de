"""Readings of the held-out splits: taken by a worker, kept before they are used."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from automl_tl.domain.dataset import Split
from automl_tl.domain.measurement import Measurement
from automl_tl.domain.work import Contender, Prove, Proven, Reading
from automl_tl.job.desk import Desk


class Readings:
    """One job's readings by kind; those kept last count, the ones before stay on record."""

    def __init__(self, desk: Desk, *, path: Path) -> None:
        """``path`` is the manifest's."""
        self._desk = desk
        self._path = path

    def take(self, split: Split, contenders: Sequence[Contender]) -> tuple[Reading, ...]:
        """Read the split once for all of them; raises what ``Desk.carry_out`` does."""
        proven = self._desk.carry_out(
            Prove(
                split=split,
                manifest=str(self._path),
                metric=self._desk.job.request.metric,
                contenders=tuple(contenders),
                into=str(self._desk.folder / "predictions" / split),
                seed=self._desk.job.request.seed,
                progress=self._desk.progress(f"prove-{split}"),
            )
        )
        assert isinstance(proven, Proven)
        return proven.readings

    def keep(self, kind: str, readings: Sequence[Reading]) -> None:
        """Let these count from now on."""
        key = f"readings-{self.times(kind) + 1}"
        value: dict[str, object] = {"readings": [asdict(reading) for reading in readings]}
        self._desk.store.measure(self._desk.lease, Measurement(kind=kind, key=key, value=value))

    def known(self, kind: str) -> dict[str, Reading]:
        """Those that count, by name; empty before any were kept."""
        return readings_of(self._desk.store.measurements(self._desk.job.id), kind)

    def times(self, kind: str) -> int:
        """How often such readings were kept."""
        return sum(m.kind == kind for m in self._desk.store.measurements(self._desk.job.id))


def readings_of(measurements: Sequence[Measurement], kind: str) -> dict[str, Reading]:
    """The readings of one kind that count among these, by name; empty where there are none."""
    kept = next((m.value["readings"] for m in reversed(measurements) if m.kind == kind), [])
    assert isinstance(kept, list)
    return {row["name"]: Reading(**{**row, "classes": tuple(row.get("classes", ()))}) for row in kept}
