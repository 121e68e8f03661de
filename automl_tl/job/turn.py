"""Jobs of one name prove in turn, so that each is judged by the champion it would replace."""

import logging

from automl_tl.job.desk import POLL_SECONDS, Desk

_log = logging.getLogger(__name__)


def await_turn(desk: Desk) -> None:
    """Wait until no other running job proves for this job's name; wishes are obeyed meanwhile.

    The turn lasts until this job has decided, or its run has ended. Raises LeaseLost, and what
    ``Desk.obey`` raises.
    """
    waited_for = None
    while True:
        other = desk.store.take_turn(desk.lease, tenant=desk.job.tenant, name=desk.job.request.name)
        if other is None:
            return
        if other != waited_for:
            _log.info("waits for the proof of another job", extra={"job": desk.job.id, "other": other})
        waited_for = other
        desk.obey()
        desk.stop.wait(POLL_SECONDS)
