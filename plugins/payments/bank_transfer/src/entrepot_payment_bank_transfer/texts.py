"""The plugin's own texts."""

from __future__ import annotations

from entrepot.sdk import PluginTexts

TEXTS = PluginTexts(__file__, "payment-bank-transfer")
