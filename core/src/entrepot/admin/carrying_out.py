"""Forms of the back office: done and redirected, or shown again with the reason and all that was typed."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from flask import Response, redirect, request

from entrepot.admin.frame import Answer, say
from entrepot.kernel.currency import exponent
from entrepot.kernel.ids import new_id
from entrepot.kernel.money import InvalidAmount, Money
from entrepot.sdk.errors import EntrepotError
from entrepot.web.errors import message_of

_WITH_COMMA = re.compile(r"(\d+),(\d{2})")


@dataclass(frozen=True)
class Refused:
    """What was typed into a form that could not be carried out, and why: nothing typed is lost."""

    form: str = ""
    message: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    fields: Mapping[str, list[str]] = field(default_factory=dict)

    def says(self, form: str) -> str:
        """Why this form was refused; empty for other forms."""
        return self.message if form == self.form else ""

    def value(self, form: str, name: str, default: object = "") -> str:
        """What a field shows: what was typed into this form, else the default."""
        return self.values.get(name, "") if form == self.form else str(default)

    def key(self, form: str) -> str:
        """The form's idempotency key: kept when the form comes back, so that sending it again is the same request."""
        return self.value(form, "key") or new_id()


@dataclass(frozen=True)
class Otherwise:
    """An action that was carried out, but not with the usual end: what to say instead."""

    text: str
    level: str = "wrong"


NOTHING_REFUSED = Refused()


def carry_out(
    action: Callable[[], Otherwise | None], *, form: str, done: str, to: str, again: Callable[[Refused], Response]
) -> Answer:
    """Do what a form asks, then redirect to ``to``; a refusal draws the form again, with status 422."""
    try:
        outcome = action()
    except (EntrepotError, InvalidAmount) as error:
        response = again(Refused(form, explained(error), request.form.to_dict(), getattr(error, "fields", {})))
        response.status_code = 422
        return response
    say(outcome.text, outcome.level) if outcome else say(done)
    return redirect(to, 303)


def explained(error: Exception) -> str:
    """An error as a sentence in the reader's language, where there is a translation."""
    return message_of(error) if isinstance(error, EntrepotError) else str(error)


def amount(text: str, currency: str) -> Money:
    """An amount as staff type it: 12.50, or 12,50 where that cannot be misread. Raises InvalidAmount."""
    typed = text.strip().replace("\N{NO-BREAK SPACE}", "")
    with_comma = _WITH_COMMA.fullmatch(typed)
    if with_comma and exponent(currency) == 2:
        typed = f"{with_comma[1]}.{with_comma[2]}"
    return Money.exactly(typed, currency)


def whole_number(text: str, label: str) -> int:
    """A count as staff type it; raises EntrepotError."""
    typed = text.strip().removeprefix("+")
    if not re.fullmatch(r"-?\d{1,9}", typed):
        raise EntrepotError("{label}: “{typed}” is not a whole number. Write it like 12.", label=label, typed=text)
    return int(typed)
