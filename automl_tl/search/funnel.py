"""The strategy ``funnel``: probes, default recipes, then Optuna; halving and gain a second decide."""

from automl_tl.domain.rungs import DEFAULT, finalists, next_rung
from automl_tl.domain.trial import Trial, TrialState
from automl_tl.search import proposal
from automl_tl.search.base import Context, Finish, Propose, Run, Step, Wait
from automl_tl.search.outlook import Outlook, outlook
from automl_tl.search.proposal import Sampler
from automl_tl.search.rates import Rates

_LAST_CLIMB_SHARE = 1 / 3  # of the search's time or epochs: what the incumbent's last climb may cost
_SPARED_SHARE = 0.15  # of the search's seconds: what one slow starter's next rung may cost
_LOOKING_SHARE = 0.25  # of the search's seconds: what probing every candidate first may cost
_MARGIN = 1.1


class Funnel:
    """Begins wide and cheap, ends narrow and long; a pure function of the context.

    First comes what must: the incumbent's last climb when little is left, then a trial whose rung was cut
    short. Then every candidate is looked at, by its linear probe, as far as that is cheap: a second of
    training a weak one may promise more than a look at what nothing is known of, yet the look decides where
    all the other seconds go. Else what promises the greatest improvement a second among the opening trials,
    those that halving lets advance, and slow starters; where there is none, a sampled trial; and when nothing
    new may begin, the best of those that wait.
    """

    def __init__(self, *, sampler: Sampler = Sampler.TPE) -> None:
        self._sampler = sampler

    def step(self, context: Context) -> Step:
        """What to do with a free slot."""
        if not context.facts:
            return Finish(reason="no candidate is left to search")
        view = outlook(context)
        if view.is_perfect:
            return Finish(reason="three trials make no mistake on validation: none can be better there")
        started = _last_climb(view) or _cut_short(view) or _look(view) or _most_promising(view)
        if started is not None:
            return started
        if (climb := _final_climb(view)) is not None:
            return climb
        if any(trial.state is TrialState.RUNNING for trial in context.trials):
            return Wait()
        return Finish(reason=_reason(view))

    def seconds_left(self, context: Context) -> float | None:
        """The budget less what was spent and what is kept for the proof."""
        return None if context.budget.seconds is None else outlook(context).seconds

    def propose(self, context: Context) -> Trial:
        """A look, as long as there is one; then the opening trial that promises most; then a sampled one."""
        view = outlook(context)
        opening = _next_look(view) or _opening(view, Rates(view))
        if opening is not None:
            return opening
        return proposal.propose(context, allowed=view.affordable() or None, sampler=self._sampler)


def _last_climb(view: Outlook) -> Run | None:
    """The incumbent goes on while there is just time enough for it to reach its last affordable rung."""
    if view.seconds is None and view.epochs is None:
        return None
    best = view.best
    if best is None or best.state is not TrialState.WAITING:
        return None
    for rung in reversed([rung for rung in view.ladder if rung > best.epoch]):
        if view.fits(best, until_epoch=rung) and _is_worth_waiting_for(view, best, rung=rung):
            return _run(view, best) if _is_now_or_never(view, best, rung=rung) else None
    return None


def _is_worth_waiting_for(view: Outlook, best: Trial, *, rung: int) -> bool:
    if view.search_seconds is not None:
        seconds = view.seconds_for(best, until_epoch=rung) or 0.0
        if seconds > _LAST_CLIMB_SHARE * view.search_seconds:
            return False
    epochs = view.context.budget.epochs
    return epochs is None or rung - best.epoch <= _LAST_CLIMB_SHARE * epochs


def _is_now_or_never(view: Outlook, best: Trial, *, rung: int) -> bool:
    if view.epochs is not None and view.epochs - view.ladder[0] < rung - best.epoch:
        return True
    if view.seconds is None:
        return False
    seconds = view.seconds_for(best, until_epoch=rung) or 0.0
    reports = [report for trial in view.context.trials for report in trial.reports]
    usual = sum(report.seconds for report in reports) / len(reports)
    return view.seconds - usual < _MARGIN * seconds


def _cut_short(view: Outlook) -> Run | None:
    for trial in view.standings.cut_short:
        if view.fits(trial, until_epoch=trial.until_epoch):
            return Run(number=trial.number, until_epoch=trial.until_epoch)
    return None


