"""A line of a log says all that was said."""

import logging

from automl_tl.wiring.logs import LineFormatter


def line(message: str, **facts: object) -> str:
    record = logging.getLogger("room").makeRecord(
        "room", logging.INFO, __file__, 1, message, (), None, extra=facts
    )
    record._ray_timestamp_ns = 1  # Ray marks every record of a process that uses it
    return LineFormatter().format(record)


def test_facts_follow_the_message() -> None:
    said = line("trial reported", job="j-1", trial=3, why="out of memory")

    assert said.endswith("INFO room trial reported job=j-1 trial=3 why='out of memory'")


def test_a_message_without_facts_stands_alone() -> None:
    assert line("worker stalled").endswith("INFO room worker stalled")
