"""What one plugin brings: its manifest and its answers to the registration hooks, checked by the border's rules."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from difflib import get_close_matches
from types import FunctionType, ModuleType
from typing import Any

import click
import pluggy

from entrepot.engine.failures import PluginRefused
from entrepot.kernel.records import dataclass
from entrepot.sdk.carriers import Carrier
from entrepot.sdk.channels import SalesChannel
from entrepot.sdk.config import ConfigSchema
from entrepot.sdk.customs import CustomsRules
from entrepot.sdk.hooks import FAMILIES, PROJECT
from entrepot.sdk.jobs import Job, Permission
from entrepot.sdk.manifest import API_VERSION, PluginManifest
from entrepot.sdk.notifiers import Notifier
from entrepot.sdk.payments import PaymentProvider
from entrepot.sdk.promotions import PromotionAction, PromotionCondition
from entrepot.sdk.provider import Provider
from entrepot.sdk.rates import RateSource
from entrepot.sdk.screening import PartyScreening
from entrepot.sdk.slots import SlotBlock
from entrepot.sdk.stock import StockSource
from entrepot.sdk.tax import TaxCalculator

HOOK_NAMES = frozenset(name for family in FAMILIES for name in vars(family) if name.startswith("entrepot_"))
_PROVIDER_ID = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_PROVIDER_HOOKS: dict[str, type[Provider]] = {
    "entrepot_register_payment_providers": PaymentProvider,
    "entrepot_register_carriers": Carrier,
    "entrepot_register_channels": SalesChannel,
    "entrepot_register_tax_calculators": TaxCalculator,
    "entrepot_register_customs_rules": CustomsRules,
    "entrepot_register_notifiers": Notifier,
    "entrepot_register_rate_sources": RateSource,
    "entrepot_register_party_screenings": PartyScreening,
    "entrepot_register_stock_sources": StockSource,
}


@dataclass(frozen=True)
class Brought:
    """Everything that a plugin registered."""

    manifest: PluginManifest
    providers: tuple[type[Provider], ...] = ()
    promotion_rules: tuple[type[PromotionCondition | PromotionAction], ...] = ()
    slot_blocks: tuple[SlotBlock, ...] = ()
    jobs: tuple[Job, ...] = ()
    commands: tuple[click.Command, ...] = ()
    permissions: tuple[Permission, ...] = ()
    #: ``entrepot.sdk.web.PluginBlueprint``s; that module needs Flask, which discovery does not.
    blueprints: tuple[Any, ...] = ()


def read_plugin(plugin_id: str, module: ModuleType) -> Brought:
    """Ask the plugin what it brings; raises PluginRefused for what breaks a rule, or the plugin's own error."""
    manifest = checked_manifest(plugin_id, module)
    implemented = implemented_hooks(module)

    def answers(hook: str) -> list[Any]:
        return _list(hook, getattr(module, hook)()) if hook in implemented else []

    return Brought(
        manifest=manifest,
        providers=tuple(_providers(answers)),
        promotion_rules=tuple(_promotion_rules(plugin_id, answers("entrepot_register_promotion_rules"))),
        slot_blocks=tuple(_slot_blocks(plugin_id, answers("entrepot_register_slot_blocks"))),
        jobs=tuple(_of_type(Job, "entrepot_register_jobs", answers("entrepot_register_jobs"))),
        commands=tuple(_of_type(click.Command, "entrepot_register_commands", answers("entrepot_register_commands"))),
        permissions=tuple(_permissions(plugin_id, answers("entrepot_register_permissions"))),
        blueprints=tuple(_blueprints(plugin_id, answers("entrepot_register_blueprints"))),
    )


def checked_manifest(plugin_id: str, module: ModuleType) -> PluginManifest:
    """The module's manifest; raises PluginRefused when it is missing, of another id or of an API we do not speak."""
    manifest = getattr(module, "manifest", None)
    if not isinstance(manifest, PluginManifest):
        raise PluginRefused(
            f"Its module {module.__name__} has no manifest.", f'Add: manifest = PluginManifest(id="{plugin_id}", …)'
        )
    if manifest.id != plugin_id:
        raise PluginRefused(
            f"Its manifest says {manifest.id!r}, its entry point {plugin_id!r}.", "Write the same id in both."
        )
    if manifest.api_version not in (API_VERSION, API_VERSION - 1) or manifest.api_version < 1:
        newer = manifest.api_version > API_VERSION
        raise PluginRefused(
            f"It was written for API {manifest.api_version}; this core speaks API {API_VERSION} and the one before.",
            "Update entrepot with pip." if newer else "Update the plugin with pip.",
        )
    if manifest.tables and not manifest.migrations:
        raise PluginRefused(
            f"It declares tables ({', '.join(manifest.tables)}) but no migrations.",
            'Name the folder in the manifest: migrations="migrations"',
        )
    return manifest


