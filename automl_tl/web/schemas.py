"""What comes over HTTP: its keys and types."""

import difflib
import json
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from automl_tl.domain.dataset import OnLeak
from automl_tl.domain.export import TOLERANCE, ExportFormat, ExportTerms
from automl_tl.domain.job import ExecutorKind, Strategy
from automl_tl.domain.metric import Metric
from automl_tl.domain.prediction import CHAMPION, EvaluationTerms, OnError, PredictionTerms, Sealed
from automl_tl.domain.schedule import WhenMissed, WhenUnchanged
from automl_tl.domain.webhook import Occasion
from automl_tl.errors import RequestError


class Body(BaseModel):
    """A JSON object; its keys may have dashes, as on the command line, and unknown ones are refused."""

    model_config = ConfigDict(frozen=True, allow_inf_nan=False)

    @model_validator(mode="before")
    @classmethod
    def _know_every_key(cls, body: Any) -> Any:
        """Raises RequestError that names the unknown key and the near one."""
        if not isinstance(body, dict):
            return body
        body = {str(key).replace("-", "_"): value for key, value in body.items()}
        for key in body:
            if key not in cls.model_fields:
                raise RequestError(_unknown(key, known=list(cls.model_fields)))
            if (
                isinstance(body[key], bool) and cls.model_fields[key].annotation is not bool
            ):  # pydantic takes it for 0 or 1
                raise RequestError(f"{key}: expected a number or a text, found {json.dumps(body[key])}")
        return body


class Limits(Body):
    """What a served model may cost at most, as a group of its own."""

    max_latency_ms: float | None = None
    max_size_mb: float | None = None
    max_params: int | None = None


class Columns(Body):
    """Where the parts of a sample stand in a table, as a group of its own."""

    input: str | None = None
    label: str | None = None
    group: str | None = None
    split: str | None = None
    slice: str | None = None


class Submission(Body):
    """A job to queue: the command line's options by name. ``space`` is a space's name, or its TOML text with
    ``space_root``, the folder that its relative paths start from."""

    dataset: str = Field(
        description="an absolute path of a folder, a table, or a zip or tar archive on this machine"
    )
    name: str = Field(description="the model line that the job improves")
    space: str = Field(default="embedded", description="the name of a search space, or its TOML text")
    space_root: str | None = Field(default=None, description="where the space's relative paths start")
    time_budget: float | str | None = Field(default=None, description="seconds, or 90s, 10m, 1h30m")
    max_trials: int | None = None
    epoch_budget: int | None = None
    metric: Metric | None = Field(
        default=None,
        description="none: the name's; for its first job accuracy, or balanced_accuracy where the largest "
        "class has three times the samples of the smallest",
    )
    seed: int = 0
    priority: int = 0
    dataset_name: str = Field(default="", description="what splits are remembered under; empty: the name")
    strategy: Strategy = Strategy.FUNNEL
    executor: ExecutorKind = ExecutorKind.RAY
    limits: Limits = Limits()
    max_latency_ms: float | None = None
    max_size_mb: float | None = None
    max_params: int | None = None
    columns: Columns = Columns()
    input_column: str | None = None
    label_column: str | None = None
    group_column: str | None = None
    split_column: str | None = None
    slice_column: str | None = None
    on_leak: OnLeak = OnLeak.DROP_TRAIN
    reuse: bool = Field(
        default=False,
        description="an earlier answer will do, where the tenant has one for the same data, space and code",
    )


class ScheduleBody(Submission):
    """A submission to be made again and again, and when; ``name`` empty: the schedule's."""

    schedule: str = Field(description="what the schedule is called")
    cron: str = Field(description="five fields, such as 0 2 * * *", max_length=200)
    name: str = Field(default="", description="the model line that its jobs improve; empty: the schedule")
    timezone: str = Field(default="UTC", description="an IANA name, such as Europe/Zurich", max_length=100)
    jitter: float | str = Field(default=0.0, description="at most this much later: seconds, or 90s, 10m")
    when_missed: WhenMissed = Field(default=WhenMissed.RUN_ONCE, description="no daemon ran at its time")
    when_unchanged: WhenUnchanged = Field(
        default=WhenUnchanged.SKIP, description="the data are those of its last successful run"
    )
    blackouts: list[str] = Field(
        default=[],
        max_length=20,
        description="when nothing starts: Mon-Fri 08:00-18:00, 22:00-06:00, 2026-12-24..2027-01-02",
    )
    champion: Literal["yes", "no"] = Field(
        default="yes", description="whether the name's champion is one of the candidates"
    )


