"""Each mistake that real shops pay for is found by the behaviour that is meant to find it."""

from __future__ import annotations

import json
import math
import socket
import uuid
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from types import ModuleType

import pytest
from markupsafe import Markup
from marshmallow import fields

from entrepot.sdk import (
    Certainty,
    ConfigSchema,
    CustomsAnswer,
    Money,
    Outcome,
    ProviderRejected,
    ProviderUnavailable,
    RefundResult,
    TaxAnswer,
    TrackingState,
    WebhookRejected,
    hookimpl,
    secret,
)
from entrepot.testkit import (
    CarrierConformance,
    ChannelConformance,
    CustomsConformance,
    FeatureConformance,
    NotifierConformance,
    PaymentConformance,
    TaxConformance,
)

from . import samples
from .examiner import failures
from .references import feature_tide
from .references.carrier import Flatbox
from .references.channel import Pier
from .references.customs import HarbourCustoms
from .references.notifier import Lantern
from .references.payment import OUTCOMES, Paylink
from .references.tax import HarbourTax

EXAMINERS = {
    Paylink: (samples.PaymentSamples, PaymentConformance),
    Flatbox: (samples.CarrierSamples, CarrierConformance),
    HarbourTax: (samples.TaxSamples, TaxConformance),
    HarbourCustoms: (samples.CustomsSamples, CustomsConformance),
    Lantern: (samples.NotifierSamples, NotifierConformance),
    Pier: (samples.ChannelSamples, ChannelConformance),
}
MISTAKES = []


def mistake(expected, base):
    """Register a broken provider with the behaviour that must fail."""

    def register(provider):
        MISTAKES.append(pytest.param(base, provider, expected, id=provider.__name__))
        return provider

    return register


# Payment


@mistake("test_writes_carry_the_idempotency_key", Paylink)
class ForgetsTheIdempotencyKey(Paylink):
    def post(self, path, body, key):
        return super().post(path, body, "")


@mistake("test_offline_start_asks_nobody", Paylink)
class CallsItselfOffline(Paylink):
    capabilities = Paylink.capabilities | {"offline"}


@mistake("test_different_attempts_have_different_keys", Paylink)
class UsesTheOrderNumberAsKey(Paylink):
    def start(self, request):
        return super().start(replace(request, idempotency_key=request.order_number))


@mistake("test_yen_amount_is_sent_without_decimals", Paylink)
class ThinksThatYenHaveCents(Paylink):
    def amount_fields(self, amount):
        return {"amount": int(amount.decimal * 100), "currency": amount.currency}


@mistake("test_dinar_amount_is_sent_with_three_decimals", Paylink)
class RoundsDinarsToTwoDecimals(Paylink):
    def amount_fields(self, amount):
        return {"amount": f"{amount.decimal:.1f}", "currency": amount.currency}


@mistake("test_euro_amount_is_sent_exactly", Paylink)
class SendsFloats(Paylink):
    def amount_fields(self, amount):
        return {"amount": float(amount.decimal), "currency": amount.currency}


@mistake("test_lying_vendor_is_quoted_and_not_corrected", Paylink)
class ReportsWhatWasAsked(Paylink):
    def start(self, request):
        return replace(super().start(request), amount=request.amount)


@mistake("test_tampered_body_is_refused", Paylink)
class TrustsAnybody(Paylink):
    def verify(self, body, headers):
        """Nothing is verified."""


@mistake("test_unsigned_webhook_is_refused", Paylink)
class VerifiesOnlyWhenSigned(Paylink):
    def verify(self, body, headers):
        if headers.get("x-signature"):
            super().verify(body, headers)


@mistake("test_signature_covers_the_raw_body", Paylink)
class SignsWhatItParsed(Paylink):
    def verify(self, body, headers):
        try:
            super().verify(json.dumps(json.loads(body), separators=(",", ":")).encode(), headers)
        except ValueError as error:
            raise WebhookRejected("unreadable") from error


@mistake("test_nonsense_signature_is_refused", Paylink)
class ComparesSignaturesAsText(Paylink):
    def verify(self, body, headers):
        headers.get("x-signature", "").encode("ascii")
        super().verify(body, headers)


