"""The card's sentences, the same in every rendering."""

from automl_tl.card.figures import amount, count, figure, span
from automl_tl.card.values import CandidateLine, Card, Entry, Mistakes
from automl_tl.domain.gate import Outcome, Proof

OUTCOMES = {
    Outcome.PROMOTE: "promoted",
    Outcome.KEEP: "the champion stays",
    Outcome.REFUSE: "refused",
    Outcome.PENDING: "waits for a person",
}
SPLITS = {
    "train": "fitting the weights",
    "validation": "early stopping, and comparing trials",
    "retest": "choosing the challenger, with validation; its temperature; the mistakes shown here",
    "test": "the gate alone: sealed until the proof, read once for all contenders together",
}
_WHO = {
    "challenger": "this model",
    "majority": "majority class",
    "cheap": "cheap classifier",
    "scratch": "same network from scratch",
}
SEALED = (
    "Counted on the sealed test: counts give no single sample away, so it stays sealed. "
    "Intervals of shares are at 95 %."
)
UNREGISTERED = "It is not in the registry, for the gate refused it."
CHOSEN = (
    "Validation and retest together chose the challenger (bold): the best finalist, or one with fewer "
    "multiply-adds that is at most half a point worse and that retest cannot tell from it."
)


def title(card: Card) -> str:
    """``digits: promoted, version 3``."""
    version = "" if card.version is None else f", version {card.version}"
    return f"{card.name}: {OUTCOMES[card.outcome]}{version}"


def who(name: str, proof: Proof) -> str:
    """A contender in words."""
    if name == "champion" and proof.champion_version is not None:
        return f"champion, version {proof.champion_version}"
    return _WHO.get(name, name)


def metric(card: Card) -> str:
    """The metric's name in words; more is better of each."""
    return "log loss, negated" if card.metric == "log_loss" else card.metric.replace("_", " ")


def frozen(depth: int, stages: int | None) -> str:
    """``2 of 4``."""
    return str(depth) if stages is None else f"{depth} of {stages}"


def tried(entry: Entry) -> tuple[str, ...]:
    """A trial's cells: frozen, learning rates, epochs, and its values on train, validation and retest."""
    configuration = entry.configuration
    return (
        frozen(configuration.freeze_depth, entry.stages),
        f"{configuration.learning_rate:.2g}",
        f"{configuration.head_learning_rate:.2g}",
        str(entry.epochs),
        figure(entry.train),
        figure(entry.validation),
        figure(entry.retest),
    )


def licence(line: CandidateLine) -> str:
    """The licence of a candidate's weights."""
    return line.licence or "not known"


def mistakes(found: Mistakes) -> str:
    """How many there are, and why these are shown."""
    if not found.wrong:
        return f"None of the {count(found.samples, 'sample')} of retest was called wrong."
    return (
        f"{count(found.wrong, 'sample')} of {found.samples:,} of retest were called wrong; "
        "the surest, at most three of a pair. They come from retest, which never taught a weight, and not "
        "from the sealed test, which nobody looks at one by one."
    )


def costs(card: Card) -> list[tuple[str, str]]:
    """What the job and what an answer costs, as (what, figure)."""
    cost = card.cost
    states = ", ".join(f"{number} {state}" for state, number in cost.trials.items())
    told = [
        ("the whole job", span(cost.seconds)),
        ("trials", f"{count(sum(cost.trials.values()), 'trial')} ({states}), {count(cost.epochs, 'epoch')}"),
        ("training", f"{span(cost.training_seconds)} of workers' time"),
        ("multiply-adds of training", amount(cost.training_multiply_adds)),
        ("multiply-adds of an answer", amount(card.candidate.multiply_adds)),
        ("time of an answer, alone", span(cost.latency_seconds)),
        ("time of an answer, in a batch", span(cost.sample_seconds)),
        ("on disk", "" if cost.size_bytes is None else f"{cost.size_bytes / 1e6:.1f} MB"),
    ]
    return [(what, said) for what, said in told if said]


def loading(card: Card) -> list[tuple[str, str, str]]:
    """Every way to the model as (what it needs, language, code)."""
    ways = [
        ("In Python, anywhere, with the model's own requirements:", "python", card.loading.python),
        ("With the daemon's Python client:", "python", card.loading.client),
        ("On the command line:", "console", card.loading.shell),
        ("Over HTTP:", "console", card.loading.http),
    ]
    return [way for way in ways if way[2].strip()]
