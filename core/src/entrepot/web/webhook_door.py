"""Where providers call: payments report money, carriers report scans. The signature is the login."""

from __future__ import annotations

from typing import Any

from flask import Blueprint

from entrepot.sdk.errors import PluginError, ProviderError, WebhookRejected
from entrepot.web.late import route

blueprint = Blueprint("hooks", __name__, url_prefix="/hooks")

LARGEST_BODY = 1024 * 1024


Answer = tuple[dict[str, Any], int]

route(blueprint, __package__, "POST", "/payments/<account_id>", "webhooks:payment")
route(blueprint, __package__, "POST", "/carriers/<account_id>", "webhooks:carrier")


@blueprint.errorhandler(WebhookRejected)
def rejected(error: WebhookRejected) -> Answer:
    return {"error": str(error)}, 400


@blueprint.errorhandler(ProviderError)
@blueprint.errorhandler(PluginError)
def unavailable(error: Exception) -> Answer:
    """Not the sender's fault: it should try again later. Why is for our log, not for strangers."""
    return {"error": "The webhook cannot be taken at the moment. Send it again later."}, 503


@blueprint.errorhandler(404)
def unknown(error: Exception) -> Answer:
    return {"error": "There is no such account. Compare the address with the one in the back office."}, 404


@blueprint.errorhandler(413)
def too_large(error: Exception) -> Answer:
    return {"error": f"The body is larger than {LARGEST_BODY} bytes."}, 413
