"""What the worker does for the core: who is told of facts, and which jobs repeat. Read beside ``app.py``."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from entrepot.catalog.following import recompute
from entrepot.catalog.windows import apply_due_windows
from entrepot.credit.service import expire as expire_credits
from entrepot.customers import service as customers
from entrepot.documents import service as documents
from entrepot.engine.delivery import Consumer
from entrepot.engine.jobs import PeriodicJob
from entrepot.engine.queue import Task, forget_done
from entrepot.engine.runtime import Runtime
from entrepot.ledger.valuation import value_postings
from entrepot.notifications import service as notifications
from entrepot.orders.fulfilment import auto_complete
from entrepot.orders.service import cancel_unpaid
from entrepot.payments.polling import poll_due
from entrepot.pricing.rates import keep_rates_fresh
from entrepot.screening import service as screening
from entrepot.stock_sources import service as stock_sources
from entrepot.stock_targets import service as stock_targets
from entrepot.webhooks import service as webhooks


def _poll_payments(runtime: Runtime) -> None:
    poll_due(runtime)


def _cancel_unpaid(runtime: Runtime) -> None:
    cancel_unpaid(runtime)


def _forget_queued(runtime: Runtime) -> None:
    forget_done(runtime)


def _value_ledger(runtime: Runtime) -> None:
    value_postings()


def _complete_orders(runtime: Runtime) -> None:
    auto_complete(runtime)


def _expire_credits(runtime: Runtime) -> None:
    expire_credits(runtime)


def _fetch_rates(runtime: Runtime) -> None:
    keep_rates_fresh(runtime)


def _follow_price_lists(runtime: Runtime) -> None:
    recompute(runtime)  # a list without a fresh rate says so itself


def _apply_price_windows(runtime: Runtime) -> None:
    apply_due_windows(runtime)


def _sync_stock(runtime: Runtime) -> None:
    stock_sources.sync(runtime)
    stock_sources.watch(runtime)


def _propose_levels(runtime: Runtime) -> None:
    stock_targets.make_proposals(runtime)


def _forget_answers(runtime: Runtime) -> None:
    from entrepot.api.idempotency import forget_old  # the worker needs nothing else of the API

    forget_old(runtime)


def _run_import(runtime: Runtime, payload: Mapping[str, Any]) -> None:
    from entrepot.admin.uploads import run_queued  # the readers of files are loaded with the first one

    run_queued(runtime, payload)


def _undo_import(runtime: Runtime, payload: Mapping[str, Any]) -> None:
    from entrepot.order_import.undoing import undo_queued

    undo_queued(runtime, payload)


CONSUMERS = (
    Consumer("customers", customers.handles, customers.deliver),
    Consumer("documents", documents.handles, documents.deliver),
    Consumer("notifications", notifications.handles, notifications.deliver),
    Consumer("screening", screening.handles, screening.deliver),
    Consumer("webhooks", webhooks.handles, webhooks.deliver),
)

#: How each kind of queued job is done.
TASKS: dict[str, Task] = {
    webhooks.SEND: webhooks.send_queued,
    "core.import": _run_import,
    "core.undo-import": _undo_import,
}

#: In this order when several are due: money that arrived is seen before its order would be cancelled.
JOBS = (
    PeriodicJob("core.poll-payments", timedelta(seconds=20), _poll_payments),
    PeriodicJob("core.cancel-unpaid", timedelta(minutes=1), _cancel_unpaid),
    PeriodicJob("core.forget-answers", timedelta(hours=1), _forget_answers),
    PeriodicJob("core.forget-queued-jobs", timedelta(days=1), _forget_queued),
    PeriodicJob("core.value-ledger", timedelta(hours=1), _value_ledger),
    PeriodicJob("core.complete-orders", timedelta(hours=1), _complete_orders),
    PeriodicJob("core.expire-credits", timedelta(hours=1), _expire_credits),
    PeriodicJob("core.fetch-rates", timedelta(hours=6), _fetch_rates),
    PeriodicJob("core.follow-price-lists", timedelta(hours=1), _follow_price_lists),
    PeriodicJob("core.apply-price-windows", timedelta(minutes=1), _apply_price_windows),
    PeriodicJob("core.sync-stock", timedelta(minutes=1), _sync_stock),
    PeriodicJob("core.propose-levels", timedelta(days=1), _propose_levels),
)
