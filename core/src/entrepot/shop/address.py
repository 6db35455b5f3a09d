"""The address screen: a country's fields, filled in, with what is wrong beside each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from entrepot.checkout.address_rules import FieldRule
from entrepot.checkout.queries import AddressForm
from entrepot.kernel.address import Address
from entrepot.kernel.country import COUNTRIES
from entrepot.web import i18n
from entrepot.web.forms import Field
from entrepot.web.i18n import gettext as _

BILLING = "billing_"
_INPUT = {"phone": "tel"}


@dataclass(frozen=True)
class AddressScreen:
    """What the page draws. ``problems`` are (field id, label, text), for the summary above the form."""

    email: Field
    country: Field
    fields: tuple[Field, ...]
    billing_differs: bool
    billing_country: Field
    billing_fields: tuple[Field, ...]

    @property
    def problems(self) -> tuple[tuple[str, str, str], ...]:
        fields = [self.email, self.country, *self.fields]
        fields += [self.billing_country, *self.billing_fields] if self.billing_differs else []
        return tuple((field.id, field.label, field.error) for field in fields if field.error)


def screen(form: AddressForm, errors: Mapping[str, str] | None = None) -> AddressScreen:
    """The stored address, or the one that was just posted, as fields."""
    texts = {name: i18n.gettext(text) for name, text in (errors or {}).items()}
    billing = form.billing or Address(country=form.shipping.country)
    return AddressScreen(
        email=Field(
            "email",
            _("E-mail address"),
            form.email,
            control="email",
            required=True,
            help=_("For the order confirmation and news about the parcel."),
            error=texts.get("email", ""),
            autocomplete="email",
        ),
        country=_country("country", form.country, form.countries, texts),
        fields=_fields(form.fields, form.shipping, texts, prefix="", section="shipping"),
        billing_differs=form.billing is not None,
        billing_country=_country(f"{BILLING}country", billing.country, COUNTRIES, texts),
        billing_fields=_fields(form.billing_fields, billing, texts, prefix=BILLING, section="billing"),
    )


def posted(form: AddressForm, values: Mapping[str, str]) -> AddressForm:
    """The form as the buyer filled it in."""
    differs = bool(values.get("billing_differs"))
    return replace(
        form,
        email=values.get("email", "").strip(),
        shipping=_address(form.fields, values, prefix="", country=form.country),
        billing=_address(form.billing_fields, values, prefix=BILLING, country=billing_country(values))
        if differs
        else None,
    )


def billing_country(values: Mapping[str, str]) -> str:
    """The country of the bill, when the form names a real one."""
    asked = values.get(f"{BILLING}country", "")
    return asked if asked in COUNTRIES else ""


def _address(rules: tuple[FieldRule, ...], values: Mapping[str, str], *, prefix: str, country: str) -> Address:
    entered = {rule.name: values.get(f"{prefix}{rule.name}", "").strip() for rule in rules}
    return Address(country=country, **entered)


def _fields(
    rules: tuple[FieldRule, ...], address: Address, errors: Mapping[str, str], *, prefix: str, section: str
) -> tuple[Field, ...]:
    return tuple(
        Field(
            name=f"{prefix}{rule.name}",
            label=i18n.gettext(rule.label),
            value=str(getattr(address, rule.name)),
            control="select" if rule.choices else _INPUT.get(rule.name, "text"),
            required=rule.required,
            help=_("For example %(example)s", example=rule.example) if rule.example else "",
            error=errors.get(f"{prefix}{rule.name}", ""),
            choices=(("", _("Please choose")), *rule.choices) if rule.choices else (),
            autocomplete=f"{section} {rule.autocomplete}",
        )
        for rule in rules
    )


def _country(name: str, chosen: str, codes: tuple[str, ...] | frozenset[str], errors: Mapping[str, str]) -> Field:
    return Field(
        name=name,
        label=_("Country"),
        value=chosen,
        control="select",
        required=True,
        error=errors.get(name, ""),
        choices=i18n.countries_by_name(codes),
        autocomplete="shipping country" if name == "country" else "billing country",
    )
