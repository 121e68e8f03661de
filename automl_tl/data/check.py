"""The check before money is spent: copies across splits, the same sample under two labels."""

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from automl_tl.data.classes import class_notes, class_refusal
from automl_tl.data.survey import Found, Survey
from automl_tl.domain.dataset import Leaks, OnLeak, Rejected, Split

MOST_LEAKED_TEST = 0.2
"""Share of the test with copies in training beyond which the splits say nothing, and the set is refused."""

MOST_CONFLICTING_TEST = 0.05
"""Share of the test (of all samples where no test is given) that conflicting labels may cost."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What is left of a survey, and what was found; ``refusal`` is the sentence that refuses it, or None.

    ``left_out`` holds readable samples that went out, with reasons; ``label_conflicts`` counts distinct
    samples that stand under more than one label.
    """

    samples: tuple[Found, ...]
    leaks: Leaks
    label_conflicts: int
    left_out: tuple[Rejected, ...]
    notes: tuple[str, ...]
    refusal: str | None


def check(survey: Survey, *, on_leak: OnLeak, unreadable_share: float) -> Checked:
    """Find copies and contradictions, and repair what ``on_leak`` lets be repaired.

    Copies and near copies in training of a test sample (or of a given validation sample) leave training; a
    sample under two labels leaves every split, near copies under two labels are only told. With ``resplit``,
    a leak makes all given splits void; with ``ignore`` all is counted and stays.
    """
    samples = survey.samples
    exact = _leaked(samples, key=_sha256)
    near = _leaked(samples, key=_near) - exact
    leaks = Leaks(exact=len(exact), near=len(near), groups=len(_leaked(samples, key=_group)))
    conflicts = _conflicts(samples)
    refusal = (
        _unreadable_refusal(survey, limit=unreadable_share)
        or _leak_refusal(samples, leaks=leaks, on_leak=on_leak)
        or _conflict_refusal(samples, conflicts=conflicts, on_leak=on_leak)
    )
    kept, left_out, notes = samples, list[Rejected](), list(survey.notes)
    if on_leak is OnLeak.IGNORE and (leaks != Leaks() or conflicts):
        notes.append("leaks and conflicting labels were left as they are, as was wished")
    if on_leak is not OnLeak.IGNORE:
        kept = _without_conflicts(kept, conflicts=conflicts, left_out=left_out)
    if on_leak is OnLeak.RESPLIT and leaks != Leaks():
        kept = tuple(replace(sample, given=None) for sample in kept)
        notes.append("training and test shared samples: the given splits were made anew")
    elif on_leak is not OnLeak.IGNORE:
        for key, what in _TIES:
            kept = _without_leaks(kept, held=Split.TEST, key=key, what=what, left_out=left_out)
            kept = _without_leaks(kept, held=Split.VALIDATION, key=key, what=what, left_out=left_out)
    return Checked(
        samples=kept,
        leaks=leaks,
        label_conflicts=len(conflicts),
        left_out=tuple(left_out),
        notes=(*notes, *_copy_notes(kept), *_unsure_notes(kept), *class_notes(kept)),
        refusal=refusal or class_refusal(kept),
    )


def _sha256(sample: Found) -> str | None:
    return sample.sha256


def _group(sample: Found) -> str | None:
    return sample.group


def _near(sample: Found) -> str | None:
    return sample.near


_TIES = ((_sha256, "is a copy of"), (_near, "is nearly a copy of"), (_group, "is of one group with"))


def _given(sample: Found) -> Split:
    return sample.given or Split.TRAIN


def _keys(samples: Sequence[Found], *, split: Split, key: Callable[[Found], str | None]) -> dict[str, Found]:
    """The first sample of a given split by key."""
    found: dict[str, Found] = {}
    for sample in samples:
        if _given(sample) is split and (value := key(sample)) is not None:
            found.setdefault(value, sample)
    return found


def _leaked(samples: Sequence[Found], *, key: Callable[[Found], str | None]) -> set[str]:
    """Paths of the test samples that share a key with others."""
    tested = [s for s in samples if s.given is Split.TEST and key(s) is not None]
    if not tested:
        return set()
    training = {key(s) for s in samples if s.given is not Split.TEST}
    return {s.path for s in tested if key(s) in training}


