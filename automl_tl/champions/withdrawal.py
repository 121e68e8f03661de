"""A decision whose artifact is no longer the one that was scored: nothing of it is promoted."""

import logging

from automl_tl.domain.promotion import Decided, PromotionKind, succession
from automl_tl.store.base import Store

logger = logging.getLogger(__name__)


def withdraw(store: Store, decided: Decided, *, why: str) -> None:
    """Give the name back to the champion before, and let the decision go unregistered, with the reason.

    Repeated, it completes what was left undone. Raises StoreUnavailable.
    """
    line = store.model(tenant=decided.tenant, name=decided.name)
    if line.champion is not None and line.champion.id == decided.id:
        stands = succession(
            store.promotions(tenant=decided.tenant, name=decided.name),
            versions=store.versions(tenant=decided.tenant, name=decided.name, standing=True),
        )
        store.promote(
            tenant=decided.tenant,
            name=decided.name,
            decision=stands.previous,
            kind=PromotionKind.ROLLBACK,
            reason=f"the promotion by {decided.job} was taken back: {why}",
        )
    store.mark_gone([decided.id], why=why)
    logger.error("decision withdrawn", extra={"decision": decided.id, "why": why})