class TextBody(Body):
    """A text to predict for."""

    text: str = Field(max_length=2**24)


class PredictBody(Body):
    """Files on this machine, or texts, to predict for."""

    inputs: list[str | TextBody] = Field(
        min_length=1, max_length=10_000, description="absolute paths, or objects with the key text"
    )
    alias: str = Field(default=CHAMPION, description="an alias, or a version's number")
    abstain_below: float = Field(
        default=0.0, ge=0, le=1, description="the probability below which label is null"
    )
    on_error: OnError = Field(
        default=OnError.STOP, description="stop: refuse all; tell: an error in the place of its answer"
    )

    def terms(self, *, alias: str) -> PredictionTerms:
        """The same as a value."""
        return PredictionTerms(alias=alias, abstain_below=self.abstain_below, on_error=self.on_error)


class PromoteBody(Body):
    """A version that a person makes champion, and why."""

    version: int = Field(ge=1)
    reason: str = Field(min_length=1, max_length=1000)


class ReasonBody(Body):
    """Why a person rolls back or holds."""

    reason: str = Field(min_length=1, max_length=1000)


class CollectBody(Body):
    """Whether to free, or only to say what would be freed."""

    dry_run: Literal["yes", "no"] = "no"


class ForgetBody(Body):
    """Samples that a person wants forgotten, each a path on this machine or a sha256."""

    samples: list[str] = Field(min_length=1, max_length=10_000)
    dataset_name: str | None = None
    who: str = Field(default="somebody with the token", min_length=1, max_length=200)


class DeleteBody(Body):
    """Which version a person deletes, or all of them, and why."""

    version: int | None = Field(default=None, ge=1)
    which: Literal["all"] | None = None
    reason: str = Field(min_length=1, max_length=1000)


class WebhookBody(Body):
    """An address that is to be told, and of what."""

    url: str = Field(min_length=1, max_length=2000, description="begins as AUTOML_TL_WEBHOOK_URLS allows")
    on: list[Occasion] = Field(default=list(Occasion), min_length=1)


class ExportBody(Body):
    """What a version is exported as."""

    format: ExportFormat = ExportFormat.SAFETENSORS
    alias: str = CHAMPION
    tolerance: float = Field(default=TOLERANCE, ge=0, description="what ONNX may be away from torch")

    def terms(self, *, alias: str) -> ExportTerms:
        """The same for ``alias``."""
        return ExportTerms(form=self.format, alias=alias, tolerance=self.tolerance)


class EvaluateBody(Body):
    """A labelled dataset on this machine to evaluate on."""

    dataset: str = Field(description="an absolute path of a folder of class folders, or of a table")
    alias: str = Field(default=CHAMPION, description="an alias, or a version's number")
    abstain_below: float = Field(default=0.0, ge=0, le=1, description="also measure what is this sure")
    target_accuracy: float | None = Field(default=None, ge=0, le=1, description="find a threshold for it")
    input_column: str | None = None
    label_column: str | None = None
    sealed: Sealed = Field(default=Sealed.COUNT, description="what is done with sealed test samples")

    def terms(self, *, alias: str) -> EvaluationTerms:
        """The same as a value."""
        said = self.model_dump(exclude={"dataset", "alias"})
        return EvaluationTerms(alias=alias, **said)


def _unknown(key: str, *, known: list[str]) -> str:
    near = difflib.get_close_matches(key, known, n=1)
    hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(known)}"
    return f"unknown key {key}: {hint}"
