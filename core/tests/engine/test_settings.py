"""Settings: environment over file over defaults; what cannot be read names its source and the remedy."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from entrepot.settings import SettingsError, create_data_dir, load_settings


def test_defaults_are_a_sqlite_store_in_the_data_folder(tmp_path):
    settings = load_settings({}, data_dir=tmp_path)
    assert settings.database_url == f"sqlite:///{tmp_path}/entrepot.db"
    assert settings.media_dir == tmp_path / "media"
    assert settings.enabled_plugins is None


def test_environment_wins_over_the_file(tmp_path):
    (tmp_path / "entrepot.toml").write_text('base_url = "https://file.example"\nenabled_plugins = ["payment-a"]\n')
    environment = {"ENTREPOT_BASE_URL": "https://shop.example/", "DATABASE_URL": "postgresql://db/shop"}
    settings = load_settings(environment, data_dir=tmp_path)
    assert settings.base_url == "https://shop.example"
    assert settings.enabled_plugins == ("payment-a",)
    assert settings.database_url == "postgresql+psycopg://db/shop"


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({"ENTREPOT_SAFE_MODE": "maybe"}, ["ENTREPOT_SAFE_MODE", "maybe", "write 1 or 0"]),
        ({"ENTREPOT_BASE_URL": "shop.example"}, ["ENTREPOT_BASE_URL", "https://shop.example"]),
        ({"ENTREPOT_PLUGIN_LOAD_SECONDS": "soon"}, ["number of seconds"]),
    ],
)
def test_unreadable_variable_names_itself_and_the_remedy(tmp_path, environment, words):
    with pytest.raises(SettingsError) as raised:
        load_settings(environment, data_dir=tmp_path)
    assert [word for word in words if word not in str(raised.value)] == []


@pytest.mark.parametrize("text", ["base_url = ", 'colour = "red"', 'debug = "perhaps"'])
def test_unreadable_file_is_named(tmp_path, text):
    (tmp_path / "entrepot.toml").write_text(text)
    with pytest.raises(SettingsError, match="entrepot.toml"):
        load_settings({}, data_dir=tmp_path)


def test_key_files_are_for_their_owner_only_and_kept(tmp_path):
    create_data_dir(tmp_path)
    first = load_settings({}, data_dir=tmp_path)
    create_data_dir(tmp_path)
    second = load_settings({}, data_dir=tmp_path)
    assert first.secret_key == second.secret_key
    assert list(first.secrets_keys) == list(second.secrets_keys)
    assert len(first.secrets_keys) == 1
    modes = {stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("secret.key", "secrets.key")}
    assert modes == {0o600}


def test_missing_secret_key_tells_to_run_init(tmp_path):
    with pytest.raises(SettingsError, match="entrepot init"):
        load_settings({}, data_dir=tmp_path).require_secret_key()


def test_repr_shows_no_key(tmp_path):
    create_data_dir(tmp_path)
    settings = load_settings({"DATABASE_URL": "postgresql://u:hidden@db/shop"}, data_dir=tmp_path)
    assert settings.secret_key not in repr(settings)
    assert settings.secrets_keys[0] not in repr(settings)
    assert "hidden" not in repr(settings)


def test_safe_mode_zero_also_forbids_the_automatic_one(tmp_path):
    assert load_settings({}, data_dir=tmp_path).automatic_safe_mode
    assert not load_settings({"ENTREPOT_SAFE_MODE": "0"}, data_dir=tmp_path).automatic_safe_mode


def test_relative_data_folder_becomes_absolute():
    assert load_settings({"ENTREPOT_DATA_DIR": "shop"}).data_dir == Path("shop").absolute()
