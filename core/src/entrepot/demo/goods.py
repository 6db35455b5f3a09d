"""The demo's catalogue: ``goods.toml`` as records to save, its pictures drawn on the way."""

from __future__ import annotations

import html
import tomllib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files
from typing import Any

from entrepot.catalog.records import (
    ImageRecord,
    OptionRecord,
    OptionValueRecord,
    PriceRecord,
    ProductRecord,
    VariantRecord,
)
from entrepot.demo import art

#: Where a price in this currency belongs.
PRICE_LISTS = {"EUR": "eu", "USD": "us", "CNY": "cn"}
PICTURE_SIDE = 800

#: Stores a file under a name made from the one given; returns its path.
Put = Callable[[str, bytes], str]


@dataclass(frozen=True)
class Goods:
    """The file as it is written; its head explains every key."""

    content: Mapping[str, Any]

    @cached_property
    def categories(self) -> Sequence[Mapping[str, Any]]:
        return list(self.content["category"])

    @cached_property
    def stock(self) -> dict[str, Mapping[str, int]]:
        """Pieces by SKU and warehouse code."""
        return {variant["sku"]: variant["stock"] for product in self._products for variant in product["variant"]}

    def records(self, put: Put) -> list[ProductRecord]:
        """All products, without stock; each picture is drawn and handed to ``put``."""
        positions = self._positions()
        return [self._record(product, positions[product["slug"]], put) for product in self._products]

    @property
    def _products(self) -> Sequence[Mapping[str, Any]]:
        return list(self.content["product"])

    def _positions(self) -> dict[str, int]:
        """The first product of each category before the second of any, so that the home page shows all of them."""
        order = [category["slug"] for category in self.categories]
        seen: Counter[str] = Counter()
        positions = {}
        for product in self._products:
            category = product["category"]
            positions[product["slug"]] = 100 * seen[category] + 10 * order.index(category)
            seen[category] += 1
        return positions

    def _record(self, product: Mapping[str, Any], position: int, put: Put) -> ProductRecord:
        return ProductRecord(
            slug=product["slug"],
            name=product["name"],
            summary=product["summary"],
            description={locale: f"<p>{html.escape(text)}</p>" for locale, text in product["description"].items()},
            brand=product["brand"],
            categories=((product["category"],),),
            options=tuple(OptionRecord(code, self._option(code)["name"]) for code in product["options"]),
            variants=tuple(self._variant(variant) for variant in product["variant"]),
            images=tuple(_image(product, image, put) for image in product["image"]),
            tax_category=product["tax_category"],
            origin_country=product["origin"],
            hs_code=product["hs_code"],
            customs_description=product["customs_description"],
            materials=product["materials"],
            position=position,
        )

    def _variant(self, variant: Mapping[str, Any]) -> VariantRecord:
        former = variant.get("compare_at", {})
        return VariantRecord(
            sku=variant["sku"],
            options={code: self._value(code, value) for code, value in variant.get("options", {}).items()},
            prices={
                PRICE_LISTS[currency]: PriceRecord(amount, former.get(currency))
                for currency, amount in variant["price"].items()
            },
            weight_g=variant["weight_g"],
        )

    def _value(self, code: str, value: str) -> OptionValueRecord:
        colour = art.COLOURS.get(value)
        return OptionValueRecord(value, self._option(code)["value"][value], swatch=colour.base if colour else "")

    def _option(self, code: str) -> Mapping[str, Any]:
        option: Mapping[str, Any] = self.content["option"][code]
        return option


def read_goods() -> Goods:
    """The goods that come with this package."""
    return Goods(tomllib.loads(files("entrepot.demo").joinpath("goods.toml").read_text(encoding="utf-8")))


def _image(product: Mapping[str, Any], image: Mapping[str, Any], put: Put) -> ImageRecord:
    drawing = art.draw(image["object"], colour=image["colour"], view=image["view"])
    name = f"{image['object']}-{image['colour']}-{image['view']}.svg"
    return ImageRecord(
        path=put(name, drawing.encode()),
        alt=image["alt"],
        option_value=image["colour"] if image["colour"] in _first_values(product) else "",
        width=PICTURE_SIDE,
        height=PICTURE_SIDE,
    )


def _first_values(product: Mapping[str, Any]) -> set[str]:
    """Values of the product's first option."""
    options = product["options"]
    return {variant["options"][options[0]] for variant in product["variant"]} if options else set()
