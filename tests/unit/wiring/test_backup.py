"""A home that is backed up while it is in use, and made again under another path."""

import json
import shutil
import threading
from dataclasses import dataclass
from pathlib import Path

import colours
import played_job
import pytest
from patience import until
from PIL import Image

from automl_tl.domain.audit import Deed, Wanted
from automl_tl.domain.job import JobState
from automl_tl.domain.trial import TrialState
from automl_tl.errors import Conflict, NotFound, OperatorError
from automl_tl.filelock import FileLock
from automl_tl.model.digest import digest
from automl_tl.settings import Home, Settings, variables
from automl_tl.store.sql import SqlStore, open_store
from automl_tl.upkeep.backup import back_up, sqlite_store
from automl_tl.upkeep.restore import restore
from automl_tl.wiring.adapters import reconcile_turn
from automl_tl.wiring.backup import back_up_home, restore_home
from automl_tl.wiring.door import models_door
from automl_tl.wiring.models import Models

LINE = {"tenant": "default", "name": "digits"}


@dataclass(frozen=True, kw_only=True)
class Lived:
    """A home with a champion, a job that runs, and an upload."""

    settings: Settings
    store: SqlStore
    champion: str
    running: str
    digest: str

    @property
    def home(self) -> Home:
        return self.settings.folders


@pytest.fixture
def lived(tmp_path: Path) -> Lived:
    settings = Settings(home=tmp_path / "first home", registry="folder")
    settings.home.mkdir()
    home = settings.folders
    store = open_store(home.store)
    lease = played_job.begin(store)
    played_job.check(store, lease)
    played_job.search(store, lease)
    artifact = colours.save_model(home.job(lease.job) / "artifacts" / "3")
    decided = played_job.prove(store, lease, artifact=artifact)
    assert Models(store, settings).reconcile() > 0
    played_job.finish(store, lease, decided)
    # A deed that names the home: the log cannot be changed, and says what was done there.
    deed = Deed(tenant="default", who="user me", action="gc", target=str(settings.home))
    store.note(deed)
    other = played_job.begin(store)
    checkpoint = home.job(other.job) / "checkpoints" / "0-1"
    checkpoint.mkdir(parents=True)
    work = {"manifest": f"{home.manifests}/f.jsonl"}
    (checkpoint / "checkpoint.json").write_text(json.dumps({"work": work}))
    played_job.propose(store, other, played_job.PLAYS[0], number=0)
    store.start(other, number=0, until_epoch=1)
    home.manifests.mkdir()
    (home.manifests / "f.jsonl").write_text(json.dumps({"root": f"{home.datasets}/unpacked"}) + "\n")
    (home.datasets / "uploads").mkdir(parents=True)
    (home.datasets / "uploads" / "aa.zip").write_bytes(b"an archive")
    (home.cache / "pictures").mkdir(parents=True)
    (home.cache / "pictures" / "many").write_bytes(b"can be drawn again")
    return Lived(
        settings=settings, store=store, champion=lease.job, running=other.job, digest=digest(artifact)
    )


def moved(lived: Lived, tmp_path: Path) -> Settings:
    """The home made again elsewhere, and the first one gone."""
    back_up_home(lived.settings, tmp_path / "backup")
    lived.store.close()
    shutil.rmtree(lived.settings.home)
    settings = Settings(home=tmp_path / "second höme", registry="folder")
    restore_home(settings, tmp_path / "backup")
    return settings


def answer(settings: Settings, picture: Path) -> dict[str, object]:
    """What the home's champion says of a picture."""
    with models_door(settings) as door:
        (found,) = door.predict_each("digits", [str(picture)], alias="champion", abstain_below=0.0)
    assert found["probability"] > 0.5
    return found


def test_a_home_that_moved_serves_the_champion_and_knows_its_jobs(lived: Lived, tmp_path: Path) -> None:
    Image.new("RGB", (16, 16), "red").save(tmp_path / "red.png")
    before = answer(lived.settings, tmp_path / "red.png")

    settings = moved(lived, tmp_path)

    store, home = open_store(settings.folders.store), settings.folders
    (decided,) = store.versions(**LINE)
    assert digest(Path(decided.artifact)) == lived.digest
    assert Path(decided.artifact).is_relative_to(home.root)
    job = store.job(lived.running)
    assert (job.state, store.trials(job.id)[0].state) == (JobState.RUNNING, TrialState.RUNNING)
    (noted,) = store.deeds(Wanted(action="gc"))
    assert noted.deed.target == str(lived.settings.home)
    store.close()
    assert answer(settings, tmp_path / "red.png") == before


def test_texts_that_name_the_home_name_the_new_one(lived: Lived, tmp_path: Path) -> None:
    home = moved(lived, tmp_path).folders

    card = json.loads((home.job(lived.running) / "checkpoints" / "0-1" / "checkpoint.json").read_text())
    assert card["work"]["manifest"] == f"{home.manifests}/f.jsonl"
    assert json.loads((home.manifests / "f.jsonl").read_text())["root"] == f"{home.datasets}/unpacked"
    assert (home.datasets / "uploads" / "aa.zip").read_bytes() == b"an archive"
    assert not home.cache.exists()
    assert not home.run.exists()


