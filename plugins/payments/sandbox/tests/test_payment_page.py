"""The hosted payment page: its methods, its languages, and what strangers try with it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from entrepot.sdk import Money, Outcome, PaymentRequest
from entrepot_payment_sandbox.provider import Sandbox

Order = Callable[..., PaymentRequest]


def text_of(html: str) -> str:
    """What a person reads of a page."""
    return " ".join(re.sub(r"<[^>]+>", " ", html).replace("\xa0", " ").split())


def path_of(simulator: Any, url: str) -> str:
    return url.removeprefix(simulator.url)


@pytest.mark.covers("S1.35")
@pytest.mark.parametrize("method", ["card_3ds", "wallet", "qr"])
@pytest.mark.parametrize(("action", "outcome"), [("confirm", Outcome.CAPTURED), ("refuse", Outcome.DECLINED)])
def test_second_page_decides(
    simulator: Any, provider: Sandbox, order: Order, method: str, action: str, outcome: Outcome
) -> None:
    request = order()
    started = provider.start(request)
    second = simulator.press(started.redirect_url, "pay", method=method)
    assert provider.fetch(started.reference).outcome is Outcome.PENDING

    url = simulator.url + second.location
    assert simulator.get(second.location).status == 200
    assert simulator.press(url, action).location == request.return_url
    assert provider.fetch(started.reference).outcome is outcome


@pytest.mark.covers("S1.35", "S2.14")
def test_bank_transfer_arrives_after_the_buyer_returned(
    simulator: Any, shop: Any, provider: Sandbox, order: Order, read: Any
) -> None:
    started = provider.start(order())
    simulator.press(started.redirect_url, "pay", method="bank_transfer", arrives_after="")
    assert provider.fetch(started.reference).outcome is Outcome.PENDING

    simulator.control("/arrive", payment=started.reference)
    simulator.control("/arrive", payment=started.reference)
    seen = [read(webhook).result.outcome for webhook in shop.webhooks(3)]
    assert seen == [Outcome.PENDING, Outcome.AUTHORIZED, Outcome.CAPTURED]
    assert len(simulator.deliveries(started.reference)) == 3


def test_bank_transfer_arrives_by_itself(simulator: Any, shop: Any, provider: Sandbox, order: Order) -> None:
    started = provider.start(order())
    simulator.press(started.redirect_url, "pay", method="bank_transfer", arrives_after="0")

    shop.webhooks(3)
    assert provider.fetch(started.reference).outcome is Outcome.CAPTURED


def test_transfer_for_a_voided_payment_never_arrives(simulator: Any, provider: Sandbox, order: Order) -> None:
    started = provider.start(order())
    simulator.press(started.redirect_url, "pay", method="bank_transfer", arrives_after="")
    provider.void(started.reference, "void-transfer")
    simulator.control("/arrive", payment=started.reference)

    assert provider.fetch(started.reference).outcome is Outcome.CANCELLED


def test_pressing_twice_pays_once(simulator: Any, provider: Sandbox, order: Order) -> None:
    request = order()
    started = provider.start(request)

    for action in ("pay", "pay", "cancel"):
        assert simulator.press(started.redirect_url, action).location == request.return_url
    assert provider.fetch(started.reference).outcome is Outcome.CAPTURED
    assert len(simulator.deliveries(started.reference)) == 2


def test_confirming_twice_pays_once(simulator: Any, provider: Sandbox, order: Order) -> None:
    request = order()
    started = provider.start(request)
    url = simulator.url + simulator.press(started.redirect_url, "pay", method="wallet").location

    for action in ("confirm", "refuse", "confirm"):
        assert simulator.press(url, action).location == request.return_url
    assert provider.fetch(started.reference).outcome is Outcome.CAPTURED


def test_payment_without_a_second_page_cannot_be_confirmed(simulator: Any, provider: Sandbox, order: Order) -> None:
    started = provider.start(order())

    assert simulator.press(f"{started.redirect_url}/confirm", "confirm").status == 404
    assert provider.fetch(started.reference).outcome is Outcome.PENDING


@pytest.mark.parametrize(
    ("locale", "expected"),
    [
        ("en", "Pay order 1000424 Order 1000424 Amount €1,990.00 How would you like to pay?"),
        ("de-AT", "Bestellung 1000424 bezahlen Bestellung 1000424 Betrag 1.990,00 € Wie möchten Sie bezahlen?"),
        ("zh-Hans", "支付订单 1000424 订单 1000424 金额 €1,990.00 请选择支付方式"),
        ("fr", "Pay order 1000424"),
        ("../../etc", "Pay order 1000424"),
    ],
)
def test_page_speaks_the_buyers_language(
    simulator: Any, provider: Sandbox, order: Order, locale: str, expected: str
) -> None:
    started = provider.start(order(Money(199000, "EUR"), locale=locale))

    assert expected in text_of(simulator.get(path_of(simulator, started.redirect_url)).text)


def test_language_can_be_changed_on_the_page(simulator: Any, provider: Sandbox, order: Order) -> None:
    path = path_of(simulator, provider.start(order(locale="en")).redirect_url)

    assert '<html lang="zh-Hans">' in simulator.get(f"{path}?locale=zh-Hans").text


def test_manual_capture_offers_to_authorize_only(simulator: Any, cautious: Sandbox, order: Order) -> None:
    html = simulator.get(path_of(simulator, cautious.start(order()).redirect_url)).text

    assert "Authorize only: €19.90" in text_of(html)
    assert 'value="pay"' not in html


def test_texts_of_the_shop_are_escaped(connect: Any, simulator: Any, order: Order) -> None:
    provider = connect(simulator, merchant="<b>Tom & Co</b>")
    html = simulator.get(path_of(simulator, provider.start(order(description="<script>x</script>")).redirect_url)).text

    assert "&lt;b&gt;Tom &amp; Co&lt;/b&gt;" in html
    assert "<script" not in html


def test_page_needs_no_script_and_names_every_field(simulator: Any, provider: Sandbox, order: Order) -> None:
    page = simulator.get(path_of(simulator, provider.start(order()).redirect_url))
    fields = re.findall(r'<(?:input|select) id="(\w+)"', page.text)

    assert fields and all(f'<label for="{field}">' in page.text for field in fields)
    assert "script" not in page.text
    assert page.headers["content-security-policy"].startswith(
        "default-src 'none'; style-src 'self'; form-action 'self'"
    )


def test_decided_payment_leads_back_to_the_shop(simulator: Any, provider: Sandbox, order: Order) -> None:
    request = order()
    started = provider.start(request)
    simulator.press(started.redirect_url, "pay")
    html = simulator.get(path_of(simulator, started.redirect_url)).text

    assert "This payment is complete" in html
    assert f'href="{request.return_url}"' in html


@pytest.mark.parametrize("form", [{"method": "cheque"}, {"faults": "1", "fault_slow": "many"}, {"action": ""}])
def test_tampered_form_changes_nothing(simulator: Any, provider: Sandbox, order: Order, form: dict[str, str]) -> None:
    started = provider.start(order())
    page = simulator.press(started.redirect_url, **{"action": "pay", **form})

    assert (page.status, 'role="alert"' in page.text) == (422, True)
    assert provider.fetch(started.reference).outcome is Outcome.PENDING


def test_home_lists_the_latest_payments(simulator: Any, provider: Sandbox, order: Order) -> None:
    started = provider.start(order())

    assert started.reference in simulator.get("/").text


@pytest.mark.parametrize("path", ["/pay/none", "/pay/none/confirm"])
def test_unknown_payment_has_a_page_of_its_own(simulator: Any, path: str) -> None:
    page = simulator.get(path)

    assert (page.status, "Start again in the shop" in page.text) == (404, True)


def test_reading_a_page_changes_nothing(simulator: Any, provider: Sandbox, order: Order) -> None:
    started = provider.start(order())
    path = path_of(simulator, started.redirect_url)
    for each in (path, f"{path}?action=pay", f"{path}/confirm"):
        simulator.get(each)

    assert provider.fetch(started.reference).outcome is Outcome.PENDING


def test_foreign_host_names_are_refused(simulator: Any) -> None:
    assert simulator.get("/", Host="evil.example").status == 421
    assert simulator.get("/", Host="localhost:1").status == 200


def test_forms_of_other_sites_cannot_set_faults(simulator: Any) -> None:
    page = simulator.press(f"{simulator.url}/control", "x", faults="{}")

    assert page.status == 422


@pytest.mark.parametrize(("path", "status"), [("/nowhere", 404), ("/v1/payments", 405), ("/v1/account", 401)])
def test_wrong_requests_are_told_why(simulator: Any, path: str, status: int) -> None:
    page = simulator.get(path)

    assert page.status == status
    assert page.json["error"]["message"]
