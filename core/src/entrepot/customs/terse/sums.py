"""Terse examples of money, exchange, settlement, messages and postal items."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal
from importlib.metadata import entry_points
from typing import Any

from entrepot.customs.terse.parcels import Json
from entrepot.kernel.clock import SystemClock
from entrepot.sdk.errors import ProviderError
from entrepot.sdk.provider import Context, HttpReply
from entrepot.sdk.rates import ExchangeRate, RateSource

#: Rates of the last days before are enough: banks rest at most over a long weekend.
LOOK_BACK = timedelta(days=7)


def money(text: str) -> Json:
    amount, currency = text.split()
    return {"amount": amount, "currency": currency}


def allocation(given: Json, wanted: Json, day: str) -> tuple[Json, Json]:
    return money(given["allocate"]) | {"ratios": given["ratios"]}, wanted


def conversion(given: Json, wanted: Json, day: str) -> tuple[Json, Json]:
    question = money(given["amount"]) | {"to": given["to"], "date": given.get("date", day)}
    rates = given.get("rates") or packaged_rates(question["date"], {question["currency"], given["to"]})
    return question | {"rates": rates}, wanted


def cash(given: Json, wanted: Json, day: str) -> tuple[Json, Json]:
    return money(given["total"]), wanted


def settlement(given: Json, wanted: Json, day: str) -> tuple[Json, Json]:
    share, _, fixed = given["fee"].partition(" + ")
    question = money(given["order"]) | {key: given[key] for key in ("booked_rate", "settle_rate", "book_currency")}
    question |= {"fee_share": str(Decimal(share.rstrip("%")) / 100), "fee_fixed": fixed.split()[0] if fixed else "0"}
    return question, {_without_currency(key): value for key, value in wanted.items()}


def _without_currency(key: str) -> str:
    """``payout_usd`` is the payout, ``receivable_booked`` the receivable; ``fee_booked`` stands beside ``fee``."""
    name, _, last = key.rpartition("_")
    is_other_word = not name or (last == "booked" and name == "fee") or len(last) not in (3, 6) or last == "loss"
    return key if is_other_word else name


def refunded(given: Json, wanted: Json, day: str) -> tuple[Json, Json]:
    question = money(given["refund"]) | {key: given[key] for key in ("booked_rate", "rate_at_refund")}
    expected = {key.removesuffix("_usd"): str(value).split()[0] for key, value in wanted.items()}
    return question | {"book_currency": given.get("book_currency", "USD")}, expected


def digest(given: Json, wanted: Json, day: str) -> tuple[Json, Json]:
    """A digest is made of the message itself; the name of a message has none."""
    if "text" not in given:
        raise KeyError("text: the message itself, every blank of it")
    return {"message": given["text"]}, wanted


def s10(given: Json, wanted: Json, day: str) -> tuple[Json, Json]:
    return given, wanted


#: By a word that only this kind of example has.
SUMS: Mapping[str, tuple[str, Callable[[Json, Json, str], tuple[Json, Json]]]] = {
    "allocate": ("money.allocate", allocation),
    "tender": ("money.cash", cash),
    "settle_rate": ("fx.settle", settlement),
    "rate_at_refund": ("fx.refund", refunded),
    "to": ("fx.convert", conversion),
    "c14n": ("message.digest", digest),
    "text": ("message.digest", digest),
    "serial": ("post.s10", s10),
}


def packaged_rates(day: str, currencies: set[str]) -> list[Json]:
    """Rates up to the day that installed sources know without asking the network."""
    last = date.fromisoformat(day)
    known = (rate for source in _sources() for rate in source.published(last - LOOK_BACK))
    return [_rate(rate) for rate in known if rate.day <= last and {rate.base, rate.quote} & (currencies - {"EUR"})]


def _rate(rate: ExchangeRate) -> Json:
    told = {"from": rate.base, "to": rate.quote, "rate": str(rate.rate), "date": str(rate.day)}
    return told | {"source": rate.source}


def _sources() -> Iterator[RateSource]:
    modules = (point.load() for point in entry_points(group="entrepot.plugins") if point.name.startswith("connector-"))
    for module in modules:
        register = getattr(module, "entrepot_register_rate_sources", None)
        for source in register() if register else ():
            config = source.config_schema().load({"online": False})
            yield source(Context("", config, _Offline(), SystemClock(), logging.getLogger(__name__)))


class _Offline:
    """What examples are played with: no network."""

    def request(self, method: str, url: str, **options: Any) -> HttpReply:
        raise ProviderError("Examples are played without the network.")

    def get(self, url: str, **options: Any) -> HttpReply:
        return self.request("GET", url)

    def post(self, url: str, **options: Any) -> HttpReply:
        return self.request("POST", url)
