"""Shapes of returns in the API."""

from __future__ import annotations

from typing import Any

import marshmallow as ma

from entrepot.api.fields import Amount, ApiSchema, Text, quantity
from entrepot.api.schemas import PageQuery, page_of
from entrepot.returns.rules import GRADES, RESOLUTIONS, WISHES
from entrepot.returns.service import LONGEST_REASON

STATES = ("requested", "approved", "received", "settling", "settled", "declined")
_PERCENT = ma.validate.Regexp(r"^(100(\.0{1,2})?|[0-9]{1,2}(\.[0-9]{1,2})?)$", error="Write it like 12.5, up to 100.")


class ReturnLineInSchema(ApiSchema):
    line = Text(least=1, most=36, required=True)
    quantity = quantity(required=True)


class ReturnInSchema(ApiSchema):
    """What is to come back. ``withdrawal`` uses the legal right, which needs no reason and no approval."""

    lines = ma.fields.List(
        ma.fields.Nested(ReturnLineInSchema), required=True, validate=ma.validate.Length(min=1, max=500)
    )
    reason = Text(most=LONGEST_REASON, load_default="", lines=True)
    withdrawal = ma.fields.Boolean(load_default=False)
    wish = ma.fields.String(load_default="refund", validate=ma.validate.OneOf(WISHES))


class ReturnableSchema(ApiSchema):
    """A line of an order and how many pieces of it may still come back."""

    line = ma.fields.String(required=True, attribute="line_id")
    name = ma.fields.String(required=True)
    options = ma.fields.String(required=True)
    left = ma.fields.Integer(required=True)


class BasisSchema(ApiSchema):
    """Which version of the shop's promises holds. ``agreed``: the buyer agreed to it with the order; else it is the
    version of the day. ``improved`` are terms in which the day's promises are better for the buyer, and hold, each with
    what was agreed."""

    version = ma.fields.String(required=True, metadata={"description": "Empty where none was kept."})
    agreed = ma.fields.Boolean(required=True)
    improved = ma.fields.Dict(keys=ma.fields.String(), values=ma.fields.Raw(), required=True)


class ReturnPolicySchema(ApiSchema):
    """The terms that hold, and where they come from."""

    days = ma.fields.Integer(required=True, metadata={"description": "After the last parcel's delivery."})
    withdrawal_days = ma.fields.Integer(required=True)
    who_pays = ma.fields.String(required=True, metadata={"description": "For the way back: buyer or seller."})
    fee_percent = ma.fields.String(required=True, metadata={"description": "What is kept of the price of the goods."})
    refund_duties = ma.fields.Boolean(required=True)
    basis = ma.fields.Nested(BasisSchema, required=True)


class ReturnedLineSchema(ApiSchema):
    """``resolution`` and ``grade`` are empty until the goods were inspected."""

    line = ma.fields.String(required=True, attribute="line_id")
    sku = ma.fields.String(required=True)
    name = ma.fields.String(required=True)
    quantity = ma.fields.Integer(required=True)
    grade = ma.fields.String(required=True)
    resolution = ma.fields.String(required=True)


class PlanRowSchema(ApiSchema):
    """One row of a money plan, with its cause."""

    kind = ma.fields.String(required=True)
    text = ma.fields.String(required=True)
    quantity = ma.fields.Integer(required=True)
    net = Amount(required=True)
    tax = Amount(required=True)
    gross = Amount(required=True)
    to = ma.fields.String(required=True, metadata={"description": "refund, store_credit or exchange."})


class ReplacementSchema(ApiSchema):
    text = ma.fields.String(required=True)
    quantity = ma.fields.Integer(required=True)
    gross = Amount(required=True)


class PlanNoteSchema(ApiSchema):
    """What is not refundable, and why."""

    kind = ma.fields.String(required=True, metadata={"description": "duties_kept or paid_on_delivery."})
    text = ma.fields.String(required=True)
    amount = Amount(required=True, allow_none=True)


class PlanSchema(ApiSchema):
    """What is given back, row by row. ``credited`` is ``refund`` + ``store_credit`` + ``exchanged``; ``owed`` is what
    the buyer still has to pay for goods that leave in exchange."""

    rows = ma.fields.List(ma.fields.Nested(PlanRowSchema), required=True)
    replacements = ma.fields.List(ma.fields.Nested(ReplacementSchema), required=True)
    notes = ma.fields.List(ma.fields.Nested(PlanNoteSchema), required=True)
    credited = Amount(required=True)
    refund = Amount(required=True)
    store_credit = Amount(required=True)
    exchanged = Amount(required=True)
    owed = Amount(required=True)
    basis = ma.fields.Nested(BasisSchema, required=True)
    digest = ma.fields.String(required=True, metadata={"description": "Names exactly this plan."})


