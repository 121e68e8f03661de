"""A replay counts what each contender pays, leaves one dataset out strictly, and says what is wrong."""

import json
import math
import random
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from automl_tl.cli.main import cli
from automl_tl.errors import TableInvalid
from automl_tl.search.replay.contender import (
    NO_PRIOR,
    NO_SCORES,
    ONE_EPOCH,
    ORACLE,
    POLICY,
    PRIOR,
    RANDOM,
    regrets,
)
from automl_tl.search.replay.policy_run import PolicyRun
from automl_tl.search.replay.replay import as_json, log_ratio, replay
from automl_tl.search.replay.results_table import ResultsTable, read_table

TABLES = Path(__file__).resolve().parents[2] / "tables"
SMALL = """dataset,model,accuracy,cost_seconds,score_knn,score_cost_seconds
a,x,90,10,1,1
a,y,80,1,3,1
a,z,89.6,5,2,1
b,x,70,10,3,1
b,y,60,1,1,1
b,z,65,5,2,1
c,x,50,10,1,1
c,y,50,1,1,1
c,z,40,5,2,1
"""


def table_of(text: str, folder: Path) -> ResultsTable:
    path = folder / "small.csv"
    path.write_text(text, encoding="utf-8")
    return read_table(path)


def test_contenders_pay_for_everything_until_one_is_good_enough(tmp_path: Path) -> None:
    found = replay(table_of(SMALL, tmp_path), within=0.5)
    a, b = found["a"], found["b"]

    assert a[ORACLE].cost == 5
    assert b[ORACLE].cost == 10
    assert b[PRIOR].cost == pytest.approx(10)  # x was best on a and shared the best place on c
    assert b[PRIOR].regret_at[1] == 0
    assert a["score_knn"].cost == pytest.approx(3 + 1 + 5)  # all scores, then y, then z
    by_order = (10, 10, 11, 6, 5, 5)  # xyz, xzy, yxz, yzx, zxy, zyx: until x or z
    assert a[RANDOM].cost == pytest.approx(math.prod(by_order) ** (1 / 6), rel=0.05)
    assert a[POLICY].cost >= 5


def test_ablations_follow_the_same_policy_without_what_it_knew(tmp_path: Path) -> None:
    plain = replay(table_of(SMALL, tmp_path), within=0.5)
    found = replay(table_of(SMALL, tmp_path), within=0.5, ablations=True)

    assert {name: of[POLICY] for name, of in found.items()} == {n: of[POLICY] for n, of in plain.items()}
    for of in found.values():
        assert of[NO_PRIOR].detail["scored"] >= 0
        assert of[NO_SCORES].detail["scored"] == 0


def test_regret_counts_the_best_of_the_first_trained() -> None:
    values = np.array([50.0, 90.0, 70.0, 91.0])

    assert regrets(values, [0, 2, 1, 3]) == {1: 41.0, 3: 1.0, 5: 0.0, 10: 0.0}


def test_one_epoch_of_everything_is_paid_before_the_best_goes_on(tmp_path: Path) -> None:
    text = "dataset,model,cost_seconds,epoch_1,epoch_2\n"
    text += "".join(f"{d},{m},10,{e},{v}\n" for d in "ab" for m, e, v in [("x", 50, 80), ("y", 60, 70)])

    found = replay(table_of(text, tmp_path), within=0.5)["a"]

    assert found[ONE_EPOCH].cost == 2 * 5 + 5 + 5  # y looks better at first
    assert found[ORACLE].cost == 10


def test_a_curve_is_worth_its_best_epoch(tmp_path: Path) -> None:
    text = "dataset,model,cost_seconds,epoch_1,epoch_2\na,x,1,80,0\na,y,1,70,75\nb,x,1,60,50\nb,y,1,1,1\n"

    first = table_of(text, tmp_path).datasets[0]

    assert [outcome.value for outcome in first.outcomes] == [80, 75]


def test_shares_are_read_as_percentages(tmp_path: Path) -> None:
    text = "dataset,model,accuracy,cost_seconds\n" + "".join(
        f"{d},{m},0.{v},1\n" for d in "ab" for m, v in [("x", 90), ("y", 85)]
    )

    assert [o.value for o in table_of(text, tmp_path).datasets[0].outcomes] == [90, 85]


def spoilt(table: ResultsTable, *, keep: set[str], seed: int) -> ResultsTable:
    """The first dataset with values, rungs and paid scores of all but ``keep`` dealt out anew."""
    held_out, draw = table.datasets[0], random.Random(seed)
    hidden = [o for o in held_out.outcomes if o.option.key not in keep]
    dealt = draw.sample(hidden, len(hidden))
    new = {
        old.option.key: replace(other, option=old.option) for old, other in zip(hidden, dealt, strict=True)
    }
    outcomes = tuple(new.get(o.option.key, o) for o in held_out.outcomes)
    return replace(table, datasets=(replace(held_out, outcomes=outcomes), *table.datasets[1:]))


@pytest.mark.parametrize("name", ["cnn11", "medical_curves"])
def test_nothing_of_the_held_out_dataset_leaks_before_it_was_paid_for(name: str) -> None:
    table = read_table(TABLES / f"{name}.csv")

    def run(table: ResultsTable) -> PolicyRun:
        held_out, *others = table.datasets
        return PolicyRun(held_out, others, scores=table.scores, ladder=table.ladder, within=0.5)

    true = run(table)
    for steps in range(3):
        touched = set(true.seen.reached)
        other = run(spoilt(table, keep=touched, seed=steps))
        for _ in range(steps):
            other.step()
        assert other.seen == true.seen
        true.step()
        other.step()
        assert set(other.seen.reached) == set(true.seen.reached)


