"""Accounts: configured instances of providers, with forms drawn from their schemas."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flask import Response, redirect, request, url_for

from entrepot import web
from entrepot.admin.calls import latest_calls
from entrepot.admin.carrying_out import NOTHING_REFUSED, Refused, carry_out, explained, whole_number
from entrepot.admin.frame import Answer, Crumb, missing, page, say
from entrepot.engine.accounts import AccountMissing
from entrepot.engine.calls import AccountView
from entrepot.engine.config_forms import FormField, read_form
from entrepot.markets.queries import StoreMissing, store
from entrepot.markets.rules import text
from entrepot.sdk.config import ConfigSchema
from entrepot.sdk.errors import ConfigInvalid, EntrepotError
from entrepot.web.i18n import current_translator
from entrepot.web.i18n import gettext as _

KINDS = ("payment", "carrier", "tax", "customs", "notifier", "channel", "rates", "screening", "stock")


@dataclass(frozen=True)
class Offer:
    """A provider that a loaded plugin brings."""

    kind: str
    provider_id: str
    label: str
    plugin_id: str


@dataclass(frozen=True)
class Typed:
    """What the form says about an account."""

    label: str
    config: Mapping[str, object]
    markets: tuple[str, ...]
    position: int
    enabled: bool


def accounts() -> Response:
    found = web.runtime().accounts.list(enabled_only=False)
    return page(
        "admin/accounts.html",
        title=_("Accounts"),
        groups=[(kind, [one for one in found if one.kind == kind], _offers(kind)) for kind in KINDS],
    )


def new_account(kind: str, provider_id: str) -> Response:
    return _new_page(kind, provider_id)


def create_account(kind: str, provider_id: str) -> Answer:
    """Save a new account, once its check passed; "save anyway" saves it disabled."""
    anyway = "anyway" in request.form
    try:
        typed = _typed(_schema(kind, provider_id))
        created = web.runtime().accounts.create(
            kind,
            provider_id,
            label=typed.label,
            config=typed.config,
            markets=typed.markets,
            position=typed.position,
            enabled=typed.enabled and not anyway,
            check=not anyway,
        )
    except EntrepotError as error:
        return _again(_new_page(kind, provider_id, _refused(error)))
    say(_("The account is saved, but disabled.") if anyway else _("The account works and is saved."))
    return redirect(url_for("admin.account", account_id=created.id), 303)


def account(account_id: str) -> Response:
    return _account_page(account_id)


def save_account(account_id: str) -> Answer:
    anyway = "anyway" in request.form
    runtime = web.runtime()
    try:
        known = runtime.accounts.get(account_id)
        typed = _typed(_schema(known.kind, known.provider_id))
        runtime.accounts.update(
            account_id,
            label=typed.label,
            config=typed.config,
            markets=typed.markets,
            position=typed.position,
            enabled=typed.enabled and not anyway,
            check=not anyway,
        )
    except EntrepotError as error:
        return _again(_account_page(account_id, _refused(error)))
    say(_("The account is saved, but disabled.") if anyway else _("The account works and is saved."))
    return redirect(url_for("admin.account", account_id=account_id), 303)


def check_account(account_id: str) -> Answer:
    return carry_out(
        lambda: web.runtime().accounts.check(account_id),
        form="check",
        done=_("The provider answered: the account works."),
        to=url_for("admin.account", account_id=account_id),
        again=lambda refused: _account_page(account_id, refused),
    )


def confirm_deletion(account_id: str) -> Response:
    return _deletion_page(account_id)


def delete_account(account_id: str) -> Answer:
    return carry_out(
        lambda: web.runtime().accounts.delete(account_id),
        form="delete",
        done=_("The account and its secrets are deleted."),
        to=url_for("admin.accounts"),
        again=lambda refused: _deletion_page(account_id, refused),
    )


def _new_page(kind: str, provider_id: str, refused: Refused = NOTHING_REFUSED) -> Response:
    offer = next((one for one in _offers(kind) if one.provider_id == provider_id), None)
    if offer is None:
        return missing(_("No loaded plugin offers this. Look at the list of plugins for one that failed."))
    return page(
        "admin/account_new.html",
        title=_("New account: %(label)s", label=offer.label),
        trail=(Crumb(_("Accounts"), url_for("admin.accounts")),),
        offer=offer,
        fields=_fields(kind, provider_id, None, refused),
        markets=_markets(),
        chosen=_chosen((), refused),
        refused=refused,
    )


def _account_page(account_id: str, refused: Refused = NOTHING_REFUSED) -> Response:
    runtime = web.runtime()
    try:
        found = runtime.accounts.get(account_id)
    except AccountMissing:
        return missing(_("There is no such account. It may have been deleted."))
    fields, unreadable = _readable_fields(found, refused)
    return page(
        "admin/account.html",
        title=found.label,
        trail=(Crumb(_("Accounts"), url_for("admin.accounts")),),
        account=found,
        fields=fields,
        unreadable=unreadable,
        markets=_markets(),
        chosen=_chosen(found.markets, refused),
        calls=latest_calls(account_id),
        refused=refused,
    )


def _deletion_page(account_id: str, refused: Refused = NOTHING_REFUSED) -> Response:
    try:
        found = web.runtime().accounts.get(account_id)
    except AccountMissing:
        return missing(_("There is no such account. It may have been deleted."))
    trail = (
        Crumb(_("Accounts"), url_for("admin.accounts")),
        Crumb(found.label, url_for("admin.account", account_id=account_id)),
    )
    return page("admin/account_delete.html", title=_("Delete"), trail=trail, account=found, refused=refused)


def _readable_fields(account: AccountView, refused: Refused) -> tuple[tuple[FormField, ...], str]:
    """The form, or why it cannot be drawn: the plugin is not loaded, a secrets key is gone."""
    try:
        return _fields(account.kind, account.provider_id, account.id, refused), ""
    except EntrepotError as error:
        return (), explained(error)


def _fields(kind: str, provider_id: str, account_id: str | None, refused: Refused) -> tuple[FormField, ...]:
    typed = read_form(_schema(kind, provider_id), refused.values) if refused.form == "account" else None
    errors = dict(refused.fields)
    return web.runtime().accounts.form(kind, provider_id, account_id, values=typed, errors=errors)


def _typed(schema: type[ConfigSchema]) -> Typed:
    label = request.form.get("account_label", "").strip()
    if not label:
        raise EntrepotError("Give the account a name, so that staff can tell it from others.")
    return Typed(
        label=label[:120],
        config=read_form(schema, request.form),
        markets=tuple(request.form.getlist("account_markets")),
        position=whole_number(request.form.get("account_position") or "100", _("Position")),
        enabled="account_enabled" in request.form,
    )


def _refused(error: Exception) -> Refused:
    fields = error.fields if isinstance(error, ConfigInvalid) else {}
    message = _("Some values do not fit; see the fields below.") if fields else explained(error)
    return Refused("account", message, request.form.to_dict(), fields)


def _again(response: Response) -> Response:
    response.status_code = 422
    return response


def _schema(kind: str, provider_id: str) -> type[ConfigSchema]:
    schema: type[ConfigSchema] = web.runtime().registry.provider_class(kind, provider_id).config_schema
    return schema


def _offers(kind: str) -> list[Offer]:
    registry = web.runtime().registry
    return [
        Offer(kind, cls.id, cls.label, registry.plugin_of(kind, cls.id).id)
        for cls in sorted(registry.providers(kind).values(), key=lambda cls: cls.label)
    ]


def _markets() -> list[tuple[str, str]]:
    """(code, name) of every market."""
    try:
        return [(market.code, text(market.name, current_translator().locale)) for market in store().markets]
    except StoreMissing:
        return []


def _chosen(stored: tuple[str, ...], refused: Refused) -> tuple[str, ...]:
    return tuple(request.form.getlist("account_markets")) if refused.form == "account" else stored
