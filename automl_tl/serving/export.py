"""A registry's version as files that other programs read."""

import shutil
from pathlib import Path
from typing import Any

from automl_tl.domain.export import ExportFormat, ExportTerms
from automl_tl.errors import NotFound, OperatorError
from automl_tl.model.artifact import load
from automl_tl.model.digest import digest
from automl_tl.model.problem import ModelProblem
from automl_tl.registry.base import Registry
from automl_tl.serving.new_folder import new_folder
from automl_tl.serving.onnx_graph import write_onnx

Json = dict[str, Any]


def export(registry: Registry, *, name: str, to: Path, terms: ExportTerms) -> Json:
    """Write the version that the terms name into ``to``, which is new or empty and appears whole.

    ``safetensors`` is the artifact byte for byte, ``onnx`` a graph with its ``export.json``. What is answered
    has ``name``, ``version``, ``digest``, ``format``, ``files``, and what ``write_onnx`` found. Raises
    NotFound, Conflict (``to`` holds something), OperatorError (a damaged version, a missing library),
    RequestError (it cannot be exported, or its answers are too far from torch's).
    """
    alias = terms.alias
    version = int(alias) if alias.isdecimal() else registry.alias(name, alias)
    if version is None:
        raise NotFound(f"{name} has no {alias}, which was to be exported")
    artifact = registry.fetch(name, version)
    with new_folder(to) as folder:
        try:
            predictor = load(artifact)
        except ModelProblem as problem:
            raise OperatorError(f"version {version} of {name} cannot be exported: {problem}") from problem
        said: Json = {"name": name, "version": version, "digest": digest(artifact), "format": str(terms.form)}
        if terms.form is ExportFormat.ONNX:
            said = write_onnx(predictor, folder, artifact=artifact, made_from=said, tolerance=terms.tolerance)
        else:
            shutil.copytree(artifact, folder, dirs_exist_ok=True)
        files = sorted(path.name for path in folder.iterdir())
    return {**said, "files": files}
