"""The demo store: its goods, its pictures, its past, and the processes that serve it."""
