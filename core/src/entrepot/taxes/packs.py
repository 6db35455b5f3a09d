"""The tax that a seller collects at checkout, from a rule pack; prices with tax and without. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, localcontext
from zoneinfo import ZoneInfo

from entrepot.customs.engine.answer import Answer, AssessedCharge
from entrepot.customs.engine.assessment import assess
from entrepot.customs.engine.consignment import Consignment, Line, line_values
from entrepot.customs.engine.fx import RateTable
from entrepot.customs.engine.pack import Pack
from entrepot.customs.engine.regimes import Kind
from entrepot.customs.questions import is_sellers_tax, place_of
from entrepot.kernel.money import Money, round_half_up, total
from entrepot.sdk.packs import Seller
from entrepot.sdk.tax import Certainty, RuleRef, TaxAnswer, TaxedLine, TaxLine, TaxQuestion
from entrepot.taxes.words import NO_TAX, ON_DELIVERY, RECIPIENT_OWES, TAX, TaxName, Words

#: Words of a base that contain transport.
_WITH_FREIGHT = frozenset({"freight", "freight_by_weight", "cif", "cif_by_weight", "onward", "sales_price"})
#: Words of a base that the price and its parts are; a tax on anything else is told by its amount.
_OF_THE_PRICE = _WITH_FREIGHT | {"intrinsic", "fob", "insurance"}
#: Prices with tax lead to a value without, that may lie within another limit; this often at most.
_ROUNDS = 8
_PRECISION = 40
#: What no country's tax id looks like frees nobody; whether an id is real was checked before it came here.
_TAX_ID = re.compile(r"(?=(?:\D*\d){5})[A-Za-z0-9][A-Za-z0-9 .+-]{6,20}")
#: To how many digits a share is told that follows from an amount.
_SHARE = Decimal(1).scaleb(-12)


@dataclass(frozen=True)
class _Treated:
    """How one line of goods is taxed. ``rate`` is of the price without tax; None where it is not known."""

    rate: Decimal | None
    freight_rate: Decimal | None
    names: tuple[TaxName, ...]
    rule: RuleRef
    is_due: bool
    why: str = ""
    is_collected_elsewhere: bool = False

    def label(self, question: TaxQuestion) -> str:
        return Words(question.locale).label(self.names, is_collected_elsewhere=self.is_collected_elsewhere)


def answer_tax(pack: Pack, question: TaxQuestion, seller: Seller) -> TaxAnswer:
    """One taxed line per line asked. What the pack does not know is unknown, and never zero."""
    goods = [line for line in question.lines if line.subject == "goods"]
    if not goods:
        alone = tuple(_unasked(line, pack, question) for line in question.lines)
        return TaxAnswer(alone, registrations=seller.registrations)
    treated, notice = _settled(pack, question, goods, seller)
    weights = [abs(line.amount.minor) for line in goods]
    taxed = tuple(
        _goods(line, treated[line.id], question)
        if line.subject == "goods"
        else _delivery(line, [treated[one.id] for one in goods], weights, question)
        for line in question.lines
    )
    notices = (Words(question.locale).notice(notice),) if notice else ()
    return TaxAnswer(taxed, notices=notices, registrations=seller.registrations)


def _settled(
    pack: Pack, question: TaxQuestion, goods: Sequence[TaxLine], seller: Seller
) -> tuple[dict[str, _Treated], str]:
    """The treatment that fits the values without tax which it leads to itself."""
    shares = {line.id: Decimal(1) if question.prices_include_tax else Decimal(0) for line in goods}
    for _ in range(_ROUNDS):
        consignment = _consignment(pack, question, goods, seller, shares)
        answer = assess(consignment, pack)
        treated = {line.id: _treated(answer, consignment, line, pack) for line in goods}
        found = {id: one.rate or Decimal(0) for id, one in treated.items()}
        if not question.prices_include_tax or found == shares:
            return treated, _notice(answer, consignment)
        shares = found
    why = "The price with tax has no value without tax that fits one rule. Sell these goods at prices without tax."
    return {line.id: _unknown(why, RuleRef(f"{pack.id}/no-rule", pack.version)) for line in goods}, ""


def _consignment(
    pack: Pack, question: TaxQuestion, goods: Sequence[TaxLine], seller: Seller, shares: Mapping[str, Decimal]
) -> Consignment:
    currency = question.currency
    none = Money.zero(currency)
    tax_id = question.buyer_tax_id if _TAX_ID.fullmatch(question.buyer_tax_id) else ""
    delivery = total((_size(line) for line in question.lines if line.subject != "goods"), currency)
    whole = total((_size(line) for line in goods), currency)
    lines = tuple(_line(line, shares[line.id]) for line in goods)
    net = total((line.value for line in lines), currency)
    # Delivery follows the goods: its tax share is theirs.
    freight = delivery if whole == net or whole.is_zero else Money(_scaled(delivery, net, whole), currency)
    return Consignment(
        ship_from=place_of(question.origin, pack),
        ship_to=place_of(question.destination, pack),
        day=question.at.astimezone(ZoneInfo(pack.time_zone)).date(),
        currency=currency,
        lines=lines,
        freight=freight,
        insurance=none,
        onward=none,
        discount=none,
        mode=question.mode or seller.mode or None,
        registrations=seller.registrations,
        established_in=seller.established_in,
        buyer="business" if tax_id else question.buyer,
        buyer_tax_id=tax_id,
        incoterm="DDP" if seller.ddp else "",
        year_to_date=seller.year_to_date,
        options=seller.options,
        rates=RateTable(question.rates),
    )


def _size(line: TaxLine) -> Money:
    """A refund is treated like the sale that it takes back."""
    return Money(abs(line.amount.minor), line.amount.currency)


def _scaled(amount: Money, part: Money, whole: Money) -> int:
    return round_half_up(Decimal(amount.minor) * part.minor / whole.minor)


def _line(line: TaxLine, rate: Decimal) -> Line:
    with localcontext(prec=_PRECISION):
        net = Money(round_half_up(Decimal(_size(line).minor) / (1 + rate)), line.amount.currency)
    return Line(
        id=line.id,
        value=net,
        quantity=line.quantity,
        hs=line.hs_code,
        origin=line.origin_country,
        weight_g=line.weight_g or None,
        category=line.tax_category,
        attributes=line.attributes,
    )


def _treated(answer: Answer, consignment: Consignment, line: TaxLine, pack: Pack) -> _Treated:
    """What the charges of a line say about its price; a tax that somebody else collects is not due to the seller."""
    about = [c for c in answer.of_kind(Kind.TAX) if c.line_id in ("", line.id)]
    mine = [charge for charge in about if is_sellers_tax(charge)]
    unknown = next((charge for charge in mine if charge.state is Certainty.UNKNOWN), None)
    unknown = unknown or next((c for c in about if c.state is Certainty.UNKNOWN and c.code == Kind.TAX), None)
    if unknown:
        return _unknown(unknown.why, unknown.rule)
    due = [charge for charge in mine if charge.state is Certainty.KNOWN]
    if not due:
        return _not_due(about, answer, pack)
    rates = [_rates_of(charge, consignment, line) for charge in due]
    return _Treated(
        rate=_sum([rate for rate, _ in rates]),
        freight_rate=_sum([freight for _, freight in rates]),
        names=_names(due),
        rule=_joined([charge.rule for charge in due]),
        is_due=True,
    )


def _rates_of(charge: AssessedCharge, consignment: Consignment, line: TaxLine) -> tuple[Decimal, Decimal]:
    """The charge as a share of the goods' price and of the delivery fee."""
    if charge.fraction is not None and _OF_THE_PRICE.issuperset(charge.base):
        return charge.fraction, charge.fraction if _WITH_FREIGHT.intersection(charge.base) else Decimal(0)
    prices = line_values(consignment)["sales_price"]
    price = prices[line.id] if charge.line_id else sum(prices.values(), Decimal(0))
    amount = charge.exact if charge.exact is not None else charge.amount.decimal
    with localcontext(prec=_PRECISION):
        share = (amount / price).quantize(_SHARE) if price else Decimal(0)
    return share, share


