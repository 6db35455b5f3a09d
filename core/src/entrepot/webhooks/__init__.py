"""Outgoing webhooks in the Standard Webhooks form: signed, repeated with the same id, parked, replayed."""
