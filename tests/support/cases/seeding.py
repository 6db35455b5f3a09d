"""From ``given`` to a store: markets, goods, stock, delivery, taxes, promotions, rates; all through the services."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from entrepot.catalog import service as catalogue
from entrepot.catalog.queries import sellable_by_sku
from entrepot.catalog.records import PriceRecord, ProductRecord, VariantRecord
from entrepot.catalog.rules import slugify
from entrepot.engine.runtime import Runtime
from entrepot.inventory.warehousing import save_warehouse
from entrepot.kernel.address import Address
from entrepot.kernel.country import COUNTRIES
from entrepot.kernel.money import Money
from entrepot.markets.queries import store
from entrepot.markets.service import create_store, save_market
from entrepot.pricing import service as pricing
from support.cases.providers import NOWHERE, zone_of
from support.cases.vocabulary import PROMOTION_ROW, check_given

Written = Mapping[str, Any]
WAREHOUSE = "main"
HOME = "US"
_CUT_ROW = {"priority", "exclusive"}
_CATEGORY_KEYS = {"category", "categories", "requires_category", "requires_any_category"}
_AMOUNT_KEYS = {"amount", "min_price", "max_price", "min_items_total", "total"}
_REMARKS = {"note", "name", "label"}


def seed(runtime: Runtime, given: Written) -> dict[str, str]:
    """Fill an empty store; {provider id: account id}. Raises NotBuilt."""
    check_given(given)
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
    zones, default = given.get("zones") or {}, given.get("default_zone")
    if not zones:
        return default or HOME
    return country_in(default, zones) if default else NOWHERE


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
        requires_shipping=written.get("requires_shipping", bool(given.get("shipping_methods"))),
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
        floors = _by_channel(written["floor"], given) if "floor" in written else {}
        pricing.limit_discounts(
            runtime,
            variant_id=item.variant_id,
            discountable=written.get("discountable", True),
            floors={code: str(amount) for code, amount in floors.items()},
        )


def _promote(runtime: Runtime, given: Written) -> None:
    for position, written in enumerate(given.get("promotions") or ()):
        row = {key: written[key] for key in PROMOTION_ROW if key in written}
        pricing.save_promotion(
            runtime,
            code=f"promotion-{position}",
            label={"en": str(written.get("kind", "promotion"))},
            definition=_definition(written, given, PROMOTION_ROW),
            markets=written.get("channels", ()),
            **row,
        )
    for position, written in enumerate(given.get("catalog_promotions") or ()):
        row = {key: written[key] for key in _CUT_ROW if key in written}
        cut = _definition(written, given, _CUT_ROW | {"kind"})
        if "amounts" in cut:
            cut["amount"] = cut.pop("amounts")
        markets = written.get("channels", ())
        pricing.save_cut(runtime, code=f"cut-{position}", label={"en": "cut"}, definition=cut, markets=markets, **row)


def _definition(written: Written, given: Written, apart: set[str]) -> dict[str, Any]:
    """Without what stands in the row; a plain amount counts in the currency of each channel."""
    own = {key: value for key, value in written.items() if key not in apart | _REMARKS | {"channels"}}
    definition: dict[str, Any] = _with_channels(_with_slugs(own), given)
    return definition


def _with_channels(value: Any, given: Written) -> Any:
    if isinstance(value, Mapping):
        return {
            key: _by_channel(each, given) if key in _AMOUNT_KEYS else _with_channels(each, given)
            for key, each in value.items()
        }
    return [_with_channels(each, given) for each in value] if isinstance(value, list) else value


def _by_channel(amount: Any, given: Written) -> Written:
    return amount if isinstance(amount, Mapping) else dict.fromkeys(channels(given), amount)


def _with_slugs(value: Any, key: str = "") -> Any:
    """Categories as the catalogue files them."""
    if isinstance(value, Mapping):
        return {name: _with_slugs(each, name) for name, each in value.items()}
    if isinstance(value, list):
        return [_with_slugs(each, key) for each in value]
    return slugify(value) if key in _CATEGORY_KEYS and isinstance(value, str) else value


def _open_accounts(runtime: Runtime, given: Written) -> dict[str, str]:
    """One carrier for each channel, which knows the fees there; the others serve them all."""
    opened = {
        f"case-carrier {code}": _open_account(runtime, "carrier", "case-carrier", given, _methods(given, code), [code])
        for code in channels(given)
    }
    rates = (given.get("tax") or {}).get("rates") or []
    opened["case-tax"] = _open_account(runtime, "tax", "case-tax", given, rates)
    for id in ("later", "at-once", "authorizing", "by-hand"):
        opened[id] = runtime.accounts.create("payment", id, label=id, config={}).id
    return opened


def _methods(given: Written, channel: str) -> list[Written]:
    listed = given.get("shipping_methods") or []
    here = (method for method in listed if channel in (method.get("channels") or [channel]))
    return [{**method, "fee": _by_channel(method.get("fee", 0), given).get(channel)} for method in here]


def _open_account(
    runtime: Runtime, kind: str, id: str, given: Written, listed: Sequence[Written], markets: Sequence[str] = ()
) -> str:
    config = {"listed": json.dumps(listed), "zones": json.dumps(given.get("zones") or {})}
    return runtime.accounts.create(kind, id, label=id, config=config, markets=markets).id
