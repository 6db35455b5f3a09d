"""Fields that the API's schemas are made of: texts that a database takes, amounts that are exact."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any, ClassVar

import marshmallow as ma

from entrepot.kernel.currency import EXPONENTS
from entrepot.kernel.money import InvalidAmount, Money

AMOUNT_PATTERN = r"^-?[0-9]{1,15}(\.[0-9]{1,4})?$"
CURRENCIES = sorted(EXPONENTS)


class ApiSchema(ma.Schema):
    """Base of all bodies: keys that are not known are refused, so that a typing error is never ignored."""

    class Meta:
        unknown = ma.RAISE


class QuerySchema(ma.Schema):
    """Base of query strings."""

    class Meta:
        unknown = ma.EXCLUDE


class Text(ma.fields.String):
    """A text without control characters. ``most`` and ``least`` are lengths; ``lines`` allows more than one line."""

    def __init__(self, *, most: int = 250, least: int = 0, lines: bool = False, **options: Any) -> None:
        self._allowed = "\n" if lines else ""
        validators = [ma.validate.Length(min=least, max=most), *options.pop("validators", ())]
        super().__init__(validate=validators, **options)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **options: Any) -> str:
        text: str = super()._deserialize(value, attr, data, **options)
        if any(_is_control(letter) and letter not in self._allowed for letter in text):
            raise ma.ValidationError(
                "Send it without control characters."
                if self._allowed
                else "Send it without control characters and on one line."
            )
        return text


def _is_control(letter: str) -> bool:
    return ord(letter) < 32 or 0xD800 <= ord(letter) <= 0xDFFF


class _Computed:
    """Mixed into a field whose value ``of`` works out from the whole object."""

    def __init__(self, *arguments: Any, of: Callable[[Any], Any] | None = None, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._of = of

    def get_value(self, obj: Any, *arguments: Any, **options: Any) -> Any:
        return self._of(obj) if self._of else super().get_value(obj, *arguments, **options)  # type: ignore[misc]


class ListOf(_Computed, ma.fields.List):
    """A list that may be computed."""


class Amount(_Computed, ma.fields.Field):
    """Money as ``{"amount": "19.90", "currency": "EUR"}``: a decimal text with at most the currency's decimals."""

    openapi: ClassVar[dict[str, Any]] = {"$ref": "#/components/schemas/Money"}

    def _serialize(self, value: Money | None, attr: str | None, obj: Any, **options: Any) -> dict[str, str] | None:
        return {"amount": str(value.decimal), "currency": value.currency} if value is not None else None

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **options: Any) -> Money:
        loaded = _money().load(value)
        try:
            return Money.exactly(loaded["amount"], loaded["currency"])
        except InvalidAmount as error:
            raise ma.ValidationError({"amount": [str(error)]}) from error


@cache
def _money() -> ma.Schema:
    return MoneySchema()


class MoneySchema(ApiSchema):
    """An amount of money."""

    amount = ma.fields.String(
        required=True,
        validate=ma.validate.Regexp(AMOUNT_PATTERN, error="Write it like 19.90, in quotes."),
        metadata={"description": "Decimal text in major units, with at most the currency's own decimals."},
    )
    currency = ma.fields.String(required=True, validate=ma.validate.OneOf(CURRENCIES))


def quantity(*, least: int = 1, most: int = 1_000_000, **options: Any) -> ma.fields.Integer:
    """A whole number of pieces."""
    return ma.fields.Integer(strict=True, validate=ma.validate.Range(min=least, max=most), **options)


def texts_by_locale(*, most: int = 1000, lines: bool = False, **options: Any) -> ma.fields.Dict:
    """A text in several languages: {"en": "Mug", "de": "Becher"}."""
    return ma.fields.Dict(
        keys=Text(least=2, most=12),
        values=Text(most=most, lines=lines),
        metadata={"description": "A text by locale."} | options.pop("metadata", {}),
        **options,
    )


def instant(**options: Any) -> ma.fields.AwareDateTime:
    """A point in time, in UTC where it names no offset."""
    years = ma.validate.Range(datetime(2000, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC))
    return ma.fields.AwareDateTime(default_timezone=UTC, validate=years, **options)


def names(*, most: int = 100, each: int = 120, **options: Any) -> ma.fields.List:
    """A short list of names."""
    return ma.fields.List(Text(least=1, most=each), validate=ma.validate.Length(max=most), **options)
