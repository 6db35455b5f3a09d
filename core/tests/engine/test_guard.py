"""The guard: only typed errors come out, hanging code is left behind, failing providers are left alone."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from sqlalchemy import select

from entrepot.engine import calls, trace
from entrepot.engine.breaker import FAILURES_TO_OPEN, PAUSE
from entrepot.engine.health import health
from entrepot.engine.models import ProviderCall
from entrepot.sdk import ProviderRejected, ProviderUnavailable, Rate, WebhookRejected
from entrepot.storage.session import in_unit_of_work, reader, unit_of_work

PAYMENT = """
    class Config(ConfigSchema):
        api_key = secret(label="API key")

    class Pay(PaymentProvider):
        id = "pay"
        label = "Pay"
        config_schema = Config

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
def account(runtime):
    return runtime.accounts.create("payment", "pay", label="Main", config={"api_key": KEY})


@pytest.fixture
def ask(runtime, account):
    def ask(work, operation="capture", **options):
        return runtime.guard.call(account.id, operation, work, **{"deadline_s": 5, **options})

    return ask


def raising(error):
    def work(provider):
        raise error

    return work


def records():
    return reader().execute(select(ProviderCall).order_by(ProviderCall.id)).scalars().all()


@pytest.mark.covers("G10")
@pytest.mark.parametrize("error", [ValueError(f"bad {KEY}"), SystemExit(2), KeyboardInterrupt(), AssertionError()])
def test_untyped_errors_become_unavailable_and_name_plugin_and_account(ask, error):
    with pytest.raises(ProviderUnavailable) as raised:
        ask(raising(error))
    assert "plugin payment-pay, account 'Main'" in str(raised.value)
    assert KEY not in str(raised.value)
    assert raised.value.uncertain


def test_failed_question_is_not_uncertain(ask):
    with pytest.raises(ProviderUnavailable) as raised:
        ask(raising(ValueError()), "rates")
    assert not raised.value.uncertain


@pytest.mark.parametrize("error", [ProviderRejected("Card declined."), WebhookRejected("Forged.")])
def test_typed_errors_pass_with_their_words(ask, error):
    with pytest.raises(type(error), match=str(error)) as raised:
        ask(raising(error))
    assert "account 'Main'" in raised.value.__notes__[0]


@pytest.mark.covers("G10")
def test_provider_that_hangs_in_plain_python_is_left_behind(ask, monkeypatch):
    monkeypatch.setattr(calls, "GRACE_S", 0.05)
    never = threading.Event()
    with pytest.raises(ProviderUnavailable, match=r"no answer to 'capture' within 0\.05 s") as raised:
        ask(lambda provider: never.wait(), deadline_s=0.05)
    assert raised.value.uncertain
    never.set()


@pytest.mark.covers("G10")
@pytest.mark.parametrize(
    ("answer", "wanted"), [("paid", dict), (None, dict), ([1, 2], list[Rate]), ({"a": 1}, list[Rate]), ("x", list[str])]
)
def test_garbage_becomes_unavailable(ask, answer, wanted):
    with pytest.raises(ProviderUnavailable, match="answered .* instead of"):
        ask(lambda provider: answer, returns=wanted)


@pytest.mark.parametrize(("answer", "wanted"), [([], list[Rate]), (["a"], list[str]), (None, str | None), (True, bool)])
def test_right_answers_pass(ask, answer, wanted):
    assert ask(lambda provider: answer, returns=wanted) == answer


@pytest.mark.covers("S2.31")
def test_provider_is_not_asked_inside_a_transaction(ask):
    with unit_of_work(), pytest.raises(RuntimeError, match="inside a unit of work"):
        ask(lambda provider: 1)


def test_provider_runs_without_the_callers_transaction_or_request(ask, app):
    with app.test_request_context("/"):
        from flask import has_request_context

        assert ask(lambda provider: (has_request_context(), in_unit_of_work())) == (False, False)


def test_each_failure_and_write_is_recorded_without_secrets(ask):
    ask(lambda provider: 1, idempotency_key="attempt-7")
    with pytest.raises(ProviderUnavailable):
        ask(raising(ValueError(f"bad {KEY}")), "rates")
    first, second = records()
    assert (first.operation, first.outcome, first.idempotency_key) == ("capture", "ok", "attempt-7")
    assert (second.operation, second.outcome) == ("rates", "unavailable")
    assert "bad •••" in second.error


def test_successful_questions_are_written_together_later(runtime, ask):
    ask(lambda provider: [], "rates")
    assert records() == []
    runtime.guard.call_log.flush()
    assert [record.operation for record in records()] == ["rates"]


