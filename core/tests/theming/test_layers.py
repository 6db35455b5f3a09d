"""Layered templates: who answers to a name, ``next:``, and what templates may not do."""

from __future__ import annotations

import sys
from collections import OrderedDict, UserDict, deque
from pathlib import Path

import pytest
from jinja2 import StrictUndefined, TemplateNotFound, UndefinedError
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from entrepot.theming.layers import PluginLayer

PAGE = "<h1>{% block title %}core{% endblock %}</h1>"


def extending(layer: str) -> str:
    return f'{{% extends "next:product/show.html" %}}{{% block title %}}{layer}+{{{{ super() }}}}{{% endblock %}}'


@pytest.fixture
def every_layer(write):
    write("core/templates/product/show.html", PAGE)
    write("themes/harbour/templates/product/show.html", extending("harbour"))
    write("themes/sunset/templates/product/show.html", extending("sunset"))
    write("override/templates/product/show.html", extending("store"))


def test_next_walks_every_layer_down_to_the_core(shop, every_layer):
    assert shop("sunset").render("product/show.html") == "<h1>store+sunset+harbour+core</h1>"


def test_a_layer_without_the_file_is_skipped(tmp_path, shop, every_layer):
    (tmp_path / "themes/harbour/templates/product/show.html").unlink()
    assert shop("sunset").render("product/show.html") == "<h1>store+sunset+core</h1>"


def test_chain_tells_which_layers_have_a_template(tmp_path, shop, every_layer):
    chain = shop("sunset").chain("product/show.html")
    assert [layer for layer, _ in chain] == ["override", "sunset", "harbour", "core"]
    assert chain[1][1] == tmp_path / "themes/sunset/templates/product/show.html"


def test_themes_can_be_switched_in_one_process_without_mixing_compiled_templates(shop, every_layer):
    theming = shop("sunset", debug=False)
    for _ in range(2):
        assert theming.render("product/show.html") == "<h1>store+sunset+harbour+core</h1>"
        with theming.using("harbour"):
            assert theming.render("product/show.html") == "<h1>store+harbour+core</h1>"


def test_parent_templates_see_the_childs_version_of_what_they_include(write, shop):
    write("core/templates/home.html", '{% include "partials/price.html" %}')
    write("core/templates/partials/price.html", "core price")
    write("themes/sunset/templates/partials/price.html", 'sunset, {% include "next:partials/price.html" %}')
    assert shop("sunset").render("home.html") == "sunset, core price"


def test_next_works_for_imports_and_for_other_files(write, shop):
    write("core/templates/macros.html", "{% macro tag() %}core tag{% endmacro %}")
    write("themes/sunset/templates/macros.html", "{% macro tag() %}sunset tag{% endmacro %}")
    write("themes/sunset/templates/home.html", '{% from "next:macros.html" import tag %}{{ tag() }}')
    write("themes/harbour/templates/home.html", "never")
    assert shop("sunset").render("home.html") == "core tag"


def test_a_list_of_candidates_may_contain_a_next_that_is_not_there(write, shop):
    write("core/templates/plain.html", "plain")
    write("core/templates/home.html", '{% include ["next:home.html", "plain.html"] %}')
    assert shop("sunset").render("home.html") == "plain"


def test_next_below_the_core_says_where_it_looked(write, shop):
    write("core/templates/home.html", '{% extends "next:home.html" %}')
    with pytest.raises(TemplateNotFound, match=r"'home\.html' was not found; searched: no layer"):
        shop("sunset").render("home.html")


def test_templates_cannot_address_layers_by_name(write, shop):
    write("core/templates/home.html", "core")
    write("themes/sunset/templates/home.html", '{% extends "@core/home.html" %}')
    with pytest.raises(TemplateNotFound):
        shop("sunset").render("home.html")


@pytest.mark.covers("G24")
def test_plugins_answer_only_in_their_own_place(tmp_path, write, shop):
    write("core/templates/product/show.html", PAGE)
    write("plugins/klarna/templates/product/show.html", "hijacked")
    write("plugins/klarna/templates/x/other/badge.html", "hijacked")
    write("plugins/klarna/templates/x/klarna/badge.html", "badge")
    theming = shop("sunset")
    assert theming.render("product/show.html") == "<h1>core</h1>"
    assert theming.render("x/klarna/badge.html") == "badge"
    assert theming.chain("x/other/badge.html") == []
    layer = PluginLayer({"klarna": tmp_path / "plugins/klarna/templates"})
    assert layer.refused() == {"klarna": ["product/show.html", "x/other/badge.html"]}


def test_a_theme_may_restyle_a_plugins_template(write, shop):
    write("plugins/klarna/templates/x/klarna/badge.html", "badge")
    write("themes/sunset/templates/x/klarna/badge.html", '<b>{% include "next:x/klarna/badge.html" %}</b>')
    assert shop("sunset").render("x/klarna/badge.html") == "<b>badge</b>"


@pytest.mark.parametrize("path", ["admin/order.html", "legal/invoice.html", "x/klarna/admin/list.html"])
def test_back_office_and_legal_templates_are_out_of_reach_for_themes(write, shop, path):
    write(f"core/templates/{path}" if not path.startswith("x/") else f"plugins/klarna/templates/{path}", "original")
    write(f"themes/sunset/templates/{path}", "forged")
    write(f"override/templates/{path}", "forged")
    assert shop("sunset").render(path) == "original"


