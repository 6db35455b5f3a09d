"""What a feature pack owes a shop: blocks that render in every language, hooks that bear repetition."""

from __future__ import annotations

import copy
import inspect
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any, ClassVar

import pytest
from jinja2 import Environment, TemplateSyntaxError

from entrepot.sdk import Job, MenuItem, Notice, SlotBlock
from entrepot.sdk.facts import FACTS
from entrepot.testkit.conformance.plugin import PluginBehaviours
from entrepot.testkit.outside import closed_clock_and_chance, closed_network
from entrepot.testkit.rendering import renderer
from entrepot.testkit.samples import fact, order_view, page_values
from entrepot.testkit.shop import FakeShop
from entrepot.testkit.verdict import refuse, require, told
from entrepot.theming.errors import UnknownSlot
from entrepot.theming.slots import SLOTS, known_slot

_HOSTILE = '<script>alert("x")</script>'
_FOREIGN = re.compile(r"""(?:src|href)\s*=\s*["'](?:https?:)?//[^"']+\.(?:js|css|woff2?)""", re.I)
_POST_FORM = re.compile(r"<form\b[^>]*method\s*=\s*[\"']?post[^>]*>.*?</form>", re.I | re.S)


class FeatureConformance(PluginBehaviours):
    """Inherit and name the plugin's package: ``package = entrepot_feature_…``."""

    package: ClassVar[ModuleType]
    #: Values that a slot passes, where a template needs more than the samples have: {"product": {"rating": 4}}.
    slot_values: ClassVar[Mapping[str, Mapping[str, Any]]] = {}
    locales: ClassVar[tuple[str, ...]] = ("en", "de", "zh-Hans")
    #: Behaviours that do not apply, with the reason.
    exempt: ClassVar[Mapping[str, str]] = {}

    def setup_method(self, method: Callable[..., object]) -> None:
        if method.__name__ in self.exempt:
            pytest.skip(self.exempt[method.__name__])
        self._network = closed_network()
        self._network.__enter__()

    def teardown_method(self) -> None:
        network = self.__dict__.pop("_network", None)
        if network is not None:
            network.__exit__(None, None, None)

    @property
    def plugin(self) -> ModuleType:
        return self.package

    def shop(self) -> FakeShop:
        """What observation hooks read: one order, and stock of its SKU."""
        return FakeShop(order_view(), stock={"LAMP-1": 7})

    def registered(self, what: str) -> list[Any]:
        hook = getattr(self.plugin, f"entrepot_register_{what}", None)
        return list(hook()) if callable(hook) else []

    def blocks(self) -> list[SlotBlock]:
        blocks = self.registered("slot_blocks")
        return blocks or pytest.skip("The plugin has no slot blocks.")

    def observations(self) -> list[str]:
        """Kinds of facts that the plugin observes."""
        kinds = [kind for kind in FACTS if hasattr(self.plugin, f"entrepot_{kind}")]
        return kinds or pytest.skip("The plugin observes no facts.")

    def test_manifest_is_of_a_feature(self) -> None:
        require(
            self.manifest.kind in ("feature", "connector", "identity"),
            f"The manifest's id is {self.manifest.id!r}.",
            costs="staff look for it in the wrong list.",
            remedy="call it feature-…, connector-… or identity-….",
        )

    def test_plugin_does_something(self) -> None:
        hooks = [name for name in vars(self.plugin) if name.startswith("entrepot_")]
        require(
            hooks,
            f"{self.plugin.__name__} implements no hook.",
            costs="it installs and does nothing.",
            remedy="implement a hook of entrepot.sdk.hooks in the package's __init__.py, with @hookimpl.",
        )

    def test_registration_is_repeatable(self) -> None:
        for name in vars(self.plugin):
            if name.startswith("entrepot_register_"):
                what = name.removeprefix("entrepot_register_")
                require(
                    len(self.registered(what)) == len(self.registered(what)),
                    f"{name} called twice registers different things.",
                    costs="a worker shows other blocks than the web process.",
                    remedy="build the list inside the function; change no module variable.",
                )

    # Slots and templates

    def test_blocks_stand_in_known_slots(self) -> None:
        for block in self.blocks():
            try:
                known_slot(block.slot)
            except UnknownSlot as error:
                require(
                    False,
                    str(error),
                    costs="the block is shown nowhere, without any message.",
                    remedy=f"choose from: {', '.join(sorted(SLOTS))}.",
                )

    def test_blocks_render_in_every_language(self) -> None:
        for block in self.blocks():
            for locale in self.locales:
                page = self._rendered(block, locale)
                require(
                    "{{" not in page and "{%" not in page,
                    f"{block.template} shows template code in {locale}.",
                    costs="buyers see the inside of the shop.",
                    remedy="mend the template.",
                )

    def test_hostile_names_are_escaped_in_blocks(self) -> None:
        for block in self.blocks():
            require(
                _HOSTILE not in self._rendered(block, "en", name=_HOSTILE),
                f"{block.template} writes a name into the page unescaped.",
                costs="whoever may name a product runs code in every buyer's browser.",
                remedy="never use |safe on values; templates end in .html so that they are escaped.",
            )

    def test_block_context_is_pure(self) -> None:
        for block in self.blocks():
            if block.context is None:
                continue
            values = self._values(block)
            before = copy.deepcopy(values)
            with closed_clock_and_chance(self.plugin.__name__):
                first, again = block.context(values), block.context(values)
            require(
                first == again and values == before,
                f"The context function of {block.template} is not pure.",
                costs="one plugin's block changes what the next one shows, or the page differs on every load.",
                remedy="build a new dict from the values that the slot passes.",
            )

    def test_block_templates_are_html(self) -> None:
        for block in self.blocks():
            require(
                block.template.endswith(".html"),
                f"{block.template} does not end in .html.",
                costs="it is not escaped: names with < break the page, or worse.",
                remedy="rename it.",
            )

    def test_templates_live_under_the_plugins_own_name(self) -> None:
        own = f"x/{self.manifest.id}/"
        for name in self._templates():
            require(
                name.startswith(own),
                f"templates/{name} is outside templates/{own}.",
                costs="it is never found, or hides a page of the shop.",
                remedy=f"move it to templates/{own}.",
            )

    def test_templates_can_be_compiled(self) -> None:
        environment = Environment(extensions=["jinja2.ext.i18n"])
        for name, text in self._templates().items():
            try:
                environment.parse(text)
            except TemplateSyntaxError as error:
                require(
                    False,
                    f"templates/{name} line {error.lineno}: {error.message}",
                    costs="the block disappears from every page.",
                    remedy="mend the syntax.",
                )

    def test_templates_load_nothing_from_elsewhere(self) -> None:
        for name, text in self._templates().items():
            foreign = _FOREIGN.search(text)
            require(
                foreign is None,
                f"templates/{name} loads {foreign.group(0) if foreign else ''}.",
                costs="every visitor's address goes to a third party before any consent; its outage is yours.",
                remedy="ship the file under static/.",
            )

    def test_forms_that_write_carry_a_csrf_field(self) -> None:
        for name, text in self._templates().items():
            for form in _POST_FORM.findall(text):
                require(
                    "csrf_field()" in form,
                    f"templates/{name} has a POST form without csrf_field().",
                    costs="the form is refused, or another site submits it in the visitor's name.",
                    remedy="{{ csrf_field() }} inside the form.",
                )

    # Facts

    def test_observed_facts_are_digested(self) -> None:
        for kind in self.observations():
            self._observe(kind, self.shop())

    def test_facts_that_come_twice_are_digested(self) -> None:
        for kind in self.observations():
            shop = self.shop()
            self._observe(kind, shop)
            self._observe(kind, shop)

    def test_facts_about_an_order_that_is_gone_are_digested(self) -> None:
        for kind in self.observations():
            self._observe(kind, FakeShop())

    # Contributions and registered things

    def test_notices_are_notices(self) -> None:
        answers: dict[str, list[dict[str, Any]]] = {
            "entrepot_cart_notices": [{"skus": skus, "market": "eu", "locale": "en"} for skus in ([], ["LAMP-1"])],
            "entrepot_order_notices": [{"order": order_view(), "locale": locale} for locale in self.locales],
            "entrepot_admin_menu_items": [{}],
        }
        for name, calls in answers.items():
            for arguments in calls:
                self._require_contributions(name, arguments)

    def test_menu_items_point_into_the_shop(self) -> None:
        for item in self._contributed("entrepot_admin_menu_items", {}):
            require(
                item.url.startswith("/") and not item.url.startswith("//") and item.permission and item.label.strip(),
                f"{item!r} is no link into the back office with a permission.",
                costs="every member of staff sees a page that only some may use.",
                remedy="MenuItem(group, label, '/admin/x/<plugin-id>/…', '<plugin-id>.…').",
            )

    def test_routes_name_a_permission(self) -> None:
        for blueprint in self.registered("blueprints"):
            rules = _routes(blueprint)
            open_ones = [endpoint for endpoint in rules if endpoint not in blueprint.permissions]
            require(
                not open_ones,
                f"Routes without a permission: {', '.join(open_ones)}.",
                costs="the shop refuses to mount the pages.",
                remedy="@blueprint.page('/…', permission=PUBLIC or '<plugin-id>.…').",
            )

    def test_jobs_have_names_and_a_decent_pause(self) -> None:
        jobs: list[Job] = self.registered("jobs")
        names = [job.name for job in jobs]
        require(
            len(names) == len(set(names)) and all(names) and all(job.every.total_seconds() >= 1 for job in jobs),
            f"Jobs {names} are not distinct, or run without a pause.",
            costs="two jobs share one lock and one of them never runs.",
            remedy="one name per job, at least a second between runs.",
        )

    def test_commands_explain_themselves(self) -> None:
        for command in self.registered("commands"):
            require(
                command.name and (command.help or command.short_help),
                f"Command {command.name!r} has no help text.",
                costs="nobody dares to run it.",
                remedy="write a docstring on the click command.",
            )

    def test_tables_come_with_migrations(self) -> None:
        folder = Path(self.plugin.__file__ or ".").parent / (self.manifest.migrations or "-")
        require(
            not self.manifest.tables or folder.is_dir(),
            f"{', '.join(self.manifest.tables)} are declared, but there is no folder {self.manifest.migrations!r}.",
            costs="the first page of the plugin fails on a missing table.",
            remedy='manifest(migrations="migrations") and an Alembic folder beside __init__.py.',
        )

    def test_tables_declare_what_they_know_about_people(self) -> None:
        if not self.manifest.tables:
            pytest.skip("The plugin keeps no tables.")
        require(
            self.manifest.privacy,
            "The plugin keeps tables and its manifest has no privacy entry.",
            costs="a customer asks what is stored, and the answer is incomplete.",
            remedy='privacy=[PersonalData("none", "…")] when nothing in them is about a person.',
        )

    def _values(self, block: SlotBlock, locale: str = "en", name: str = "Harbour lamp") -> dict[str, Any]:
        values = page_values(known_slot(block.slot).values, name=name, locale=locale)
        for key, more in self.slot_values.items():
            if key in values and not hasattr(values[key], "number"):
                vars(values[key]).update(more)
        return values

    def _rendered(self, block: SlotBlock, locale: str, **sample: str) -> str:
        values = self._values(block, locale, **sample)
        try:
            context = values if block.context is None else block.context(values)
            return renderer(self.plugin)(block.template, locale, csrf_field=lambda: "", **context)
        except Exception as error:
            refuse(
                f"{block.template} in {block.slot} did not render in {locale}: {told(error)}",
                costs="the block disappears from every page, and the log fills.",
                remedy="use only what the slot passes; add what the samples lack to slot_values.",
            )

    def _templates(self) -> dict[str, str]:
        folder = Path(self.plugin.__file__ or ".").parent / "templates"
        files = (file for file in sorted(folder.rglob("*")) if file.is_file())
        return {file.relative_to(folder).as_posix(): file.read_text(encoding="utf-8") for file in files}

    def _observe(self, kind: str, shop: FakeShop) -> None:
        try:
            _call(getattr(self.plugin, f"entrepot_{kind}"), {"fact": fact(kind), "shop": shop})
        except Exception as error:
            refuse(
                f"entrepot_{kind} failed: {told(error)}",
                costs="the delivery is repeated ten times and parked; everything behind it in this plugin waits.",
                remedy="facts come at least once and late: expect repeats and shop.order() being None.",
            )

    def _contributed(self, name: str, arguments: Mapping[str, Any]) -> Iterator[Any]:
        hook = getattr(self.plugin, name, None)
        if hook is not None:
            yield from _call(hook, arguments)

    def _require_contributions(self, name: str, arguments: Mapping[str, Any]) -> None:
        wanted = MenuItem if name == "entrepot_admin_menu_items" else Notice
        for item in self._contributed(name, arguments):
            require(
                isinstance(item, wanted),
                f"{name} gave {item!r}.",
                costs="the contribution is dropped and logged on every page.",
                remedy=f"return a list of {wanted.__name__}.",
            )


def _call(hook: Callable[..., Any], arguments: Mapping[str, Any]) -> Any:
    """Call a hook with the arguments that it takes, as pluggy does."""
    taken = inspect.signature(hook).parameters
    return hook(**{name: value for name, value in arguments.items() if name in taken})


def _routes(blueprint: Any) -> list[str]:
    from flask import Flask

    app = Flask("conformance")
    app.register_blueprint(blueprint)
    return [str(rule.endpoint).rpartition(".")[2] for rule in app.url_map.iter_rules() if rule.endpoint != "static"]