@mistake("test_signature_of_another_account_is_refused", Paylink)
class HasTheSecretInItsSource(Paylink):
    def verify(self, body, headers):
        own = self.ctx
        self.ctx = replace(own, config={**own.config, "webhook_secret": "s"})
        super().verify(body, headers)
        self.ctx = own


@mistake("test_repeated_webhook_is_recognisable", Paylink)
class MakesUpEventIds(Paylink):
    def read_event(self, event):
        return replace(super().read_event(event), id=str(uuid.uuid4()))


@mistake("test_different_webhooks_have_different_ids", Paylink)
class TakesThePaymentForTheEvent(Paylink):
    def read_event(self, event):
        return super().read_event({**event, "id": event["link"]["id"]})


@mistake("test_order_of_arrival_changes_nothing", Paylink)
class RemembersTheLastEvent(Paylink):
    seen = ""

    def read_event(self, event):
        event = {**event, "id": event["id"] + self.seen}
        self.seen = event["id"]
        return super().read_event(event)


@mistake("test_signed_garbage_is_refused", Paylink)
class ParsesWithoutCare(Paylink):
    def parse_webhook(self, body, headers):
        self.verify(body, headers)
        return [self.read_event(json.loads(body))]


@mistake("test_unknown_event_type_is_ignored", Paylink)
class TakesEveryEventForNews(Paylink):
    def parse_webhook(self, body, headers):
        self.verify(body, headers)
        try:
            return [self.read_event(json.loads(body))]
        except (KeyError, TypeError, ValueError, ProviderUnavailable) as error:
            raise WebhookRejected("unreadable") from error


@mistake("test_reading_a_webhook_touches_no_network", Paylink)
class AsksBackWhileReading(Paylink):
    def read_event(self, event):
        self.fetch(event["link"]["id"])
        return super().read_event(event)


@mistake("test_json_object_without_the_expected_fields_stays_typed", Paylink)
class LeaksKeyErrors(Paylink):
    def read_link(self, link, *, wrote=False):
        amount = Money(link["amount"], link["currency"])
        return replace(super().read_link(link, wrote=wrote), amount=amount)


@mistake("test_timeout_is_unavailable", Paylink)
class TakesATimeoutForANo(Paylink):
    def post(self, path, body, key):
        try:
            return super().post(path, body, key)
        except ProviderUnavailable as error:
            raise ProviderRejected("declined") from error


@mistake("test_timeout_of_a_write_stays_uncertain", Paylink)
class IsTooSureAboutTimeouts(Paylink):
    def post(self, path, body, key):
        try:
            return super().post(path, body, key)
        except ProviderUnavailable as error:
            raise ProviderUnavailable("try again") from error


@mistake("test_unreadable_answer_to_a_write_is_uncertain", Paylink)
class IsTooSureAboutNonsense(Paylink):
    def read_link(self, link, *, wrote=False):
        return super().read_link(link)


@mistake("test_status_nobody_knows_is_unknown", Paylink)
class TakesUnknownForPaid(Paylink):
    def read_link(self, link, *, wrote=False):
        result = super().read_link(link, wrote=wrote)
        return replace(result, outcome=OUTCOMES.get(link["status"], Outcome.CAPTURED))


@mistake("test_nothing_is_taken_without_an_answer", Paylink)
class TakesSilenceForPaid(Paylink):
    def read_link(self, link, *, wrote=False):
        try:
            return super().read_link(link, wrote=wrote)
        except ProviderUnavailable:
            return replace(super().read_link(samples.LINK), outcome=Outcome.CAPTURED)


@mistake("test_refund_of_more_than_refundable_is_refused_before_the_network", Paylink)
class RefundsWhateverIsAsked(Paylink):
    def refund(self, request):
        answer = self.post(f"/links/{request.reference}/refunds", self.amount_fields(request.amount), "refund-key-1")
        link = self.read_link(answer, wrote=True)
        return RefundResult(link.outcome, link.reference, link.amount)


@mistake("test_refund_in_another_currency_is_refused_before_the_network", Paylink)
class ComparesAmountsOfTwoCurrencies(Paylink):
    def refund(self, request):
        if request.amount > request.refundable:
            raise ProviderRejected("too much")
        return super().refund(request)


@mistake("test_partial_refund_sends_the_part_or_is_refused", Paylink)
class AlwaysRefundsEverything(Paylink):
    def refund(self, request):
        return super().refund(replace(request, amount=request.refundable))


