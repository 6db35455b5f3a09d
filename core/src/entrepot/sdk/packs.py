"""Rule packs: dated customs and tax data that a plugin ships, and the providers that answer from it.

A pack is a folder of CSV and TOML files (see docs/reference/rule-packs.md). Naming it reads nothing; its records are
read when the first question comes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import field
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, ClassVar, Protocol, TypeVar

from marshmallow import ValidationError, post_load

from entrepot.kernel.country import UnknownCountry, country_code
from entrepot.kernel.currency import UnknownCurrency
from entrepot.kernel.money import InvalidAmount, Money
from entrepot.kernel.records import dataclass
from entrepot.sdk.config import ConfigSchema, choice, switch, text
from entrepot.sdk.customs import CustomsAnswer, CustomsQuestion, CustomsRules
from entrepot.sdk.errors import PluginError
from entrepot.sdk.hooks import hookimpl
from entrepot.sdk.tax import TaxAnswer, TaxCalculator, TaxQuestion

_SCHEME = re.compile(r"[A-Z][A-Z0-9-]{1,19}")


@dataclass(frozen=True)
class RulePack:
    """Where a pack's records are and which destinations they are about. ``countries`` are ISO 3166-1 codes."""

    id: str
    countries: frozenset[str]
    folder: Traversable
    #: What staff read where they open an account, for the border and for checkout; empty: there is no such account.
    customs: str = ""
    checkout: str = ""

    @classmethod
    def of(cls, id: str, *countries: str, folder: Traversable, customs: str = "", checkout: str = "") -> RulePack:
        """``RulePack.of("uk", "GB", folder=Path(__file__).parent / "rules", customs="UK duty", checkout="UK VAT")``."""
        return cls(id, frozenset(countries), folder, customs, checkout)


def read_registrations(written: str) -> dict[str, str]:
    """``IOSS IM2760000000`` a line, as scheme to number; raises ValidationError with the line."""
    found: dict[str, str] = {}
    for line in filter(None, (line.strip() for line in written.splitlines())):
        scheme, _, number = line.replace(":", " ").replace("=", " ").partition(" ")
        if not _SCHEME.fullmatch(scheme):
            raise ValidationError(f"'{line}' names no scheme. Write one a line, like 'IOSS IM2760000000' or 'US-CA'.")
        if scheme in found:
            raise ValidationError(f"'{scheme}' is there twice. Keep one line.")
        found[scheme] = number.strip()
    return found


def _must_be_registrations(written: str) -> None:
    read_registrations(written)


def read_options(written: str) -> dict[str, str]:
    """``channel = cbec`` a line, as name to value; raises ValidationError with the line."""
    found: dict[str, str] = {}
    for line in filter(None, (line.strip() for line in written.splitlines())):
        name, sign, value = (part.strip() for part in line.partition("="))
        if not (name and sign and value):
            raise ValidationError(f"'{line}' chooses nothing. Write one a line, like 'channel = cbec'.")
        found[name] = value
    return found


def read_amount(written: str) -> Money | None:
    """``0 CNY``; nothing for nothing. Raises ValidationError."""
    if not written.strip():
        return None
    amount, _, currency = written.strip().partition(" ")
    try:
        return Money.exactly(amount, currency.strip().upper())
    except (InvalidAmount, UnknownCurrency):
        raise ValidationError(f"'{written}' is not an amount. Write it like '0 CNY', or leave it empty.") from None


def _must_be_options(written: str) -> None:
    read_options(written)


def _must_be_amount(written: str) -> None:
    read_amount(written)


def _must_be_country(code: str) -> None:
    try:
        country_code(code) if code else None
    except UnknownCountry:
        raise ValidationError(f"'{code}' is no country. Write two letters, like DE.") from None


class PackConfig(ConfigSchema):
    """What a rule pack has to know about the seller. One account is one seller."""

    established_in = text(
        label="Established in",
        help="The country where the business has its seat, as two letters such as DE.",
        default="",
        validate=_must_be_country,
    )
    registrations = text(
        label="Registrations",
        help="One a line, the scheme and its number: 'IOSS IM2760000000', 'OSS DE123456789', 'GB-VAT GB123456789'. "
        "'US-CA' says that you collect sales tax in California. Taxes are collected only under what is named here.",
        default="",
        multiline=True,
        validate=_must_be_registrations,
    )
    mode = choice(
        {"": "not known", "post": "Post", "courier": "Courier", "sea": "Sea freight"},
        label="Parcels are sent by",
        default="",
        help="Some rules differ. A carrier that says it itself goes before this.",
    )
    ddp = switch(
        label="Duties and taxes included",
        default=False,
        help="On: what is due at the border is taken from the buyer with the order, where all of it is known.",
    )

    options = text(
        label="Choices of the rules",
        help="Some countries let the seller choose. One a line, as the pack names them: 'channel = cbec'.",
        default="",
        multiline=True,
        validate=_must_be_options,
    )
    assumed_year_to_date = text(
        label="Buyers are taken to have imported this year",
        help="For rules that limit what one person imports in a year, such as '0 CNY'. An assumption: customs may know "
        "more and refuse the parcel. Empty: such rules stay unknown.",
        default="",
        validate=_must_be_amount,
    )

    @post_load
    def tidy(self, values: dict[str, Any], **_: Any) -> dict[str, Any]:
        """Store the country in capitals."""
        return {**values, "established_in": values["established_in"].strip().upper()}


