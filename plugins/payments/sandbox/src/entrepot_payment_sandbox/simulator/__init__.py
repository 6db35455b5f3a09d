"""The test payment service, a process of its own on loopback: ``python -m entrepot_payment_sandbox.simulator``."""
