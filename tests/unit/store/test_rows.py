"""What is written as JSON is read as it was."""

import json
import math

from hypothesis import given
from hypothesis import strategies as st

from automl_tl.domain.dataset import Columns, DatasetSource, OnLeak
from automl_tl.domain.job import ExecutorKind, JobRequest, Limits
from automl_tl.domain.trial import Configuration
from automl_tl.store.rows import dump, dump_strict, load, load_object

finite = st.floats(allow_nan=False)
configurations = st.builds(
    Configuration,
    candidate=st.text(),
    freeze_depth=st.integers(0, 99),
    learning_rate=finite,
    head_learning_rate=finite,
    weight_decay=finite,
    augmentation=finite,
    pretrained=st.booleans(),
)


@given(configuration=configurations)
def test_configuration_comes_back_to_the_last_bit(configuration: Configuration) -> None:
    assert load(Configuration, dump(configuration)) == configuration


def test_request_comes_back_with_its_own_classes() -> None:
    request = JobRequest(
        name="digits",
        dataset=DatasetSource(path="/ü", columns=Columns(label="y"), on_leak=OnLeak.RESPLIT),
        space="[space]\nname = 'ß'",
        executor=ExecutorKind.INLINE,
        limits=Limits(parameters=7),
    )

    again = load(JobRequest, dump(request))

    assert again == request
    assert isinstance(again.dataset.on_leak, OnLeak)


def test_odd_numbers_are_kept_in_rows_and_null_for_browsers() -> None:
    odd = {"nan": math.nan, "infinite": -math.inf, "plain": 0.1}

    kept = load_object(dump(odd))
    shown = json.loads(dump_strict(odd))

    assert math.isnan(kept["nan"]) and kept["infinite"] == -math.inf  # type: ignore[arg-type]
    assert shown == {"nan": None, "infinite": None, "plain": 0.1}
