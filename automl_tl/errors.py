"""Every exception, grouped by who can fix it."""


class AutomlError(Exception):
    """Something went wrong; one sentence says what was found and what was expected."""

    title = "something went wrong"

    @property
    def detail(self) -> str:
        """The sentence people read."""
        return str(self)


class RequestError(AutomlError):
    """The submitter can fix it: wrong input, wrong options."""

    title = "the request cannot be carried out"


class DatasetRefused(RequestError):
    """The dataset cannot be learnt from as it is."""

    title = "the dataset was refused"


class DatasetChanged(RequestError):
    """Files of the dataset changed while its job was running."""

    title = "the dataset changed under its job"


class SpaceInvalid(RequestError):
    """The search space does not say what can be searched."""

    title = "the search space is not valid"


class CandidateUnknown(RequestError):
    """No zoo knows this candidate."""

    title = "the candidate is unknown"


class NoCandidate(RequestError):
    """Every candidate of the space was left out, each for a reason that the submitter can mend."""

    title = "no candidate is left"


class TableInvalid(RequestError):
    """The table of known results cannot be replayed."""

    title = "the table cannot be replayed"


class BudgetInvalid(RequestError):
    """The budget cannot be spent."""

    title = "the budget is not valid"


class NotFound(RequestError):
    """There is no such job, model, version or alias."""

    title = "not found"


class Conflict(RequestError):
    """The request contradicts what is already so."""

    title = "the request contradicts the present state"


class NotAllowed(RequestError):
    """The request came without the right to make it."""

    title = "not allowed"


class TooLarge(RequestError):
    """What was sent is larger than what is taken."""

    title = "too large"


class OperatorError(AutomlError):
    """The person who runs the machine can fix it."""

    title = "the machine needs its operator"


class HomeInUse(OperatorError):
    """Another daemon works on this home."""

    title = "the home is in use"


class PortInUse(OperatorError):
    """Another process listens on this port."""

    title = "the port is in use"


class DiskFull(OperatorError):
    """There is no room left to write."""

    title = "the disk is full"


class ArtifactChanged(OperatorError):
    """A saved model's files are not the ones that were scored."""

    title = "the artifact was changed"


class NoDaemon(OperatorError):
    """No daemon answers for this home."""

    title = "no daemon is running"


class TransientError(AutomlError):
    """Time can fix it: try again."""

    title = "not available right now"


class StoreUnavailable(TransientError):
    """The store does not answer."""


class RegistryUnavailable(TransientError):
    """The registry does not answer."""


class TooManyRequests(TransientError):
    """The caller asks more often than it may."""

    title = "too many requests"

    def __init__(self, sentence: str, *, seconds: int = 1) -> None:
        super().__init__(sentence)
        self.seconds = seconds


class WorkerLost(TransientError):
    """A worker died or stopped making progress."""


class LeaseLost(AutomlError):
    """Someone else holds this job now; what this process writes no longer counts."""

    title = "the lease was lost"


class Interrupted(AutomlError):
    """A person or a signal ended the command; the sentence says how to go on."""

    title = "interrupted"


class Stopped(AutomlError):
    """A person or a stopping daemon asked the running work to end."""

    title = "stopped on request"


class TrialFailed(AutomlError):
    """Nobody can fix it: this configuration could not train; the study goes on."""

    title = "the trial failed"


class Diverged(TrialFailed):
    """The loss was no longer a number."""


class OutOfTime(TrialFailed):
    """Not one more whole epoch could be trained before the deadline."""


class OutOfMemory(TrialFailed):
    """The configuration did not fit into memory."""


class CandidateFailed(TrialFailed):
    """The candidate could not be loaded or run."""


class LicenceRefused(CandidateFailed):
    """The licence of the candidate's weights is not one that may be used here."""


class Unscorable(TrialFailed):
    """These features and classes have no scores."""


class JobFailed(AutomlError):
    """The job cannot come to a result."""

    title = "the job failed"
