"""Invoices and credit notes in gapless series."""
