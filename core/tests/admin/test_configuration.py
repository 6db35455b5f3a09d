"""Plugins and accounts in the back office."""

from __future__ import annotations

import pytest

from entrepot.engine.models import Account, PluginState
from entrepot.engine.registry import Registry
from entrepot.sdk.config import ConfigSchema, secret, text
from entrepot.sdk.errors import CredentialsInvalid, PluginError
from entrepot.storage.models import FactDelivery
from entrepot.storage.session import reader, unit_of_work
from entrepot.testkit.providers import ScriptedPayment
from entrepot.testkit.small_shop import SmallShop

from .conftest import Desk

KEY = "sk_live_very_secret"


class WithSecret(ConfigSchema):
    shop_id = text(label="Shop id", help="From the provider's own pages.")
    api_key = secret(label="API key")


@pytest.fixture
def secretive(monkeypatch: pytest.MonkeyPatch) -> type[ScriptedPayment]:
    """The scripted provider, once it asks for a key and knows which one is right."""

    def check(self: ScriptedPayment) -> None:
        if self.config["api_key"] != KEY:
            raise CredentialsInvalid("The key was refused. Copy it again from the provider's pages.")

    monkeypatch.setattr(ScriptedPayment, "config_schema", WithSecret)
    monkeypatch.setattr(ScriptedPayment, "check", check)
    return ScriptedPayment


NEW = "/admin/accounts/new/payment/scripted"


def typed(**changes: str) -> dict[str, str]:
    form = {"account_label": "Main", "account_position": "5", "account_enabled": "true", "shop_id": "7", "api_key": KEY}
    return {**form, **changes}


def account(desk: Desk) -> Account:
    found = reader().get(Account, desk.location.rpartition("/")[2], populate_existing=True)
    assert found is not None
    return found


@pytest.mark.covers("S2.47")
def test_account_form_is_drawn_from_the_schema_and_saved_after_its_check(
    shop: SmallShop, owner: Desk, secretive: type
) -> None:
    text = owner.open(NEW)
    assert "From the provider's own pages." in text
    owner.send(NEW, follow=False, **typed(), account_markets="eu")
    saved = account(owner)
    assert (saved.label, saved.position, saved.markets, saved.config) == ("Main", 5, ["eu"], {"shop_id": "7"})
    assert "The account works and is saved." in owner.open(owner.location)


@pytest.mark.covers("S2.37")
def test_secret_is_never_shown_again_and_kept_when_left_blank(shop: SmallShop, owner: Desk, secretive: type) -> None:
    owner.open(NEW)
    owner.send(NEW, follow=False, **typed())
    page = owner.location
    text = owner.open(page)
    assert KEY not in owner.page
    assert "Set on " in text
    owner.send(page, follow=False, **typed(api_key="", account_label="Renamed"))
    assert owner.status == 303
    assert account(owner).label == "Renamed"


@pytest.mark.covers("S0.59")
def test_refused_credentials_keep_the_form_but_not_the_secret(shop: SmallShop, owner: Desk, secretive: type) -> None:
    owner.open(NEW)
    text = owner.send(NEW, **typed(api_key="sk_wrong"))
    assert owner.status == 422
    assert "The key was refused." in text
    assert 'value="Main"' in owner.page
    assert "sk_wrong" not in owner.page
    assert "Save anyway, disabled" in text


def test_account_that_fails_its_check_can_be_saved_disabled(shop: SmallShop, owner: Desk, secretive: type) -> None:
    owner.open(NEW)
    owner.send(NEW, follow=False, **typed(api_key="sk_wrong"), anyway="1")
    assert not account(owner).enabled


def test_missing_field_is_told_beside_the_field(shop: SmallShop, owner: Desk, secretive: type) -> None:
    owner.open(NEW)
    owner.send(NEW, **typed(api_key=""))
    assert owner.status == 422
    assert 'id="error-api_key"' in owner.page
    assert 'value="7"' in owner.page


