"""A finished job told to people (Markdown) and to scripts (JSON values)."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field

from automl_tl.domain.candidate import CandidateFacts
from automl_tl.domain.dataset import DataReport
from automl_tl.domain.gate import Interval, Outcome, Proof
from automl_tl.domain.job import Job
from automl_tl.domain.promotion import Decided
from automl_tl.domain.rungs import finalists
from automl_tl.domain.trial import Trial, TrialState

_ROWS = 15  # of the leaderboard, as people read it
_NAMES = {
    "challenger": "**challenger**",
    "majority": "majority class",
    "cheap": "cheap classifier on pixels",
    "scratch": "same network from scratch",
}
_VERDICTS = {
    "scratch": {
        "better": "Pretraining helped: the same architecture from scratch is worse",
        "tie": "Neither help nor negative transfer is proven: the same architecture from scratch ties",
        "worse": "**Negative transfer**: the same architecture from scratch is better",
    },
    "cheap": {
        "better": "The network pays: the strongest cheap classifier on pixels is worse",
        "tie": "A benefit is not proven: the strongest cheap classifier on pixels ties",
        "worse": "**No benefit**: the strongest cheap classifier on pixels is better",
    },
}
_TITLES = {
    Outcome.PROMOTE: "promoted",
    Outcome.KEEP: "the champion stays",
    Outcome.REFUSE: "refused",
    Outcome.PENDING: "waits for a person",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """All that a finished job's report tells.

    ``retest`` maps a finalist's trial number to its value there; ``details`` says more of a baseline by its
    name; ``left_out`` has one sentence a candidate; ``loading`` is the code that loads the model.
    """

    job: Job
    decided: Decided
    trials: Sequence[Trial]
    facts: Mapping[str, CandidateFacts]
    seconds: float
    data: DataReport | None = None
    retest: Mapping[int, float] = field(default_factory=dict)
    details: Mapping[str, str] = field(default_factory=dict)
    left_out: Sequence[str] = ()
    loading: str = ""


def as_markdown(account: Account) -> str:
    """The report as people read it."""
    parts = (
        _head(account),
        _test(account),
        _transfer(account.decided.proof),
        _leaderboard(account),
        _search(account),
        _data(account.data),
        _loading(account),
    )
    return "\n\n".join(part for part in parts if part) + "\n"


def as_values(account: Account) -> dict[str, object]:
    """The report as JSON values; metrics are the job's, values of ``log_loss`` negated."""
    return {
        "job": account.job.id,
        "name": account.job.request.name,
        "decision": str(account.decided.decision.outcome),
        "reason": account.decided.decision.reason,
        "version": account.decided.version,
        "proof": asdict(account.decided.proof),
        "transfer": {f"over_{name}": _standing(account.decided.proof, name) for name in _VERDICTS},
        "leaderboard": [_entry(account, trial) for trial in _ranked(account)],
        "trials": _states(account.trials),
        "epochs": sum(trial.epoch for trial in account.trials),
        "seconds": round(account.seconds, 3),
        "left_out": list(account.left_out),
        "data": None if account.data is None else asdict(account.data),
    }


def _entry(account: Account, trial: Trial) -> dict[str, object]:
    report = trial.report
    assert report is not None
    return {
        "trial": trial.number,
        **asdict(trial.configuration),
        "origin": trial.origin,
        "state": str(trial.state),
        "epochs": report.epoch,
        "validation": report.value,
        "retest": account.retest.get(trial.number),
        "seconds": round(sum(r.seconds for r in trial.reports), 3),
    }


def _head(account: Account) -> str:
    name, decision = account.job.request.name, account.decided.decision
    version = "" if account.decided.version is None else f", version {account.decided.version}"
    return f"# {name}: {_TITLES[decision.outcome]}{version}\n\n{_sentence(decision.reason)}"


def _test(account: Account) -> str:
    proof = account.decided.proof
    level = f"{100 * (1 - proof.alpha):.3g} %"
    names = sorted(proof.values, key=lambda name: (name != "challenger", -proof.values[name]))
    rows = [_test_row(account, proof, name) for name in names]
    header = ("", _metric(proof.metric), f"{level} interval", "challenger's gain", f"{level} interval")
    read = f"{proof.samples} samples that the search never saw, opening {proof.opening} of this name's test."
    told = "\n\n".join(part for part in (f"{read} {_level(proof)}", _calibration(account)) if part)
    return f"## On the sealed test\n\n{_table(header, rows)}\n\n{told}"


def _calibration(account: Account) -> str:
    """How far the challenger's probabilities are from how often it is right."""
    proof = account.decided.proof
    if proof.calibration is None or proof.uncalibrated is None:
        return ""
    temperature = account.decided.lineage.get("temperature", 1.0)
    return (
        f"Expected calibration error {proof.calibration:.3f}, with the temperature {temperature:.2f} that "
        f"retest asked for; {proof.uncalibrated:.3f} without."
    )


def _transfer(proof: Proof) -> str:
    """The two facts that are easily taken for one: against no pretraining, and against no network at all."""
    lines = []
    for name, verdicts in _VERDICTS.items():
        gain = proof.gain_over(name)
        found = _standing(proof, name)
        if gain is not None and found is not None:
            figures = f"{gain.mean:+.4f}, {gain.interval.low:+.4f} to {gain.interval.high:+.4f}"
            lines.append(f"- {verdicts[found]} (gain {figures}).")
    return "## Did transfer pay?\n\n" + "\n".join(lines) if lines else ""


