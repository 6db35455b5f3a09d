"""The demo store: its goods, its pictures, its past."""