def _sum(rates: Sequence[Decimal]) -> Decimal:
    return sum(rates, Decimal(0))


def _names(due: Sequence[AssessedCharge]) -> tuple[TaxName, ...]:
    """What is charged, each once; a tax of nothing is named only where there is no other."""
    named = [charge for charge in due if not charge.amount.is_zero] or due[:1]
    return tuple(dict.fromkeys(TaxName(charge.label, charge.fraction) for charge in named))


def _joined(rules: Sequence[RuleRef]) -> RuleRef:
    different = list(dict.fromkeys(rules))
    if len(different) == 1:
        return different[0]
    parts = {name: "; ".join(dict.fromkeys(getattr(rule, name) for rule in different)) for name in ("id", "version")}
    text = " ".join(rule.text for rule in different)
    return RuleRef(parts["id"], parts["version"], text, "; ".join(dict.fromkeys(rule.source for rule in different)))


def _not_due(about: Sequence[AssessedCharge], answer: Answer, pack: Pack) -> _Treated:
    at_border = next((charge for charge in about if not is_sellers_tax(charge)), None)
    first = next(iter(about), None)
    if first is None:
        title = answer.treatments[0].title if answer.treatments else ""
        rule = answer.treatments[0].rule if answer.treatments else RuleRef(f"{pack.id}/no-rule", pack.version)
        return _untreated(title or NO_TAX, rule)
    if at_border and answer.treatments:
        return replace(_untreated(at_border.label, answer.treatments[0].rule), is_collected_elsewhere=True)
    return replace(_untreated(first.label, first.rule), why=first.why)


