"""Proposed levels of stock in the API."""

from __future__ import annotations

from typing import Any

from entrepot import web
from entrepot.api import context
from entrepot.api.operations import Once, Resource
from entrepot.inventory.moving_rest import variant_id, warehouse_id
from entrepot.stock_targets import queries, service
from entrepot.stock_targets.schemas import ProposalListSchema

proposals = Resource("Stock levels", __name__, "Levels of stock that are proposed from sales and lead times.")
resources = (proposals,)
_ADJUST = "inventory.adjust"


@proposals.operation("GET", "/stock-proposals", answer=ProposalListSchema, scope="inventory.view")
def list_proposals() -> dict[str, Any]:
    """Open proposals, what runs out first; at most 200"""
    return {"items": queries.open_proposals()}


@proposals.operation(
    "POST", "/stock-proposals/<sku>/<warehouse>/accept", answer=None, status=204, scope=_ADJUST, once=Once.TRANSACTION
)
def accept_proposal(sku: str, warehouse: str) -> None:
    """Make the proposed levels those that hold"""
    service.accept(web.runtime(), variant_id(sku), warehouse_id(warehouse), actor=context.actor())


@proposals.operation(
    "POST", "/stock-proposals/<sku>/<warehouse>/reject", answer=None, status=204, scope=_ADJUST, once=Once.TRANSACTION
)
def reject_proposal(sku: str, warehouse: str) -> None:
    """Keep the levels that hold; the same is not proposed again"""
    service.reject(web.runtime(), variant_id(sku), warehouse_id(warehouse), actor=context.actor())
