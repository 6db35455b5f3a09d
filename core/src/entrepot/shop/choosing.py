"""Which variant a visitor means, from the options in the address. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from urllib.parse import urlencode

from entrepot.catalog.rules import SOLD_OUT
from entrepot.catalog.views import ImageView, OptionView, ProductPage, VariantView
from entrepot.kernel.records import dataclass


@dataclass(frozen=True)
class ValueChoice:
    """One value of an option. ``state``: free, sold_out or absent (never made together with the rest)."""

    value: str
    label: str
    swatch: str
    query: str
    is_chosen: bool
    state: str


@dataclass(frozen=True)
class OptionChoice:
    code: str
    name: str
    #: Label of the chosen value.
    chosen: str
    values: tuple[ValueChoice, ...]

    @property
    def has_swatches(self) -> bool:
        return any(value.swatch for value in self.values)


@dataclass(frozen=True)
class Choice:
    """``variant`` is None when the options were never made together; ``images`` begin with the variant's own."""

    variant: VariantView | None
    options: tuple[OptionChoice, ...]
    images: tuple[ImageView, ...]


def choose_variant(product: ProductPage, asked: Mapping[str, str]) -> Choice:
    """The variant for the asked options; what was not asked is filled in from one that can be bought."""
    wanted = {option.code: asked[option.code] for option in product.options if _is_known(option, asked)}
    variant = _best(product.variants, wanted)
    chosen = {**(variant.options if variant else {}), **wanted}
    return Choice(
        variant=variant,
        options=tuple(_option(option, product.variants, chosen) for option in product.options),
        images=_images(product.images, chosen.values()),
    )


def _is_known(option: OptionView, asked: Mapping[str, str]) -> bool:
    return asked.get(option.code) in {value.value for value in option.values}


def _best(variants: Iterable[VariantView], wanted: Mapping[str, str]) -> VariantView | None:
    """Of the variants that fit, one that can be bought comes first."""
    fitting = [variant for variant in variants if _fits(variant, wanted)]
    return min(fitting, key=lambda variant: not _can_be_bought(variant), default=None)


def _fits(variant: VariantView, wanted: Mapping[str, str]) -> bool:
    return all(variant.options.get(code) == value for code, value in wanted.items())


def _can_be_bought(variant: VariantView) -> bool:
    return variant.price is not None and variant.availability != SOLD_OUT


def _option(option: OptionView, variants: tuple[VariantView, ...], chosen: Mapping[str, str]) -> OptionChoice:
    values = []
    for value in option.values:
        target = {**chosen, option.code: value.value}
        is_chosen = chosen.get(option.code) == value.value
        state = _state(variants, target)
        values.append(ValueChoice(value.value, value.label, value.swatch, urlencode(target), is_chosen, state))
    label = next((value.label for value in values if value.is_chosen), "")
    return OptionChoice(option.code, option.name, label, tuple(values))


def _state(variants: tuple[VariantView, ...], target: Mapping[str, str]) -> str:
    fitting = [variant for variant in variants if _fits(variant, target)]
    if not fitting:
        return "absent"
    return "free" if any(_can_be_bought(variant) for variant in fitting) else "sold_out"


def _images(images: tuple[ImageView, ...], chosen: Iterable[str]) -> tuple[ImageView, ...]:
    """Pictures of what was chosen, then those of no value in particular; all, when that leaves none."""
    values = set(chosen)
    own = tuple(image for image in images if image.option_value in values)
    general = tuple(image for image in images if not image.option_value)
    return (*own, *general) or images
