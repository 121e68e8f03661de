"""What can be wrong with a saved model; this room travels with the model, so the words are its own."""


class ModelProblem(ValueError):
    """A model cannot be built, saved or loaded; one sentence says what was found and what was expected."""


class ArtifactDamaged(ModelProblem):
    """A file of a saved model is missing or is not what was written."""


class BackboneUnknown(ModelProblem):
    """No library here builds that architecture with those arguments."""


class SampleUnreadable(ValueError):
    """A sample is broken, empty, too large or of another kind; the sentence continues its name."""
