from automl_tl.bench.page import CONTROL, Look, figures


def look(*, painted: float, kilobytes: float = 50.0) -> Look:
    return Look(painted_milliseconds=painted, loaded_milliseconds=painted + 10, kilobytes=kilobytes)


def test_medians_are_held_against_what_was_promised_and_the_control_is_not() -> None:
    quick = {"/": [look(painted=120), look(painted=900), look(painted=130)], CONTROL: [look(painted=500)]}
    slow, heavy = {"/": [look(painted=201)]}, {"/": [look(painted=1, kilobytes=301)]}

    assert figures(quick, jobs=10_000)["views"]["/"]["painted_milliseconds"] == 130
    assert [figures(one, jobs=1)["reached"] for one in (quick, slow, heavy)] == [True, False, False]
    assert "at most" in figures(quick, jobs=1)["table"]