def implemented_hooks(module: ModuleType) -> frozenset[str]:
    """Names of the hooks that the module implements; raises PluginRefused for wrappers and misspelt names."""
    marked = {name: options for name in vars(module) if (options := _marks(module, name))}
    for name, options in marked.items():
        if options["wrapper"] or options["hookwrapper"]:
            raise PluginRefused(
                f"{name} is a hook wrapper, which could rewrite the answers of other plugins.",
                "Implement the hook without wrapper=True or hookwrapper=True.",
            )
        if (hook := options["specname"] or name) not in HOOK_NAMES and not options["optionalhook"]:
            near = get_close_matches(hook, HOOK_NAMES, n=1)
            raise PluginRefused(
                f"There is no hook {hook!r}.", f"Did you mean {near[0]!r}?" if near else "See docs/reference/hooks.md."
            )
    forgotten = sorted(name for name in HOOK_NAMES.intersection(dir(module)) - set(marked))
    if forgotten:
        raise PluginRefused(f"{', '.join(forgotten)} lacks @hookimpl, so that nobody would call it.", "Add @hookimpl.")
    return frozenset(options["specname"] or name for name, options in marked.items())


def _providers(answers: Callable[[str], list[Any]]) -> Iterator[type[Provider]]:
    for hook, base in _PROVIDER_HOOKS.items():
        for answer in answers(hook):
            yield _checked_provider(hook, base, answer)


def _checked_provider(hook: str, base: type[Provider], answer: Any) -> type[Provider]:
    if not (isinstance(answer, type) and issubclass(answer, base)):
        raise PluginRefused(f"{hook} returned {answer!r}.", f"Return a list of {base.__name__} classes.")
    provider_id = getattr(answer, "id", None)
    if not (isinstance(provider_id, str) and _PROVIDER_ID.fullmatch(provider_id)):
        raise PluginRefused(
            f"{answer.__name__}.id is {provider_id!r}.", 'Give it an id in lower case with hyphens: id = "my-provider"'
        )
    if not isinstance(getattr(answer, "label", None), str):
        raise PluginRefused(f"{answer.__name__} has no label.", 'Say what staff read: label = "My provider"')
    schema = answer.config_schema
    if not (isinstance(schema, type) and issubclass(schema, ConfigSchema)):
        raise PluginRefused(f"{answer.__name__}.config_schema is {schema!r}.", "Use a subclass of ConfigSchema.")
    return answer


def _promotion_rules(plugin_id: str, rules: list[Any]) -> Iterator[type[PromotionCondition | PromotionAction]]:
    for rule in rules:
        if not (isinstance(rule, type) and issubclass(rule, PromotionCondition | PromotionAction)):
            raise PluginRefused(
                f"entrepot_register_promotion_rules returned {rule!r}.",
                "Return a list of PromotionCondition and PromotionAction classes.",
            )
        if not rule.id.startswith(f"{plugin_id}."):
            raise PluginRefused(f"{rule.__name__}.id is {rule.id!r}.", f"Start its id with '{plugin_id}.'.")
        yield rule


def _slot_blocks(plugin_id: str, blocks: list[Any]) -> Iterator[SlotBlock]:
    for block in _of_type(SlotBlock, "entrepot_register_slot_blocks", blocks):
        if not block.template.startswith(f"x/{plugin_id}/"):
            raise PluginRefused(
                f"The block for slot {block.slot!r} draws the template {block.template!r}.",
                f"Put it under templates/x/{plugin_id}/ and name it from there: x/{plugin_id}/…",
            )
        yield replace(block, plugin_id=plugin_id)


def _permissions(plugin_id: str, permissions: list[Any]) -> Iterator[Permission]:
    for permission in _of_type(Permission, "entrepot_register_permissions", permissions):
        if not permission.id.startswith(f"{plugin_id}."):
            raise PluginRefused(
                f"The permission {permission.id!r} is not the plugin's own.", f"Start its id with '{plugin_id}.'."
            )
        yield permission


def _blueprints(plugin_id: str, blueprints: list[Any]) -> Iterable[Any]:
    if not blueprints:
        return
    from entrepot.sdk.web import PluginBlueprint

    for blueprint in _of_type(PluginBlueprint, "entrepot_register_blueprints", blueprints):
        if blueprint.plugin_id != plugin_id:
            raise PluginRefused(
                f"A blueprint belongs to {blueprint.plugin_id!r}.", f'Write PluginBlueprint("{plugin_id}", …).'
            )
        yield blueprint


def _of_type(wanted: type[Any], hook: str, answers: list[Any]) -> Iterator[Any]:
    for answer in answers:
        if not isinstance(answer, wanted):
            raise PluginRefused(f"{hook} returned {answer!r}.", f"Return a list of {wanted.__name__} objects.")
        yield answer


def _list(hook: str, answer: Any) -> list[Any]:
    if isinstance(answer, list | tuple):
        return list(answer)
    raise PluginRefused(f"{hook} returned {type(answer).__name__}.", "Return a list; an empty one for nothing.")


class _HookManager(pluggy.PluginManager):
    """Looks for implementations among a module's functions only.

    pluggy's own search examines every name of the module statically, which costs more than importing a small plugin.
    """

    def parse_hookimpl_opts(self, plugin: Any, name: str) -> pluggy.HookimplOpts | None:
        return _marks(plugin, name)


def _marks(module: ModuleType, name: str) -> pluggy.HookimplOpts | None:
    """What ``@hookimpl`` left on a function of the module; None for everything else."""
    function = vars(module).get(name)
    return getattr(function, f"{PROJECT}_impl", None) if isinstance(function, FunctionType) else None


def hook_manager() -> pluggy.PluginManager:
    """A manager that knows every hook and no plugin."""
    manager = _HookManager(PROJECT)
    for family in FAMILIES:
        manager.add_hookspecs(family)
    return manager
