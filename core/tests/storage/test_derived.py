"""What is made from other files is kept between starts, for the owner of the process alone."""

from __future__ import annotations

import stat

import pytest

from entrepot.storage.derived import FOLDER, DerivedFiles
from entrepot.theming.environment import LayeredEnvironment
from entrepot.theming.layers import FolderLayer
from entrepot.web.i18n import Catalogues, CatalogueSource

PO = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\nmsgid "Cart"\nmsgstr "{}"\n'


@pytest.fixture
def derived(tmp_path):
    return DerivedFiles(tmp_path)


@pytest.fixture
def po(tmp_path):
    file = tmp_path / "texts" / "de" / "LC_MESSAGES" / "messages.po"
    file.parent.mkdir(parents=True)
    return file


def test_what_was_made_from_the_same_is_found_again(derived, tmp_path):
    derived.write("a page", b"one\ntwo", made_from="its source")
    assert DerivedFiles(tmp_path).read("a page", made_from="its source") == b"one\ntwo"
    assert derived.read("a page", made_from="another source") is None
    assert derived.read("another page", made_from="its source") is None


def test_a_newer_one_takes_the_place_of_the_older(derived, tmp_path):
    derived.write("a page", b"old", made_from="then")
    derived.write("a page", b"new", made_from="now")
    assert derived.read("a page", made_from="now") == b"new"
    assert len(list((tmp_path / FOLDER).iterdir())) == 1


def test_only_its_owner_may_look_into_the_folder(derived, tmp_path):
    derived.write("a page", b"new", made_from="now")
    assert stat.S_IMODE((tmp_path / FOLDER).stat().st_mode) == 0o700


def test_a_folder_that_others_may_write_to_is_left_unused(derived, tmp_path):
    (tmp_path / FOLDER).mkdir()
    (tmp_path / FOLDER).chmod(0o777)
    derived.write("a page", b"new", made_from="now")
    assert list((tmp_path / FOLDER).iterdir()) == []
    assert derived.read("a page", made_from="now") is None


def test_without_a_data_folder_nothing_is_kept_and_none_is_made(tmp_path):
    nowhere = DerivedFiles(tmp_path / "none")
    nowhere.write("a page", b"new", made_from="now")
    assert nowhere.read("a page", made_from="now") is None
    assert not (tmp_path / "none").exists()


def environment(tmp_path, derived):
    layers = {"core": FolderLayer("core", tmp_path / "templates")}
    return LayeredEnvironment(layers, lambda: ("core",), derived=derived)


def test_a_template_is_compiled_once_and_again_when_it_changed(tmp_path, derived, monkeypatch):
    page = tmp_path / "templates" / "page.html"
    page.parent.mkdir()
    page.write_text("Hello {{ 1 + 1 }}")
    assert environment(tmp_path, derived).get_template("page.html").render() == "Hello 2"
    second = environment(tmp_path, derived)
    with monkeypatch.context() as patched:
        patched.setattr(second, "_generate", lambda *a, **k: pytest.fail("compiled again"))
        assert second.get_template("page.html").render() == "Hello 2"
    page.write_text("Bye {{ 1 + 1 }}")
    assert environment(tmp_path, derived).get_template("page.html").render() == "Bye 2"


def test_a_damaged_template_is_compiled_anew(tmp_path, derived):
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "page.html").write_text("Hello")
    environment(tmp_path, derived).get_template("page.html")
    for file in (tmp_path / FOLDER).iterdir():
        file.write_bytes(file.read_bytes()[:-9])
    assert environment(tmp_path, derived).get_template("page.html").render() == "Hello"


def test_texts_are_read_once_and_again_when_a_file_changed(tmp_path, derived, po, monkeypatch):
    sources = [CatalogueSource(tmp_path / "texts")]
    po.write_text(PO.format("Warenkorb"))
    assert Catalogues(sources, derived).translator("de").gettext("Cart") == "Warenkorb"
    with monkeypatch.context() as patched:
        patched.setattr("entrepot.web.i18n.read_catalogue", lambda *a: pytest.fail("read again"))
        assert Catalogues(sources, derived).translator("de").gettext("Cart") == "Warenkorb"
    po.write_text(PO.format("Einkaufswagen"))
    assert Catalogues(sources, derived).translator("de").gettext("Cart") == "Einkaufswagen"


def test_texts_of_a_broken_file_are_asked_for_again(tmp_path, derived, po, caplog):
    po.write_text('msgid "Cart\nmsgstr broken\nnonsense')
    for _ in range(2):
        caplog.clear()
        assert Catalogues([CatalogueSource(tmp_path / "texts")], derived).translator("de").gettext("Cart") == "Cart"
        assert "cannot be read" in caplog.text