def _untreated(name: str, rule: RuleRef) -> _Treated:
    return _Treated(Decimal(0), Decimal(0), (TaxName(name),), rule, is_due=False)


def _unknown(why: str, rule: RuleRef) -> _Treated:
    return _Treated(None, None, (TaxName(TAX),), replace(rule, text=why or rule.text), is_due=True, why=why)


def _notice(answer: Answer, consignment: Consignment) -> str:
    """One sentence where a tax is asked for later, or where the buyer's tax id is why none is collected."""
    taxes = answer.of_kind(Kind.TAX)
    is_later = any(not c.is_due_at_checkout and c.state is not Certainty.NOT_DUE for c in taxes)
    is_freed = bool(consignment.buyer_tax_id) and all(c.state is Certainty.NOT_DUE for c in taxes)
    return ON_DELIVERY if is_later else RECIPIENT_OWES if is_freed else ""


def _goods(line: TaxLine, treated: _Treated, question: TaxQuestion) -> TaxedLine:
    if treated.rate is None or not treated.is_due:
        return _untaxed(line, treated, question)
    return _taxed(line, treated, treated.rate, question)


def _delivery(line: TaxLine, treated: Sequence[_Treated], weights: Sequence[int], question: TaxQuestion) -> TaxedLine:
    """Delivery is taxed like the goods that it brings, in proportion to their value."""
    doubtful = next((one for one in treated if one.freight_rate is None), None)
    if doubtful:
        return _untaxed(line, doubtful, question)
    rates = [one.freight_rate or Decimal(0) for one in treated]
    if not any(rates):
        first = treated[0]
        untaxed = replace(first, is_due=False, why=first.why or "Delivery bears no tax of the seller.")
        return _untaxed(line, untaxed, question)
    whole = sum(weights) or len(weights)
    shares = weights if any(weights) else [1] * len(weights)
    with localcontext(prec=_PRECISION):
        rate = sum((rate * share for rate, share in zip(rates, shares, strict=True)), Decimal(0)) / whole
    rate = rates[0] if len(set(rates)) == 1 else rate
    first = next(one for one in treated if one.freight_rate)
    return _taxed(line, first, rate, question)


def _taxed(line: TaxLine, treated: _Treated, rate: Decimal, question: TaxQuestion) -> TaxedLine:
    """The tax is rounded half up once; the rest is a difference."""
    with localcontext(prec=_PRECISION):
        share = rate / (1 + rate) if question.prices_include_tax else rate
        tax = Money(round_half_up(line.amount.minor * share), line.amount.currency)
    net = line.amount - tax if question.prices_include_tax else line.amount
    return TaxedLine(line.id, net, tax, net + tax, rate, treated.label(question), treated.rule)


def _untaxed(line: TaxLine, treated: _Treated, question: TaxQuestion) -> TaxedLine:
    certainty = Certainty.UNKNOWN if treated.is_due else Certainty.NOT_DUE
    none = Money.zero(line.amount.currency)
    rule = replace(treated.rule, text=treated.why or treated.rule.text)
    return TaxedLine(line.id, line.amount, none, line.amount, Decimal(0), treated.label(question), rule, certainty)


def _unasked(line: TaxLine, pack: Pack, question: TaxQuestion) -> TaxedLine:
    alone = _unknown("Delivery without goods is not taxed alone.", RuleRef(pack.id, pack.version))
    return _untaxed(line, alone, question)