def test_every_file_that_a_row_names_is_there_whoever_writes_meanwhile(lived: Lived, tmp_path: Path) -> None:
    home = lived.home
    old, new = (home.job(lived.running) / "checkpoints" / name for name in ("0-1", "0-3"))

    def save_store(folder: Path) -> bool:
        """A runner goes on just then: it writes, the row follows, then it lets go of what was before."""
        new.mkdir()
        (new / "checkpoint.json").write_text("{}")
        is_dump = sqlite_store(home.store, folder)
        shutil.rmtree(old)
        return is_dump

    back_up(
        home,
        tmp_path / "backup",
        save_store=save_store,
        turn=reconcile_turn(lived.settings),
        settings={},
        now=0.0,
    )

    kept = tmp_path / "backup" / "home" / old.parent.relative_to(home.root)
    assert {path.name for path in kept.iterdir()} == {"0-1", "0-3"}
    assert not (home.root / ".backup").exists()


def test_writers_go_on_and_whole_transactions_are_kept(lived: Lived, tmp_path: Path) -> None:
    is_over, ids = threading.Event(), []

    def write() -> None:
        while not is_over.is_set():
            ids.append(lived.store.add_job(played_job.request(), tenant="default").id)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        until(lambda: len(ids) > 5)
        before = len(ids)
        back_up_home(lived.settings, tmp_path / "backup")
        after = len(ids)
    finally:
        is_over.set()
        writer.join()

    settings = Settings(home=tmp_path / "second höme", registry="folder")
    restore_home(settings, tmp_path / "backup")
    store = open_store(settings.folders.store)
    known = {job.id for job in store.jobs(limit=10**6)}
    assert set(ids[:before]) <= known
    assert after > before
    assert known - {lived.champion, lived.running} <= set(ids)
    store.close()


def test_a_backup_waits_for_a_promotion_and_not_for_another_backup(lived: Lived, tmp_path: Path) -> None:
    with (
        FileLock(lived.home.run / "backup.lock").exclusive(),
        pytest.raises(Conflict, match="another backup"),
    ):
        back_up_home(lived.settings, tmp_path / "second backup")
    turn = FileLock(reconcile_turn(lived.settings)).exclusive()
    made = threading.Thread(target=back_up_home, args=(lived.settings, tmp_path / "backup"))
    try:
        made.start()
        made.join(0.2)
        assert made.is_alive()
    finally:
        turn.release()
        made.join()

    assert (tmp_path / "backup" / "backup.json").is_file()
    assert not (tmp_path / "second backup").exists()


def test_a_home_with_a_linked_folder_is_not_backed_up_without_it(lived: Lived, tmp_path: Path) -> None:
    uploads = lived.home.datasets
    uploads.rename(tmp_path / "elsewhere")
    uploads.symlink_to(tmp_path / "elsewhere")

    with pytest.raises(OperatorError, match="datasets is a link"):
        back_up_home(lived.settings, tmp_path / "backup")

    assert not (tmp_path / "backup").exists()


def test_a_damaged_backup_is_refused_and_leaves_nothing(lived: Lived, tmp_path: Path) -> None:
    back_up_home(lived.settings, tmp_path / "backup")
    weights = next((tmp_path / "backup").rglob("model.safetensors"))
    weights.write_bytes(weights.read_bytes()[:-1] + b"?")

    with pytest.raises(OperatorError, match=r"model\.safetensors is not as it was written"):
        restore_home(Settings(home=tmp_path / "second höme"), tmp_path / "backup")

    assert list((tmp_path / "second höme").iterdir()) == []


def test_a_home_that_is_lived_in_is_not_overwritten(lived: Lived, tmp_path: Path) -> None:
    back_up_home(lived.settings, tmp_path / "backup")

    with pytest.raises(Conflict, match="is not empty"):
        restore_home(lived.settings, tmp_path / "backup")
    with pytest.raises(Conflict, match="is there already"):
        back_up_home(lived.settings, tmp_path / "backup")


def test_a_restore_that_was_cut_off_is_begun_again(lived: Lived, tmp_path: Path) -> None:
    back_up_home(lived.settings, tmp_path / "backup")
    home = Settings(home=tmp_path / "second höme").folders
    (home.root / ".restoring" / "jobs").mkdir(parents=True)
    (home.root / "manifests").mkdir()
    (home.root / "manifests" / "half.jsonl").write_text("half of")

    restore(tmp_path / "backup", home, fill_store=None)

    assert {path.name for path in home.manifests.iterdir()} == {"f.jsonl"}
    assert not (home.root / ".restoring").exists()


def test_what_is_no_backup_and_no_home_is_said(tmp_path: Path) -> None:
    with pytest.raises(OperatorError, match="is no backup"):
        restore_home(Settings(home=tmp_path / "second höme"), tmp_path)
    with pytest.raises(NotFound, match="nothing to back up"):
        back_up_home(Settings(home=tmp_path / "nowhere"), tmp_path / "backup")


def test_a_store_of_another_kind_is_said(lived: Lived, tmp_path: Path) -> None:
    back_up_home(lived.settings, tmp_path / "backup")
    settings = Settings(home=tmp_path / "second höme", store_url="postgresql://nobody@/nothing")

    with pytest.raises(OperatorError, match="leave AUTOML_TL_STORE_URL unset"):
        restore_home(settings, tmp_path / "backup")


def test_settings_go_along_without_passwords() -> None:
    environment = {
        "AUTOML_TL_STORE_URL": "postgresql://u:s3cret@db/x",
        "AUTOML_TL_WORKERS": "4",
        "AUTOML_TL_HOME": "/h",
        "PATH": "/bin",
    }

    assert variables(environment) == {
        "AUTOML_TL_STORE_URL": "postgresql://u@db/x",
        "AUTOML_TL_WORKERS": "4",
    }
