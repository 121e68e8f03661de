"""What is printed for a person."""

import pytest

from automl_tl.cli.table import print_markdown, size


def test_a_report_has_no_two_empty_lines_and_none_in_front(capsys: pytest.CaptureFixture[str]) -> None:
    print_markdown(
        "# Report\n\nAll is well.\n\n## Figures\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n## More\n\nwords\n"
    )

    told = capsys.readouterr().out
    assert "All is well." in told
    assert "\n\n\n" not in told
    assert not told.startswith("\n")


@pytest.mark.parametrize(
    ("count", "said"),
    [(0, "0 B"), (999, "999 B"), (1_000, "1.0 kB"), (8 * 2**30, "8.6 GB"), (99_950, "100 kB")],
)
def test_bytes_are_told_in_powers_of_a_thousand(count: int, said: str) -> None:
    assert size(count) == said
