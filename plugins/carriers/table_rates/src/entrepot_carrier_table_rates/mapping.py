"""From a rate request and the parsed table to the services offered. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from urllib.parse import quote

from entrepot.sdk import DutyTerms, Money, Rate, RateRequest
from entrepot_carrier_table_rates.table import GRAMS_PER_KG, Service, Step, Zone
from entrepot_carrier_table_rates.territories import GROUPS, customs_territory

#: Tracking numbers that may become part of an address.
_LINKED = re.compile(r"[A-Za-z0-9-]{4,40}")


def offered(zones: Iterable[Zone], request: RateRequest, *, tracked: bool) -> list[Rate]:
    """Every service of the destination's zone that has a step for the request, in the table's order."""
    zone = zone_for(zones, request.destination.country, request.currency)
    if zone is None:
        return []
    terms = duty_terms(request.origin.country, request.destination.country)
    steps = ((service, step_for(service, request)) for service in zone.services)
    return [_rate(service, step, request, terms, tracked) for service, step in steps if step is not None]


def zone_for(zones: Iterable[Zone], country: str, currency: str) -> Zone | None:
    """The zone that names the country most closely: by its own code, then in a group, then ``*``."""
    serving = [zone for zone in zones if zone.currency == currency and _closeness(zone, country) is not None]
    return min(serving, key=lambda zone: _closeness(zone, country) or 0, default=None)


def _closeness(zone: Zone, country: str) -> int | None:
    """How many countries the closest name in the zone stands for; None when the zone leaves the country out."""
    sizes = [len(GROUPS[name]) for name in zone.countries if name in GROUPS and country in GROUPS[name]]
    return 1 if country in zone.countries else min(sizes, default=None)


def step_for(service: Service, request: RateRequest) -> Step | None:
    """The lowest step that the parcels or the goods fit into; None above the last one."""
    if service.steps[0].basis == "weight":
        measure = request.weight_g
    elif request.goods_value.currency == service.steps[0].currency:
        measure = request.goods_value.minor
    else:
        return None
    return next((step for step in service.steps if step.up_to is None or measure <= step.up_to), None)


def duty_terms(origin: str, destination: str) -> DutyTerms:
    """The buyer pays duty on delivery whenever a customs border is crossed."""
    crosses = customs_territory(origin) != customs_territory(destination)
    return DutyTerms.DAP if crosses else DutyTerms.NONE


def label_for(labels: Mapping[str, str], locale: str) -> str:
    """The label of the locale, of the locale without its last parts, or the default."""
    wanted = locale.replace("_", "-").lower()
    while wanted and wanted not in labels:
        wanted = wanted.rpartition("-")[0]
    return labels[wanted]


def tracking_page(template: str, number: str, locale: str) -> str:
    """The template with its places filled; empty without a template, or for what cannot be a tracking number."""
    compact = "".join(number.split())
    if not _LINKED.fullmatch(compact):
        return ""
    return template.replace("{number}", compact).replace("{locale}", quote(locale, safe=""))


def _rate(service: Service, step: Step, request: RateRequest, terms: DutyTerms, tracked: bool) -> Rate:
    is_free = (
        step.free_from is not None
        and step.free_from.currency == request.goods_value.currency
        and request.goods_value >= step.free_from
    )
    return Rate(
        service=service.id,
        label=label_for(service.labels, request.locale),
        price=Money.zero(step.currency) if is_free else step.price,
        min_days=step.min_days,
        max_days=step.max_days,
        duty_terms=DutyTerms.DDP if step.duties_paid and terms is DutyTerms.DAP else terms,
        tracked=tracked,
        reason=", ".join(_reason(step, is_free)),
    )


def _reason(step: Step, is_free: bool) -> list[str]:
    found = [f"zone {step.zone}", _limit(step), f"row {step.row}"]
    return [*found, f"free from {step.free_from}"] if is_free else found


def _limit(step: Step) -> str:
    if step.up_to is None:
        return "any weight" if step.basis == "weight" else "any value of goods"
    if step.basis == "weight":
        return f"up to {Decimal(step.up_to) / GRAMS_PER_KG} kg"
    return f"goods up to {Money(step.up_to, step.currency)}"
