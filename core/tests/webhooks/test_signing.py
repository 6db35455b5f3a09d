"""Signatures as Standard Webhooks has published them, and which addresses may be told."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from entrepot.webhooks import rules

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
ID = "msg_p5jXN8AQM9LWM0D4loKWxJek"
AT = datetime.fromtimestamp(1614265330, UTC)
BODY = b'{"test": 2432232314}'
PUBLISHED = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.covers("S0.36")
def test_published_vector_has_the_published_signature():
    assert rules.signature(SECRET, id=ID, timestamp=1614265330, body=BODY) == PUBLISHED


@pytest.mark.covers("S0.36")
def test_every_valid_secret_signs_so_that_receivers_can_change_over():
    sent = rules.headers(["whsec_" + "QUJD" * 8, SECRET], id=ID, at=AT, body=BODY)
    assert sent["webhook-signature"].split()[1] == PUBLISHED
    assert (sent["webhook-id"], sent["webhook-timestamp"]) == (ID, "1614265330")


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.1.2.3", "192.168.0.1", "169.254.169.254", "0.0.0.0", "100.64.0.1", "::1", "fe80::1%eth0",
     "fd00::1", "::ffff:127.0.0.1", "2002:7f00:1::", "224.0.0.1", "ff0e::1"],
)  # fmt: skip
def test_addresses_inside_are_not_public(address):
    assert not rules.is_public(address)


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946"])
def test_addresses_of_the_internet_are_public(address):
    assert rules.is_public(address)


@pytest.mark.parametrize(
    "url", ["ftp://erp.example/", "https://", "erp.example", "https://me:pw@erp.example/", "http://a b/"]
)
def test_what_is_no_web_address_is_refused_with_the_remedy(url):
    with pytest.raises(rules.EndpointRefused, match="Write it like"):
        rules.check_endpoint(url, [])


def test_unknown_kind_of_fact_is_refused_with_the_known_ones():
    with pytest.raises(rules.EndpointRefused, match="order_placed"):
        rules.check_endpoint("https://erp.example/", ["order_dreamt"])
