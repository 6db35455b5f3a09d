"""From the JSON of an assessment to a consignment; what cannot be right is refused with the remedy."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, TypeVar

from entrepot.customs.engine.consignment import CarrierFee, Consignment, Line, Place
from entrepot.customs.engine.fx import NoRate, RateTable
from entrepot.kernel.country import UnknownCountry, country_code
from entrepot.kernel.currency import UnknownCurrency, exponent
from entrepot.kernel.money import InvalidAmount, Money, total
from entrepot.sdk.errors import EntrepotError
from entrepot.sdk.rates import ExchangeRate

T = TypeVar("T")
MODES = ("post", "courier", "sea")
BUYERS = ("consumer", "business")
NATURES = ("sale", "gift", "sample", "return")
INCOTERMS = ("", "DDP", "DAP")
#: A single line heavier than any vehicle carries is a mistake in the unit.
HEAVIEST_G = 50_000_000
#: More than any parcel is worth in any currency, and few enough digits for exact products of rates.
MOST_MINOR = 10**18
_FIELDS = {
    "ship_from", "ship_to", "date", "currency", "lines", "freight", "insurance", "onward_freight", "discount", "mode",
    "registrations", "established_in", "buyer", "nature", "incoterm", "year_to_date",
    "order_value", "options", "rates", "carrier_fees",
}  # fmt: skip
_LINE_FIELDS = {
    "id", "value", "currency", "quantity", "hs", "origin", "weight_g", "category", "attributes", "duty_rate",
    "known_rates", "description", "tax_shown_separately",
}  # fmt: skip


class AssessmentInvalid(EntrepotError):
    """The question cannot be answered as it stands; the message says where and how to mend it."""


def read_consignment(content: Any) -> Consignment:
    """A consignment from parsed JSON; raises AssessmentInvalid."""
    table = _table(content, "the assessment")
    _refuse_unknown(table, _FIELDS, "the assessment")
    currency = _read(table, "currency", "the assessment", _currency, "Write an ISO 4217 code such as EUR.")
    lines = _lines(table, currency)
    if not any(line.value.minor for line in lines):
        raise AssessmentInvalid("Every line has the value 0. Write what the goods are worth, gifts and samples too.")
    buyer = _buyer(_given(table, "buyer", "consumer"))
    return Consignment(
        ship_from=_place(table, "ship_from"),
        ship_to=_place(table, "ship_to"),
        day=_read(table, "date", "the assessment", date.fromisoformat, "Write a day like 2026-08-01."),
        currency=currency,
        lines=lines,
        freight=_money(table, "freight", currency),
        insurance=_money(table, "insurance", currency),
        onward=_money(table, "onward_freight", currency),
        discount=_discount(table, currency, lines),
        mode=_choice(table, "mode", MODES) if table.get("mode") else None,
        registrations=_registrations(_given(table, "registrations", {})),
        established_in=_country(table["established_in"], "established_in") if table.get("established_in") else "",
        buyer=buyer[0],
        buyer_tax_id=buyer[1],
        nature=_choice(table, "nature", NATURES, "sale"),
        incoterm=_choice(table, "incoterm", INCOTERMS, ""),
        year_to_date=_year_to_date(table.get("year_to_date")),
        order_value=_order_value(table, currency, lines),
        options=_options(_given(table, "options", {})),
        rates=read_rates(_given(table, "rates", [])),
        carrier_fees=tuple(
            _carrier_fee(fee, currency) for fee in _list(_given(table, "carrier_fees", []), "carrier_fees")
        ),
    )


def _lines(table: Mapping[str, Any], currency: str) -> tuple[Line, ...]:
    given = table.get("lines")
    if not isinstance(given, list) or not given:
        raise AssessmentInvalid("lines is empty. Name the goods: value, quantity, hs, origin, weight_g.")
    lines = tuple(_line(one, number, currency) for number, one in enumerate(given, start=1))
    ids = [line.id for line in lines]
    twice = next((id for id in ids if ids.count(id) > 1), None)
    if twice is not None:
        raise AssessmentInvalid(f"Two lines have the id '{twice}'. Give each its own, or leave id out.")
    return lines


def _line(content: Any, number: int, currency: str) -> Line:
    where = f"line {number}"
    table = _table(content, where)
    _refuse_unknown(table, _LINE_FIELDS, where)
    if _given(table, "currency", currency) != currency:
        raise AssessmentInvalid(
            f"Line {number} is in {table['currency']}, the assessment in {currency}. Convert it first, or assess apart."
        )
    value = _money(table, "value", currency, where, required=True)
    rates = _table(_given(table, "known_rates", {}), f"{where}, known_rates")
    known = {key: _fraction(rate, f"{where}, {key}") for key, rate in rates.items()}
    if table.get("duty_rate") is not None:
        known["duty"] = _fraction(table["duty_rate"], f"{where}, duty_rate")
    return Line(
        id=str(_given(table, "id", number)),
        value=value,
        quantity=_whole(_given(table, "quantity", 1), where, "quantity", least=1, most=10**9),
        hs=str(_given(table, "hs", "")),
        origin=_country(table["origin"], f"{where}, origin") if table.get("origin") else "",
        weight_g=_weight(table.get("weight_g"), where),
        category=str(_given(table, "category", "standard")),
        attributes=frozenset(map(str, _list(_given(table, "attributes", []), f"{where}, attributes"))),
        known_rates=known,
        description=str(_given(table, "description", "")),
    )


def _weight(given: Any, where: str) -> int | None:
    if given is None:
        return None
    weight = _whole(given, where, "weight_g", least=0, most=10**12)
    if weight > HEAVIEST_G:
        raise AssessmentInvalid(
            f"{where}: weight_g {weight} is more than {HEAVIEST_G // 10**6} tonnes. Write grams for the whole line."
        )
    return weight


def _place(table: Mapping[str, Any], field: str) -> Place:
    given = table.get(field)
    place = {"country": given} if isinstance(given, str) else _table(given, field)
    _refuse_unknown(place, {"country", "region", "postcode"}, field)
    country = _country(place.get("country"), f"{field}.country")
    region = str(_given(place, "region", "")).upper().removeprefix(f"{country}-")
    return Place(country, region, str(_given(place, "postcode", "")))


def _country(given: Any, where: str) -> str:
    try:
        return country_code(given)
    except (UnknownCountry, AttributeError, TypeError):
        raise AssessmentInvalid(
            f"{where}: {given!r} is no country. Write two letters of ISO 3166-1, like DE."
        ) from None


def _buyer(given: Any) -> tuple[str, str]:
    table = {"kind": given} if isinstance(given, str) else _table(given, "buyer")
    return _choice(table, "kind", BUYERS, "consumer"), str(table.get("tax_id", ""))


def _registrations(given: Any) -> dict[str, str]:
    """``{"IOSS": "IM…"}`` or ``["IOSS"]``."""
    if isinstance(given, list):
        return {str(scheme): "" for scheme in given}
    return {str(scheme): str(number) for scheme, number in _table(given, "registrations").items()}


def _options(given: Any) -> dict[str, str]:
    return {str(name): str(value) for name, value in _table(given, "options").items()}


def read_rates(given: Any) -> RateTable:
    """Dated rates: [{from, to, rate, date, source}]; raises AssessmentInvalid."""
    entries = _list(given, "rates")
    try:
        return RateTable([_rate(one, f"rates, entry {number}") for number, one in enumerate(entries, start=1)])
    except NoRate as wrong:
        raise AssessmentInvalid(str(wrong)) from None


def _rate(content: Any, where: str) -> ExchangeRate:
    table = _table(content, where)
    _refuse_unknown(table, {"from", "to", "rate", "date", "source"}, where)
    remedy = "Write an ISO 4217 code such as EUR."
    return ExchangeRate(
        base=_read(table, "from", where, _currency, remedy),
        quote=_read(table, "to", where, _currency, remedy),
        rate=_decimal(table.get("rate"), f"{where}, rate"),
        day=_read(table, "date", where, date.fromisoformat, "Write a day like 2026-08-01."),
        source=str(table.get("source", "stated in the request")),
    )


def _carrier_fee(content: Any, currency: str) -> CarrierFee:
    table = _table(content, "carrier_fees")
    amount = _money(table, "amount", currency, "carrier_fees", required=True)
    return CarrierFee(str(table.get("code", "fee")), amount, str(table.get("label", "")))


def _year_to_date(given: Any) -> Money | None:
    if given is None:
        return None
    table = _table(given, "year_to_date")
    currency = _read(table, "currency", "year_to_date", _currency, "Write an ISO 4217 code such as CNY.")
    return _money(table, "amount", currency, "year_to_date", required=True)


def _discount(table: Mapping[str, Any], currency: str, lines: Sequence[Line]) -> Money:
    discount = _money(table, "discount", currency)
    goods = total((line.value for line in lines), currency)
    if discount > goods:
        raise AssessmentInvalid(f"discount {discount} is more than the goods are worth ({goods}).")
    return discount


def _order_value(table: Mapping[str, Any], currency: str, lines: Sequence[Line]) -> Money | None:
    if table.get("order_value") is None:
        return None
    value = _money(table, "order_value", currency)
    goods = total((line.value for line in lines), currency) - _discount(table, currency, lines)
    if value < goods:
        raise AssessmentInvalid(
            f"order_value {value} is less than the goods of this consignment ({goods}). "
            "Write what the whole order is worth, or leave it out when this is all of it."
        )
    return value


def _money(
    table: Mapping[str, Any], field: str, currency: str, where: str = "the assessment", *, required: bool = False
) -> Money:
    given = table.get(field)
    if given is None and not required:
        return Money.zero(currency)
    try:
        amount = Money.exactly(given if isinstance(given, str | int) else _no_float(given), currency)
    except InvalidAmount as wrong:
        raise AssessmentInvalid(f"{where}, {field}: {wrong}") from None
    except InvalidOperation:
        amount = None
    if amount is None or amount.minor > MOST_MINOR:
        raise AssessmentInvalid(f"{where}, {field}: no parcel is worth so much. Write the amount in {currency}.")
    if amount.is_negative or (required and field == "value" and amount.is_zero):
        raise AssessmentInvalid(f"{where}, {field}: {amount} is not above zero. Write what the goods are worth.")
    return amount


def _no_float(given: Any) -> str:
    raise InvalidAmount(f'{given!r} is not an exact amount. Write it as text, such as "12.50".')


def _fraction(given: Any, where: str) -> Decimal:
    rate = _decimal(given, where)
    if not 0 <= rate <= 10:
        raise AssessmentInvalid(f'{where}: {given!r} is no rate. Write 12 % as "0.12".')
    return rate


def _decimal(given: Any, where: str) -> Decimal:
    try:
        number = Decimal(given) if isinstance(given, str | int) and not isinstance(given, bool) else None
    except InvalidOperation:
        number = None
    if number is None or not number.is_finite():
        raise AssessmentInvalid(f'{where}: {given!r} is no exact number. Write it as text, such as "0.12".')
    return number


def _whole(given: Any, where: str, field: str, *, least: int, most: int) -> int:
    if type(given) is not int or not least <= given <= most:
        raise AssessmentInvalid(f"{where}, {field}: {given!r} is no whole number from {least} to {most}.")
    return given


def _choice(table: Mapping[str, Any], field: str, choices: Sequence[str], default: str | None = None) -> str:
    value = table.get(field) if table.get(field) is not None else default
    if value not in choices:
        raise AssessmentInvalid(f"{field} is {value!r}. Write one of: {', '.join(filter(None, choices))}.")
    return str(value)


def _currency(code: Any) -> str:
    exponent(code)
    return str(code)


def _read(table: Mapping[str, Any], field: str, where: str, reader: Callable[[Any], T], remedy: str) -> T:
    if table.get(field) in (None, ""):
        raise AssessmentInvalid(f"{field} is missing in {where}. {remedy}")
    try:
        return reader(table[field])
    except (ValueError, TypeError, UnknownCurrency):
        raise AssessmentInvalid(f"{where}: {field} is {table[field]!r}. {remedy}") from None


def _table(content: Any, where: str) -> Mapping[str, Any]:
    if not isinstance(content, Mapping):
        raise AssessmentInvalid(f"{where} is no JSON object: {content!r}.")
    return content


def _list(content: Any, where: str) -> Sequence[Any]:
    if not isinstance(content, list | tuple):
        raise AssessmentInvalid(f"{where} is no list: {content!r}.")
    return content


def _given(table: Mapping[str, Any], field: str, default: Any) -> Any:
    """The field's value; null is as good as left out."""
    return default if table.get(field) is None else table[field]


def _refuse_unknown(table: Mapping[str, Any], known: set[str], where: str) -> None:
    unknown = sorted(set(table) - known)
    if unknown:
        raise AssessmentInvalid(
            f"Unknown field {', '.join(unknown)} in {where}. There are: {', '.join(sorted(known))}."
        )