def test_old_records_are_forgotten(runtime, ask, clock):
    ask(lambda provider: 1)
    clock.move(timedelta(days=31))
    ask(lambda provider: 2)
    assert runtime.guard.call_log.forget_old() == 1
    assert len(records()) == 1


@pytest.fixture
def trip(ask):
    def trip(operation="capture"):
        for _ in range(FAILURES_TO_OPEN):
            with pytest.raises(ProviderUnavailable):
                ask(raising(ProviderUnavailable("down")), operation)

    return trip


@pytest.mark.covers("G10", "S0.18")
def test_breaker_opens_after_repeated_failures_and_lets_one_trial_through(runtime, ask, trip, clock, account):
    trip()
    asked = []
    with pytest.raises(ProviderUnavailable, match="left alone for 30 s") as raised:
        ask(asked.append)
    assert (asked, raised.value.retry_after_s) == ([], 30)
    assert runtime.guard.breaker.states() == {(account.id, "capture"): "open"}
    assert "capture" in health(runtime).problems()[0].cause
    clock.move(PAUSE)
    assert runtime.guard.breaker.states() == {(account.id, "capture"): "half-open"}
    with pytest.raises(ProviderUnavailable, match="still down"):
        ask(raising(ProviderUnavailable("still down")))
    with pytest.raises(ProviderUnavailable, match="left alone"):
        ask(asked.append)
    clock.move(PAUSE)
    assert ask(lambda provider: "up") == "up"
    assert ask(lambda provider: "up") == "up"


def test_other_operations_go_on_while_one_is_broken(ask, trip):
    trip("capture")
    assert ask(lambda provider: "ok", "start") == "ok"


def test_money_under_way_is_followed_whatever_the_breaker_says(ask, trip):
    trip("fetch")
    assert ask(lambda provider: "captured", "fetch") == "captured"


def test_only_one_trial_at_a_time_is_let_through(runtime, ask, trip, clock):
    trip()
    clock.move(PAUSE)

    def meanwhile(provider):
        with pytest.raises(ProviderUnavailable, match="left alone"):
            ask(lambda provider: 1)
        return "first"

    assert ask(meanwhile) == "first"


def test_rejections_do_not_open_the_breaker(ask):
    for _ in range(FAILURES_TO_OPEN + 1):
        with pytest.raises(ProviderRejected):
            ask(raising(ProviderRejected("declined")))
    assert ask(lambda provider: "ok") == "ok"


@pytest.mark.covers("S0.18")
def test_several_accounts_are_asked_at_once_and_each_failure_is_named(runtime, account):
    second = runtime.accounts.create("payment", "pay", label="Second", config={"api_key": "other-key"})
    third = runtime.accounts.create("payment", "pay", label="Third", config={"api_key": "third-key"})
    together = threading.Barrier(3, timeout=5)

    def work(provider):
        together.wait()
        if provider.config["api_key"] == "other-key":
            raise ValueError("broken")
        return provider.config["api_key"]

    answers = runtime.guard.call_many([account.id, second.id, third.id], "rates", work, deadline_s=5, returns=str)
    assert answers.results == {account.id: KEY, third.id: "third-key"}
    assert list(answers.failures) == [second.id]
    assert "account 'Second'" in str(answers.failures[second.id])


def test_account_that_does_not_exist_is_a_failure_among_others(runtime, account):
    answers = runtime.guard.call_many(["gone", account.id], "rates", lambda provider: [], deadline_s=5)
    assert answers.results == {account.id: []}
    assert "no account gone" in str(answers.failures["gone"])


@pytest.mark.covers("G9")
def test_trace_names_plugin_version_account_and_time(runtime, ask):
    with trace.collecting(runtime.registry.version) as steps:
        ask(lambda provider: [], "rates")
        with pytest.raises(ProviderRejected):
            ask(raising(ProviderRejected("no")), "capture")
    assert [(step.step, step.plugin_id, step.account, step.text) for step in steps] == [
        ("rates", "payment-pay", "Main", "answered"),
        ("capture", "payment-pay", "Main", "failed: no"),
    ]
    assert all(step.milliseconds >= 0 for step in steps)


def test_what_is_answered_at_once_stays_in_the_callers_thread(start, plugins):
    at_once = PAYMENT.replace('label = "Pay"', 'label = "Pay"\n        at_once = frozenset({"start"})')
    plugins.install("payment-pay", at_once)
    runtime = start()
    account = runtime.accounts.create("payment", "pay", label="Main", config={"api_key": KEY})

    def where(operation):
        return runtime.guard.call(account.id, operation, lambda provider: threading.get_ident(), deadline_s=5)

    assert where("start") == threading.get_ident()
    assert where("capture") != threading.get_ident()
