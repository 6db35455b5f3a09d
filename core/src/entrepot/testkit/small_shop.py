"""A whole small shop for tests: two markets, one product in two variants, two warehouses, one account of each kind."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import EntryPoint
from pathlib import Path

from flask import Flask

from entrepot.checkout import carts, service
from entrepot.engine.runtime import Runtime
from entrepot.inventory import stock, warehousing
from entrepot.kernel.address import Address
from entrepot.kernel.clock import FixedClock
from entrepot.sdk.payments import Outcome
from entrepot.settings import Settings
from entrepot.storage.session import db, unit_of_work
from entrepot.testkit import providers
from entrepot.testkit.samples import NOON

PLUGINS = (EntryPoint("feature-testkit", "entrepot.testkit.providers", "entrepot.plugins"),)
HAMBURG = Address("DE", name="Anna Berg", street="Am Kai 1", postcode="20457", city="Hamburg")
SECRETS_KEY = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="


@dataclass(frozen=True)
class SmallShop:
    """The shop under test. ``mug`` and ``bowl`` are variant ids; ``accounts`` maps provider id to account id."""

    app: Flask
    runtime: Runtime
    clock: FixedClock
    mug: int
    bowl: int
    accounts: dict[str, str]

    def cart(self, *, quantity: int = 1, variant: int | None = None) -> str:
        """A cart that only has to be quoted and paid; returns its token."""
        token = carts.start_cart(self.runtime, market="eu", locale="en")
        carts.add(self.runtime, token, variant_id=variant or self.mug, quantity=quantity)
        carts.set_address(self.runtime, token, email="anna@example.com", shipping=HAMBURG)
        return token

    def place(
        self, token: str = "", *, pay_by: str = "scripted", key: str = "key-1", quantity: int = 1
    ) -> service.PlacedOrder:
        """Order a cart (a new one without a token), begin its payment."""
        token = token or self.cart(quantity=quantity)
        quote = service.choose_shipping(self.runtime, token, account_id=self.accounts["flat"], service="standard")
        return service.place_order(
            self.runtime,
            cart_token=token,
            quote_id=quote.id,
            expected_total=quote.total,
            payment_account_id=self.accounts[pay_by],
            idempotency_key=key,
            return_url=lambda attempt_id: f"http://shop.test/pay/return/{attempt_id}",
        )

    def paid(self, **options: int) -> service.PlacedOrder:
        """An order whose money was taken at once."""
        providers.BANK.start = Outcome.CAPTURED
        return self.place(**options)  # type: ignore[arg-type]


@contextmanager
def small_shop(database_url: str, data_dir: Path, *, web: bool = False) -> Iterator[SmallShop]:
    """Open the shop inside an app context, with a clock that stands still; ``web`` builds the pages too."""
    providers.BANK.reset()
    providers.Postbox.sent.clear()
    providers.Postbox.fails_with = None
    clock = FixedClock(NOON)
    app, runtime = _open(_settings(database_url, data_dir), clock, web=web)
    with app.app_context():
        yield _stocked(app, runtime, clock)
        db.session.remove()
        db.engine.dispose()


def _settings(database_url: str, data_dir: Path) -> Settings:
    url = database_url.replace("postgresql://", "postgresql+psycopg://")
    return Settings(data_dir=data_dir, database_url=url, secret_key="test" * 10, secrets_keys=(SECRETS_KEY,))


def _open(settings: Settings, clock: FixedClock, *, web: bool) -> tuple[Flask, Runtime]:
    from entrepot.storage.tables import import_all_models

    import_all_models()
    if web:
        from entrepot.app import create_app
        from entrepot.web import runtime as running

        app = create_app(settings, clock=clock, entry_points=PLUGINS)
        with app.app_context():
            db.create_all()
            return app, running()
    from entrepot.engine.runtime import build_runtime
    from entrepot.orders.book import Orders
    from entrepot.orders.queries import Shop
    from entrepot.payments import ports
    from entrepot.storage.session import init_storage

    app = Flask("small-shop")
    app.config.update(SQLALCHEMY_DATABASE_URI=settings.database_url)
    init_storage(app)
    ports.bind_orders(Orders)
    with app.app_context():
        db.create_all()
        return app, build_runtime(settings, clock, PLUGINS, shop=Shop())


def _stocked(app: Flask, runtime: Runtime, clock: FixedClock) -> SmallShop:
    mug, bowl = _catalogue(runtime)
    for code, country, priority in (("hamburg", "DE", 1), ("shenzhen", "CN", 2)):
        warehouse = warehousing.save_warehouse(
            runtime, code=code, name=code.title(), address=Address(country), priority=priority
        )
        with unit_of_work() as session:
            for variant in (mug, bowl):
                stock.set_on_hand(
                    session,
                    variant_id=variant,
                    warehouse_id=warehouse,
                    on_hand=10 if country == "DE" else 5,
                    reference="seed",
                    actor="test",
                    at=clock.now(),
                )
    kinds = {"payment": ["scripted", "by-hand"], "carrier": ["flat"], "tax": ["ten-percent"], "notifier": ["postbox"]}
    accounts = {
        provider_id: runtime.accounts.create(kind, provider_id, label=provider_id.title(), config={}).id
        for kind, provider_ids in kinds.items()
        for provider_id in provider_ids
    }
    return SmallShop(app, runtime, clock, mug, bowl, accounts)


def _catalogue(runtime: Runtime) -> tuple[int, int]:
    from entrepot.catalog.models import Category, Price, Product, ProductCategory, Variant
    from entrepot.markets.models import Market, MarketCountry, PriceList, Store

    now = runtime.clock.now()
    with unit_of_work() as session:
        session.add(Store(id=1, name="Small Shop", base_currency="EUR"))
        for code, currency, countries in (("eu", "EUR", ("DE", "AT", "FR", "AQ")), ("us", "USD", ("US",))):
            prices = PriceList(code=code, currency=currency, includes_tax=code == "eu")
            session.add(prices)
            session.flush()
            market = Market(
                code=code,
                name={"en": code.upper()},
                currency=currency,
                locales=["en", "de", "zh-Hans"],
                price_list_id=prices.id,
                default_country=countries[0],
            )
            session.add(market)
            session.flush()
            session.add_all(MarketCountry(country=country, market_id=market.id) for country in countries)
        category = Category(slug="kitchen", name={"en": "Kitchen", "de": "Küche", "zh-Hans": "厨房"})
        product = Product(
            slug="tableware",
            name={"en": "Tableware", "de": "Geschirr", "zh-Hans": "餐具"},
            options=[{"code": "kind", "name": {"en": "Kind"}}],
            origin_country="DE",
            hs_code="691110",
            created_at=now,
            updated_at=now,
        )
        session.add_all([category, product])
        session.flush()
        session.add(ProductCategory(category_id=category.id, product_id=product.id))
        made = []
        for position, (sku, amount) in enumerate((("MUG", 1990), ("BOWL", 2990))):
            option = {"kind": {"value": sku.lower(), "label": {"en": sku.title()}}}
            variant = Variant(product_id=product.id, sku=sku, weight_g=400, options=option, position=position)
            session.add(variant)
            session.flush()
            session.add_all(Price(price_list_id=list_id, variant_id=variant.id, amount=amount) for list_id in (1, 2))
            made.append(variant.id)
    return made[0], made[1]
