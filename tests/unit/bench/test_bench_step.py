"""``bench step`` times the same step of a net as it came, folded, and rewritten."""

from automl_tl.bench import step


def test_all_kinds_of_a_net_are_timed() -> None:
    found = step.run(["test_resnet"], image_size=32, batch=4, repeats=1, threads=1)

    (row,) = found["architectures"]
    assert row["folded_norms"] > 0
    assert row["gain"] == row["plain_seconds"] / row["rewritten_seconds"] > 0
    assert row["folded_seconds"] > 0
    assert "test_resnet" in found["table"]
