"""A latency is read off the slowest answers, of one kind or of all."""

from automl_tl.bench.latency import Answer, at_share


def test_a_share_of_the_answers_came_within_its_milliseconds() -> None:
    answers = [Answer(kind="jobs", seconds=n / 1000) for n in range(1, 101)]
    answers.append(Answer(kind="submit", seconds=2.0))

    assert (at_share(answers, 0.5, kind="jobs"), at_share(answers, 0.99, kind="jobs")) == (50.0, 99.0)
    assert at_share(answers, 0.99) == 100.0
    assert at_share(answers, 1.0) == 2000.0
