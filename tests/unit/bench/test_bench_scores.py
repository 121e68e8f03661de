"""The benchmark of scores compares the same figures."""

from automl_tl.bench.scores import run


def test_both_contenders_find_the_same_scores() -> None:
    found = run(samples=[100], features=[30, 150], repeats=1, seed=0)

    assert [(row["samples"], row["features"], row["classes"]) for row in found["rows"]] == [
        (100, 30, 10),
        (100, 30, 20),
        (100, 150, 10),
        (100, 150, 20),
    ]
    assert all(row["largest_difference"] < 1e-6 for row in found["rows"])
    assert all(row["megabytes"] > 0 and row["speedup"] > 0 for row in found["rows"])
    assert found["table"].count("\n") == 5
