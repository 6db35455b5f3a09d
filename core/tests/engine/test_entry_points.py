"""Installed plugins and themes are found by files of their distributions, as importlib-metadata would find them."""

from __future__ import annotations

import zipfile

import importlib_metadata
import pytest

from entrepot.engine.entry_points import installed

GROUP = "entrepot.plugins"


@pytest.fixture
def install(tmp_path):
    def write(distribution, entry_points, place="site"):
        folder = tmp_path / place / f"{distribution.replace('-', '_')}-1.2.dist-info"
        folder.mkdir(parents=True)
        (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.2\n")
        (folder / "entry_points.txt").write_text(entry_points)
        return str(tmp_path / place)

    return write


@pytest.mark.parametrize("group", ["entrepot.plugins", "entrepot.themes"])
def test_this_environment_has_what_importlib_metadata_says(group):
    def shown(points):
        return sorted((point.name, point.value, point.group, point.dist.name, point.dist.version) for point in points)

    ours = shown(installed(group))
    assert ours == shown(importlib_metadata.entry_points(group=group))
    assert ours


def test_comments_blanks_and_other_groups_are_passed_over(install):
    place = install("a-b", "# ours\n[console_scripts]\nx = y:z\n\n[entrepot.plugins]\n; later\n one=  pkg.sub : it \n")
    (point,) = installed(GROUP, [place, "/not/there"])
    assert (point.name, point.value) == ("one", "pkg.sub : it")
    assert (point.dist.name, point.dist.version) == ("a-b", "1.2")


def test_of_two_copies_of_a_distribution_the_first_on_the_path_counts(install):
    first = install("a-b", "[entrepot.plugins]\none = first\n")
    second = install("A-B", "[entrepot.plugins]\none = second\n", "later")
    assert [point.value for point in installed(GROUP, [first, second])] == ["first"]


def test_an_entry_point_loads_a_module_or_what_is_in_it(install):
    place = install("a", "[entrepot.plugins]\nmodule = json\nfunction = json:JSONDecoder.decode\ngone = json:none\n")
    points = {point.name: point for point in installed(GROUP, [place])}
    assert points["module"].load().__name__ == "json"
    assert points["function"].load().__qualname__ == "JSONDecoder.decode"
    with pytest.raises(AttributeError):
        points["gone"].load()


def test_an_archive_on_the_path_is_looked_into(tmp_path):
    archive = tmp_path / "plugins.zip"
    with zipfile.ZipFile(archive, "w") as files:
        files.writestr("a_b-1.2.dist-info/METADATA", "Metadata-Version: 2.1\nName: a-b\nVersion: 1.2\n")
        files.writestr("a_b-1.2.dist-info/entry_points.txt", "[entrepot.plugins]\none = first\n")
    assert [point.value for point in installed(GROUP, [str(archive)])] == ["first"]
