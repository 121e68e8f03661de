"""When an earlier job's answer will do for another, once their data are seen to be the same."""

from dataclasses import replace

from automl_tl.domain.budget import Budget
from automl_tl.domain.job import JobRequest


def answers(earlier: JobRequest, request: JobRequest) -> bool:
    """Whether both asked the same, and the earlier might spend at least as much.

    Where their data lie, where their work runs, and how urgent they are makes no difference. The space has to
    stand in the same folder: its relative paths begin there.
    """
    alike = replace(
        earlier,
        dataset=request.dataset,
        budget=request.budget,
        priority=request.priority,
        executor=request.executor,
        reuse=request.reuse,
    )
    return alike == request and _covers(earlier.budget, request.budget)


def _covers(earlier: Budget, asked: Budget) -> bool:
    pairs = ((earlier.seconds, asked.seconds), (earlier.trials, asked.trials), (earlier.epochs, asked.epochs))
    return all(had is None or (wanted is not None and had >= wanted) for had, wanted in pairs)
