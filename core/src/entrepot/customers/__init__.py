"""Customers: who bought, in which group, and what is noted about them."""
