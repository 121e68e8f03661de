from pathlib import Path

from automl_tl.bench.scrape import fill
from automl_tl.domain.job import JobState
from automl_tl.metrics.daemon_metrics import Metrics
from automl_tl.store.sql import open_store


def test_store_is_filled_with_jobs_that_a_scrape_counts(tmp_path: Path) -> None:
    store = open_store(tmp_path / "store.sqlite3")
    fill(store, jobs=10, names=3)
    metrics = Metrics(store)
    metrics.refresh()

    text = metrics.render().decode()

    assert store.count_jobs()[JobState.FAILED] == 1
    assert 'automl_tl_jobs_finished_total{state="succeeded"} 9.0' in text
    assert text.count("automl_tl_champion_value{") == text.count("automl_tl_best_value{") == 3
    store.close()
