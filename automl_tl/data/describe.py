"""From a folder, a table or an archive to a frozen manifest and a data report."""

import hashlib
import json
import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from automl_tl.data.archive import unpack
from automl_tl.data.change import changes
from automl_tl.data.check import Checked, check
from automl_tl.data.embedded import Embedded
from automl_tl.data.examination import Examined, examine
from automl_tl.data.family import find_families
from automl_tl.data.manifest import freeze, read_manifest, write_manifest
from automl_tl.data.report import write_report
from automl_tl.data.rows import is_table
from automl_tl.data.source import read_source
from automl_tl.data.splitting import assign
from automl_tl.data.survey import Found, Survey
from automl_tl.data.uncollected import uncollected
from automl_tl.domain.dataset import Changes, DataReport, Rejected, Sample, Split, Verdict
from automl_tl.domain.work import Describe, Described
from automl_tl.errors import DatasetRefused
from automl_tl.steps import step

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Split:
    samples: tuple[Sample, ...]
    quarantined: tuple[Rejected, ...]
    notes: tuple[str, ...]


@uncollected()
def describe(
    work: Describe, *, datasets: Path, manifests: Path, unpacked_bytes: int, unreadable_share: float
) -> Described:
    """Read, check and split a dataset; write its manifest, and the data report into the job's folder.

    An archive is unpacked below ``datasets`` to at most ``unpacked_bytes``; at most ``unreadable_share`` (in
    [0, 1]) of the samples may be unreadable. Raises DatasetRefused, after the report was written wherever
    there was anything to report on; DiskFull.
    """
    root = _root(Path(work.source.path).expanduser(), datasets=datasets, limit_bytes=unpacked_bytes)
    embedded = Embedded(datasets=datasets, limit_bytes=unpacked_bytes)
    found = read_source(root, columns=work.source.columns, embedded=embedded)
    step()
    families = find_families(_without_forgotten(found, _forgotten(work.forgotten)))
    found = families.survey
    step()
    checked = check(found, on_leak=work.source.on_leak, unreadable_share=unreadable_share)
    split = _split(checked, remembered=_remembered(work.remembered), seed=work.seed)
    step()
    refusal = checked.refusal or _empty_split(split.samples)
    report = replace(
        _report(
            found, checked=checked, split=split, refusal=refusal, examined=examine(found, checked.samples)
        ),
        changes=_changes(split.samples, work.previous),
    )
    step()
    report = write_report(report, folder=Path(work.into), pairs=families.pairs)
    if refusal is not None:
        _LOG.info("dataset refused dataset=%s reason=%s", work.dataset_name, refusal)
        raise DatasetRefused(refusal)
    manifest = freeze(
        split.samples, modality=found.modality, dataset_name=work.dataset_name, root=str(found.root)
    )
    path = write_manifest(manifest, folder=manifests)
    _LOG.info("dataset described dataset=%s manifest=%s", work.dataset_name, manifest.fingerprint)
    return Described(report=report, manifest=str(path), fingerprint=manifest.fingerprint)


def _root(path: Path, *, datasets: Path, limit_bytes: int) -> Path:
    if not path.is_file() or is_table(path):
        return path
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    return unpack(path, into=datasets / sha256, limit_bytes=limit_bytes)


def _remembered(path: str | None) -> dict[str, Split]:
    if path is None:
        return {}
    with Path(path).open("rb") as file:
        rows = (json.loads(line) for line in file)
        return {row["sha256"]: Split(row["split"]) for row in rows}


def _changes(samples: Sequence[Sample], previous: str | None) -> Changes | None:
    if previous is None:
        return None
    try:
        return changes(samples, read_manifest(Path(previous)).samples)
    except (OSError, DatasetRefused):  # the manifest before was let go
        return None


def _forgotten(path: str | None) -> dict[str, str]:
    if path is None:
        return {}
    with Path(path).open("rb") as file:
        return {row["sha256"]: row["day"] for row in map(json.loads, file)}


def _without_forgotten(found: Survey, days: Mapping[str, str]) -> Survey:
    """People asked that these be forgotten: they are left out wherever they turn up again."""
    gone = [sample for sample in found.samples if sample.sha256 in days]
    if not gone:
        return found
    reasons = [Rejected(path=s.path, reason=f"was forgotten on {days[s.sha256]}") for s in gone]
    kept = tuple(sample for sample in found.samples if sample.sha256 not in days)
    return replace(found, samples=kept, rejected=(*found.rejected, *reasons))


def _split(checked: Checked, *, remembered: Mapping[str, Split], seed: int) -> _Split:
    splits = assign(checked.samples, remembered=remembered, seed=seed)
    paired = list(zip(checked.samples, splits, strict=True))
    givens = {found.given for found in checked.samples}
    moved = sum(1 for found, split in paired if split is not None and _moved(found, split, givens=givens))
    who = "1 sample keeps" if moved == 1 else f"{moved:,} samples keep"
    notes = (f"{who} the split of an earlier job, although another was given",) if moved else ()
    reason = "belongs to samples that stand in different splits already: it would bridge them"
    return _Split(
        samples=tuple(_sample(found, split) for found, split in paired if split is not None),
        quarantined=tuple(
            Rejected(path=found.path, reason=reason) for found, split in paired if split is None
        ),
        notes=notes,
    )


def _moved(found: Found, split: Split, *, givens: set[Split | None]) -> bool:
    place = Split.VALIDATION if split is Split.RETEST else split  # a given validation serves both
    return found.given is not place and (place in givens or found.given in (Split.TEST, Split.VALIDATION))


def _sample(found: Found, split: Split) -> Sample:
    return Sample(
        path=found.path,
        size=found.size,
        sha256=found.sha256,
        label=found.label,
        split=split,
        group=found.group,
        slice=found.slice,
        column=found.column,
    )


def _empty_split(samples: Sequence[Sample]) -> str | None:
    filled = {sample.split for sample in samples}
    empty = [split.value for split in Split if split not in filled]
    if not empty:
        return None
    return (
        f"the {len(samples):,} samples leave {' and '.join(empty)} empty, but each of train, validation, "
        "retest and test needs at least one"
    )


def _report(
    found: Survey, *, checked: Checked, split: _Split, refusal: str | None, examined: Examined
) -> DataReport:
    left_out = (*found.unreadable, *checked.left_out, *split.quarantined)
    verdict = Verdict.REFUSED if refusal else Verdict.REPAIRED if left_out else Verdict.OK
    return DataReport(
        modality=found.modality,
        samples=len(split.samples),
        unreadable=len(found.unreadable),
        leaks=checked.leaks,
        label_conflicts=checked.label_conflicts,
        verdict=verdict,
        classes=dict(sorted(Counter(sample.label for sample in split.samples).items())),
        splits={s.value: sum(1 for sample in split.samples if sample.split is s) for s in Split},
        notes=(*((refusal,) if refusal else ()), *checked.notes, *split.notes),
        rejected=(*found.rejected, *checked.left_out, *split.quarantined),
        findings=examined.findings,
        measures=examined.measures,
    )