def _standing(proof: Proof, name: str) -> str | None:
    """``better``, ``worse`` or ``tie`` of the challenger beside a baseline; None where that was not read."""
    gain = proof.gain_over(name)
    if gain is None:
        return None
    if gain.interval.low > 0:
        return "better"
    return "worse" if gain.interval.high < 0 else "tie"


def _level(proof: Proof) -> str:
    """What was paid for reading these samples before, and what that leaves provable."""
    paid = (
        "None of them was read before"
        if proof.reading == 1
        else f"Some of them were read {proof.reading - 1} times before"
    )
    against = proof.gain_over("champion") or proof.gain_over("majority")
    least = ""
    if against is not None:
        least = f" Over {against.over} it can prove gains from about {against.provable:.3f} on."
    return f"{paid}, so each comparison is made at level {proof.alpha:.2g}.{least}"


def _test_row(account: Account, proof: Proof, name: str) -> tuple[str, ...]:
    gain = proof.gain_over(name)
    detail = account.details.get(name)
    return (
        _name(name, proof) + (f" ({detail})" if detail else ""),
        f"{proof.values[name]:.4f}",
        _interval(proof.intervals.get(name)),
        "" if gain is None else f"{gain.mean:+.4f}",
        "" if gain is None else _interval(gain.interval, sign=True),
    )


def _leaderboard(account: Account) -> str:
    ranked = _ranked(account)
    won = account.decided.lineage.get("trial")
    rows = [
        (
            str(place),
            f"**{trial.number}**" if trial.number == won else str(trial.number),
            trial.configuration.candidate,
            _frozen(account, trial),
            f"{trial.configuration.learning_rate:.2g}",
            f"{trial.configuration.head_learning_rate:.2g}",
            str(trial.epoch),
            f"{trial.reports[-1].value:.4f}",
            f"{account.retest[trial.number]:.4f}" if trial.number in account.retest else "",
            trial.origin,
        )
        for place, trial in enumerate(ranked[:_ROWS], start=1)
    ]
    header = ("", "trial", "candidate", "frozen", "learning rate", "of the head", "epochs", "validation")
    more = f"\n\n{len(ranked) - _ROWS} more trials in `report.json`." if len(ranked) > _ROWS else ""
    why = "Retest, on samples of its own, chose the challenger (bold) among the finalists."
    return f"## Leaderboard\n\n{_table((*header, 'retest', 'origin'), rows)}\n\n{why}{more}"


def _search(account: Account) -> str:
    states = ", ".join(f"{count} {state}" for state, count in _states(account.trials).items())
    epochs = sum(trial.epoch for trial in account.trials)
    trained = sum(report.seconds for trial in account.trials for report in trial.reports)
    lines = [
        f"{len(account.trials)} trials ({states}), {epochs} epochs, {trained:.0f} s of training; "
        f"{account.seconds:.0f} s in all."
    ]
    rows = [
        (
            id,
            f"{f.parameters / 1e6:.2f} M",
            f"{f.multiply_adds / 1e6:.1f} M",
            str(len(f.stages)),
            f.licence or "",
        )
        for id, f in account.facts.items()
    ]
    header = ("candidate", "parameters", "multiply-adds a sample", "stages", "licence")
    lines += [_table(header, rows), *(f"- left out: {reason}" for reason in account.left_out)]
    failures = Counter(t.failure for t in account.trials if t.state is TrialState.FAILED and t.failure)
    lines += [f"- failed {count}×: {why}" for why, count in failures.most_common(3)]
    return "## Search\n\n" + "\n\n".join(lines)


def _data(data: DataReport | None) -> str:
    if data is None:
        return ""
    splits = ", ".join(f"{split} {count}" for split, count in data.splits.items())
    classes = ", ".join(f"{name} ({count})" for name, count in data.classes.items())
    lines = [
        f"Verdict **{data.verdict}**: {data.samples} samples ({splits}), {data.unreadable} unreadable.",
        f"{len(data.classes)} classes: {classes}.",
        *(f"- {note}" for note in data.notes),
        *(f"- `{rejected.path}`: {rejected.reason}" for rejected in data.rejected[:10]),
    ]
    return "## Data\n\n" + "\n\n".join(lines)


def _loading(account: Account) -> str:
    return f"## Loading it\n\n```python\n{account.loading.strip()}\n```" if account.loading else ""


def _ranked(account: Account) -> tuple[Trial, ...]:
    return finalists(account.trials, len(account.trials))


def _states(trials: Sequence[Trial]) -> dict[str, int]:
    return dict(Counter(str(trial.state) for trial in trials).most_common())


def _frozen(account: Account, trial: Trial) -> str:
    facts = account.facts.get(trial.configuration.candidate)
    stages = "" if facts is None else f" of {len(facts.stages)}"
    return f"{trial.configuration.freeze_depth}{stages}"


def _name(name: str, proof: Proof) -> str:
    if name == "champion" and proof.champion_version is not None:
        return f"champion, version {proof.champion_version}"
    return _NAMES.get(name, name)


def _metric(metric: str) -> str:
    return "log_loss, negated" if metric == "log_loss" else metric


def _interval(interval: Interval | None, *, sign: bool = False) -> str:
    if interval is None:
        return ""
    figures = "+.4f" if sign else ".4f"
    return f"{interval.low:{figures}} to {interval.high:{figures}}"


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + ("" if text.endswith(".") else ".")


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)
