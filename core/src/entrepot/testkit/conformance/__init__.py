"""Behaviours that every plugin of a kind owes to a shop, as classes to inherit from in one's own tests."""
