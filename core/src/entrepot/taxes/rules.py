"""Checking a calculator's answer before any of it is charged. Pure."""

from __future__ import annotations

from entrepot.sdk.tax import Certainty, TaxAnswer, TaxedLine, TaxLine, TaxQuestion


def problem(question: TaxQuestion, answer: object) -> str:
    """Why the answer cannot be used; empty when it can."""
    if not isinstance(answer, TaxAnswer):
        return f"answered with {type(answer).__name__} instead of TaxAnswer"
    if [line.id for line in answer.lines] != [line.id for line in question.lines]:
        return "did not answer every line, in order"
    for asked, taxed in zip(question.lines, answer.lines, strict=True):
        wrong = _line_problem(question, asked, taxed)
        if wrong:
            return f"line {asked.id}: {wrong}"
    return ""


def _line_problem(question: TaxQuestion, asked: TaxLine, taxed: TaxedLine) -> str:
    if {taxed.net.currency, taxed.tax.currency, taxed.gross.currency} != {question.currency}:
        return "another currency than asked"
    if taxed.net + taxed.tax != taxed.gross:
        return "net and tax do not sum to gross"
    if taxed.rate < 0:
        return "a negative rate"
    included = question.prices_include_tax if taxed.included is None else taxed.included
    base = taxed.gross if included else taxed.net
    if base != asked.amount:
        return f"the amount {asked.amount} came back as {base}"
    if taxed.certainty is not Certainty.KNOWN and not taxed.tax.is_zero:
        return "tax on a line that is not known to be taxed"
    return ""
