from automl_tl.domain.metric import Metric, natural_metric


def test_uneven_classes_are_judged_by_balanced_accuracy() -> None:
    assert natural_metric({"ham": 300, "spam": 100}) is Metric.BALANCED_ACCURACY
    assert natural_metric({"ham": 299, "spam": 100}) is Metric.ACCURACY
    assert natural_metric({}) is Metric.ACCURACY
