"""A finished job's report says what was decided, and everything it was decided from."""

import json
from dataclasses import replace

from automl_tl.domain.candidate import CandidateFacts
from automl_tl.domain.dataset import DataReport, DatasetSource, Leaks, Modality, Verdict
from automl_tl.domain.gate import Decision, Gain, Interval, Outcome, Proof
from automl_tl.domain.job import Job, JobRequest, JobState
from automl_tl.domain.promotion import Decided
from automl_tl.domain.trial import Configuration, Report, Trial, TrialState
from automl_tl.proof.report import Account, as_markdown, as_values


def account() -> Account:
    configuration = Configuration(
        candidate="plain",
        freeze_depth=2,
        learning_rate=1e-3,
        head_learning_rate=1e-2,
        weight_decay=0.01,
        augmentation=0.2,
    )
    report = Report(epoch=9, value=0.98, loss=0.1, checkpoint="checkpoints/0-9", seconds=3.0, multiply_adds=5)
    proof = Proof(
        metric="accuracy",
        samples=360,
        opening=1,
        alpha=0.05,
        values={"challenger": 0.986, "majority": 0.1},
        intervals={"challenger": Interval(low=0.97, high=0.99)},
        gains=(Gain(over="majority", mean=0.886, interval=Interval(low=0.85, high=0.915)),),
    )
    request = JobRequest(name="digits", dataset=DatasetSource(path="/data/digits"), space="")
    return Account(
        job=Job(id="j-1", tenant="default", request=request, state=JobState.RUNNING),
        decided=Decided(
            id="d-1",
            tenant="default",
            name="digits",
            job="j-1",
            decision=Decision(outcome=Outcome.PROMOTE, reason="accuracy 0.986; there was no champion"),
            proof=proof,
            artifact="artifacts/0",
            digest="ab",
            lineage={"trial": 0},
            version=1,
        ),
        trials=(
            Trial(
                number=0,
                seed=1,
                configuration=configuration,
                state=TrialState.COMPLETE,
                reports=(report,),
                origin="default",
            ),
            Trial(
                number=1,
                seed=2,
                configuration=configuration,
                state=TrialState.FAILED,
                failure="the loss was nan",
            ),
        ),
        facts={
            "plain": CandidateFacts(
                candidate="plain",
                stages=("a", "b", "c", "d"),
                parameters=250_000,
                multiply_adds=4_000_000,
                stage_multiply_adds=(1_000_000,) * 4,
                features=64,
                image_size=32,
                learning_rate=1e-3,
                freeze_depth=2,
                weights_sha256="ab",
                size_bytes=1_000_000,
            )
        },
        seconds=71.2,
        data=DataReport(
            modality=Modality.IMAGE,
            samples=1797,
            unreadable=0,
            leaks=Leaks(),
            label_conflicts=0,
            verdict=Verdict.OK,
            classes={"0": 178, "1": 182},
            splits={"train": 1078, "test": 360},
        ),
        retest={0: 0.979},
        details={"majority": "always the most frequent class"},
        loading='mlflow.pyfunc.load_model("models:/digits@champion")',
    )


def test_people_read_the_decision_the_test_the_leaderboard_and_how_to_load_it() -> None:
    text = as_markdown(account())

    assert text.startswith("# digits: promoted, version 1\n\nAccuracy 0.986; there was no champion.\n")
    assert "| **challenger** | 0.9860 | 0.9700 to 0.9900 |" in text
    assert "| +0.8860 | +0.8500 to +0.9150 |" in text
    assert "| 1 | **0** | plain | 2 of 4 | 0.001 | 0.01 | 9 | 0.9800 | 0.9790 | default |" in text
    assert "- failed 1×: the loss was nan" in text
    assert "1797 samples (train 1078, test 360)" in text
    assert 'mlflow.pyfunc.load_model("models:/digits@champion")' in text


def test_scripts_read_the_same_as_json() -> None:
    values = json.loads(json.dumps(as_values(account())))

    assert values["decision"] == "promote"
    assert values["leaderboard"][0]["validation"] == 0.98
    assert values["proof"]["values"]["challenger"] == 0.986
    assert values["trials"] == {"complete": 1, "failed": 1}


def test_a_report_without_data_and_version_still_reads_well() -> None:
    bare = account()
    text = as_markdown(replace(bare, data=None, loading="", decided=replace(bare.decided, version=None)))

    assert text.startswith("# digits: promoted\n") and "## Data" not in text and "## Loading" not in text


def test_negative_transfer_and_no_benefit_are_two_facts() -> None:
    told = account()
    gains = (
        *told.decided.proof.gains,
        Gain(over="scratch", mean=-0.02, interval=Interval(low=-0.03, high=-0.01)),
        Gain(over="cheap", mean=0.01, interval=Interval(low=-0.01, high=0.03)),
    )
    told = replace(told, decided=replace(told.decided, proof=replace(told.decided.proof, gains=gains)))

    text = as_markdown(told)

    assert "- **Negative transfer**: the same architecture from scratch is better (gain -0.0200" in text
    assert "- A benefit is not proven: the strongest cheap classifier on pixels ties (gain +0.0100" in text
    assert as_values(told)["transfer"] == {"over_scratch": "worse", "over_cheap": "tie"}
    assert as_values(account())["transfer"] == {"over_scratch": None, "over_cheap": None}


def test_calibration_is_told_before_and_after_the_temperature() -> None:
    told = account()
    proof = replace(told.decided.proof, calibration=0.012, uncalibrated=0.034)
    told = replace(
        told, decided=replace(told.decided, proof=proof, lineage={"trial": 0, "temperature": 1.31})
    )

    text = as_markdown(told)

    assert (
        "Expected calibration error 0.012, with the temperature 1.31 that retest asked for; 0.034 without."
        in text
    )
