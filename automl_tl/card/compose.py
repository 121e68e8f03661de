"""The card of an account: rows and predictions become the values that people are shown."""

from collections import Counter
from dataclasses import replace

from automl_tl.card.account import Account
from automl_tl.card.figures import count
from automl_tl.card.limits import limits
from automl_tl.card.mistaken import Show, mistakes_of
from automl_tl.card.values import CandidateLine, Card, ClassCounts, Cost, Data, Entry
from automl_tl.domain.candidate import Candidate
from automl_tl.domain.dataset import Manifest, Split
from automl_tl.domain.rungs import finalists
from automl_tl.domain.trial import Trial, TrialState
from automl_tl.proof.confusion import Confusion, confusion_of
from automl_tl.proof.predictions import read_predictions

_FAILURES = 3


def card_of(account: Account, *, show: Show) -> Card:
    """Everything the account tells; ``show`` gives a sample's picture or excerpt, None where it cannot."""
    decided, winner = account.decided, account.winner
    candidates = _candidates(account)
    chosen = next(line for line in candidates if line.id == winner.configuration.candidate)
    facts = account.facts.get(chosen.id)
    card = Card(
        job=account.job.id,
        name=account.job.request.name,
        metric=decided.proof.metric,
        modality="image" if account.data is None else str(account.data.modality),
        outcome=decided.decision.outcome,
        reason=decided.decision.reason,
        version=decided.version,
        decided=decided.time,
        candidate=chosen,
        configuration=winner.configuration,
        temperature=_number(decided.lineage.get("temperature")) or 1.0,
        validation=_number(decided.lineage.get("validation")),
        retest=_number(decided.lineage.get("retest")),
        data=_data(account),
        candidates=candidates,
        leaderboard=tuple(_entry(account, t) for t in finalists(account.trials, len(account.trials))),
        failures=_failures(account),
        curve=tuple(account.curve),
        proof=decided.proof,
        details={name: reading.detail for name, reading in account.test.items() if reading.detail},
        judged=_judged(account),
        mistakes=mistakes_of(account, show=show),
        cost=_cost(account),
        loading=account.loading,
        image_size=None if facts is None else facts.image_size,
        length=None if facts is None else facts.length,
    )
    return replace(card, limits=limits(card))


def _judged(account: Account) -> Confusion | None:
    """The challenger on the sealed test, from the one reading that decided; None where its file is gone."""
    reading = account.test.get("challenger")
    if reading is None or account.manifest is None:
        return None
    try:
        predictions = read_predictions(reading.predictions)
    except OSError:
        return None
    return confusion_of(predictions, classes=account.manifest.classes, temperature=reading.temperature)


def _candidates(account: Account) -> tuple[CandidateLine, ...]:
    """Those of the space in its order; of a space that cannot be read any more, those that left rows."""
    known = {candidate.id: candidate for candidate in account.candidates}
    ids = dict.fromkeys((*known, *account.facts, *account.left_out))
    return tuple(_candidate(account, id, known.get(id)) for id in ids)


def _candidate(account: Account, id: str, told: Candidate | None) -> CandidateLine:
    facts = account.facts.get(id)
    out = account.left_out.get(id)
    trials = [trial for trial in account.trials if trial.configuration.candidate == id]
    values = [trial.reports[-1].value for trial in finalists(trials, len(trials))]
    return CandidateLine(
        id=id,
        why=out or _why(trials),
        is_in=out is None,
        trials=len(trials),
        best=max(values, default=None),
        parameters=facts.parameters if facts else told.parameters if told else None,
        multiply_adds=facts.multiply_adds if facts else told.multiply_adds if told else None,
        latency_seconds=facts.latency_seconds if facts else None,
        stages=len(facts.stages) if facts else None,
        licence=(facts.licence if facts else None) or (told.licence if told else None),
        revision=(facts.revision if facts else None) or (told.revision if told else None),
        pretraining_data=told.pretraining_data if told else None,
    )


def _why(trials: list[Trial]) -> str:
    """What became of a candidate that could be opened and keeps the limits."""
    if not any(trial.reports for trial in trials):
        return "opened and within the limits, but no trial of it ended in time"
    furthest = max(trial.epoch for trial in trials)
    return f"opened, ran and kept the limits; its furthest trial went {count(furthest, 'epoch')}"


def _entry(account: Account, trial: Trial) -> Entry:
    report = trial.report
    assert report is not None
    facts = account.facts.get(trial.configuration.candidate)
    retest = account.retest.get(str(trial.number))
    return Entry(
        trial=trial.number,
        configuration=trial.configuration,
        stages=None if facts is None else len(facts.stages),
        origin=trial.origin,
        state=str(trial.state),
        epochs=report.epoch,
        validation=report.value,
        train=report.train_value,
        retest=None if retest is None else retest.value,
        seconds=round(sum(r.seconds for r in trial.reports), 3),
        multiply_adds=sum(r.multiply_adds for r in trial.reports),
        is_challenger=trial is account.winner,
    )


def _failures(account: Account) -> tuple[tuple[str, int], ...]:
    failed = (t.failure for t in account.trials if t.state is TrialState.FAILED and t.failure)
    return tuple(Counter(failed).most_common(_FAILURES))


def _data(account: Account) -> Data:
    request, manifest = account.job.request, account.manifest
    groups = set() if manifest is None else {s.group for s in manifest.samples if s.group is not None}
    return Data(
        source=request.dataset.path,
        dataset_name=request.dataset_name or request.name,
        fingerprint=None if manifest is None else manifest.fingerprint,
        report=account.data,
        classes=() if manifest is None else _counts(manifest),
        groups=len(groups) or None,
    )


def _counts(manifest: Manifest) -> tuple[ClassCounts, ...]:
    counted = Counter((sample.label, str(sample.split)) for sample in manifest.samples)
    splits = [str(split) for split in Split if manifest.indices(split)]
    return tuple(
        ClassCounts(label=label, splits={split: counted[label, split] for split in splits})
        for label in manifest.classes
    )


def _cost(account: Account) -> Cost:
    reports = [report for trial in account.trials for report in trial.reports]
    read = account.test.get("challenger")
    facts = account.facts.get(account.winner.configuration.candidate)
    return Cost(
        seconds=round(account.seconds, 3),
        phases={phase: round(seconds, 3) for phase, seconds in account.phases.items()},
        trials=dict(Counter(str(trial.state) for trial in account.trials).most_common()),
        epochs=sum(trial.epoch for trial in account.trials),
        training_seconds=round(sum(report.seconds for report in reports), 3),
        training_multiply_adds=sum(report.multiply_adds for report in reports),
        size_bytes=None if read is None else read.size_bytes or None,
        sample_seconds=None if read is None else read.seconds or None,
        latency_seconds=None if facts is None else facts.latency_seconds,
    )


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None
