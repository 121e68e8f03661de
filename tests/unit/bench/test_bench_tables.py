from automl_tl.bench import tables


def test_a_table_is_read_checked_and_split_in_a_process_of_its_own() -> None:
    found = tables.run(rows=200, characters=40)

    short, long = found["tables"]
    assert (short["rows"], long["rows"]) == (200, 200)
    assert long["table_megabytes"] > 5 * short["table_megabytes"] > 0
    assert 0 < short["describe_seconds"] < 60
    assert short["peak_megabytes"] > 10
    assert "peak memory grows by" in found["table"]