@mistake("test_methods_that_are_there_are_declared", Paylink)
class ForgetsToDeclareRefunds(Paylink):
    capabilities = Paylink.capabilities - {"refund", "partial_refund"}


@mistake("test_declared_capabilities_have_their_methods", Pier)
class DeclaresListingsItCannotPush(Pier):
    capabilities = Pier.capabilities | {"listings"}


@mistake("test_capabilities_are_known_words", Paylink)
class DeclaresACapabilityNobodyKnows(Paylink):
    capabilities = Paylink.capabilities | {"refunds"}


@mistake("test_redirect_is_declared_and_goes_to_a_safe_address", Paylink)
class RedirectsWithoutEncryption(Paylink):
    def start(self, request):
        return replace(super().start(request), redirect_url="http://pay.test/1")


@mistake("test_time_and_chance_come_from_the_context", Paylink)
class ReadsTheMachinesClock(Paylink):
    def fetch(self, reference):
        datetime.now(UTC)
        return super().fetch(reference)


@mistake("test_time_and_chance_come_from_the_context", Paylink)
class RollsDice(Paylink):
    def post(self, path, body, key):
        return super().post(path, body, f"{key}-{uuid.uuid4()}")


@mistake("test_start_reports_a_payment", Paylink)
class OpensItsOwnConnection(Paylink):
    def start(self, request):
        try:
            socket.create_connection(("127.0.0.1", 9))
        except Exception:
            self.ctx.log.warning("swallowed")
        return super().start(request)


class _LeakyConfig(ConfigSchema):
    api_key = fields.String(required=True, metadata={"label": "API key"})
    webhook_secret = secret(label="Webhook signing secret")


@mistake("test_secrets_are_declared", Paylink)
class StoresItsKeyInTheClear(Paylink):
    config_schema = _LeakyConfig


@mistake("test_secrets_are_not_logged", Paylink)
class LogsItsKey(Paylink):
    def post(self, path, body, key):
        self.ctx.log.info("sending", extra={"sent": self.authorization()})
        return super().post(path, body, key)


@mistake("test_secrets_are_not_in_error_messages", Paylink)
class TellsItsKeyInErrors(Paylink):
    def post(self, path, body, key):
        try:
            return super().post(path, body, key)
        except ProviderRejected as error:
            raise ProviderRejected(f"rejected for {self.config['api_key']}") from error


@mistake("test_secrets_are_not_part_of_an_address", Paylink)
class PutsItsKeyIntoTheAddress(Paylink):
    def check(self):
        self.ctx.http.get(f"/account?key={self.config['api_key']}", headers=self.authorization())


@mistake("test_secrets_are_not_in_repr", Paylink)
class ShowsItsKey(Paylink):
    def __repr__(self):
        return f"Paylink({self.config})"


@mistake("test_two_accounts_share_nothing", Paylink)
class KeepsTheFirstAccountsKey(Paylink):
    kept = {}

    def authorization(self):
        return self.kept.setdefault("header", super().authorization())


@mistake("test_plugin_registers_the_provider", Paylink)
class IsRegisteredNowhere(Paylink):
    """The hook returns another class."""


# Carrier


@mistake("test_lane_not_served_is_an_empty_list", Flatbox)
class FailsWhereItDoesNotGo(Flatbox):
    def rates(self, request):
        rates = super().rates(request)
        if not rates:
            raise ProviderRejected("not served")
        return rates


@mistake("test_price_of_another_currency_is_not_relabelled", Flatbox)
class RelabelsPrices(Flatbox):
    def wanted(self, offer, request):
        return True

    def read_offer(self, offer, request):
        return super().read_offer({**offer, "currency": request.currency}, request)


@mistake("test_prices_are_in_the_asked_currency", Flatbox)
class AlwaysQuotesDollars(Flatbox):
    def read_offer(self, offer, request):
        return super().read_offer({**offer, "currency": "USD"}, request)


@mistake("test_prices_are_never_negative", Flatbox)
class PaysForSending(Flatbox):
    def read_offer(self, offer, request):
        return super().read_offer({**offer, "price": "-1"}, request)


