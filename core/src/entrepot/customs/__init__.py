"""Asking customs rules and saying what is not known."""
