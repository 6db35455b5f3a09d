"""Every page of the back office: method, address, view, and the permission that the gate asks for.

The modules load with the first request for one of their pages: a process that only sells never loads them.
"""

from __future__ import annotations

from flask import Blueprint
from flask_wtf.csrf import CSRFError

from entrepot.sdk.errors import EntrepotError
from entrepot.sdk.web import PUBLIC
from entrepot.staff.rules import ANY_STAFF
from entrepot.web.late import LateView, route

bridge = Blueprint("admin", __name__, url_prefix="/admin")

ROUTES = (
    ("GET", "/login", "sign_in:sign_in", PUBLIC),
    ("POST", "/login", "sign_in:do_sign_in", PUBLIC),
    ("POST", "/logout", "sign_in:sign_out", ANY_STAFF),
    ("GET", "/", "home:home", ANY_STAFF),
    ("GET", "/orders", "orders:orders", "orders.view"),
    ("GET", "/orders/export", "order_export:export_orders", "orders.export"),
    ("POST", "/orders/export", "order_export:write_orders", "orders.export"),
    ("GET", "/orders/<number>", "orders:order", "orders.view"),
    ("POST", "/orders/<number>/ship/<fulfilment_id>", "order_actions:ship", "orders.ship"),
    ("POST", "/orders/<number>/deliver/<parcel_id>", "order_actions:deliver", "orders.ship"),
    ("POST", "/orders/<number>/complete", "order_actions:complete", "orders.ship"),
    ("GET", "/orders/<number>/edit", "order_edit:edit_order", "orders.edit"),
    ("POST", "/orders/<number>/edit", "order_edit:do_edit", "orders.edit"),
    ("POST", "/orders/<number>/cancel", "order_actions:cancel", "orders.cancel"),
    ("POST", "/orders/<number>/let-go", "order_actions:let_go", "orders.ship"),
    ("POST", "/orders/<number>/confirm/<attempt_id>", "order_actions:confirm_payment", "payments.confirm"),
    ("POST", "/orders/<number>/capture/<attempt_id>", "order_actions:capture", "payments.confirm"),
    ("POST", "/orders/<number>/void/<attempt_id>", "order_actions:void", "payments.confirm"),
    ("POST", "/orders/<number>/ask/<attempt_id>", "order_actions:ask_again", "payments.confirm"),
    ("POST", "/orders/<number>/refund/<attempt_id>", "order_actions:refund", "payments.refund"),
    ("GET", "/orders/<number>/returns", "returns:order_returns", "orders.view"),
    ("GET", "/orders/<number>/documents/<document>", "returns:order_document", "orders.view"),
    ("GET", "/returns", "returns:returns", "orders.view"),
    ("GET", "/returns/<number>", "returns:one_return", "orders.view"),
    ("POST", "/returns/<number>/approve", "returns:approve_return", "orders.cancel"),
    ("POST", "/returns/<number>/decline", "returns:decline_return", "orders.cancel"),
    ("POST", "/returns/<number>/receive", "returns:receive_return", "orders.ship"),
    ("POST", "/returns/<number>/settle", "returns:settle_return", "payments.refund"),
    ("POST", "/returns/<number>/finish", "returns:finish_return", "payments.refund"),
    ("GET", "/products", "products:products", "catalog.view"),
    ("GET", "/products/<slug>", "products:product", "catalog.view"),
    ("POST", "/products/<slug>", "products:save_product", "catalog.edit"),
    ("GET", "/stock", "stock:stock", "inventory.view"),
    ("GET", "/stock/<int:variant_id>", "stock:stock_item", "inventory.view"),
    ("POST", "/stock/<int:variant_id>/<int:warehouse_id>", "stock:adjust_stock", "inventory.adjust"),
    ("POST", "/stock/<int:variant_id>/policy", "stock_rules:save_policy", "inventory.adjust"),
    ("POST", "/stock/<int:variant_id>/<int:warehouse_id>/low", "stock_rules:save_threshold", "inventory.adjust"),
    ("GET", "/low-stock", "stock_rules:low_stock", "inventory.view"),
    ("GET", "/allocation", "stock_rules:allocation", "inventory.adjust"),
    ("POST", "/allocation", "stock_rules:save_allocation", "inventory.adjust"),
    ("GET", "/transfers", "transfers:transfers", "inventory.view"),
    ("POST", "/transfers", "transfers:new_transfer", "inventory.adjust"),
    ("GET", "/transfers/<int:transfer_id>", "transfers:transfer", "inventory.view"),
    ("POST", "/transfers/<int:transfer_id>/send", "transfers:send_transfer", "inventory.adjust"),
    ("POST", "/transfers/<int:transfer_id>/receive", "transfers:receive_transfer", "inventory.adjust"),
    ("POST", "/transfers/<int:transfer_id>/close", "transfers:close_transfer", "inventory.adjust"),
    ("POST", "/transfers/<int:transfer_id>/cancel", "transfers:cancel_transfer", "inventory.adjust"),
    ("GET", "/counts", "counts:counts", "inventory.view"),
    ("POST", "/counts", "counts:new_count", "inventory.adjust"),
    ("GET", "/counts/<int:count_id>", "counts:count", "inventory.view"),
    ("POST", "/counts/<int:count_id>/<int:variant_id>", "counts:write_count", "inventory.adjust"),
    ("POST", "/counts/<int:count_id>/approve", "counts:approve_count", "inventory.adjust"),
    ("POST", "/counts/<int:count_id>/cancel", "counts:cancel_count", "inventory.adjust"),
    ("GET", "/imports", "imports:imports", "catalog.import"),
    ("POST", "/imports", "imports:upload", "catalog.import"),
    ("GET", "/imports/<upload_id>", "imports:upload_report", "catalog.import"),
    ("POST", "/imports/<upload_id>", "imports:run_import", "catalog.import"),
    ("GET", "/imports/<upload_id>/failed-rows.csv", "imports:failed_rows", "catalog.import"),
    ("GET", "/messages", "messages:messages", "messages.view"),
    ("GET", "/messages/<message_id>", "messages:message", "messages.view"),
    ("POST", "/messages/<message_id>/resend", "messages:resend", "messages.send"),
    ("GET", "/accounts", "accounts:accounts", "plugins.view"),
    ("GET", "/accounts/new/<kind>/<provider_id>", "accounts:new_account", "plugins.manage"),
    ("POST", "/accounts/new/<kind>/<provider_id>", "accounts:create_account", "plugins.manage"),
    ("GET", "/accounts/<account_id>", "accounts:account", "plugins.view"),
    ("POST", "/accounts/<account_id>", "accounts:save_account", "plugins.manage"),
    ("POST", "/accounts/<account_id>/check", "accounts:check_account", "plugins.manage"),
    ("GET", "/accounts/<account_id>/delete", "accounts:confirm_deletion", "plugins.manage"),
    ("POST", "/accounts/<account_id>/delete", "accounts:delete_account", "plugins.manage"),
    ("GET", "/plugins", "plugins:plugins", "plugins.view"),
    ("GET", "/plugins/<plugin_id>", "plugins:plugin", "plugins.view"),
    ("POST", "/plugins/<plugin_id>/enable", "plugins:enable_plugin", "plugins.manage"),
    ("POST", "/plugins/<plugin_id>/disable", "plugins:disable_plugin", "plugins.manage"),
    ("GET", "/deliveries", "deliveries:deliveries", "plugins.view"),
    ("POST", "/deliveries/replay", "deliveries:replay", "deliveries.replay"),
    ("GET", "/webhooks", "webhooks:webhooks", "plugins.view"),
    ("POST", "/webhooks", "webhooks:create_webhook", "plugins.manage"),
    ("GET", "/webhooks/<endpoint_id>", "webhooks:webhook", "plugins.view"),
    ("POST", "/webhooks/<endpoint_id>", "webhooks:save_webhook", "plugins.manage"),
    ("POST", "/webhooks/<endpoint_id>/secret", "webhooks:rotate_webhook", "plugins.manage"),
    ("POST", "/webhooks/<endpoint_id>/test", "webhooks:try_webhook", "plugins.manage"),
    ("POST", "/webhooks/<endpoint_id>/replay", "webhooks:replay_webhook", "deliveries.replay"),
    ("POST", "/webhooks/<endpoint_id>/delete", "webhooks:delete_webhook", "plugins.manage"),
    ("GET", "/payouts", "payouts:payout_list", "payments.confirm"),
    ("POST", "/payouts", "payouts:import_payouts", "payments.confirm"),
    ("GET", "/payouts/<payout_id>", "payouts:payout", "payments.confirm"),
    ("POST", "/payouts/<payout_id>/match", "payouts:match_payout", "payments.confirm"),
    ("GET", "/store", "store:store", "store.view"),
    ("GET", "/search", "search:search", ANY_STAFF),
    ("GET", "/<path:anything>", "search:elsewhere", ANY_STAFF),
)

for method, rule, target, permission in ROUTES:
    route(bridge, __package__, method, rule, target, permission)
bridge.before_request(LateView(f"{__package__}.frame:gate"))
bridge.register_error_handler(CSRFError, LateView(f"{__package__}.frame:form_expired"))
bridge.register_error_handler(EntrepotError, LateView(f"{__package__}.frame:explained"))
