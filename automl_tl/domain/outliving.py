"""Which versions of a name are beyond what is kept: a rule on its decisions and its moves."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from automl_tl.domain.promotion import Decided, ModelLine, Promotion, succession


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionPolicy:
    """How many versions of a name are kept beside those that are in use.

    ``challengers``: the newest of those that were never champion; ``champions``: the newest of those that
    once were, None: all of them.
    """

    challengers: int
    champions: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlived:
    """A version that may go, and why."""

    decided: Decided
    why: str


def outlived(
    line: ModelLine,
    versions: Sequence[Decided],
    promotions: Sequence[Promotion],
    *,
    aliases: Mapping[int, Sequence[str]],
    policy: VersionPolicy,
) -> tuple[Outlived, ...]:
    """The versions beyond the policy; versions and promotions come newest first.

    Never among them: champion, the one before, the newest (the challenger), what an alias names
    (``aliases`` by version), and any version of a name that is held.
    """
    if line.held is not None:
        return ()
    standing = [d for d in versions if d.version is not None and d.gone is None]
    stands = succession(promotions, versions=versions)
    used = {decided.id for decided in standing[:1]} | {stands.champion, stands.previous}
    used |= {d.id for d in standing if d.version is not None and aliases.get(d.version)}
    crowned = {promotion.decision for promotion in promotions}
    free = [decided for decided in standing if decided.id not in used]
    challengers = [decided for decided in free if decided.id not in crowned]
    champions = [decided for decided in free if decided.id in crowned]
    gone = [
        Outlived(decided=d, why=f"beyond the {policy.challengers} challengers kept")
        for d in challengers[policy.challengers :]
    ]
    if policy.champions is not None:
        gone += [
            Outlived(decided=d, why=f"beyond the {policy.champions} former champions kept")
            for d in champions[policy.champions :]
        ]
    return tuple(gone)
