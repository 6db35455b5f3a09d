"""Accounts: saved after their check, secrets encrypted and never shown, forms that keep what is left blank."""

from __future__ import annotations

import logging

import pytest
from sqlalchemy import text

from entrepot.engine.accounts import AccountMissing
from entrepot.sdk import ConfigInvalid, CredentialsInvalid, EntrepotError, PluginError, ProviderUnavailable
from entrepot.storage.session import db, unit_of_work

PAYMENT = """
    import enum
    from marshmallow import fields, validate

    class Config(ConfigSchema):
        api_key = secret(label="API key")
        webhook_secret = secret(label="Webhook secret", required=False)
        site = text(label="Site", default="main")
        days = fields.Integer(load_default=7, validate=validate.Range(1, 60), metadata={"unit": "days"})
        mode = choice({"live": "Live", "test": "Test"}, label="Mode", default="test")
        auto = switch(label="Capture at once", default=True)
        notes = text(label="Notes", default="", multiline=True)

    class Pay(PaymentProvider):
        id = "pay"
        label = "Pay"
        config_schema = Config

        def check(self):
            self.ctx.log.warning("checking %s", self.config["api_key"])
            if self.config["api_key"].startswith("wrong"):
                raise CredentialsInvalid(f"Key {self.config['api_key']} was refused.")
            if self.config["api_key"].startswith("lost"):
                raise ProviderUnavailable("The service does not answer.")

    @hookimpl
    def entrepot_register_payment_providers():
        return [Pay]
"""
KEY = "sk_live_51H8xyzABC"


@pytest.fixture
def runtime(start, plugins):
    plugins.install("payment-pay", PAYMENT)
    return start()


@pytest.fixture
def accounts(runtime):
    return runtime.accounts


def create(accounts, **changes):
    options = {"label": "Main", "config": {"api_key": KEY}, **changes}
    return accounts.create("payment", "pay", **options)


def config_of(runtime, account_id):
    return runtime.guard.call(account_id, "fetch", lambda provider: dict(provider.config), deadline_s=5)


def whole_database(app):
    with db.engine.connect() as connection:
        return repr(connection.execute(text("SELECT * FROM account")).fetchall())


@pytest.mark.covers("G10")
def test_secret_is_encrypted_at_rest_and_reaches_only_the_provider(runtime, app):
    account = create(runtime.accounts)
    assert KEY not in whole_database(app)
    assert config_of(runtime, account.id)["api_key"] == KEY


def test_secret_is_in_no_repr_log_export_form_or_error(runtime, caplog):
    caplog.set_level(logging.DEBUG)
    account = create(runtime.accounts)
    runtime.accounts.check(account.id)
    shown = [
        repr(account),
        repr(runtime.accounts.open(account.id)),
        repr(runtime.accounts.open(account.id).provider(1).ctx),
        repr(runtime.accounts.export()),
        repr(runtime.accounts.form("payment", "pay", account.id)),
        repr(runtime.settings),
        caplog.text,
    ]
    assert "checking •••" in caplog.text
    assert [text for text in shown if KEY in text] == []
    with pytest.raises(CredentialsInvalid) as refused:
        create(runtime.accounts, config={"api_key": "wrong-and-secret"})
    assert str(refused.value) == "Key ••• was refused."


def test_account_is_not_saved_when_its_check_fails(accounts):
    with pytest.raises(ProviderUnavailable):
        create(accounts, config={"api_key": "lost-key"})
    assert accounts.list(enabled_only=False) == []


def test_staff_may_save_all_the_same_disabled(accounts):
    saved = create(accounts, config={"api_key": "lost-key"}, check=False, enabled=False)
    assert accounts.list("payment") == []
    assert accounts.list("payment", enabled_only=False) == [saved]


@pytest.mark.parametrize(
    ("config", "field", "message"),
    [
        ({}, "api_key", "required"),
        ({"api_key": ""}, "api_key", "required"),
        ({"api_key": KEY, "api_kee": "x"}, "api_kee", "Unknown"),
        ({"api_key": KEY, "days": 100}, "days", "60"),
        ({"api_key": KEY, "mode": "maybe"}, "mode", "Must be one of"),
        ({"api_key": "env:ENTREPOT_SECRETS_KEY"}, "api_key", "shop's own"),
        ({"api_key": "env:NO_SUCH_VARIABLE"}, "api_key", "NO_SUCH_VARIABLE is not set"),
    ],
)
def test_configuration_that_does_not_fit_names_the_field(accounts, config, field, message):
    with pytest.raises(ConfigInvalid) as refused:
        create(accounts, config=config)
    assert message in refused.value.fields[field][0]


def test_secret_may_refer_to_the_environment(runtime, monkeypatch, app):
    monkeypatch.setenv("PAY_KEY", "first-key")
    account = create(runtime.accounts, config={"api_key": "env:PAY_KEY"})
    monkeypatch.setenv("PAY_KEY", "second-key")
    assert config_of(runtime, account.id)["api_key"] == "second-key"


def test_blank_secret_keeps_the_stored_one(runtime, clock):
    account = create(runtime.accounts, config={"api_key": KEY, "webhook_secret": "hook-secret"})
    runtime.accounts.update(account.id, config={"api_key": "", "site": "other"})
    found = config_of(runtime, account.id)
    assert (found["api_key"], found["webhook_secret"], found["site"]) == (KEY, "hook-secret", "other")


