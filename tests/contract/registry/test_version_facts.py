"""Every registered version says where it comes from and what was proven of it."""

import json

from decided_line import Line

from automl_tl.registry.mlflow_registry import MlflowRegistry

LINEAGE = {
    "manifest": "f" * 64,
    "splits": {"test": 20, "train": 60},
    "trial": 3,
    "backbone": "embedded:tiny_resnet",
    "revision": "1",
    "licence": "apache-2.0",
    "validation": 0.93,
    "code": {"version": "0.1.0", "commit": None},
    "environment": {"python": "3.11", "device": "cpu"},
}


def test_a_version_carries_its_lineage_as_tags(line: Line) -> None:
    decided = line.decide("promote", **LINEAGE)
    line.reconcile()

    (version,) = line.registry.versions(line.name)

    tags = {key.removeprefix("automl_tl."): value for key, value in version.tags.items()}
    for key in ("manifest", "backbone", "revision", "licence"):
        assert tags[key] == LINEAGE[key]
    for key in ("splits", "code", "environment", "trial"):
        assert json.loads(tags[key]) == LINEAGE[key]
    assert (tags["decision"], tags["job"]) == (decided.id, decided.job)
    assert (tags["outcome"], tags["reason"]) == ("promote", "it was to promote")
    assert json.loads(tags["test_interval"]) == [0.8, 0.95]
    assert json.loads(tags["gains"]) == {"majority": [0.4, 0.3, 0.5]}


def test_mlflow_has_the_figures_as_metrics_of_the_model(line: Line) -> None:
    line.decide("promote", **LINEAGE)
    line.reconcile()
    if not isinstance(line.registry, MlflowRegistry):
        return  # a folder has tags alone
    client = line.registry._connection.client
    experiment = client.get_experiment_by_name("automl-tl").experiment_id

    (model,) = [
        model for model in client.search_logged_models(experiment_ids=[experiment]) if model.name == line.name
    ]

    figures = {metric.key: metric.value for metric in model.metrics or ()}
    assert figures["test"] == 0.9
    assert (figures["test_low"], figures["test_high"]) == (0.8, 0.95)
    assert (figures["gain_over_majority"], figures["validation"]) == (0.4, 0.93)