def test_the_order_of_rows_does_not_matter() -> None:
    table = read_table(TABLES / "cnn11.csv")
    turned = replace(table, datasets=tuple(replace(d, outcomes=d.outcomes[::-1]) for d in table.datasets))

    once, again = (replay(replace(t, datasets=t.datasets[:4]), within=0.5) for t in (table, turned))

    assert {d: s[POLICY].cost for d, s in once.items()} == pytest.approx(
        {d: s[POLICY].cost for d, s in again.items()}
    )


HEAD = "dataset,model,accuracy,cost_seconds\n"
WRONG = {
    "dataset,model,cost_seconds\na,x,1\n": "has no column accuracy (or epoch_1 … epoch_n); its columns",
    "accuracy\n": "small.csv has no column dataset, model, cost_seconds; its columns are accuracy",
    "# Notes\na | b, c\n": "small.csv has no column dataset, model, cost_seconds, accuracy",
    "": "has no column dataset, model, cost_seconds, accuracy (or epoch_1 … epoch_n); its columns are none",
    HEAD + "a,x,1,1\na,y,2,1\n": "small.csv has 1 dataset; expected at least two",
    HEAD: "small.csv has no dataset; expected at least two",
    HEAD + "a,x,good,1\n": 'line 2: accuracy is "good"; expected a number',
    HEAD + "a,x,nan,1\n": 'line 2: accuracy is "nan"; expected a number',
    HEAD + "a,x,1,0\n": "line 2: cost_seconds is 0; expected a number above 0",
    HEAD + "a,x,1,1\na,x,1,1\n": "line 3: x stands twice under a; expected each model once a dataset",
    HEAD + "a,x,1\n": "line 2 has more or fewer cells than the header has columns",
    HEAD + "a,x,1,1,1\n": "line 2 has more or fewer cells than the header has columns",
    HEAD + ",x,1,1\n": "line 2: dataset is empty; expected a name",
    "dataset,model,config,accuracy,cost_seconds\na,x,1,1,1\na,x,1,1,1\n": "each model and config once",
    "dataset,model,cost_seconds,epoch_1,epoch_3\na,x,1,1,1\n": "has the epochs 1, 3; expected epoch_1 to",
    "dataset,model,model,accuracy,cost_seconds\n": 'has the column "model" twice',
}


@pytest.mark.parametrize("text", WRONG)
def test_a_table_that_cannot_be_replayed_gets_one_sentence(text: str, tmp_path: Path) -> None:
    with pytest.raises(TableInvalid) as refused:
        table_of(text, tmp_path)

    assert WRONG[text] in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_file_that_is_not_there_gets_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(TableInvalid, match=r"nothing\.csv cannot be read: No such file"):
        read_table(tmp_path / "nothing.csv")


def test_the_command_prints_one_object(tmp_path: Path) -> None:
    table_of(SMALL, tmp_path)

    done = CliRunner().invoke(cli, ["replay", str(tmp_path / "small.csv"), "--json"])
    value = json.loads(done.stdout)

    assert done.exit_code == 0
    assert list(value["datasets"]) == ["a", "b", "c"]
    for of in (value["overall"], *value["datasets"].values()):
        assert set(of) == {"policy", "random", "prior", "score_knn", "oracle"}
        for figures in of.values():
            assert figures["relative_cost"] > 0
            assert list(figures["regret_at"]) == ["1", "3", "5", "10"]
            assert -1 <= figures["tau"] <= 1
    assert value["overall"]["random"]["relative_cost"] == pytest.approx(1)


def test_the_command_says_how_each_did(tmp_path: Path) -> None:
    table_of(SMALL, tmp_path)

    said = CliRunner().invoke(cli, ["replay", str(tmp_path / "small.csv"), "--within", "1"]).stdout

    assert "score_knn" in said
    assert "1 scores paid for one by one" in said
    assert "within 1 points" in said


def test_on_tables_without_curves_the_policy_is_cheaper_than_random_and_than_the_prior() -> None:
    found = {}
    for name in ("cnn11", "cnn10_scores"):
        table = read_table(TABLES / f"{name}.csv")
        of_table = replay(table, within=0.5)
        overall = as_json(of_table)["overall"]
        assert isinstance(overall, dict)
        assert overall[POLICY]["relative_cost"] < overall[PRIOR]["relative_cost"] < 1
        assert overall[ORACLE]["relative_cost"] <= overall[POLICY]["relative_cost"]
        assert overall[POLICY]["regret_at"]["5"] <= 1
        found |= {f"{name} {dataset}": showings for dataset, showings in of_table.items()}

    assert log_ratio(list(found.values())).high < 0


@pytest.mark.slow
def test_on_learning_curves_the_policy_is_cheaper_than_random_the_prior_and_one_epoch_of_everything() -> None:
    found = replay(read_table(TABLES / "medical_curves.csv"), within=0.5)
    overall = as_json(found)["overall"]
    assert isinstance(overall, dict)

    costs = {name: figures["relative_cost"] for name, figures in overall.items()}

    assert costs[POLICY] < min(costs[ONE_EPOCH], costs[RANDOM], costs[PRIOR])
    assert overall[POLICY]["regret_at"]["5"] <= 1
