"""Lets MLflow's loader open a saved model; travels with it, so it imports nothing of ours but this room."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import torch
from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import BAD_REQUEST

from automl_tl.model.artifact import load
from automl_tl.model.inputs import pictures, texts
from automl_tl.model.predictor import Predictor
from automl_tl.model.signature import ABSTAIN_BELOW, PROBABILITIES, probability_of
from automl_tl.model.sound_inputs import sounds

# Set by MLflow's scoring server. Whoever may send pictures there must not read the server's files.
_SERVED = "_MLFLOW_IS_IN_SERVING_ENVIRONMENT"


class InputRefused(MlflowException, ValueError):  # type: ignore[misc]  # MLflow comes without types
    """What came in is no sample; over HTTP this is a 400 with the sentence, not a 500 with a traceback."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence, BAD_REQUEST)


class Served:
    """What MLflow calls for predictions."""

    def __init__(self, predictor: Predictor) -> None:
        self._predictor = predictor

    def predict(self, model_input: Any, params: Mapping[str, Any] | None = None) -> pd.DataFrame:
        """One row a sample: ``label``, ``guess``, its ``probability``, and ``probability_CLASS`` by class.

        Pictures come in the column ``image`` of a data frame (or its only column), or as a list; each is a
        path, the bytes of a picture file, those in base64, a uint8 array [H, W] or [H, W, C], or a PIL image.
        Texts come as themselves, in the column ``text``; sounds in the column ``audio``, as path, bytes of a
        file, those in base64, or an object of ``array`` and ``sampling_rate``.
        ``params``: no ``label`` where its probability is under ``abstain_below``, where the ``guess`` still
        says which it would have been; the columns of all classes are left out without ``probabilities``.
        Raises InputRefused.
        """
        chosen = dict(params or {})
        least = float(chosen.get(ABSTAIN_BELOW, 0.0))
        classes = self._predictor.spec.classes
        try:
            found = self._predictor.predict(self._given(model_input))
        except (ValueError, OSError) as error:
            raise InputRefused(str(error)) from error
        best = found.max(axis=1)
        guesses = [classes[index] for index in found.argmax(axis=1)]
        shares = best.tolist()  # a float32 would be compared with a rounded threshold
        labels = [guess if share >= least else None for guess, share in zip(guesses, shares, strict=True)]
        texts = {"label": labels, "guess": guesses}
        columns = {name: pd.Series(values, dtype=object) for name, values in texts.items()}
        answers = pd.DataFrame({**columns, "probability": best})
        if chosen.get(PROBABILITIES, True):
            answers[[probability_of(name) for name in classes]] = found
        return answers

    def _given(self, model_input: Any) -> list[Any]:
        if self._predictor.spec.modality == "text":
            return list(texts(model_input))
        with_paths = os.environ.get(_SERVED) != "true"
        if self._predictor.spec.modality == "audio":
            return list(sounds(model_input, with_paths=with_paths))
        return list(pictures(model_input, with_paths=with_paths))


def _load_pyfunc(data_path: str, model_config: Mapping[str, str] | None = None) -> Served:
    """``model_config`` may name the ``device``; else the GPU that torch finds, else the CPU."""
    usual = "cuda" if torch.cuda.is_available() else "cpu"
    return Served(load(Path(data_path), device=dict(model_config or {}).get("device", usual)))