@mistake("test_http_401_is_credentials_invalid", Flatbox)
class HidesRevokedKeys(Flatbox):
    def rates(self, request):
        try:
            return super().rates(request)
        except Exception:
            return []


@mistake("test_scan_code_nobody_knows_is_unknown", Flatbox)
class TakesUnknownForDelivered(Flatbox):
    def read_scan(self, scan):
        event = super().read_scan(scan)
        return replace(event, state=TrackingState.DELIVERED) if event.state is TrackingState.UNKNOWN else event


@mistake("test_scans_are_mapped_dated_and_in_order", Flatbox)
class TellsTheNewestScanFirst(Flatbox):
    def ordered(self, events):
        return super().ordered(events)[::-1]


@mistake("test_scans_are_mapped_dated_and_in_order", Flatbox)
class ForgetsTheTimeZone(Flatbox):
    def read_scan(self, scan):
        event = super().read_scan(scan)
        return replace(event, at=event.at.replace(tzinfo=None))


@mistake("test_tracking_address_is_https_or_empty", Flatbox)
class TracksWithoutEncryption(Flatbox):
    def tracking_url(self, tracking_number, locale):
        return super().tracking_url(tracking_number, locale).replace("https", "http")


@mistake("test_tracking_address_survives_hostile_numbers", Flatbox)
class PastesTrackingNumbers(Flatbox):
    def tracking_url(self, tracking_number, locale):
        return f"https://track.example/{tracking_number}"


@mistake("test_label_is_bought_with_the_idempotency_key", Flatbox)
class BuysLabelsTwice(Flatbox):
    def buy_label(self, request):
        return super().buy_label(replace(request, idempotency_key=""))


@mistake("test_address_of_a_country_alone_is_answered", Flatbox)
class NeedsAPostcode(Flatbox):
    def rates(self, request):
        request.destination.postcode[0]
        return super().rates(request)


# Tax


@mistake("test_gross_is_net_plus_tax_on_every_line", HarbourTax)
class RoundsThreeTimes(HarbourTax):
    def tax_line(self, question, line, lifted):
        taxed = super().tax_line(question, line, lifted)
        return replace(taxed, tax=taxed.gross * taxed.rate)


@mistake("test_there_and_back_is_the_same_tax", HarbourTax)
class TaxesTheGross(HarbourTax):
    def split(self, amount, rate, inclusive):
        return (amount - amount * rate, amount) if inclusive else super().split(amount, rate, inclusive)


@mistake("test_negative_line_mirrors_the_positive", HarbourTax)
class RoundsDown(HarbourTax):
    def split(self, amount, rate, inclusive):
        net, gross = super().split(amount, rate, inclusive)
        return (Money(math.floor(amount.minor / (1 + rate)), amount.currency), amount) if inclusive else (net, gross)


@mistake("test_every_line_is_answered_in_order", HarbourTax)
class SortsTheLines(HarbourTax):
    def calculate(self, question):
        answer = super().calculate(question)
        return TaxAnswer(tuple(sorted(answer.lines, key=lambda line: line.gross.minor)))


@mistake("test_category_nobody_knows_is_not_a_known_zero", HarbourTax)
class TakesUnknownForFree(HarbourTax):
    def unknown(self, line):
        return replace(super().unknown(line), certainty=Certainty.KNOWN)


@mistake("test_every_known_line_cites_a_dated_source", HarbourTax)
class KnowsItByHeart(HarbourTax):
    def rule(self):
        return replace(super().rule(), source="")


@mistake("test_buyer_with_tax_id_is_answered_with_a_reason", HarbourTax)
class ReversesSilently(HarbourTax):
    def calculate(self, question):
        return replace(super().calculate(question), notices=())


@mistake("test_malformed_tax_id_changes_nothing", HarbourTax)
class BelievesAnyTaxId(HarbourTax):
    def tax_line(self, question, line, lifted):
        return super().tax_line(question, line, bool(question.buyer_tax_id))


@mistake("test_line_is_rounded_once_not_per_piece", HarbourTax)
class RoundsEveryPiece(HarbourTax):
    def split(self, amount, rate, inclusive):
        return super().split(amount, rate, inclusive)

    def tax_line(self, question, line, lifted):
        taxed = super().tax_line(question, line, lifted)
        piece = Money(int(taxed.tax.minor / line.quantity), taxed.tax.currency) * line.quantity
        return replace(taxed, tax=piece, net=taxed.gross - piece)