class ReturnSchema(ApiSchema):
    """One return. ``actions`` are the steps that are possible now; ``plan`` is null until it was confirmed."""

    number = ma.fields.String(required=True)
    order_number = ma.fields.String(required=True)
    withdrawal = ma.fields.Boolean(required=True)
    state = ma.fields.String(required=True, validate=ma.validate.OneOf(STATES))
    reason = ma.fields.String(required=True)
    wish = ma.fields.String(required=True)
    answer = ma.fields.String(required=True)
    attention = ma.fields.String(required=True)
    requested_at = ma.fields.DateTime(required=True)
    fee_percent = ma.fields.String(required=True, metadata={"description": "Of its policy."})
    policy = ma.fields.Nested(ReturnPolicySchema, required=True)
    lines = ma.fields.List(ma.fields.Nested(ReturnedLineSchema), required=True)
    plan = ma.fields.Nested(PlanSchema, required=True, allow_none=True)
    orders = ma.fields.Dict(
        keys=ma.fields.String(),
        values=ma.fields.String(),
        required=True,
        metadata={"description": "Orders that follow from it, by kind: exchange, repair or resend."},
    )
    actions = ma.fields.List(ma.fields.String(), required=True)


class BuyerReturnsSchema(ApiSchema):
    """What may still come back, until when, and the returns so far. No time means that it has not begun to run."""

    may_return = ma.fields.Boolean(required=True)
    may_withdraw = ma.fields.Boolean(required=True)
    returns_until = ma.fields.DateTime(required=True, allow_none=True)
    withdrawal_until = ma.fields.DateTime(required=True, allow_none=True)
    who_pays = ma.fields.String(required=True, metadata={"description": "For the way back: buyer or seller."})
    policy = ma.fields.Nested(ReturnPolicySchema, required=True)
    lines = ma.fields.List(ma.fields.Nested(ReturnableSchema), required=True)
    returns = ma.fields.List(ma.fields.Nested(ReturnSchema), required=True)


class ReturnRowSchema(ApiSchema):
    number = ma.fields.String(required=True)
    order_number = ma.fields.String(required=True)
    state = ma.fields.String(required=True)
    withdrawal = ma.fields.Boolean(required=True)
    requested_at = ma.fields.DateTime(required=True)


class ReturnQuery(PageQuery):
    """``order`` is an order's number."""

    state = ma.fields.String(load_default="", validate=ma.validate.OneOf(["", *STATES]))
    order = Text(most=40, load_default="")


class AnswerSchema(ApiSchema):
    answer = Text(least=1, most=LONGEST_REASON, required=True, lines=True)


class DecisionSchema(ApiSchema):
    """What inspection says of one line."""

    line = Text(least=1, most=36, required=True)
    resolution = ma.fields.String(required=True, validate=ma.validate.OneOf(RESOLUTIONS))
    grade = ma.fields.String(load_default="sellable", validate=ma.validate.OneOf(GRADES))
    exchange_sku = Text(most=100, load_default="")


class DecisionsSchema(ApiSchema):
    """Every line has a decision. ``shipping`` gives the delivery back in proportion; ``difference`` says where the rest
    goes when goods are exchanged for cheaper ones. Of sellable goods no more than the policy's fee is kept."""

    lines = ma.fields.List(ma.fields.Nested(DecisionSchema), required=True, validate=ma.validate.Length(min=1, max=500))
    fee_percent = ma.fields.String(load_default="0", validate=_PERCENT)
    shipping = ma.fields.Boolean(load_default=False)
    difference = ma.fields.String(load_default="refund", validate=ma.validate.OneOf(("refund", "store_credit")))


class SettleSchema(DecisionsSchema):
    """``expected`` is the refund of the plan that was looked at, ``digest`` the plan itself; another one is refused."""

    expected = Amount(required=True)
    digest = Text(most=64, load_default="")


class FinishSchema(ApiSchema):
    """``otherwise`` says how the money went back where a provider declined to give it back."""

    otherwise = Text(most=200, load_default="")


ReturnPageSchema: Any = page_of(ReturnRowSchema, "ReturnPage")
