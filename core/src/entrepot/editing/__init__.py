"""Edits of an order after placement: priced, compared, agreed to, and written in one commit."""
