"""Warehouses, and what dispatch from them costs."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select, update

from entrepot.inventory.models import Warehouse
from entrepot.kernel.address import Address
from entrepot.kernel.clock import HasClock
from entrepot.sdk.errors import EntrepotError
from entrepot.storage.session import unit_of_work


def save_warehouse(
    runtime: HasClock, *, code: str, name: str, address: Address, priority: int = 100, active: bool = True
) -> int:
    """Create or change the warehouse with this code; its id."""
    with unit_of_work() as session:
        warehouse = session.scalar(select(Warehouse).where(Warehouse.code == code)) or Warehouse(code=code)
        warehouse.name = name
        warehouse.address = address.as_dict()
        warehouse.priority = priority
        warehouse.active = active
        session.add(warehouse)
        session.flush()
        return warehouse.id


def save_dispatch_costs(costs: Mapping[int, Mapping[str, int]]) -> None:
    """{warehouse id: {country or "*": minor units of the base currency}}, for the cheapest strategy."""
    if any(cost < 0 for by_country in costs.values() for cost in by_country.values()):
        raise EntrepotError("A dispatch cost is not below zero. Write it like DE 4.90, * 12.90.")
    with unit_of_work() as session:
        for warehouse_id, by_country in costs.items():
            session.execute(
                update(Warehouse).where(Warehouse.id == warehouse_id).values(dispatch_costs=dict(by_country))
            )
