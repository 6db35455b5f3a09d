"""What the shop promises, at the desk: terms in every language, terms of return, and what a return goes by."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from entrepot.markets.queries import store
from entrepot.markets.service import change_store
from entrepot.orders import fulfilment
from entrepot.orders.detail import order_detail
from entrepot.policies import service as policies
from entrepot.policies.promises import promises
from entrepot.policies.rules import policy_of
from entrepot.returns import service as returns
from entrepot.storage.session import release_reader
from entrepot.testkit.small_shop import SmallShop

from .conftest import Desk

PAGE, TERMS, RETURNS = "/admin/policies", "/admin/policies/terms", "/admin/policies/returns"


def terms_field(desk: Desk, locale: str) -> str:
    return desk.page.partition(f'name="text-{locale}"')[2].partition("</textarea>")[0].partition(">")[2]


@pytest.mark.databases
@pytest.mark.covers("S1.51")
def test_terms_are_published_with_a_new_version_and_read_by_buyers(shop: SmallShop, owner: Desk, visitor: Desk) -> None:
    before = owner.open(PAGE)
    assert "No terms are published" in before
    assert "Promises to buyers" in owner.open("/admin/")
    old = promises(store().settings, "eu")["version"]
    assert f"Version {old}" in owner.open(PAGE)
    sent = {"text-en": "One\r\n& only.\r\n\r\nTwo.", "text-de": "Eins.", "seen": owner.hidden("seen", TERMS)}
    after = owner.send(TERMS, **sent)
    release_reader()
    new = promises(store().settings, "eu")["version"]
    assert "Published." in after and f"Version {new}" in after and new != old
    assert "No terms are published" not in after and terms_field(owner, "en") == "One\n&amp; only.\n\nTwo."
    assert 'href="/policies/terms"' in owner.page
    shown = visitor.open("/policies/terms")
    assert "<p>One<br>&amp; only.</p><p>Two.</p>" in visitor.page.replace("\n", "") and f"Version {new}" in shown


@pytest.mark.covers("S1.51")
def test_a_language_without_terms_says_which_text_its_readers_get(shop: SmallShop, owner: Desk) -> None:
    change_store(settings={"terms": {"en": "One."}})
    assert "Empty: who reads this language gets the text in English." in owner.open(PAGE)


@pytest.mark.covers("S1.51")
def test_refused_terms_keep_what_was_typed_and_name_the_field(
    shop: SmallShop, owner: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(policies, "LONGEST_TERMS", 10)
    owner.open(PAGE)
    seen = owner.hidden("seen", TERMS)
    text = owner.send(TERMS, **{"text-en": "Short.", "text-de": "Much too long.", "seen": seen})
    assert owner.status == 422 and "Some fields need your attention" in text
    assert "These are 14 characters. Shorten the text to 10 or fewer." in text
    assert 'id="terms-de-error"' in owner.page and 'aria-describedby="terms-de-error"' in owner.page
    assert (terms_field(owner, "en"), terms_field(owner, "de")) == ("Short.", "Much too long.")
    assert "terms" not in store().settings


@pytest.mark.covers("S1.51")
def test_terms_that_a_colleague_changed_meanwhile_are_not_overwritten(shop: SmallShop, owner: Desk) -> None:
    owner.open(PAGE)
    seen = owner.hidden("seen", TERMS)
    change_store(settings={"terms": {"en": "Hers."}})
    for _again in range(2):
        text = owner.send(TERMS, **{"text-en": "His.", "seen": seen})
        assert owner.status == 422 and "Somebody else has published meanwhile" in text
        assert terms_field(owner, "en") == "His."
        seen = owner.hidden("seen", TERMS)
    release_reader()
    assert store().settings["terms"] == {"en": "Hers."}


@pytest.mark.databases
@pytest.mark.covers("S1.49", "S1.51")
def test_terms_of_return_are_published_everywhere_and_for_a_market(shop: SmallShop, owner: Desk, visitor: Desk) -> None:
    owner.open(PAGE)
    everywhere = {"days": "45", "who_pays": "seller", "fee_percent": "7,5", "refund_duties": "yes"}
    owner.send(RETURNS, market="", seen=owner.hidden("seen", RETURNS), **everywhere)
    text = owner.send(RETURNS, market="eu", seen=owner.hidden("seen", RETURNS), days="60")
    assert "1 term of its own" in text and "as everywhere: the shop" in text
    release_reader()
    policy = policy_of(store().settings, "eu")
    assert (policy.days, policy.who_pays, str(policy.fee_percent), policy.refund_duties) == (60, "seller", "7.5", True)
    assert "We keep 7.5 % of the price" in visitor.open("/policies/returns")


@pytest.mark.covers("S1.49")
def test_refused_terms_of_return_open_their_market_and_name_the_field(shop: SmallShop, owner: Desk) -> None:
    owner.open(PAGE)
    text = owner.send(RETURNS, market="eu", seen=owner.hidden("seen", RETURNS), days="soon", fee_percent="5")
    assert owner.status == 422 and "Enter whole days between 0 and 3650." in text
    assert '<details class="card" open>' in owner.page
    assert 'id="returns-eu-days-error"' in owner.page and 'id="returns-days-error"' not in owner.page
    assert owner.page.count('value="soon"') == 1
    assert "There is no market “mars”" in owner.send(RETURNS, market="mars", seen="", days="1")
    assert owner.status == 404


@pytest.mark.covers("S1.51")
def test_who_may_only_look_reads_the_terms_and_publishes_nothing(shop: SmallShop, sign_in: Callable[..., Desk]) -> None:
    change_store(settings={"terms": {"en": "One.\n\nTwo."}})
    desk = sign_in("store.view")
    text = desk.open(PAGE)
    assert "One. Two." in text and TERMS not in desk.page and RETURNS not in desk.page
    desk.send(TERMS, **{"text-en": "Mine.", "seen": policies.seen("terms")})
    assert desk.status == 403
    assert sign_in("orders.view").open(PAGE).count("store.view")


@pytest.mark.covers("S1.51", "S0.7")
@pytest.mark.parametrize(("locale", "words"), [("de", "Zusagen an Käufer"), ("zh-Hans", "对买家的承诺")])
def test_the_page_speaks_the_language_of_its_reader(
    shop: SmallShop, sign_in: Callable[..., Desk], locale: str, words: str
) -> None:
    desk = sign_in("*", locale=locale)
    assert words in desk.open(PAGE)
    assert not {"Publish", "Terms", "Everywhere"} & set(desk.page.split())


def returned(shop: SmallShop) -> str:
    """The number of a return that was asked for after the shop changed its promises."""
    number = shop.paid(quantity=2).number
    part = order_detail(shop.runtime, number).fulfilments[0]
    parcel = fulfilment.ship(
        shop.runtime, number, fulfilment_id=part.id, tracking_number="T", carrier="P", actor="x", idempotency_key="p"
    )
    fulfilment.deliver(shop.runtime, parcel, actor="x")
    change_store(settings={"returns": {"days": 10, "fee_percent": 5}})
    line = order_detail(shop.runtime, number).order.lines[0].id
    asked = returns.Request({line: 1}, "Small", withdrawal=False, idempotency_key="ask")
    return returns.request(shop.runtime, number, asked, actor="buyer")


@pytest.mark.databases
@pytest.mark.covers("S1.49", "S1.51", "G18")
def test_a_return_says_which_promises_it_goes_by(shop: SmallShop, owner: Desk) -> None:
    change_store(settings={"returns": {"days": 60, "fee_percent": 10}})
    agreed = promises(store().settings, "eu")["version"]
    number = returned(shop)
    text = owner.open(f"/admin/returns/{number}")
    assert f"Promises of version {agreed}, as agreed with the order. Where today's are better" in text
    assert "60 days after delivery" in text and "5 % of the price (agreed: 10 % of the price)" in text
    assert "/policies" in owner.page.partition("What was agreed with the order")[0][-200:]
    owner.send(f"/admin/returns/{number}/approve")
    owner.send(f"/admin/returns/{number}/receive")
    [resolution] = {name for name in owner.page.split('"') if name.startswith("resolution-")}
    decided = {resolution: "refund", resolution.replace("resolution", "grade"): "sellable", "fee": "5"}
    planned = owner.send(f"/admin/returns/{number}/settle", **decided)
    assert planned.count(f"Promises of version {agreed}") == 2
    assert "More than 5 % only counts" in planned