@pytest.mark.parametrize(
    "path", ["../secret.html", "a/../../secret.html", "/secret.html", "a\\..\\secret.html", ".git"]
)
def test_names_that_leave_a_layer_are_never_found(write, shop, path):
    write("core/secret.html", "secret")
    write("core/templates/.git", "secret")
    with pytest.raises(TemplateNotFound):
        shop("sunset").render(path)


def test_links_that_leave_a_layer_are_never_followed(tmp_path, write, shop):
    write("outside.html", "secret")
    write("override/templates/home.html", "home")
    (tmp_path / "override/templates/link.html").symlink_to(tmp_path / "outside.html")
    with pytest.raises(TemplateNotFound):
        shop("sunset").render("link.html")


def test_everything_is_escaped_even_in_text_files(write, shop):
    write("core/templates/home.html", "{{ name }}")
    write("core/templates/robots.txt", "{{ name }}")
    theming = shop("sunset")
    assert theming.render("home.html", name="<b>") == theming.render("robots.txt", name="<b>") == "&lt;b&gt;"


@pytest.mark.parametrize(
    "expression",
    [
        "''.__class__.__mro__",
        "page.method.__globals__.x",
        "page.method.__func__.__globals__",
        "('{0.__class__.__mro__}'.format(page)).x",
        "page['__class__'].__mro__",
        "(page|attr('__class__')).__mro__",
        "(page.generator.gi_frame).f_globals",
        "page.items.append(1)",
        "page.mapping.update(a=1)",
        "9 ** 9 ** 9",
        "'a' * 1000000000",
        "[0] * 1000000000",
        "range(1000000000)",
    ],
)
def test_templates_run_in_the_sandbox(write, shop, expression):
    class Page:
        items: list[int] = []
        mapping: dict[str, int] = {}
        generator = (number for number in ())

        def method(self) -> None:
            pass

    write("override/templates/home.html", f"{{{{ {expression} }}}}")
    with pytest.raises((SecurityError, OverflowError, UndefinedError)):
        shop("sunset", debug=False).render("home.html", page=Page())
    assert Page.items == [] and Page.mapping == {}


def _objects_with_secrets():
    def generate():
        yield sys._getframe()

    generator = generate()
    try:
        raise ValueError
    except ValueError as error:
        trace = error.__traceback__
    functions = [generate, "".upper, len, Path.cwd, Path("x").exists]
    containers = [[], {}, set(), deque(), frozenset(), (), OrderedDict(), UserDict(), "text"]
    return [*functions, *containers, generator, next(generator), generate.__code__, trace, str, Path("x")]


@pytest.mark.parametrize("thing", _objects_with_secrets(), ids=lambda thing: type(thing).__name__)
def test_the_quick_sandbox_refuses_exactly_what_the_stock_one_refuses(shop, thing):
    quick, stock = shop("sunset").environment, ImmutableSandboxedEnvironment()

    def refused(environment, name):
        return getattr(environment.getattr(thing, name), "_undefined_exception", None) is SecurityError

    names = {*dir(thing), *dir(deque), "mro", "gi_frame", "f_globals"}
    assert [name for name in sorted(names) if refused(quick, name) != refused(stock, name)] == []


def test_ordinary_expressions_work_in_the_sandbox(write, shop):
    write("core/templates/home.html", "{{ page.name }} {{ page['name'] }} {{ page.words|join('-') }}")
    write("core/templates/sums.html", "{{ 3 * 4 }} {{ '-' * 3 }} {{ '{}!'.format('hi') }}")
    page = {"name": "mug", "words": ["a", "b"]}
    theming = shop("sunset")
    assert theming.render("home.html", page=page) == "mug mug a-b"
    assert theming.render("sums.html") == "12 --- hi!"


def test_a_missing_value_is_an_error_in_debug(write, shop):
    write("core/templates/home.html", "{{ page.colour }}")
    theming = shop("sunset")
    assert theming.environment.undefined is StrictUndefined
    with pytest.raises(UndefinedError, match="colour"):
        theming.render("home.html", page={})


def test_a_missing_value_is_nothing_in_production_and_logged_once(write, shop, caplog):
    write("core/templates/home.html", "[{{ page.colour }}]")
    theming = shop("sunset", debug=False)
    assert [theming.render("home.html", page={}) for _ in range(3)] == ["[]"] * 3
    assert [record.getMessage() for record in caplog.records].count(
        "Template variable warning: 'dict object' has no attribute 'colour'"
    ) == 1


def test_a_missing_value_never_chains_silently(write, shop):
    write("core/templates/home.html", "{{ page.colour.name }}")
    with pytest.raises(UndefinedError):
        shop("sunset", debug=False).render("home.html", page={})


def test_debug_sees_new_files_and_production_after_forget(tmp_path, write, shop):
    write("core/templates/home.html", "core")
    debugging, serving = shop("sunset"), shop("sunset", debug=False)
    assert debugging.render("home.html") == serving.render("home.html") == "core"
    write("override/templates/home.html", "store")
    assert debugging.render("home.html") == "store"
    assert serving.render("home.html") == "core"
    serving.forget()
    assert serving.render("home.html") == "store"


def test_every_shipped_template_can_be_listed_and_compiled(write, shop, every_layer):
    write("plugins/klarna/templates/x/klarna/badge.html", "badge")
    write("plugins/klarna/templates/stray.html", "never used")
    theming = shop("sunset")
    names = theming.environment.list_templates()
    assert names[-1] == "@sunset/product/show.html" and "@plugins/x/klarna/badge.html" in names
    assert all(theming.environment.get_template(name) for name in names)
