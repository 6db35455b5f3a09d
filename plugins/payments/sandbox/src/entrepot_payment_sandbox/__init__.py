"""Sandbox: a test payment service, its provider for the shop and its simulator for the machine beside it."""

from __future__ import annotations

from entrepot.sdk import PaymentProvider, PersonalData, PluginManifest, Simulator, hookimpl
from entrepot_payment_sandbox.provider import Sandbox

manifest = PluginManifest(
    id="payment-sandbox",
    name="Sandbox payments",
    description="A test payment service with a hosted page, signed webhooks and faults on request.",
    simulators=[
        Simulator(
            module="entrepot_payment_sandbox.simulator",
            label="Sandbox payment service",
            config={
                "base_url": "http://127.0.0.1:{port}",
                "api_key": "sandbox-demo-key",
                "webhook_secret": "sandbox-demo-secret",
            },
            page="/",
        )
    ],
    privacy=[
        PersonalData(
            what="order number, amount and language of the payment",
            purpose="taking a test payment; kept by the simulator on the same machine",
        )
    ],
)


@hookimpl
def entrepot_register_payment_providers() -> list[type[PaymentProvider]]:
    return [Sandbox]
