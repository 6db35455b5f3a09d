"""Warehouses, typed stock movements, reservations."""
