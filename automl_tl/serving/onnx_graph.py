"""A model as an ONNX graph that was seen to say what torch says."""

import shutil
import warnings
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from automl_tl.errors import OperatorError, RequestError
from automl_tl.model.artifact import EXAMPLE
from automl_tl.model.latency import THREADS, latency_of, median_seconds
from automl_tl.model.predictor import Predictor
from automl_tl.model.prepared import blank, drawn, normalise, stacked
from automl_tl.model.spec import ImagePreprocessing
from automl_tl.serving.onnx_note import INPUT, OUTPUT, how_to_feed, write_note

GRAPH = "model.onnx"
BATCHES = (1, 2, 7)
"""Sizes of the random batches that both sides are asked about; the first is timed."""

_NEEDED = ("onnx", "onnxscript", "onnxruntime")
_TIMED_CALLS = 50
_ONE_FILE_BYTES = 2**31 - 2**24  # protobuf takes no more than 2 GiB; larger weights lie in a file beside
Json = dict[str, Any]
Pixels = NDArray[np.uint8]


class _Graph(nn.Module):
    """Prepared pictures in, probabilities out: all that follows the resizing is in the graph."""

    def __init__(self, predictor: Predictor) -> None:
        super().__init__()
        self.network = predictor.network
        self._preprocessing = predictor.spec.preprocessing
        self._temperature = predictor.spec.temperature

    def forward(self, pictures: Tensor) -> Tensor:
        """Probabilities [B, K] of uint8 pictures [B, C, S, S]."""
        logits = self.network(normalise(pictures, self._preprocessing))
        return torch.softmax(logits / self._temperature, dim=1)


def write_onnx(
    predictor: Predictor, folder: Path, *, artifact: Path, made_from: Json, tolerance: float
) -> Json:
    """Write ``model.onnx``, ``export.json`` and the example; what that JSON says, ``made_from`` among it.

    The graph takes uint8 pictures [batch, C, S, S] of any batch size; normalisation, temperature and softmax
    are inside. Both runtimes are asked about the example and random pictures, and timed on one of them on
    one thread. Raises RequestError where the network cannot be exported, reads no pictures, or an answer is
    further apart than ``tolerance``, OperatorError without the libraries.
    """
    if not isinstance(predictor.spec.preprocessing, ImagePreprocessing):
        noun = predictor.preparer.noun
        raise RequestError(f"only models of pictures become ONNX graphs, but this one reads {noun}s")
    _require_libraries()
    _write_graph(predictor, folder / GRAPH)
    session = _session(folder / GRAPH)
    batches = _batches(predictor, artifact / EXAMPLE)
    apart = max(_apart(predictor, session, batch) for batch in batches)
    if not apart <= tolerance:
        raise RequestError(
            f"a probability of the exported graph is {apart:.1e} away from torch's, but {tolerance:.1e} is"
            " allowed; nothing was written"
        )
    said = {
        **made_from,
        **how_to_feed(predictor.spec),
        "parity": {
            "largest_difference": apart,
            "tolerance": tolerance,
            "pictures": sum(len(batch) for batch in batches),
            "batch_sizes": sorted({len(batch) for batch in batches}),
        },
        "latency": _latency(predictor, session, batches[0]),
        "versions": {name: version(name) for name in ("torch", *_NEEDED)},
    }
    write_note(folder, said)
    if (artifact / EXAMPLE).is_file():
        shutil.copyfile(artifact / EXAMPLE, folder / EXAMPLE)
    return said


def _require_libraries() -> None:
    absent = [name for name in _NEEDED if find_spec(name) is None]
    if absent:
        raise OperatorError(
            f"ONNX needs {', '.join(absent)}, which is not installed: pip install 'automl-tl[onnx]'"
        )


def _write_graph(predictor: Predictor, path: Path) -> None:
    # Two, for a batch of one would be taken for a constant.
    pictures = blank(predictor.spec.preprocessing, 2)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the exporter's, on its own parts
            program = torch.onnx.export(
                _Graph(predictor).eval(),
                (pictures,),
                dynamic_shapes=({0: torch.export.Dim("batch")},),
                input_names=[INPUT],
                output_names=[OUTPUT],
                verbose=False,
            )
        assert program is not None
        weights = sum(tensor.nbytes for tensor in predictor.network.state_dict().values())
        program.save(path, external_data=weights > _ONE_FILE_BYTES)
    except Exception as error:  # the exporter raises whatever the network makes it meet
        raise RequestError(
            f"{predictor.spec.backbone.architecture} cannot be exported to ONNX: {_root(error)}"
        ) from error


def _root(error: BaseException) -> str:
    """The first line of what was behind it all: the exporter wraps it in pages of advice."""
    while error.__cause__ is not None:
        error = error.__cause__
    return next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)


def _session(path: Path) -> Any:
    import onnxruntime  # an extra, so it may be absent

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = THREADS
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def _batches(predictor: Predictor, example: Path) -> list[Pixels]:
    """Prepared pictures uint8 [B, C, S, S]: random ones, and the example where there is one."""
    look = predictor.spec.preprocessing
    found = [drawn(look, size, seed=size).numpy() for size in BATCHES]
    if example.is_file():
        found.append(stacked([predictor.preparer.prepare(example)], look).contiguous().numpy())
    return found


def _apart(predictor: Predictor, session: Any, batch: Pixels) -> float:
    (found,) = session.run([OUTPUT], {INPUT: batch})
    expected = predictor.predict_prepared([torch.from_numpy(batch)])
    return float(np.abs(np.asarray(found) - expected).max())


def _latency(predictor: Predictor, session: Any, one: Pixels) -> Json:
    onnxruntime = median_seconds(lambda: session.run([OUTPUT], {INPUT: one}), calls=_TIMED_CALLS)
    return {
        "torch_milliseconds": 1e3 * latency_of(predictor, calls=_TIMED_CALLS),
        "onnxruntime_milliseconds": 1e3 * onnxruntime,
        "batch_size": len(one),
        "threads": THREADS,
    }
