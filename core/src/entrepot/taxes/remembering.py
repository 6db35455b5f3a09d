"""What the rule engine answered lately: it is pure, and every page on the way to an order asks about the same cart."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from typing import TypeVar
from zoneinfo import ZoneInfo

from entrepot.customs.engine.pack import Pack
from entrepot.customs.questions import answer_customs
from entrepot.kernel.address import Address
from entrepot.sdk.customs import CustomsAnswer, CustomsQuestion
from entrepot.sdk.packs import Seller
from entrepot.sdk.tax import TaxAnswer, TaxQuestion
from entrepot.taxes.packs import answer_tax

Question = TypeVar("Question", TaxQuestion, CustomsQuestion)
#: Answers of each kind that one process keeps.
_KEPT = 1_000


class _Asked:
    """Pack, question and seller as one key. A pack is only equal to itself, as its records may be a merchant's own."""

    __slots__ = ("_hash", "pack", "question", "seller")

    def __init__(self, pack: Pack, question: TaxQuestion | CustomsQuestion, seller: Seller) -> None:
        self.pack, self.question, self.seller = pack, question, seller
        self._hash = hash((id(pack), question))

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, _Asked) or self.pack is not other.pack:
            return False
        return self.question == other.question and self.seller == other.seller


def tax(pack: Pack, question: TaxQuestion, seller: Seller) -> TaxAnswer:
    """``answer_tax``, or what it said when it was asked the same."""
    return _tax(_Asked(pack, _told_apart(question, pack), seller))


def customs(pack: Pack, question: CustomsQuestion, seller: Seller) -> CustomsAnswer:
    """``answer_customs``, or what it said when it was asked the same."""
    return _customs(_Asked(pack, _told_apart(question, pack), seller))


@lru_cache(maxsize=_KEPT)
def _tax(asked: _Asked) -> TaxAnswer:
    assert isinstance(asked.question, TaxQuestion)
    return answer_tax(asked.pack, asked.question, asked.seller)


@lru_cache(maxsize=_KEPT)
def _customs(asked: _Asked) -> CustomsAnswer:
    assert isinstance(asked.question, CustomsQuestion)
    return answer_customs(asked.pack, asked.question, asked.seller)


def _told_apart(question: Question, pack: Pack) -> Question:
    """The question with only what rules tell apart: the day instead of the instant, the place instead of the person."""
    day = question.at.astimezone(ZoneInfo(pack.time_zone)).date()
    start = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(pack.time_zone))
    return replace(question, at=start, origin=_place(question.origin), destination=_place(question.destination))


def _place(address: Address) -> Address:
    return Address(country=address.country, region=address.region, postcode=address.postcode)
