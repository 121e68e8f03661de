"""The card's sentences on the proof, the same in every rendering."""

from automl_tl.card.figures import between, count, figure, sentence, signed
from automl_tl.card.values import Card
from automl_tl.card.words import who
from automl_tl.domain.gate import Common, Proof

_VERDICTS = {
    "scratch": {
        "better": ("Pretraining helped", "the same architecture from scratch is provenly worse"),
        "tie": ("Transfer is not proven", "the same architecture from scratch ties"),
        "worse": ("Negative transfer", "the same architecture from scratch is provenly better"),
    },
    "cheap": {
        "better": ("The network pays", "the strongest cheap classifier is provenly worse"),
        "tie": ("A benefit is not proven", "the strongest cheap classifier ties"),
        "worse": ("No benefit", "the strongest cheap classifier is provenly better"),
    },
}


def contenders(proof: Proof) -> list[str]:
    """This model first, then the others, best first."""
    return sorted(proof.values, key=lambda name: (name != "challenger", -proof.values[name]))


def transfer(proof: Proof) -> list[tuple[str, str]]:
    """The two facts that are easily taken for one: what each is called, and what was found."""
    found = []
    for name, verdicts in _VERDICTS.items():
        gain, stands = proof.gain_over(name), standing(proof, name)
        if gain is not None and stands is not None:
            called, said = verdicts[stands]
            found.append((called, f"{said} (gain {signed(gain.mean)}, {between(gain.interval, sign=True)})."))
    if proof.gain_over("scratch") is None:
        found.append(("Transfer was not measured", "the same architecture from scratch was not trained."))
    return found


def standing(proof: Proof, name: str) -> str | None:
    """``better``, ``worse`` or ``tie`` of this model beside a baseline; None where that was not read."""
    gain = proof.gain_over(name)
    if gain is None:
        return None
    if gain.interval.low > 0:
        return "better"
    return "worse" if gain.interval.high < 0 else "tie"


def provable(proof: Proof) -> str:
    """What was paid for reading these samples before, and what that leaves provable."""
    read = (
        f"{count(proof.samples, 'sample')} that the search never saw, "
        f"opening {proof.opening} of this name's test. "
    )
    paid = (
        "None of them was read before"
        if proof.reading == 1
        else f"Some of them were read {count(proof.reading - 1, 'time')} before"
    )
    against = proof.gain_over("champion") or proof.gain_over("majority")
    least = ""
    if against is not None:
        other = (
            who(against.over, proof).replace("majority", "the majority").replace("champion", "the champion")
        )
        least = f" Over {other} it can prove gains from about {against.provable:.3f} on."
    return f"{read}{paid}, so each comparison is made at level {proof.alpha:.2g}.{least}"


def asides(card: Card) -> list[str]:
    """What else has to be known of the proof: groups, other classes, flaws, and how it does on train."""
    proof = card.proof
    told = []
    if proof.groups is not None:
        groups = count(proof.groups, "group")
        told.append(f"The samples came in {groups}, and each group counts as one in the intervals.")
    if proof.common is not None:
        told.append(_common(proof.common))
    told += [f"{sentence(who(name, proof))[:-1]} {flaw}." for name, flaw in proof.flaws.items()]
    return [*told, _way(card)]


def _common(common: Common) -> str:
    """What champion and challenger were compared on."""
    known = [("learnt anew", common.new), ("gone from the data", common.lost)]
    changed = "; ".join(f"{what}: {', '.join(names)}" for what, names in known if names)
    classes = count(common.classes, "class", "classes")
    return (
        f"The champion knows other classes ({changed}), and was compared on the "
        f"{count(common.samples, 'sample')} of the {classes} that both know."
    )


def _way(card: Card) -> str:
    """The same model's values from the samples that taught it to those it never saw."""
    found = card.proof.figures
    values = {
        "train": found.train,
        "validation": card.validation if found.validation is None else found.validation,
        "retest": card.retest,
        "the sealed test": card.proof.values["challenger"],
    }
    told = ", ".join(f"{figure(value)} on {split}" for split, value in values.items() if value is not None)
    return f"This model's way: {told}."


def lost(proof: Proof) -> dict[str, str]:
    """By class, this model's recall beside the champion's; empty where none was compared."""
    return {part.name: signed(-part.loss) for part in proof.figures.classes if part.loss is not None}


def slices(proof: Proof) -> list[tuple[str, str, str, str]]:
    """Each slice, worst first: name, samples, the metric there, and the gain there over the champion."""
    return [
        (part.name, f"{part.samples:,}", figure(part.value), "" if part.loss is None else signed(-part.loss))
        for part in sorted(proof.figures.slices, key=lambda part: part.value)
    ]


def level(proof: Proof) -> str:
    """The intervals' level as people write it: ``95 %``."""
    return f"{100 * (1 - proof.alpha):.3g} %"


def calibration(card: Card) -> str:
    """How far the probabilities are from how often they are right; empty where it was not measured."""
    proof = card.proof
    if proof.calibration is None or proof.uncalibrated is None:
        return ""
    return (
        f"Expected calibration error {proof.calibration:.3f}, with the temperature {card.temperature:.2f} "
        f"that retest asked for; {proof.uncalibrated:.3f} without."
    )
