"""Asking the tax calculator and checking its answer."""
