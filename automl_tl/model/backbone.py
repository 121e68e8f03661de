"""Builds a backbone from its spec, without weights; training and serving both build it here."""

import copy
import inspect
from typing import Any

from torch import nn

from automl_tl.model.problem import BackboneUnknown
from automl_tl.model.spec import BackboneSpec


def build_backbone(spec: BackboneSpec) -> nn.Module:
    """A module of random weights from a batch [B, ...] as ``normalise`` gives it to pooled features [B, F].

    Raises BackboneUnknown when the library does not know the architecture or refuses the arguments.
    """
    builders = {"timm": _timm, "transformers": _transformers, "plain": _plain}
    if spec.library not in builders:
        raise BackboneUnknown(
            f"library {spec.library!r}, but backbones come from {', '.join(sorted(builders))}"
        )
    try:
        return builders[spec.library](spec)
    except (ImportError, RuntimeError, TypeError, ValueError, KeyError, AssertionError) as error:
        raise BackboneUnknown(
            f"{spec.library} cannot build {spec.architecture} from these arguments: {error}"
        ) from error


# Each library costs seconds to import, and a model pays for its own alone.


def _timm(spec: BackboneSpec) -> nn.Module:
    import timm

    module: nn.Module = timm.create_model(
        spec.architecture, pretrained=False, num_classes=0, **copy.deepcopy(spec.arguments)
    )
    return module


def _transformers(spec: BackboneSpec) -> nn.Module:
    from automl_tl.model import sound_encoder
    from automl_tl.model.transformers_backbone import from_arguments

    if spec.architecture in sound_encoder.MODELS:
        return sound_encoder.from_arguments(spec.architecture, copy.deepcopy(spec.arguments))
    return from_arguments(spec.architecture, copy.deepcopy(spec.arguments))


def _plain(spec: BackboneSpec) -> nn.Module:
    from automl_tl.model.plain_net import PlainNet

    arguments: dict[str, Any] = dict(spec.arguments)
    unknown = arguments.keys() - inspect.signature(PlainNet).parameters.keys()
    if unknown:
        raise ValueError(f"unknown arguments {', '.join(sorted(unknown))}")
    return PlainNet(num_classes=0, **arguments)
