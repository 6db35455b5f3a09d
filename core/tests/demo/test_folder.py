"""The demo's folder: never another's, never two demos in one, never half a store."""

from __future__ import annotations

from os import getpid
from pathlib import Path

import pytest

from entrepot.demo.folder import MARK, DemoFolder, FolderRefused, demo_folder
from entrepot.demo.preparing import demo_environment


@pytest.mark.parametrize("fresh", [False, True])
def test_folder_with_other_things_is_left_alone(tmp_path: Path, fresh: bool) -> None:
    (tmp_path / "entrepot.db").write_text("a real store")

    with pytest.raises(FolderRefused, match="left alone"), demo_folder(tmp_path, fresh=fresh):
        pass

    assert [file.name for file in tmp_path.iterdir()] == ["entrepot.db"]


def test_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "demo").write_text("")

    with pytest.raises(FolderRefused, match="is a file"), demo_folder(tmp_path / "demo", fresh=False):
        pass


def test_second_demo_in_the_same_folder_is_refused_with_the_number_of_the_first(tmp_path: Path) -> None:
    with (
        demo_folder(tmp_path, fresh=False),
        pytest.raises(FolderRefused, match=f"process {getpid()}.*--data"),
        demo_folder(tmp_path, fresh=True),
    ):
        pass


def test_folder_is_free_again_after_its_demo(tmp_path: Path) -> None:
    for _ in range(2):
        with demo_folder(tmp_path, fresh=False) as folder:
            assert folder.path == tmp_path


def test_half_made_store_is_begun_anew(tmp_path: Path) -> None:
    with demo_folder(tmp_path, fresh=False):
        (tmp_path / "entrepot.db").write_text("half")
        (tmp_path / "entrepot.db-wal").write_text("half")

    with demo_folder(tmp_path, fresh=False) as folder:
        assert not list(folder.path.glob("entrepot.db*"))


def test_complete_store_is_kept_unless_fresh_is_asked(tmp_path: Path) -> None:
    with demo_folder(tmp_path, fresh=False) as folder:
        (tmp_path / "entrepot.db").write_text("whole")
        folder.remember(complete=True, ports={"sim": 8001}, revisions=("0001",))
    key = (tmp_path / "secret.key").read_text()

    with demo_folder(tmp_path, fresh=False) as folder:
        assert folder.state.ports == {"sim": 8001}
        assert (tmp_path / "entrepot.db").exists()
    with demo_folder(tmp_path, fresh=True) as folder:
        assert not folder.state.complete
        assert not (tmp_path / "entrepot.db").exists()
        assert (tmp_path / "secret.key").read_text() != key


def test_unreadable_mark_means_to_begin_anew(tmp_path: Path) -> None:
    (tmp_path / MARK).write_text("not json")

    with demo_folder(tmp_path, fresh=False) as folder:
        assert not folder.state.complete


def test_nothing_in_the_environment_leads_to_another_store(tmp_path: Path) -> None:
    environ = {
        "PATH": "/bin",
        "DATABASE_URL": "postgresql://live",
        "ENTREPOT_DATABASE_URL": "postgresql://live",
        "ENTREPOT_SECRETS_KEY": "live",
        "ENTREPOT_PLUGINS": "payment-sandbox",
    }

    given = demo_environment(environ, DemoFolder(tmp_path), "http://127.0.0.1:8000")

    assert "live" not in " ".join(given.values())
    assert given["ENTREPOT_DATA_DIR"] == str(tmp_path)
    assert given["ENTREPOT_BASE_URL"] == "http://127.0.0.1:8000"
    assert (given["PATH"], given["ENTREPOT_PLUGINS"]) == ("/bin", "payment-sandbox")
