"""Background jobs in the words of staff."""

from __future__ import annotations

from collections.abc import Mapping

from entrepot.kernel.texts import N_
from entrepot.web.i18n import gettext as _

_WORDS: Mapping[str, str] = {
    "core.apply-price-windows": N_("Apply prices that begin or end"),
    "core.cancel-unpaid": N_("Cancel orders that were not paid in time"),
    "core.complete-orders": N_("Complete orders that were delivered"),
    "core.expire-credits": N_("Let gift cards and store credit expire"),
    "core.fetch-rates": N_("Fetch exchange rates"),
    "core.flush-calls": N_("Write down what providers were asked"),
    "core.follow-price-lists": N_("Recompute price lists that follow others"),
    "core.forget-answers": N_("Forget old answers of the API"),
    "core.forget-delivered-facts": N_("Forget events that every plugin received"),
    "core.forget-old-calls": N_("Forget what providers were asked long ago"),
    "core.forget-queued-jobs": N_("Forget jobs that are done"),
    "core.import": N_("Import a file"),
    "core.poll-payments": N_("Ask payment providers about open payments"),
    "core.propose-levels": N_("Propose how much stock to keep"),
    "core.sync-stock": N_("Ask others for their stock"),
    "core.undo-import": N_("Take an import back"),
    "core.value-ledger": N_("Value the ledger in the store's currency"),
    "core.webhook": N_("Send a webhook"),
}


def job_label(name: str) -> str:
    """What the job does; a plugin's goes by its name."""
    known = _WORDS.get(name)
    return _(known) if known else name