@mistake("test_worked_examples", HarbourTax)
class HasTheWrongRate(HarbourTax):
    def tax_line(self, question, line, lifted):
        return replace(super().tax_line(question, line, lifted), rate=Decimal("0.16"))


# Customs


@mistake("test_missing_hs_code_is_not_a_known_zero", HarbourCustoms)
class TakesUnknownForDutyFree(HarbourCustoms):
    def certainty(self, rate):
        return Certainty.KNOWN


@mistake("test_hs_code_nobody_knows_is_not_a_known_zero", HarbourCustoms)
class AnswersWithSilence(HarbourCustoms):
    def assess(self, question):
        known = tuple(charge for charge in super().assess(question).charges if charge.certainty is Certainty.KNOWN)
        return CustomsAnswer(known)


@mistake("test_what_is_missing_is_said", HarbourCustoms)
class DoesNotSayWhatIsMissing(HarbourCustoms):
    def assess(self, question):
        return replace(super().assess(question), findings=())


@mistake("test_odd_lines_are_answered", HarbourCustoms)
class NeedsANumericCode(HarbourCustoms):
    def rate(self, hs_code):
        int(hs_code or 0)
        return super().rate(hs_code)


@mistake("test_charges_and_findings_belong_to_lines_of_the_question", HarbourCustoms)
class NamesOtherLines(HarbourCustoms):
    def duty(self, question, line):
        return replace(super().duty(question, line), line_id=line.hs_code)


@mistake("test_serves_is_an_answer_for_any_code", HarbourCustoms)
class StumblesOverUnknownCountries(HarbourCustoms):
    def serves(self, origin_country, destination_country):
        return {"DE": True, "AQ": False, "de": False}[destination_country]


# Notifier


@mistake("test_subject_is_one_line", Lantern)
class BreaksItsSubject(Lantern):
    def message(self, notification):
        message = super().message(notification)
        message.replace_header("Subject", "Order")
        return message

    def send(self, notification):
        return replace(super().send(notification), subject=f"Order\n{notification.id}")


@mistake("test_recipient_with_a_line_break_is_refused", Lantern)
class CutsTheRecipient(Lantern):
    def send(self, notification):
        return super().send(replace(notification, recipient=notification.recipient.split()[0]))


@mistake("test_hostile_names_are_escaped", Lantern)
class WritesHtmlByHand(Lantern):
    def html(self, notification):
        return super().html(notification) + notification.context["shop_name"]


@mistake("test_repeated_notification_is_recognisable", Lantern)
class MakesUpMessageIds(Lantern):
    def message_id(self, notification):
        return f"<{uuid.uuid4()}@shop.example>"


@mistake("test_languages_differ", Lantern)
class SpeaksOnlyEnglish(Lantern):
    def message(self, notification):
        return super().message(replace(notification, locale="en"))


@mistake("test_language_nobody_translated_falls_back", Lantern)
class KnowsThreeLanguagesOnly(Lantern):
    def html(self, notification):
        {"en": 1, "de": 1, "zh-Hans": 1}[notification.locale]
        return super().html(notification)


@mistake("test_refused_mailbox_is_rejected_for_good", Lantern)
class TriesDeadMailboxesForEver(Lantern):
    def refusal(self, error):
        return ProviderUnavailable("later")


@mistake("test_message_goes_to_the_recipient_alone", Lantern)
class CopiesTheOwner(Lantern):
    def deliver(self, message, recipient):
        message["Cc"] = "owner@example.com"
        import smtplib

        with smtplib.SMTP(self.config["host"], 25) as server:
            server.login("u", "p")
            server.send_message(message, "shop@example.com", [recipient, "owner@example.com"])


@mistake("test_kind_nobody_knows_is_not_handled", Lantern)
class HandlesEverything(Lantern):
    def handles(self, kind):
        return super().handles(kind) or kind.startswith("a_kind")


# Channel


@mistake("test_stock_is_never_pushed_below_zero", Pier)
class PushesNegativeStock(Pier):
    def available(self, update):
        return update.available


@mistake("test_stock_that_is_sold_out_is_pushed_as_zero", Pier)
class ForgetsWhatIsSoldOut(Pier):
    def push_stock(self, updates):
        return super().push_stock([update for update in updates if update.available])