def test_check_that_fails_pauses_the_account_and_says_why(shop: SmallShop, owner: Desk, secretive: type) -> None:
    owner.open(NEW)
    owner.send(NEW, follow=False, **typed(api_key="sk_wrong", account_enabled="true"), anyway="1")
    page = owner.location
    owner.open(page)
    text = owner.send(f"{page}/check")
    assert owner.status == 422
    assert "The key was refused." in text
    assert "Paused" in owner.open(page)
    owner.send(page, follow=False, **typed())
    assert "Paused" not in owner.open(page)


def test_account_is_deleted_only_after_a_question_and_when_it_is_out_of_use(shop: SmallShop, owner: Desk) -> None:
    page = f"/admin/accounts/{shop.accounts['by-hand']}"
    assert "It is in use." in owner.open(f"{page}/delete")
    assert "Disable it first" in owner.send(f"{page}/delete")
    owner.send(page, account_label="By hand", account_position="1")
    assert "deleted" in owner.send(f"{page}/delete")
    assert "no such account" in owner.open(page)
    assert owner.status == 404


def test_account_of_a_plugin_that_is_gone_still_has_a_page(
    shop: SmallShop, owner: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(self: Registry, kind: str, provider_id: str) -> None:
        raise PluginError("No loaded plugin offers it.")

    monkeypatch.setattr(Registry, "provider_class", gone)
    text = owner.open(f"/admin/accounts/{shop.accounts['flat']}")
    assert owner.status == 200
    assert "No loaded plugin offers it." in text


def test_last_calls_are_listed(shop: SmallShop, owner: Desk) -> None:
    shop.paid()
    shop.runtime.guard.call_log.flush()
    assert "start" in owner.open(f"/admin/accounts/{shop.accounts['scripted']}")


@pytest.mark.covers("G10")
def test_plugin_is_switched_off_and_on_for_the_next_start(shop: SmallShop, owner: Desk) -> None:
    text = owner.open("/admin/plugins/feature-testkit")
    assert "These accounts stop working: Scripted, By-Hand, Flat" in text
    text = owner.send("/admin/plugins/feature-testkit/disable")
    assert "left out from the next start" in text
    assert not reader().get(PluginState, "feature-testkit", populate_existing=True).enabled
    assert "Changes at the next start" in owner.open("/admin/plugins")
    owner.open("/admin/plugins/feature-testkit")
    owner.send("/admin/plugins/feature-testkit/enable")
    assert "Changes at the next start" not in owner.open("/admin/plugins")


@pytest.mark.covers("G10")
def test_failed_plugin_is_shown_with_cause_remedy_and_traceback(shop: SmallShop, owner: Desk) -> None:
    shop.runtime.registry.fail("feature-testkit", "import", RuntimeError("the flux is off"))
    text = owner.open("/admin/plugins")
    assert "the flux is off" in text
    assert "entrepot plugin disable feature-testkit" in text
    owner.open("/admin/plugins/feature-testkit")
    assert "RuntimeError: the flux is off" in owner.page
    assert "1 plugin failed" in owner.open("/admin/")


def test_safe_mode_is_told_on_every_page(shop: SmallShop, owner: Desk) -> None:
    shop.runtime.registry.safe_mode_reason = "The last 2 starts did not finish."
    assert "Safe mode: the shop runs without plugins." in owner.open("/admin/orders")


def test_plugin_that_is_not_installed_cannot_be_switched(shop: SmallShop, owner: Desk) -> None:
    owner.open("/admin/plugins/feature-testkit")
    owner.send("/admin/plugins/payment-nowhere/disable")
    assert reader().get(PluginState, "payment-nowhere") is None


@pytest.mark.covers("S0.60")
def test_parked_delivery_is_repeated(shop: SmallShop, owner: Desk) -> None:
    from entrepot.storage.models import FactRow

    number = shop.paid().number
    seq = reader().query(FactRow.seq).filter_by(kind="order_placed").one()[0]
    with unit_of_work() as session:
        session.add(
            FactDelivery(
                fact_seq=seq, consumer="feature-x", state="parked", attempts=10, next_at=shop.clock.now(), error="boom"
            )
        )
    text = owner.open("/admin/deliveries")
    assert "boom" in text
    assert number in text
    assert "Nothing is parked" in owner.send("/admin/deliveries/replay", consumer="feature-x", fact_seq=str(seq))
