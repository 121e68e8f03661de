"""A plan tells what a job would do, and leaves everything as it was.

The recorded job (``recorded_reports.json``) searched for 371 s with 16 trials on two workers.
"""

import json
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from automl_tl.domain.budget import Budget
from automl_tl.domain.candidate import CandidateFacts
from automl_tl.domain.dataset import DatasetSource
from automl_tl.domain.job import DEFAULT_TENANT, JobRequest, JobState, Lease, Limits
from automl_tl.domain.measurement import Measurement
from automl_tl.domain.plan import Basis
from automl_tl.domain.trial import Trial
from automl_tl.errors import DatasetRefused
from automl_tl.planning.planning import Planner
from automl_tl.search.funnel import Funnel
from automl_tl.search.space_file import find_space, read_space
from automl_tl.settings import Settings
from automl_tl.store.base import Store
from automl_tl.store.rows import load

RECORDED_SECONDS = 371.0
RECORDED = Path(__file__).parent.parent / "search" / "recorded_reports.json"
SPACE, ROOT = find_space("embedded")


@pytest.fixture
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As many pictures by name as the recorded job had; a plan opens none."""
    root = tmp_path_factory.mktemp("digits")
    for label in range(10):
        (root / str(label)).mkdir()
        for number in range(180):
            (root / str(label) / f"{number}.png").touch()
    return root


def request(dataset: Path, **changed: object) -> JobRequest:
    source = DatasetSource(path=str(dataset))
    wanted = JobRequest(name="digits", dataset=source, space=SPACE, budget=Budget(trials=16))
    return replace(wanted, **changed)


def planner(store: Store | None, settings: Settings) -> Planner:
    return Planner(
        store=store,
        settings=settings,
        read_space=lambda text, root: read_space(text, root=root),
        strategy=Funnel(),
        slots=2,
    )


@pytest.fixture
def recorded(store: Store, dataset: Path) -> Lease:
    """The recorded job in the store, finished."""
    told = json.loads(RECORDED.read_text())
    lease = store.begin_job(request(dataset), tenant=DEFAULT_TENANT, holder="test", lease_seconds=600)
    for id, facts in load(dict[str, CandidateFacts], json.dumps(told["facts"])).items():
        store.measure(lease, Measurement(kind="facts", key=id, value=asdict(facts)))
    store.measure(lease, Measurement(kind="begun", key="search", value={"seconds": 60.0}))
    for trial in load(tuple[Trial, ...], json.dumps(told["trials"])):
        store.propose(lease, replace(trial, reports=()))
        for report in trial.reports:
            store.start(lease, number=trial.number, until_epoch=report.epoch)
            is_last = report is trial.reports[-1]
            state = trial.state if is_last and trial.state.value != "waiting" else None
            store.settle(lease, number=trial.number, report=report, state=state or type(trial.state).WAITING)
    store.finish(lease, JobState.SUCCEEDED, spent_seconds=600.0, outcome={})
    return lease


def test_what_was_recorded_is_foretold_within_a_factor_of_two(
    store: Store, settings: Settings, dataset: Path, recorded: Lease
) -> None:
    plan = planner(store, settings).plan(request(dataset), tenant=DEFAULT_TENANT)

    search = plan.seconds["search"]
    assert search is not None and RECORDED_SECONDS / 2 < search < RECORDED_SECONDS * 2
    assert (plan.trials, plan.samples, plan.seconds["begin"]) == (16, 1800, 60.0)
    assert {c.basis for c in plan.candidates} == {Basis.REPORTED}
    assert [c.place for c in plan.candidates] == [1, 2, 3, 4]  # by the one past job
    assert plan.download_bytes == 0


def test_a_plan_leaves_store_and_disk_as_they_were(
    store: Store, settings: Settings, dataset: Path, recorded: Lease
) -> None:
    def everything() -> tuple[object, ...]:
        files = sorted(str(path) for path in settings.home.rglob("*"))
        return store.last_event(), store.jobs(), store.measurements(recorded.job), files

    before = everything()

    planner(store, settings).plan(request(dataset, budget=Budget(seconds=120)), tenant=DEFAULT_TENANT)

    assert everything() == before


def test_without_a_store_published_figures_are_said_to_be_a_guess(settings: Settings, dataset: Path) -> None:
    plan = planner(None, settings).plan(request(dataset, budget=Budget(seconds=600)), tenant=DEFAULT_TENANT)

    assert {c.basis for c in plan.candidates} == {Basis.PUBLISHED}
    assert plan.seconds["total"] is not None and plan.seconds["total"] <= 600
    assert any("published multiply-adds" in note for note in plan.notes)


def test_candidates_of_which_nothing_is_known_are_said_to_be_unmeasured(
    settings: Settings, dataset: Path
) -> None:
    space = '[space]\nname = "s"\n[[candidate]]\nsource = "timm:resnet18.a1_in1k"\n'

    plan = planner(None, settings).plan(request(dataset, space=space), tenant=DEFAULT_TENANT)

    (candidate,) = plan.candidates
    assert (candidate.basis, candidate.probe_seconds) == (Basis.NOTHING, None)
    assert plan.seconds["search"] is plan.seconds["total"] is plan.trials is None
    assert candidate.download == "model.safetensors of timm/resnet18.a1_in1k"
    assert plan.download_bytes is None


def test_candidates_beyond_a_limit_are_not_searched(
    store: Store, settings: Settings, dataset: Path, recorded: Lease
) -> None:
    small = request(dataset, limits=Limits(parameters=200_000))

    plan = planner(store, settings).plan(small, tenant=DEFAULT_TENANT)

    assert [c.candidate for c in plan.candidates if c.is_searched] == ["tiny_efficientnet"]
    assert plan.candidates[-1].why.endswith("parameters, but at most 200000 are allowed")


def test_a_folder_without_pictures_is_refused(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(DatasetRefused, match="holds no sample"):
        planner(None, settings).plan(request(tmp_path), tenant=DEFAULT_TENANT)


def test_candidates_whose_licence_is_known_to_forbid_them_are_left_out(
    settings: Settings, dataset: Path
) -> None:
    entry = '[[candidate]]\nsource = "timm:resnet18.a1_in1k"\n'
    space = f'[space]\nname = "s"\n[licence]\ndeny = ["gpl-*"]\n{entry}'
    licences = (
        'id = "free"\nlicence = "mit"',
        'id = "nc"\nlicence = "cc-by-nc-4.0"',
        'id = "gpl"\nlicence = "GPL-3.0"',
    )

    plan = planner(None, settings).plan(
        request(dataset, space=space + 'id = "unknown"\n' + "".join(f"{entry}{line}\n" for line in licences)),
        tenant=DEFAULT_TENANT,
    )

    found = {c.candidate: (c.is_searched, c.licence) for c in plan.candidates}
    assert found == {
        "unknown": (True, None),
        "free": (True, "mit"),
        "nc": (False, "cc-by-nc-4.0"),
        "gpl": (False, "GPL-3.0"),
    }
    why = {c.candidate: c.why for c in plan.candidates}
    assert why["nc"] == "its licence cc-by-nc-4.0 is denied by *-nc-*, say the settings of this machine"
    assert why["gpl"] == "its licence GPL-3.0 is denied by gpl-*, says its space"
    assert any(
        note.startswith("the licences of 1 of the candidates are not known here") for note in plan.notes
    )
