"""The rule that promotes a challenger, keeps the champion or refuses, and says why."""

from automl_tl.domain.floors import broken
from automl_tl.domain.gate import BASELINES, Common, Decision, Gain, GatePolicy, Outcome, Policy, Proof

_WORDS = {
    "majority": "majority",
    "cheap": "the cheap classifier",
    "scratch": "the same network from scratch",
}
_SHOWN = 5  # class names in a sentence


def decide(proof: Proof, policy: GatePolicy) -> Decision:
    """Promote what is proven better, keep the champion where that is not proven, refuse what breaks a floor.

    The floors: the challenger's predictions are numbers, no baseline is provably better, the baseline
    ``must_beat`` is beaten provenly, and what the policy's ``floors`` ask for. Without a champion nothing
    else is asked; with one, the whole interval of the paired gain over it has to lie above ``min_gain``, or
    with ``not-worse`` above ``-margin`` (non-inferiority). With ``manual`` the floors are all that is
    judged, and the rest waits for a person; so it does where a champion could not be compared.
    """
    facts = _facts(proof)
    why = _refusal(proof, policy)
    if why is not None:
        return _decided(Outcome.REFUSE, f"refused, for {why}", facts)
    champion = proof.gain_over("champion")
    if champion is None and _has_champion(proof):
        why = "no floor is broken, but the champion could not be compared, so a person decides"
        return _decided(Outcome.PENDING, why, facts)
    if policy.policy is Policy.MANUAL:
        return _decided(Outcome.PENDING, "no floor is broken, and a person decides", facts)
    if champion is None:
        return _decided(Outcome.PROMOTE, "there was no champion", facts)
    wanted, least = _wanted(policy, _champion(proof))
    if champion.interval.low > least:
        return _decided(Outcome.PROMOTE, f"proven {wanted}", facts)
    why = f"not proven {wanted}, which stays; a gain of about {least + champion.provable:.3f} would have been"
    return _decided(Outcome.KEEP, f"{why}{_too_few(proof)}", facts)


def _refusal(proof: Proof, policy: GatePolicy) -> str | None:
    """The first floor that is broken, None where all hold."""
    if "challenger" in proof.flaws:
        return f"the challenger {proof.flaws['challenger']}"
    for name in BASELINES:
        gain = proof.gain_over(name)
        if gain is not None and gain.interval.high < 0:
            return f"{_WORDS[name]} is provenly better"
    floor = proof.gain_over(policy.must_beat)
    if floor is None:
        return f"{_WORDS[policy.must_beat]}, which has to be beaten, was not read"
    if floor.interval.low <= 0:
        return f"it is not proven better than {_WORDS[policy.must_beat]}{_too_few(proof)}"
    found = broken(
        policy.floors, proof.figures, test=proof.values["challenger"], calibration=proof.calibration
    )
    more = f" (and {len(found) - 1} more floors are broken)" if len(found) > 1 else ""
    return f"{found[0]}{more}" if found else None


def _has_champion(proof: Proof) -> bool:
    return proof.champion_version is not None or proof.common is not None or "champion" in proof.flaws


def _too_few(proof: Proof) -> str:
    """Said where so few groups could not have proven anything, were they all on one side."""
    if proof.groups is None or 2.0 ** (1 - proof.groups) <= proof.alpha:
        return ""
    return f" ({proof.groups} groups are too few to prove anything at level {proof.alpha:.2g})"


def held_back(decision: Decision, why: str) -> Decision:
    """What becomes of a decision while a person holds the name: nothing is promoted."""
    if decision.outcome is not Outcome.PROMOTE:
        return decision
    return Decision(outcome=Outcome.KEEP, reason=f"{decision.reason}; kept out, for the name is held ({why})")


def _wanted(policy: GatePolicy, champion: str) -> tuple[str, float]:
    """What has to be proven, in words, and the gain that the whole interval has to exceed."""
    if policy.policy is Policy.NOT_WORSE:
        return f"to lose less than {policy.margin:g} to {champion}", -policy.margin
    more = f" by more than {policy.min_gain:g}" if policy.min_gain else ""
    return f"better than {champion}{more}", policy.min_gain


def _decided(outcome: Outcome, why: str, facts: str) -> Decision:
    return Decision(outcome=outcome, reason=f"{facts}; {why}")


def _facts(proof: Proof) -> str:
    """``accuracy 0.986 on 360 sealed samples beats majority 0.100 (gain +0.886, 95 % interval …); …``."""
    others = [name for name in ("champion", *BASELINES) if proof.gain_over(name) is not None]
    told = [_comparison(proof, name, is_first=name == others[0]) for name in others]
    told += [f"{_word(proof, name)} {flaw}" for name, flaw in proof.flaws.items() if name != "challenger"]
    if proof.common is not None and "champion" not in others:
        told.append(f"{_champion(proof)} cannot be compared{_common(proof.common)}")
    metric = "negated log_loss" if proof.metric == "log_loss" else proof.metric
    came = "" if proof.groups is None else f" of {proof.groups} groups"
    value = f"{metric} {proof.values['challenger']:.3f} on {proof.samples} sealed samples{came}"
    return f"{value}{_read_again(proof)} {'; '.join(told)}".rstrip()


def _read_again(proof: Proof) -> str:
    if proof.reading == 1:
        return ""
    return f" (reading {proof.reading} of them, so at level {proof.alpha:.2g})"


def _comparison(proof: Proof, other: str, *, is_first: bool) -> str:
    gain = proof.gain_over(other)
    assert gain is not None
    value = f" {proof.values[other]:.3f}" if other in proof.values else ""
    level = f"{100 * (1 - proof.alpha):.3g} % interval " if is_first else ""
    interval = f"{level}{gain.interval.low:+.3f} to {gain.interval.high:+.3f}"
    common = _common(proof.common) if other == "champion" else ""
    return f"{_relation(gain)} {_word(proof, other)}{value}{common} (gain {gain.mean:+.3f}, {interval})"


def _common(common: Common | None) -> str:
    """`` on the 120 samples of the 4 classes that both know (the challenger 0.981; new classes: a, b)``."""
    if common is None:
        return ""
    known = [("new classes", common.new), ("lost classes", common.lost)]
    told = [f"{what}: {_listed(names)}" for what, names in known if names]
    challenger = [] if common.challenger is None else [f"the challenger {common.challenger:.3f}"]
    which = "class" if common.classes == 1 else "classes"
    both = f"on the {common.samples} samples of the {common.classes} {which} that both know"
    return f" {both} ({'; '.join([*challenger, *told])})"


def _listed(names: tuple[str, ...]) -> str:
    shown = ", ".join(names[:_SHOWN])
    return shown if len(names) <= _SHOWN else f"{shown} and {len(names) - _SHOWN} more"


def _relation(gain: Gain) -> str:
    if gain.interval.low > 0:
        return "beats"
    return "loses to" if gain.interval.high < 0 else "ties with"


def _word(proof: Proof, name: str) -> str:
    return _champion(proof) if name == "champion" else _WORDS[name]


def _champion(proof: Proof) -> str:
    return "the champion" if proof.champion_version is None else f"champion version {proof.champion_version}"
