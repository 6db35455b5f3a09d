"""Asking carriers for rates."""
