"""The terms that a return goes by, as staff read them: what holds, and what was agreed where today's is better."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from entrepot.admin.words import word
from entrepot.policies.rules import Policy
from entrepot.web.i18n import gettext as _
from entrepot.web.i18n import ngettext

#: What counts for a return, and for a withdrawal: the law knows no fee there, and gives duties back.
_OF_RETURNS = ("days", "who_pays", "fee_percent", "refund_duties")
_OF_WITHDRAWALS = ("withdrawal_days", "who_pays")


@dataclass(frozen=True)
class Term:
    """``agreed`` is empty unless something else was agreed, less good for the buyer."""

    label: str
    held: str
    agreed: str = ""


def terms(policy: Policy, *, withdrawal: bool) -> tuple[Term, ...]:
    """Those that matter for this kind of return."""
    held, improved = policy.promised(), policy.basis.improved
    names = _OF_WITHDRAWALS if withdrawal else _OF_RETURNS
    return tuple(
        Term(word("return_term", name), _written(name, held[name]), _agreed(name, improved.get(name))) for name in names
    )


def _agreed(name: str, value: Any) -> str:
    return "" if value is None else _written(name, value)


def _written(name: str, value: Any) -> str:
    if name == "who_pays":
        return word("who_pays", value)
    if name == "fee_percent":
        return _("%(percent)s %% of the price", percent=value)
    if name == "refund_duties":
        return _("go back") if value else _("are kept")
    return ngettext("%(num)s day after delivery", "%(num)s days after delivery", value)
