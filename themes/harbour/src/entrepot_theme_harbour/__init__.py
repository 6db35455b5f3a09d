"""Data only: the shop reads this folder and never runs it."""