@dataclass(frozen=True)
class Seller:
    """An account's configuration as rules ask for it."""

    established_in: str
    registrations: Mapping[str, str]
    mode: str
    ddp: bool
    options: Mapping[str, str] = field(default_factory=dict)
    year_to_date: Money | None = None

    @classmethod
    def of(cls, config: Mapping[str, Any]) -> Seller:
        registrations = read_registrations(config.get("registrations", ""))
        return cls(
            established_in=config.get("established_in", ""),
            registrations=registrations,
            mode=config.get("mode", ""),
            ddp=config.get("ddp", False),
            options=read_options(config.get("options", "")),
            year_to_date=read_amount(config.get("assumed_year_to_date", "")),
        )


class RuleReckoner(Protocol):
    """What reads packs and reckons with them: the core's rule engine, bound by the core at start."""

    def check(self, pack: RulePack, folder: Path | None) -> None: ...

    def crosses_border(self, origin_country: str, destination_country: str) -> bool: ...

    def customs(
        self, pack: RulePack, folder: Path | None, question: CustomsQuestion, seller: Seller
    ) -> CustomsAnswer: ...

    def tax(self, pack: RulePack, folder: Path | None, question: TaxQuestion, seller: Seller) -> TaxAnswer: ...


_make_reckoner: Callable[[], RuleReckoner] | None = None


def bind_reckoner(make_reckoner: Callable[[], RuleReckoner]) -> None:
    """Called by the core at start; the engine loads with the first question to a pack."""
    global _make_reckoner
    _make_reckoner = make_reckoner


def _reckoner() -> RuleReckoner:
    if _make_reckoner is None:
        raise PluginError("There is no shop around this rule pack. Ask it inside a started shop or with the testkit.")
    return _make_reckoner()


class PackCustomsRules(CustomsRules):
    """Customs rules that answer from ``pack``. A plugin sets ``id``, ``label`` and ``pack``, and nothing else."""

    pack: ClassVar[RulePack]
    config_schema: ClassVar[type[ConfigSchema]] = PackConfig
    at_once: ClassVar[frozenset[str]] = frozenset({"assess"})

    def check(self) -> None:
        """Read every record; raises PackInvalid with file and line."""
        _reckoner().check(self.pack, self.ctx.rules_folder)

    def serves(self, origin_country: str, destination_country: str) -> bool:
        if destination_country not in self.pack.countries:
            return False
        return _reckoner().crosses_border(origin_country, destination_country)

    def assess(self, question: CustomsQuestion) -> CustomsAnswer:
        """What is due at the border and who takes it, from the records in force on the day of the question."""
        if not question.lines:
            return CustomsAnswer()
        return _reckoner().customs(self.pack, self.ctx.rules_folder, question, Seller.of(self.config))


class PackTaxCalculator(TaxCalculator):
    """The tax that the seller collects at checkout, from ``pack`` and the seller's registrations.

    A plugin sets ``id``, ``label`` and ``pack``, and nothing else.
    """

    pack: ClassVar[RulePack]
    config_schema: ClassVar[type[ConfigSchema]] = PackConfig
    at_once: ClassVar[frozenset[str]] = frozenset({"calculate"})

    def check(self) -> None:
        """Read every record; raises PackInvalid with file and line."""
        _reckoner().check(self.pack, self.ctx.rules_folder)

    def serves(self, question: TaxQuestion) -> bool:
        return question.destination.country in self.pack.countries

    def calculate(self, question: TaxQuestion) -> TaxAnswer:
        """The tax of every line, from the records in force on the day of the question."""
        if not question.lines:
            return TaxAnswer(())
        return _reckoner().tax(self.pack, self.ctx.rules_folder, question, Seller.of(self.config))


_P = TypeVar("_P", PackCustomsRules, PackTaxCalculator)


def pack_hooks(
    module: str, *packs: RulePack
) -> tuple[Callable[[], list[type[CustomsRules]]], Callable[[], list[type[TaxCalculator]]]]:
    """The two hooks of a plugin that is nothing but rule packs, made from their labels::

    entrepot_register_customs_rules, entrepot_register_tax_calculators = pack_hooks(__name__, *rule_packs)
    """

    rules = [_provider(PackCustomsRules, module, pack, pack.customs) for pack in packs if pack.customs]
    calculators = [_provider(PackTaxCalculator, module, pack, pack.checkout) for pack in packs if pack.checkout]

    @hookimpl
    def entrepot_register_customs_rules() -> list[type[CustomsRules]]:
        return [*rules]

    @hookimpl
    def entrepot_register_tax_calculators() -> list[type[TaxCalculator]]:
        return [*calculators]

    return entrepot_register_customs_rules, entrepot_register_tax_calculators


def _provider(base: type[_P], module: str, pack: RulePack, label: str) -> type[_P]:
    """A provider class as a plugin would write it by hand; it bears the pack's id."""
    content = {"__module__": module, "id": pack.id, "label": label, "pack": pack}
    made: type[_P] = type(f"{pack.id.title()}{base.__name__}", (base,), content)
    return made