def _look(view: Outlook) -> Step | None:
    """The next candidate's linear probe, as long as probes of all are cheap."""
    for trial in view.standings.unbegun:
        if view.fits_anew(trial) and view.is_probe(trial):
            return _run(view, trial)
    return Propose() if _next_look(view) is not None else None


def _next_look(view: Outlook) -> Trial | None:
    """The first of the probes that are not proposed yet and fit what looking may cost, all slots together.

    Only a time budget knows what is cheap; where trials are counted, none is spent on a look.
    """
    if view.search_seconds is None or view.context.budget.trials is not None:
        return None
    known = (t for t in view.standings.openings if t.configuration.candidate in view.context.facts)
    spent = sum(_seconds(view, trial) for trial in known if view.is_probe(trial))
    most = _LOOKING_SHARE * view.search_seconds * view.context.slots
    probes = (trial for trial in view.openings() if view.is_probe(trial))
    return next((trial for trial in probes if spent + _seconds(view, trial) <= most), None)


def _seconds(view: Outlook, probe: Trial) -> float:
    """What a probe took, or will."""
    if probe.reports:
        return sum(report.seconds for report in probe.reports)
    return view.seconds_for(probe, until_epoch=view.ladder[0]) or 0.0


def _most_promising(view: Outlook) -> Step | None:
    """Of what has a right to be next, the step of the greatest expected improvement a second."""
    rates = Rates(view)
    steps: list[tuple[float, Step]] = [(rates.of(trial), _run(view, trial)) for trial in _entitled(view)]
    unbegun = [trial for trial in view.standings.unbegun if view.fits_anew(trial)]
    steps += [(rates.of(trial), _run(view, trial)) for trial in unbegun]
    if not unbegun and view.trials > 0 and not view.is_settled:
        if (opening := _opening(view, rates)) is not None:
            steps.append((rates.of(opening), Propose()))
        elif not steps and view.affordable():
            return Propose()
    return max(steps, key=lambda step: step[0])[1] if steps else None


def _entitled(view: Outlook) -> list[Trial]:
    """Trials that halving lets advance, and the slow starters that are spared where that is cheap."""
    advancing = [trial for trial in view.standings.advancing() if _fits_next(view, trial)]
    spared = [t for t in view.standings.spared() if _fits_next(view, t) and _is_cheap(view, t)]
    return [*advancing, *(trial for trial in spared if trial not in advancing)]


def _opening(view: Outlook, rates: Rates) -> Trial | None:
    """The opening trial that promises most, the first of equals.

    Where no more trials may begin than there are recipes left, none is spent on a probe: a search in which
    a candidate's default was never tried can be worse than no search.
    """
    openings = view.openings()
    recipes = tuple(trial for trial in openings if trial.origin == DEFAULT)
    return max(recipes if view.trials <= len(recipes) else openings, key=rates.of, default=None)


def _is_cheap(view: Outlook, trial: Trial) -> bool:
    if view.search_seconds is None:
        return True
    seconds = view.seconds_for(trial, until_epoch=next_rung(trial, view.ladder) or trial.epoch)
    return (seconds or 0.0) <= _SPARED_SHARE * view.search_seconds


def _final_climb(view: Outlook) -> Run | None:
    """Nothing new may begin: as many of the best as there are slots go on to their last affordable rung."""
    for trial in finalists(view.context.trials, view.context.slots):
        if trial.state is TrialState.WAITING and _fits_next(view, trial):
            return _run(view, trial)
    return None


def _fits_next(view: Outlook, trial: Trial) -> bool:
    rung = next_rung(trial, view.ladder)
    return rung is not None and view.fits(trial, until_epoch=rung)


def _run(view: Outlook, trial: Trial) -> Run:
    rung = next_rung(trial, view.ladder)
    assert rung is not None
    return Run(number=trial.number, until_epoch=rung)


def _reason(view: Outlook) -> str:
    budget = view.context.budget
    if view.is_settled:
        return f"{view.trials_in_vain} trials in a row were no better than the best"
    if view.epochs is not None and view.epochs < view.ladder[0]:
        return f"the budget of {budget.epochs} epochs is spent"
    if view.trials <= 0:
        return f"all {len(view.context.trials)} trials were run"
    if view.seconds is not None:
        return f"what is left of {budget.seconds:.0f} s is kept for the proof"
    return f"the {view.epochs} epochs that are left are too few for another rung"
