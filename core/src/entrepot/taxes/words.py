"""What buyers read about the tax of a line, in their language; English where the catalogue has no words for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import entrepot
from entrepot.kernel.texts import N_
from entrepot.sdk.texts import PluginTexts

_TEXTS = PluginTexts(entrepot.__file__, "messages")

NO_TAX = N_("No tax")
TAX = N_("Tax")
ON_DELIVERY = N_("Import taxes may be due on delivery; they are not included in the price.")
RECIPIENT_OWES = N_("Reverse charge: the recipient owes the tax. The tax id was checked for its form only.")


@dataclass(frozen=True)
class TaxName:
    """A tax as its pack names it, and the share of the price that it takes where it is one: VAT, 0.19."""

    name: str
    fraction: Decimal | None = None


class Words:
    """Labels and notices of one locale."""

    def __init__(self, locale: str) -> None:
        self._folder = _TEXTS.nearest(locale)
        self._gettext = _TEXTS.of(locale).gettext

    def label(self, taxes: Sequence[TaxName], *, is_collected_elsewhere: bool = False) -> str:
        """ "GST 5% + QST 9.975%"."""
        names = " + ".join(self._one(tax) for tax in taxes)
        if not is_collected_elsewhere:
            return names
        return self._gettext(N_("%(tax)s: not collected by the seller")) % {"tax": names}

    def notice(self, text: str) -> str:
        return self._gettext(text) if text else ""

    def _one(self, tax: TaxName) -> str:
        name = self._gettext(tax.name)
        return name if tax.fraction is None else f"{name} {self._percent(tax.fraction)}"

    def _percent(self, fraction: Decimal) -> str:
        from babel.numbers import format_percent  # Babel is large: only who taxes something loads it

        return str(format_percent(fraction, locale=self._folder, decimal_quantization=False))
