"""Every hook, in families. This file is the reference manual: docs/reference/hooks.md is generated from it.

Implement a hook with ``@hookimpl`` in your plugin's package; take only the arguments you need.

Five shapes, each with one use:

* ``entrepot_register_*``: once at start; what it returns is registered. An error marks your plugin as failed.
* ``entrepot_<noun>_<past>``: a committed fact, delivered from the outbox to each plugin on its own, at least once.
* ``entrepot_<noun>_<plural>``: a contribution; everybody may add, nobody can remove. An error loses yours only.
* first-result hooks: one harmless answer where the core has a default.
* what costs money, moves goods or decides an amount is no hook at all but a provider class.

Hook wrappers are refused: they could rewrite other plugins' answers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pluggy

from entrepot.sdk import facts
from entrepot.sdk.carriers import Carrier
from entrepot.sdk.channels import SalesChannel
from entrepot.sdk.customs import CustomsRules
from entrepot.sdk.jobs import Job, MenuItem, Notice, Permission
from entrepot.sdk.notifiers import Notifier
from entrepot.sdk.payments import PaymentProvider
from entrepot.sdk.promotions import PromotionAction, PromotionCondition
from entrepot.sdk.rates import RateSource
from entrepot.sdk.readmodels import OrderView, ShopReader
from entrepot.sdk.screening import PartyScreening
from entrepot.sdk.slots import SlotBlock
from entrepot.sdk.stock import StockSource
from entrepot.sdk.tax import TaxCalculator

PROJECT = "entrepot"
hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


class Registration:
    """Called once per plugin while the shop starts, outside any transaction, before the first request.

    Return a list. An exception, or an answer of the wrong type, marks the plugin as failed; the others load.
    """

    @hookspec
    def entrepot_register_payment_providers(self) -> list[type[PaymentProvider]]:  # type: ignore[empty-body]
        """Payment providers of the plugin.

        Example::

            @hookimpl
            def entrepot_register_payment_providers():
                return [Paylink]
        """

    @hookspec
    def entrepot_register_carriers(self) -> list[type[Carrier]]:  # type: ignore[empty-body]
        """Carriers of the plugin."""

    @hookspec
    def entrepot_register_channels(self) -> list[type[SalesChannel]]:  # type: ignore[empty-body]
        """Sales channels of the plugin."""

    @hookspec
    def entrepot_register_tax_calculators(self) -> list[type[TaxCalculator]]:  # type: ignore[empty-body]
        """Tax calculators of the plugin."""

    @hookspec
    def entrepot_register_customs_rules(self) -> list[type[CustomsRules]]:  # type: ignore[empty-body]
        """Customs rule sets of the plugin."""

    @hookspec
    def entrepot_register_notifiers(self) -> list[type[Notifier]]:  # type: ignore[empty-body]
        """Notifiers of the plugin."""

    @hookspec
    def entrepot_register_rate_sources(self) -> list[type[RateSource]]:  # type: ignore[empty-body]
        """Sources of exchange rates of the plugin."""

    @hookspec
    def entrepot_register_party_screenings(self) -> list[type[PartyScreening]]:  # type: ignore[empty-body]
        """Denied-party screenings of the plugin."""

    @hookspec
    def entrepot_register_stock_sources(self) -> list[type[StockSource]]:  # type: ignore[empty-body]
        """Sources of stock of the plugin: suppliers and warehouses of others."""

    @hookspec
    def entrepot_register_promotion_rules(self) -> list[type[PromotionCondition | PromotionAction]]:  # type: ignore[empty-body]
        """Conditions and actions that merchants may use in promotions; ids start with the plugin id."""

    @hookspec
    def entrepot_register_slot_blocks(self) -> list[SlotBlock]:  # type: ignore[empty-body]
        """Blocks that the plugin adds to pages. Templates live under ``templates/x/<plugin-id>/``."""

    @hookspec
    def entrepot_register_jobs(self) -> list[Job]:  # type: ignore[empty-body]
        """Periodic jobs, run by the worker process."""

    @hookspec
    def entrepot_register_commands(self) -> list[Any]:  # type: ignore[empty-body]
        """click commands, reachable as ``entrepot x <plugin-id> <command>``."""

    @hookspec
    def entrepot_register_permissions(self) -> list[Permission]:  # type: ignore[empty-body]
        """Permissions that the plugin's routes ask for; ids start with the plugin id."""

    @hookspec
    def entrepot_register_blueprints(self) -> list[Any]:  # type: ignore[empty-body]
        """``entrepot.sdk.web.PluginBlueprint`` objects, mounted at ``/x/<plugin-id>/`` or ``/admin/x/<plugin-id>/``."""


