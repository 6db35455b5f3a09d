"""The shop asks twice, for the seller's tax and for what the border takes; together they are the one assessment."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from entrepot.customs.questions import answer_customs
from entrepot.kernel.address import Address
from entrepot.kernel.money import Money, total
from entrepot.sdk import Certainty, CustomsLine, CustomsQuestion, ExchangeRate, TaxLine, TaxQuestion
from entrepot.sdk.packs import Seller
from entrepot.taxes.packs import answer_tax

from .baskets import FROM_EURO, PACKS, loaded, options, places, schemes

EXAMPLES = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
#: Each half rounds for itself, per line and per rate.
ROUNDING = 3


def rates(day: date) -> tuple[ExchangeRate, ...]:
    return tuple(ExchangeRate("EUR", code, Decimal(rate), day, "invented") for code, rate in FROM_EURO.items())


@st.composite
def halves(draw: st.DrawFn) -> tuple[str, TaxQuestion, Seller, int]:
    pack = loaded(draw(st.sampled_from(sorted(PACKS))))
    place = draw(st.sampled_from(places(pack)))
    day = date(2024, 6, 1) + timedelta(days=draw(st.integers(0, 1100)))
    origin = draw(st.sampled_from(["CN", "DE", "US", place["country"]]))
    minor, freight = draw(st.integers(1, 300_000)), draw(st.integers(0, 5_000))
    hs = draw(st.sampled_from(["", "610910", "910211", "490199", "330300", "940521"]))
    goods = TaxLine("1", Money(minor, "EUR"), 1, hs_code=hs, origin_country="CN", weight_g=300)
    seller = Seller(
        established_in=draw(st.sampled_from(["CN", "DE"])),
        registrations=dict.fromkeys(draw(st.lists(st.sampled_from(schemes(pack) or ["NONE"]), unique=True)), "1"),
        mode=draw(st.sampled_from(["post", "courier", "sea"])),
        ddp=draw(st.booleans()),
        options={name: draw(st.sampled_from(values)) for name, values in options(pack).items()},
        year_to_date=Money.zero("CNY"),
    )
    question = TaxQuestion(
        origin=Address(country=origin),
        destination=Address(country=place["country"], region=place.get("region", "")),
        currency="EUR",
        at=datetime.combine(day, time(12), UTC),
        prices_include_tax=draw(st.booleans()),
        lines=(goods, TaxLine("shipping", Money(freight, "EUR"), subject="shipping")),
        rates=rates(day),
    )
    return pack.id, question, seller, freight


@pytest.mark.covers("G1", "G2", "G3")
@EXAMPLES
@given(halves())
def test_sellers_tax_and_the_borders_charges_are_one_assessment(asked: tuple[str, TaxQuestion, Seller, int]) -> None:
    pack_id, question, seller, _ = asked
    pack = loaded(pack_id)
    taxes = answer_tax(pack, question, seller)
    goods, delivery = taxes.lines
    border = answer_customs(pack, _at_border(question, goods.net, delivery.net, seller), seller)
    at_checkout = goods.tax + delivery.tax
    at_border = total((c.amount for c in border.charges if c.kind == "import_tax"), "EUR")
    states = {goods.certainty, *(c.certainty for c in border.charges if c.kind == "import_tax")}
    if Certainty.UNKNOWN not in states and not question.prices_include_tax:
        assert abs((at_checkout + at_border).minor - _whole(question, seller, pack_id)) <= ROUNDING
    if border.incoterm == "DDP" and seller.ddp:
        assert all(c.at_checkout for c in border.charges if c.certainty is not Certainty.NOT_DUE)


def _at_border(question: TaxQuestion, goods: Money, freight: Money, seller: Seller) -> CustomsQuestion:
    line = question.lines[0]
    return CustomsQuestion(
        origin=question.origin,
        destination=question.destination,
        currency="EUR",
        at=question.at,
        lines=(CustomsLine("1", goods, 1, line.weight_g, line.hs_code, line.origin_country),),
        freight=freight,
        insurance=Money.zero("EUR"),
        registrations=seller.registrations,
        rates=question.rates,
    )


def _whole(question: TaxQuestion, seller: Seller, pack_id: str) -> int:
    """All taxes of the one assessment, in cents; prices are without tax."""
    from entrepot.customs.engine.assessment import assess
    from entrepot.customs.engine.regimes import Kind
    from entrepot.customs.questions import consignment_of

    asked = _at_border(question, question.lines[0].amount, question.lines[1].amount, seller)
    pack = loaded(pack_id)
    return sum(charge.amount.minor for charge in assess(consignment_of(asked, pack, seller), pack).of_kind(Kind.TAX))
