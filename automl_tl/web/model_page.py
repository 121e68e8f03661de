"""What the page of one name shows: its champion over time, its versions, what a person may do."""

from automl_tl.domain.dataset import Modality
from automl_tl.domain.promotion import Decided, succession
from automl_tl.store.base import Store
from automl_tl.web.champion_chart import champion_chart
from automl_tl.web.model_view import model_json, promotion_json, version_json

SHOWN_MOVES = 20
SHOWN_VERSIONS = 100


def model_page(store: Store, *, tenant: str, name: str) -> dict[str, object]:
    """The page's values by name; raises NotFound."""
    last_event = store.last_event()
    line = store.model(tenant=tenant, name=name)
    versions = store.versions(tenant=tenant, name=name)
    promotions = store.promotions(tenant=tenant, name=name)
    before = succession(promotions, versions=versions).previous
    previous = next((decided for decided in versions if decided.id == before), None)
    return {
        "model": model_json(line),
        "since": promotions[0].time if promotions else None,
        "versions": [version_json(decided) for decided in versions[:SHOWN_VERSIONS]],
        "version_count": len(versions),
        "promotions": [promotion_json(move) for move in promotions[:SHOWN_MOVES]],
        "promotion_count": len(promotions),
        "chart_of_champions": champion_chart(versions, promotions, metric=line.metric, now=store.now()),
        "previous": None if previous is None else previous.version,
        "modality": _modality(store, line.champion),
        "last_event": last_event,
    }


def _modality(store: Store, champion: Decided | None) -> str | None:
    """What the champion is asked about; None where there is none of ours."""
    report = None if champion is None else store.data_report(champion.job)
    return None if report is None else str(Modality(report.modality))