class Observation:
    """A fact that is committed. Called by the worker from the outbox, for each plugin on its own, at least once,
    outside any transaction, after the customer was answered.

    Raising delays only your own delivery: it is repeated with growing pauses and parked after ten attempts; staff can
    replay it. Use ``fact.id`` to recognise a repeat. ``shop`` reads the present state, which may be later than the
    fact.

    Example::

        @hookimpl
        def entrepot_order_placed(fact, shop):
            crm.upsert(shop.order(fact.order_number).email)
    """

    @hookspec
    def entrepot_order_placed(self, fact: facts.OrderPlaced, shop: ShopReader) -> None:
        """An order exists and its stock is reserved; it may still have to be paid."""

    @hookspec
    def entrepot_payment_authorized(self, fact: facts.PaymentAuthorized, shop: ShopReader) -> None:
        """Money was reserved for the order."""

    @hookspec
    def entrepot_payment_captured(self, fact: facts.PaymentCaptured, shop: ShopReader) -> None:
        """Money was taken, all of it or a part."""

    @hookspec
    def entrepot_payment_declined(self, fact: facts.PaymentDeclined, shop: ShopReader) -> None:
        """A payment attempt failed."""

    @hookspec
    def entrepot_payment_refunded(self, fact: facts.PaymentRefunded, shop: ShopReader) -> None:
        """Money was given back."""

    @hookspec
    def entrepot_payment_came_late(self, fact: facts.PaymentCameLate, shop: ShopReader) -> None:
        """Money arrived for a cancelled order."""

    @hookspec
    def entrepot_order_cancelled(self, fact: facts.OrderCancelled, shop: ShopReader) -> None:
        """An order was cancelled and its stock released."""

    @hookspec
    def entrepot_order_reinstated(self, fact: facts.OrderReinstated, shop: ShopReader) -> None:
        """A cancelled order was taken up again."""

    @hookspec
    def entrepot_order_edited(self, fact: facts.OrderEdited, shop: ShopReader) -> None:
        """Staff changed an order after it was placed."""

    @hookspec
    def entrepot_parcel_shipped(self, fact: facts.ParcelShipped, shop: ShopReader) -> None:
        """A parcel left a warehouse."""

    @hookspec
    def entrepot_parcel_delivered(self, fact: facts.ParcelDelivered, shop: ShopReader) -> None:
        """A parcel reached the buyer."""

    @hookspec
    def entrepot_order_completed(self, fact: facts.OrderCompleted, shop: ShopReader) -> None:
        """An order is done."""

    @hookspec
    def entrepot_return_requested(self, fact: facts.ReturnRequested, shop: ShopReader) -> None:
        """A buyer wants to send goods back, or has withdrawn from the contract."""

    @hookspec
    def entrepot_return_approved(self, fact: facts.ReturnApproved, shop: ShopReader) -> None:
        """A buyer may send the goods of a return."""

    @hookspec
    def entrepot_return_declined(self, fact: facts.ReturnDeclined, shop: ShopReader) -> None:
        """A return was refused."""

    @hookspec
    def entrepot_return_received(self, fact: facts.ReturnReceived, shop: ShopReader) -> None:
        """Goods of a return have arrived."""

    @hookspec
    def entrepot_return_settled(self, fact: facts.ReturnSettled, shop: ShopReader) -> None:
        """A return was inspected and settled."""

    @hookspec
    def entrepot_gift_cards_issued(self, fact: facts.GiftCardsIssued, shop: ShopReader) -> None:
        """The gift cards that an order sold can be spent."""

    @hookspec
    def entrepot_dispute_opened(self, fact: facts.DisputeOpened, shop: ShopReader) -> None:
        """A buyer's bank takes money back, and may be answered."""

    @hookspec
    def entrepot_dispute_won(self, fact: facts.DisputeWon, shop: ShopReader) -> None:
        """Money that a buyer's bank took back came again."""

    @hookspec
    def entrepot_dispute_lost(self, fact: facts.DisputeLost, shop: ShopReader) -> None:
        """Money that a buyer's bank took back is written off."""

    @hookspec
    def entrepot_credit_issued(self, fact: facts.CreditIssued, shop: ShopReader) -> None:
        """A gift card or store credit was made."""

    @hookspec
    def entrepot_stock_changed(self, fact: facts.StockChanged, shop: ShopReader) -> None:
        """Stock that can be promised changed for some SKUs."""

    @hookspec
    def entrepot_stock_low(self, fact: facts.StockLow, shop: ShopReader) -> None:
        """A SKU fell to the threshold of its warehouse: time to buy again."""

    @hookspec
    def entrepot_stock_source_stale(self, fact: facts.StockSourceStale, shop: ShopReader) -> None:
        """A source of stock is silent: what the shop promises may be gone."""


class Contribution:
    """Collected from all plugins, one by one; nobody can remove what another added.

    Called while a page is made: return quickly, touch no network, take the lists as they are. An exception or an
    answer of the wrong type loses your contribution only and is logged with your plugin's id.
    """

    @hookspec
    def entrepot_admin_menu_items(self) -> list[MenuItem]:  # type: ignore[empty-body]
        """Links for the back office's navigation; called once per request of staff."""

    @hookspec
    def entrepot_cart_notices(self, skus: Sequence[str], market: str, locale: str) -> list[Notice]:  # type: ignore[empty-body]
        """Sentences shown above the cart, given all SKUs in it; called once per cart page."""

    @hookspec
    def entrepot_order_notices(self, order: OrderView, locale: str) -> list[Notice]:  # type: ignore[empty-body]
        """Sentences shown to the buyer on the order's page; called once per page."""


class FirstResult:
    """One answer is enough; the first plugin (in order of id) that does not return None gives it. A failing plugin is
    passed over and logged."""

    @hookspec(firstresult=True)
    def entrepot_request_locale(self, accepted: Sequence[str], headers: Mapping[str, str]) -> str | None:
        """The locale for a visitor who has not chosen one; ``accepted`` lists the market's locales.

        Called at most once per request that carries no choice. The default is the Accept-Language header.
        """


FAMILIES: tuple[type, ...] = (Registration, Observation, Contribution, FirstResult)