@mistake("test_every_item_of_a_long_push_is_sent", Pier)
class PushesTheFirstPageOnly(Pier):
    def push(self, path, items):
        return super().push(path, items[:200])


@mistake("test_empty_pushes_send_nothing", Pier)
class PushesEmptyLists(Pier):
    def push(self, path, items):
        return super().push(path, items or [{}])


@mistake("test_prices_are_no_floats", Pier)
class PushesFloats(Pier):
    def price(self, price):
        return {"price": float(price.decimal), "currency": price.currency}


@mistake("test_pull_is_repeatable", Pier)
class KeepsItsPosition(Pier):
    position = ""

    def pull_orders(self, cursor):
        page = super().pull_orders(self.position)
        first, self.position = self.position == "", page.cursor
        return page if first else replace(page, orders=())


@mistake("test_pulled_orders_add_up", Pier)
class ForgetsTheShipping(Pier):
    def read_order(self, order):
        return super().read_order({**order, "shipping": 0})


@mistake("test_next_page_is_asked_with_the_cursor", Pier)
class AlwaysAsksForTheFirstPage(Pier):
    def pull_orders(self, cursor):
        return super().pull_orders("")


@mistake("test_pulled_addresses_name_a_country", Pier)
class PassesCountryNames(Pier):
    def read_order(self, order):
        return super().read_order({**order, "country": "Germany"})


# Features


def _unescaped(values):
    return {"name": Markup(values["product"].name)}


def _changing(values):
    values["product"].name += "!"
    return {"name": "x"}


def _fragile(fact, shop):
    return shop.order(fact.order_number).email


def _feature(**attributes):
    """The reference feature with other hooks, as a module of its own."""
    broken = ModuleType(feature_tide.__name__)
    vars(broken).update({**vars(feature_tide), **attributes})
    return broken


def _block(**changes):
    (block,) = feature_tide.entrepot_register_slot_blocks()
    return hookimpl(lambda: [replace(block, **changes)])


BROKEN_FEATURES = {
    "test_blocks_stand_in_known_slots": {"entrepot_register_slot_blocks": _block(slot="product.after_prise")},
    "test_shop_loads_the_plugin": {"entrepot_register_slot_blocks": _block(template="product/show.html")},
    "test_blocks_render_in_every_language": {"entrepot_register_slot_blocks": _block(context=lambda values: {})},
    "test_hostile_names_are_escaped_in_blocks": {"entrepot_register_slot_blocks": _block(context=_unescaped)},
    "test_block_context_is_pure": {"entrepot_register_slot_blocks": _block(context=_changing)},
    "test_facts_about_an_order_that_is_gone_are_digested": {"entrepot_order_placed": hookimpl(_fragile)},
    "test_hooks_are_marked_and_wrap_nobody": {"entrepot_order_placed": lambda fact: None},
    "test_notices_are_notices": {"entrepot_cart_notices": hookimpl(lambda skus: ["High tide."])},
    "test_manifest_speaks_an_accepted_api_version": {"manifest": replace(feature_tide.manifest, api_version=99)},
    "test_tables_come_with_migrations": {"manifest": replace(feature_tide.manifest, tables=("feature_tide_seen",))},
}


@pytest.mark.covers("G7")
@pytest.mark.parametrize("expected", sorted(BROKEN_FEATURES))
def test_mistake_of_a_feature_is_found(expected: str) -> None:
    broken = _feature(**BROKEN_FEATURES[expected])

    found = failures(type("Examination", (FeatureConformance,), {"package": broken}))

    assert expected in found, f"found instead: {sorted(found)}"


def examination(base: type, provider: type) -> type:
    sample, conformance = EXAMINERS[base]
    return type("Examination", (sample, conformance), {"provider_class": provider})


@pytest.mark.covers("G7")
@pytest.mark.parametrize(("base", "provider", "expected"), MISTAKES)
def test_mistake_is_found(base: type, provider: type, expected: str) -> None:
    """The broken provider stands in for the registered one, so that only its own mistake counts."""
    found = failures(examination(base, provider))

    assert expected in found, f"found instead: {sorted(found)}"
    assert "What it costs:" in found[expected]
    assert "Remedy:" in found[expected]
