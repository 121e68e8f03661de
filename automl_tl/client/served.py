"""The Python client's part that asks served models."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict
from io import BytesIO
from pathlib import Path

from automl_tl.client.connection import (
    API,
    EVALUATE_SECONDS,
    PREDICT_SECONDS,
    Connection,
    Json,
    what_was_said,
)
from automl_tl.client.export import lay_down
from automl_tl.client.sending import predict_sent
from automl_tl.daemon.intake import batches_as_they_come
from automl_tl.domain.export import TOLERANCE, ExportFormat
from automl_tl.domain.prediction import CHAMPION, EvaluationTerms, OnError, Written
from automl_tl.serving.new_folder import require_new

BATCH = 256  # inputs of one request


class ServedCalls:
    """What is asked of a name's served model."""

    _connection: Connection

    def predict(
        self,
        name: str,
        inputs: Iterable[str | Path | Written],
        *,
        alias: str = CHAMPION,
        abstain_below: float = 0.0,
        on_error: str = OnError.STOP,
    ) -> Json:
        """``predictions`` for files on the daemon's machine, or texts (``Written``): ``input``, ``label``, …

        Below the probability ``abstain_below`` ``label`` is None, and ``guess`` has it. An input that cannot
        be answered is raised, or with ``on_error="tell"`` has ``error`` in its place.
        """
        body = {
            "inputs": [
                asdict(one) if isinstance(one, Written) else self._connection.path(one) for one in inputs
            ],
            "alias": alias,
            "abstain_below": abstain_below,
            "on_error": on_error,
        }
        return self._connection.post(f"{API}/models/{name}/predict", json=body, seconds=PREDICT_SECONDS)

    def predict_each(
        self,
        name: str,
        inputs: Iterable[str | Path | Written],
        *,
        alias: str = CHAMPION,
        abstain_below: float = 0.0,
    ) -> Iterator[Json]:
        """One answer an input, in order and while more come; there may be any number.

        A file that cannot be answered has ``error`` (``title``, ``detail``) and ends nothing. To a daemon
        elsewhere the files of this machine are sent.
        """
        for batch in batches_as_they_come(inputs, most=BATCH):
            if self._connection.is_elsewhere:
                yield from predict_sent(
                    self._connection, name, batch, alias=alias, abstain_below=abstain_below
                )
                continue
            answer = self.predict(
                name, batch, alias=alias, abstain_below=abstain_below, on_error=OnError.TELL
            )
            yield from answer["predictions"]

    def evaluate(
        self, name: str, dataset: str | Path, *, terms: EvaluationTerms | None = None, **options: object
    ) -> Json:
        """``metric``, ``value``, ``interval``, ``samples`` and more on a labelled folder or table.

        ``options`` are the fields of ``EvaluationTerms``, such as ``alias`` or ``abstain_below``. Scoring
        samples of the name's sealed test is an opening of it: ``sealed`` of the answer says so.
        """
        said = {**(asdict(terms) if terms is not None else {}), **options}
        body = {"dataset": self._connection.path(dataset), **what_was_said(said)}
        return self._connection.post(f"{API}/models/{name}/evaluate", json=body, seconds=EVALUATE_SECONDS)

    def export(
        self,
        name: str,
        *,
        to: str | Path,
        form: str = ExportFormat.SAFETENSORS,
        alias: str = CHAMPION,
        tolerance: float = TOLERANCE,
    ) -> Json:
        """Write a version into ``to``, a new or empty folder here, as ``safetensors`` or ``onnx``.

        ``tolerance`` is how far a probability of the ONNX graph may be from torch's. Answers what was written
        and found; raises Conflict (``to`` holds something) too.
        """
        require_new(Path(to))  # said before the daemon has worked for minutes
        body = {"format": form, "alias": alias, "tolerance": tolerance}
        path = f"{API}/models/{name}/export"
        answer = self._connection.request("POST", path, json=body, timeout=EVALUATE_SECONDS)
        return lay_down(BytesIO(answer.content), Path(to))
