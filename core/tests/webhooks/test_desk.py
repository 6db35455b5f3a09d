"""Webhooks and payouts in the back office."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from flask import g

from entrepot.engine.queue import queued
from entrepot.staff import service as staff
from entrepot.staff.rules import ROLES
from entrepot.testkit.small_shop import small_shop
from entrepot.webhooks import service

PASSWORD = "a long enough password"
_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


def _forget_last_request() -> None:
    """The tests' own app context outlives requests, and so would what they keep in ``g``."""
    for name in list(g):
        g.pop(name)


@pytest.fixture
def shop(database_url: str, tmp_path: Path):
    with small_shop(database_url, tmp_path, web=True) as opened:
        permissions = ROLES["owner"]
        staff.create(
            opened.runtime, email="owner@shop.test", name="", password=PASSWORD, permissions=permissions, locale="en"
        )
        yield opened


@pytest.fixture
def desk(shop):
    with shop.app.test_client() as client:

        def visit(path, **form):
            _forget_last_request()
            page = client.get(path).get_data(True)
            if not form:
                return page
            token = _TOKEN.search(page)[1]
            to = form.pop("to", path)
            _forget_last_request()
            sent = client.post(to, data={"csrf_token": token, **form})
            return visit(sent.location) if sent.status_code == 303 else sent.get_data(True)

        visit("/admin/login", email="owner@shop.test", password=PASSWORD)
        yield visit


def test_endpoint_is_added_with_its_secret_shown_once(desk, shop):
    shown = desk("/admin/webhooks", url="https://erp.example/hooks", kinds="order_placed")
    assert "whsec_" in shown
    [one] = service.endpoints()
    assert one.kinds == ("order_placed",)
    again = desk(f"/admin/webhooks/{one.id}")
    assert "https://erp.example/hooks" in again and "whsec_" not in again


def test_wrong_address_is_refused_with_the_remedy(desk):
    assert "Write it like https://erp.example/hooks." in desk("/admin/webhooks", url="ftp://x")


def test_test_message_into_a_private_network_is_refused(desk, shop):
    id, _ = service.create(shop.runtime, url="http://127.0.0.1:9/hooks")
    assert "private network" in desk(f"/admin/webhooks/{id}", to=f"/admin/webhooks/{id}/test", x="1")
    assert queued() == []


@pytest.mark.covers("G6", "S1.39")
def test_payout_file_is_imported_and_its_open_line_shown(desk, shop):
    text = b"payout,paid_at,id,kind,reference,gross,currency\npo_7,2026-11-20,1,capture,ch_9,12.50,EUR\n"
    account = shop.accounts["scripted"]
    shown = desk("/admin/payouts", file=(io.BytesIO(text), "november.csv"), account=account, profile="own")
    assert "po_7" in shown
    path = re.search(r'href="(/admin/payouts/[^"]+)"', shown)[1]
    assert "ch_9" in desk(path)
    assert "Open lines were compared" in desk(path, to=f"{path}/match", x="1")


def test_file_that_cannot_be_read_is_refused_with_its_row(desk, shop):
    text = b"payout,paid_at,id,kind,reference,gross,currency\npo_7,2026-11-20,1,capture,ch_9,12.5O,EUR\n"
    account = shop.accounts["scripted"]
    shown = desk("/admin/payouts", file=(io.BytesIO(text), "november.csv"), account=account, profile="own")
    assert "Row 2" in shown
