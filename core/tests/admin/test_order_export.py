"""The page that writes orders into a file: who may, and what is in it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from entrepot.testkit.small_shop import SmallShop

from .conftest import Desk

pytestmark = pytest.mark.covers("S0.11")


def test_owner_chooses_columns_and_gets_the_file(shop: SmallShop, owner: Desk) -> None:
    number = shop.paid().number
    owner.open("/admin/orders/export")

    text = owner.send("/admin/orders/export", columns=["number", "email"], format="csv")

    assert owner.status == 200
    assert text.lstrip("\N{ZERO WIDTH NO-BREAK SPACE}").split() == ["number,email", f"{number},anna@example.com"]


def test_whoever_may_not_see_customers_gets_no_column_about_them(shop: SmallShop, sign_in: Callable[..., Desk]) -> None:
    shop.paid()
    desk = sign_in("orders.export")

    offered = desk.open("/admin/orders/export")
    text = desk.send("/admin/orders/export", format="jsonl")

    assert "anna@example.com" not in text
    assert "permission to see customers" in offered
    desk.open("/admin/orders/export")
    assert "There is no column" in desk.send("/admin/orders/export", columns=["email"])
    assert desk.status == 422


def test_day_that_is_none_is_refused_with_what_was_typed(owner: Desk) -> None:
    owner.open("/admin/orders/export")

    text = owner.send("/admin/orders/export", since="yesterday")

    assert owner.status == 422
    assert "“yesterday” is not a day" in text
