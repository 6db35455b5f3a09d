"""Customers: noted from their orders, edited by staff, put into groups."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from entrepot.customers import rules
from entrepot.customers.models import Customer, CustomerGroup
from entrepot.customers.rules import CustomerInvalid
from entrepot.engine.runtime import Runtime
from entrepot.kernel.address import Address
from entrepot.kernel.texts import N_, folded_email
from entrepot.sdk.errors import EntrepotError
from entrepot.sdk.facts import Fact, OrderPlaced
from entrepot.storage.session import dialect_name, unit_of_work


class CustomerMissing(EntrepotError):
    status = 404

    def __init__(self, which: object) -> None:
        super().__init__(N_("There is no customer {which}. Compare with the list of customers."), which=which)


class GroupMissing(EntrepotError):
    status = 404

    def __init__(self, code: str) -> None:
        super().__init__(N_("There is no customer group “{code}”. Compare with the list of groups."), code=code)


class CustomerKnown(EntrepotError):
    """Somebody with this e-mail address is a customer already."""

    status = 409

    def __init__(self, email: str) -> None:
        super().__init__(N_("{email} is a customer already. Change that record."), email=email)


class GroupInUse(EntrepotError):
    status = 409

    def __init__(self, code: str) -> None:
        super().__init__(N_("Customers are in the group “{code}”. Put them into another one first."), code=code)


@dataclass(frozen=True, kw_only=True)
class Details:
    """What staff may change of a customer."""

    name: str = ""
    phone: str = ""
    locale: str = ""
    addresses: Sequence[Address] = ()
    #: Code of a group; empty for none.
    group: str = ""
    note: str = ""


def handles(kind: str) -> bool:
    return kind == OrderPlaced.kind


def deliver(runtime: Runtime, fact: Fact) -> None:
    """Note the buyer of a placed order. The same order again changes nothing."""
    if not isinstance(fact, OrderPlaced):
        return
    order = runtime.shop.order(fact.order_number)
    if order is None or order.email.endswith(rules.NOWHERE):
        return
    with unit_of_work() as session:
        customer = _found_or_new(session, folded_email(order.email), order.placed_at)
        written = [address.as_dict() for address in (order.shipping_address, order.billing_address)]
        customer.addresses = rules.joined(customer.addresses, written)
        customer.name = customer.name or order.billing_address.name or order.shipping_address.name
        customer.phone = customer.phone or order.shipping_address.phone
        customer.locale = order.locale
        customer.last_order_at = max(customer.last_order_at or order.placed_at, order.placed_at)


def create(runtime: Runtime, email: str, details: Details) -> int:
    """Enter a customer before the first order; returns the id. Raises CustomerInvalid, CustomerKnown, GroupMissing."""
    kept = rules.checked_email(email)
    with unit_of_work() as session:
        if session.scalar(select(Customer.id).where(Customer.email == kept)) is not None:
            raise CustomerKnown(kept)
        customer = Customer(email=kept, created_at=runtime.clock.now())
        _write(session, customer, details)
        session.add(customer)
        session.flush()
        return customer.id


def change(customer_id: int, details: Details) -> None:
    """Raises CustomerMissing, CustomerInvalid, GroupMissing."""
    with unit_of_work() as session:
        customer = _locked(session, customer_id)
        if customer.erased_at is not None:
            raise CustomerInvalid("id", N_("This customer was erased. Nothing may be written into the record."))
        _write(session, customer, details)


def save_group(code: str, name: str) -> None:
    """Make a group or rename it; raises CustomerInvalid."""
    rules.checked_code(code)
    if not name.strip():
        raise CustomerInvalid("name", N_("A group needs a name, such as “Trade”."))
    with unit_of_work() as session:
        known = session.get(CustomerGroup, code)
        if known is None:
            session.add(CustomerGroup(code=code, name=name.strip()))
        else:
            known.name = name.strip()


def delete_group(code: str) -> None:
    """Remove a group that nobody is in; raises GroupMissing, GroupInUse."""
    with unit_of_work() as session:
        known = session.get(CustomerGroup, code, with_for_update=True)
        if known is None:
            raise GroupMissing(code)
        if session.scalar(select(func.count()).select_from(Customer).where(Customer.group_code == code)):
            raise GroupInUse(code)
        session.delete(known)


def _found_or_new(session: Session, email: str, at: datetime) -> Customer:
    """The row of this address, locked; two orders of a new buyer at once make one."""
    dialect = postgresql if dialect_name() == "postgresql" else sqlite
    values: Mapping[str, Any] = {
        "email": email, "name": "", "phone": "", "locale": "", "addresses": [], "note": "", "created_at": at,
    }  # fmt: skip
    session.execute(dialect.insert(Customer).values(**values).on_conflict_do_nothing(index_elements=["email"]))
    return session.scalars(select(Customer).where(Customer.email == email).with_for_update()).one()


def _locked(session: Session, customer_id: int) -> Customer:
    customer = session.get(Customer, customer_id, with_for_update=True, populate_existing=True)
    if customer is None:
        raise CustomerMissing(customer_id)
    return customer


def _write(session: Session, customer: Customer, details: Details) -> None:
    if details.group and session.get(CustomerGroup, details.group) is None:
        raise CustomerInvalid("group", N_("There is no customer group “{code}”. Make it first."), code=details.group)
    customer.name, customer.phone, customer.locale = details.name.strip(), details.phone.strip(), details.locale
    customer.addresses = rules.joined((), [address.as_dict() for address in details.addresses])
    customer.group_code = details.group or None
    customer.note = details.note
