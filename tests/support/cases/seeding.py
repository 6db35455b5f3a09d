"""From ``given`` to a store: markets, goods, stock, delivery, taxes, promotions, rates; all through the services."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from entrepot.catalog import service as catalogue
from entrepot.catalog.queries import sellable_by_sku
from entrepot.catalog.records import PriceRecord, ProductRecord, VariantRecord
from entrepot.catalog.rules import slugify
from entrepot.engine.runtime import Runtime
from entrepot.inventory.service import save_warehouse
from entrepot.kernel.address import Address
from entrepot.kernel.country import COUNTRIES
from entrepot.kernel.money import Money
from entrepot.markets.queries import store
from entrepot.markets.service import create_store, save_market
from entrepot.pricing import service as pricing
from support.cases.providers import zone_of

Written = Mapping[str, Any]
WAREHOUSE = "main"
#: A country of no zone, for carts whose buyer has not said where he lives and stores without a default zone.
NOWHERE = "AQ"
HOME = "US"
_PROMOTION_ROW = (
    "priority", "exclusive", "coupon", "usage_limit", "used", "per_customer_limit", "reusable_after_cancel",
)  # fmt: skip
_CUT_ROW = ("priority", "exclusive")
_CATEGORY_KEYS = {"category", "categories", "requires_category", "requires_any_category"}
_KNOWN = {
    "currency", "exchange_rates", "products", "tax", "channels", "promotions", "catalog_promotions", "shipping_methods",
    "zones", "default_zone",
}  # fmt: skip


class NotBuilt(Exception):
    """The case uses a feature that there is not."""


def seed(runtime: Runtime, given: Written) -> dict[str, str]:
    """Fill an empty store; {provider id: account id}. Raises NotBuilt."""
    if stray := sorted(given.keys() - _KNOWN):
        raise NotBuilt(f"given: {', '.join(stray)}")
    create_store(runtime, name="Case", base_currency=next(iter(channels(given).values())))
    for position, (code, currency) in enumerate(channels(given).items()):
        _open_market(runtime, given, code, currency, position)
    save_warehouse(runtime, code=WAREHOUSE, name="Main", address=Address(HOME))
    catalogue.save_products(runtime, [_product(each, given) for each in given.get("products", ())])
    _limit_discounts(runtime, given)
    _promote(runtime, given)
    for pair, rate in given.get("exchange_rates", {}).items():
        base, _, quote = pair.partition("/")
        pricing.save_rates(runtime, base=base, rates={quote: str(rate)}, on=runtime.clock.now().date(), source="case")
    return _open_accounts(runtime, given)


def channels(given: Written) -> dict[str, str]:
    """{market code: currency}; a case without channels has one."""
    found: dict[str, str] = given.get("channels") or {"main": given["currency"]}
    return found


def home_of(given: Written) -> str:
    """The country that a cart is priced for before an address is known."""
    zones = given.get("zones") or {}
    if not zones:
        return HOME
    return country_in(given["default_zone"], zones) if given.get("default_zone") else NOWHERE


def country_in(zone: str, zones: Mapping[str, Any]) -> str:
    """A country that the zone covers."""
    return next(country for country in (HOME, "DE", *sorted(COUNTRIES)) if zone_of(country, zones) == zone)


def _open_market(runtime: Runtime, given: Written, code: str, currency: str, position: int) -> None:
    """The first market serves the world but for the homes of the others."""
    others = {_home_of_market(given, each) for each in list(channels(given))[1:]}
    countries = [country for country in sorted(COUNTRIES) if country not in others]
    own = _home_of_market(given, code)
    save_market(
        runtime,
        code=code,
        name={"en": code},
        currency=currency,
        locales=["en"],
        countries=countries if position == 0 else [own],
        default_country=own,
        includes_tax=False,
        tax_rounding=given.get("tax", {}).get("rounding", "per_line"),
        position=position,
    )


def _home_of_market(given: Written, code: str) -> str:
    codes = list(channels(given))
    if code == codes[0]:
        return home_of(given)
    spare = ("GB", "DE", "FR", "JP", "CA", "AU")
    return code.upper() if code.upper() in COUNTRIES else spare[codes.index(code) - 1]


def _product(written: Written, given: Written) -> ProductRecord:
    sku = str(written["sku"])
    prices = written.get("prices") or dict.fromkeys(channels(given), written.get("price"))
    stock = written.get("stock")
    variant = VariantRecord(
        sku,
        prices={code: PriceRecord(_minor(price, channels(given)[code])) for code, price in prices.items()},
        stock={WAREHOUSE: int(stock)} if stock is not None else {},
        tracked=stock is not None,
        weight_g=int(Decimal(str(written.get("weight", 0))) * 1000),
        requires_shipping=bool(given.get("shipping_methods")),
    )
    names = written.get("categories") or ([written["category"]] if "category" in written else [])
    return ProductRecord(
        slug=sku,
        name={"en": sku},
        variants=(variant,),
        categories=tuple((name,) for name in names),
        tax_category=str(written.get("tax", "untaxed")),
    )


def _minor(price: Any, currency: str) -> int:
    return Money.exactly(str(price), currency).minor


def _limit_discounts(runtime: Runtime, given: Written) -> None:
    market = store().markets[0]
    for written in given.get("products", ()):
        if "floor" not in written and written.get("discountable", True):
            continue
        item = sellable_by_sku(str(written["sku"]), market, "en")
        assert item is not None  # it was saved above
        pricing.limit_discounts(
            runtime,
            variant_id=item.variant_id,
            discountable=written.get("discountable", True),
            floors={market.currency: str(written["floor"])} if "floor" in written else {},
        )


def _promote(runtime: Runtime, given: Written) -> None:
    for position, written in enumerate(given.get("promotions") or ()):
        row = {key: written[key] for key in _PROMOTION_ROW if key in written}
        definition = _with_slugs({key: value for key, value in written.items() if key not in _PROMOTION_ROW})
        label = {"en": str(written.get("kind", "promotion"))}
        pricing.save_promotion(runtime, code=f"promotion-{position}", label=label, definition=definition, **row)
    for position, written in enumerate(given.get("catalog_promotions") or ()):
        row = {key: written[key] for key in _CUT_ROW if key in written}
        pricing.save_cut(runtime, code=f"cut-{position}", label={"en": "cut"}, definition=_cut(written), **row)


def _cut(written: Written) -> dict[str, Any]:
    """The kind is said by the key that is there."""
    cut: dict[str, Any] = _with_slugs({key: value for key, value in written.items() if key not in (*_CUT_ROW, "kind")})
    return cut


def _with_slugs(value: Any, key: str = "") -> Any:
    """Categories as the catalogue files them."""
    if isinstance(value, Mapping):
        return {name: _with_slugs(each, name) for name, each in value.items()}
    if isinstance(value, list):
        return [_with_slugs(each, key) for each in value]
    return slugify(value) if key in _CATEGORY_KEYS and isinstance(value, str) else value


def _open_accounts(runtime: Runtime, given: Written) -> dict[str, str]:
    zones = json.dumps(given.get("zones") or {})
    listed = {
        "case-carrier": given.get("shipping_methods") or [],
        "case-tax": given.get("tax", {}).get("rates") or [],
    }
    kinds = {"carrier": ["case-carrier"], "tax": ["case-tax"], "payment": ["later", "at-once", "authorizing"]}
    return dict(_created(runtime, kinds, listed, zones))


def _created(
    runtime: Runtime, kinds: dict[str, list[str]], listed: dict[str, Any], zones: str
) -> Iterator[tuple[str, str]]:
    for kind, provider_ids in kinds.items():
        for provider_id in provider_ids:
            config = {"listed": json.dumps(listed[provider_id]), "zones": zones} if provider_id in listed else {}
            yield provider_id, runtime.accounts.create(kind, provider_id, label=provider_id, config=config).id
