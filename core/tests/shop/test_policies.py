"""Promises come from the settings that the engine works by, have a version, and stay what they were for an order."""

from __future__ import annotations

import re

import pytest

from entrepot.markets.service import change_store
from entrepot.policies.promises import own_words, promises
from entrepot.policies.rules import policy_of
from entrepot.testkit.small_shop import SmallShop

from .visits import Visitor


@pytest.mark.covers("S1.51")
def test_the_version_differs_where_a_promise_differs_and_only_there() -> None:
    plain = promises({}, "eu")
    assert promises({"order_prefix": "A"}, "eu") == plain
    changed = (
        {"returns": {"days": 60}},
        {"returns": {"markets": {"eu": {"fee_percent": 5}}}},
        {"terms": {"en": "Ours."}},
    )
    versions = {promises(settings, "eu")["version"] for settings in changed}
    assert len(versions | {plain["version"]}) == 4
    assert promises(changed[1], "us")["version"] == plain["version"]
    assert promises(changed[0], "eu")["days"] == policy_of(changed[0], "eu").days


@pytest.mark.covers("S1.51")
def test_the_merchants_own_words_are_read_in_the_nearest_language() -> None:
    promised = promises({"terms": {"de": "Eins.\n\nZwei.", "en": "One."}}, "eu")
    assert own_words(promised, "de-AT") == ("Eins.", "Zwei.")
    assert own_words(promised, "zh-Hans") == ("One.",)
    assert own_words(promises({}, "eu"), "en") == ()


@pytest.mark.covers("S1.51")
def test_promises_are_shown_before_paying_and_kept_as_they_were_with_the_order(
    visitor: Visitor, web_shop: SmallShop
) -> None:
    change_store(settings={"returns": {"days": 45, "who_pays": "seller"}})
    shown = visitor.get("/policies/returns").text
    assert "within 45 days" in shown and "We pay for the way back" in shown
    [version] = re.findall(r"Version (\w{10})", shown)
    visitor.go_to_payment()
    assert f"Version {version}" in visitor.get("/checkout/payment").text
    change_store(settings={"returns": {"days": 44}})
    refused = visitor.place(web_shop.accounts["by-hand"], policies=visitor.field("policies"))
    assert refused.status_code == 409 and "Our promises have changed" in refused.text
    change_store(settings={"returns": {"days": 45, "who_pays": "seller"}})
    visitor.get("/checkout/payment")
    order = visitor.place(web_shop.accounts["by-hand"]).location
    change_store(settings={"returns": {"days": 10}})
    assert f"Version {version}" in visitor.get(order).text
    agreed = visitor.get(f"{order}/policies").text
    assert "within 45 days" in agreed and f"Version {version}" in agreed
    assert "within 10 days" in visitor.get("/policies").text
    assert visitor.get("/policies/nothing").status_code == 404
    assert visitor.get("/order/nobody/policies").status_code == 404