def test_form_shows_stored_values_but_never_secrets(runtime, clock):
    account = create(runtime.accounts, config={"api_key": KEY, "days": 14})
    fields = {field.name: field for field in runtime.accounts.form("payment", "pay", account.id)}
    assert (fields["days"].value, fields["days"].minimum, fields["days"].unit) == ("14", "1", "days")
    assert (fields["api_key"].value, fields["api_key"].set_at, fields["api_key"].required) == ("", clock.now(), False)
    assert (fields["webhook_secret"].set_at, fields["webhook_secret"].control) == (None, "password")


def test_form_draws_each_kind_of_field(accounts):
    fields = {field.name: field for field in accounts.form("payment", "pay")}
    assert {name: field.control for name, field in fields.items()} == {
        "api_key": "password",
        "webhook_secret": "password",
        "site": "text",
        "days": "number",
        "mode": "select",
        "auto": "switch",
        "notes": "textarea",
    }
    assert fields["mode"].choices == (("live", "Live"), ("test", "Test"))
    assert fields["auto"].checked
    assert fields["api_key"].required


def test_account_of_a_failed_plugin_is_not_usable(start, plugins, accounts, runtime):
    account = create(accounts)
    plugins.entry_points.clear()
    later = start()
    assert later.accounts.list("payment") == []
    assert not later.accounts.get(account.id).usable
    with pytest.raises(ProviderUnavailable, match="plugin doctor"):
        later.guard.call(account.id, "fetch", lambda provider: 1, deadline_s=1)


def test_another_plugin_that_takes_over_the_provider_id_sees_no_secret(start, plugins, accounts):
    account = create(accounts)
    plugins.entry_points.clear()
    plugins.install("payment-thief", PAYMENT)
    later = start()
    assert not later.accounts.get(account.id).usable
    with pytest.raises(PluginError, match="payment-thief"):
        later.accounts.open(account.id)


def test_markets_and_position_decide_what_is_offered(accounts):
    second = create(accounts, label="Second", markets=["DE", "US"], position=2)
    first = create(accounts, label="First", position=1)
    assert [account.id for account in accounts.list("payment", "US")] == [first.id, second.id]
    assert [account.id for account in accounts.list("payment", "CN")] == [first.id]
    assert accounts.list("carrier") == []


def test_refused_credentials_pause_the_account_until_new_ones_are_saved(runtime):
    account = create(runtime.accounts)

    def refuse(provider):
        raise CredentialsInvalid("The key was revoked.")

    with pytest.raises(CredentialsInvalid):
        runtime.guard.call(account.id, "capture", refuse, deadline_s=5)
    assert runtime.accounts.get(account.id).paused_reason == "The key was revoked."
    assert runtime.accounts.list("payment") == []
    with pytest.raises(CredentialsInvalid, match="paused"):
        runtime.guard.call(account.id, "capture", lambda provider: 1, deadline_s=5)
    assert runtime.guard.call(account.id, "parse_webhook", lambda provider: 1, deadline_s=5) == 1
    runtime.accounts.update(account.id, config={"api_key": "new-key-1234"})
    assert runtime.guard.call(account.id, "capture", lambda provider: 1, deadline_s=5) == 1


def test_older_configuration_is_upgraded_in_memory_and_kept_until_saved(start, plugins, accounts, app):
    account = create(accounts, config={"api_key": KEY, "site": "main"})
    plugins.entry_points.clear()
    plugins.install(
        "payment-pay",
        """
        class Config(ConfigSchema):
            version = 2
            token = secret(label="Token")
            place = text(label="Place")

        class Pay(PaymentProvider):
            id = "pay"
            label = "Pay"
            config_schema = Config

            @classmethod
            def upgrade_config(cls, version, config):
                return {"token": config["api_key"], "place": config["site"]}

        @hookimpl
        def entrepot_register_payment_providers():
            return [Pay]
        """,
    )
    later = start()
    assert config_of(later, account.id) == {"token": KEY, "place": "main"}
    assert '"site": "main"' in whole_database(app)
    later.accounts.update(account.id, config={"place": "new"})
    assert config_of(later, account.id) == {"token": KEY, "place": "new"}
    assert KEY not in whole_database(app)


def test_secrets_move_to_a_new_key(start, plugins, runtime, settings):
    from cryptography.fernet import Fernet

    account = create(runtime.accounts)
    both = [Fernet.generate_key().decode(), *settings.secrets_keys]
    import dataclasses

    rotated = start(dataclasses.replace(settings, secrets_keys=both))
    assert rotated.accounts.reseal() == 1
    assert rotated.accounts.reseal() == 0
    only_new = start(dataclasses.replace(settings, secrets_keys=both[:1]))
    assert config_of(only_new, account.id)["api_key"] == KEY


def test_account_in_use_cannot_be_deleted(accounts):
    account = create(accounts)
    with pytest.raises(EntrepotError, match="Disable it first"):
        accounts.delete(account.id)
    accounts.set_enabled(account.id, False)
    accounts.delete(account.id)
    with pytest.raises(AccountMissing):
        accounts.get(account.id)


def test_check_is_refused_inside_a_transaction(accounts):
    with unit_of_work(), pytest.raises(RuntimeError, match="unit of work"):
        create(accounts)