def _conflicts(samples: Sequence[Found]) -> dict[str, tuple[str, ...]]:
    """Labels by sha256, of samples that stand under more than one."""
    firsts: dict[str, str] = {}
    clashing: defaultdict[str, set[str]] = defaultdict(set)
    for sample in samples:
        first = firsts.setdefault(sample.sha256, sample.label)
        if first != sample.label:
            clashing[sample.sha256] |= {first, sample.label}
    return {sha256: tuple(sorted(found)) for sha256, found in clashing.items()}


def _without_conflicts(
    samples: tuple[Found, ...], *, conflicts: dict[str, tuple[str, ...]], left_out: list[Rejected]
) -> tuple[Found, ...]:
    if not conflicts:
        return samples
    for sample in samples:
        if sample.sha256 in conflicts:
            labels = ", ".join(f'"{label}"' for label in conflicts[sample.sha256])
            left_out.append(Rejected(path=sample.path, reason=f"stands under {labels}: which is right?"))
    return tuple(sample for sample in samples if sample.sha256 not in conflicts)


def _without_leaks(
    samples: tuple[Found, ...],
    *,
    held: Split,
    key: Callable[[Found], str | None],
    what: str,
    left_out: list[Rejected],
) -> tuple[Found, ...]:
    """Without the training samples (seen from ``held``) that share a key with a held-out one."""
    held_out = _keys(samples, split=held, key=key)
    if not held_out:
        return samples
    trained = {Split.TRAIN, Split.VALIDATION} - {held}
    kept: list[Found] = []
    for sample in samples:
        value = key(sample)
        if _given(sample) in trained and value is not None and value in held_out:
            reason = f"{what} {held_out[value].path}, which stands in {held.value}"
            left_out.append(Rejected(path=sample.path, reason=reason))
        else:
            kept.append(sample)
    return tuple(kept)


def _unreadable_refusal(survey: Survey, *, limit: float) -> str | None:
    count = len(survey.unreadable)
    total = len(survey.samples) + count
    if count <= limit * total:
        return None
    first = survey.unreadable[0]
    return (
        f"{count:,} of {total:,} samples could not be read, more than the {limit:.0%} allowed; "
        f"the first: {first.path} {first.reason}"
    )


def _leak_refusal(samples: Sequence[Found], *, leaks: Leaks, on_leak: OnLeak) -> str | None:
    tested = sum(1 for sample in samples if sample.given is Split.TEST)
    copied = leaks.exact + leaks.near
    which = f" ({leaks.near:,} of them near copies)" if leaks.near else ""
    found = f"{copied:,} of {tested:,} test samples have copies in training{which}"
    if on_leak is OnLeak.REFUSE and leaks != Leaks():
        return f"{found} and {leaks.groups:,} share a group with it, but leaks were to be refused"
    if on_leak is OnLeak.DROP_TRAIN and copied > MOST_LEAKED_TEST * tested:
        return f"{found}, more than the {MOST_LEAKED_TEST:.0%} allowed"
    return None


def _conflict_refusal(
    samples: Sequence[Found], *, conflicts: dict[str, tuple[str, ...]], on_leak: OnLeak
) -> str | None:
    tested = [s for s in samples if s.given is Split.TEST]
    judged = tested or samples
    lost = sum(1 for sample in judged if sample.sha256 in conflicts)
    if on_leak is OnLeak.IGNORE or lost <= MOST_CONFLICTING_TEST * len(judged):
        return None
    return (
        f"{lost:,} of {len(judged):,} {'test ' if tested else ''}samples stand under more than one label, "
        f"more than the {MOST_CONFLICTING_TEST:.0%} allowed"
    )


def _copy_notes(samples: Sequence[Found]) -> tuple[str, ...]:
    copies = sum(count - 1 for count in Counter(sample.sha256 for sample in samples).values())
    if not copies:
        return ()
    who = "1 sample is an exact copy" if copies == 1 else f"{copies:,} samples are exact copies"
    return (f"{who} of another; copies share a split",)


def _unsure_notes(samples: Sequence[Found]) -> tuple[str, ...]:
    """Near copies under several labels: one of them may be wrong, or the classes differ in little."""
    families: defaultdict[str, list[Found]] = defaultdict(list)
    for sample in samples:
        if sample.near is not None:
            families[sample.near].append(sample)
    unsure = [family for family in families.values() if len({sample.label for sample in family}) > 1]
    if not unsure:
        return ()
    first = unsure[0][0]
    other = next(sample for sample in unsure[0] if sample.label != first.label)
    times = "once" if len(unsure) == 1 else f"{len(unsure):,} times"
    return (
        f"near copies stand under different labels {times} (as {first.path} and {other.path} do): "
        "are both right?",
    )
