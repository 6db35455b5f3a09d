"""Denied-party screening of placed orders."""
