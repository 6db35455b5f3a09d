"""What buyers read, in their language: gettext catalogues under ``translations``, each read once."""

from __future__ import annotations

from decimal import Decimal

from babel.numbers import format_percent

from entrepot.sdk import PluginTexts

_TEXTS = PluginTexts(__file__, "customs-eu-vat")


class Words:
    """Labels and notices of one locale; English where there is no translation."""

    def __init__(self, locale: str) -> None:
        self._folder = _TEXTS.nearest(locale)
        self._gettext = _TEXTS.of(locale).gettext

    def vat(self, fraction: Decimal) -> str:
        """Label of a taxed line: "VAT 25.5%"."""
        rate = format_percent(fraction, locale=self._folder, decimal_quantization=False)
        return self._gettext("VAT %(rate)s") % {"rate": rate}

    def untaxed(self, rule: str) -> str:
        """Label of a line without VAT; every rule that this knows no words for has no known VAT."""
        _ = self._gettext
        labels = {
            "export": _("No VAT (export)"),
            "intra-community": _("No VAT (reverse charge)"),
            "import": _("Import VAT, due on delivery"),
        }
        return labels.get(rule, _("VAT not known"))

    def notice(self, rule: str) -> str:
        """A sentence for the buyer; empty when the label says enough."""
        _ = self._gettext
        notices = {
            "export": _(
                "The goods leave the VAT territory of the EU. Import taxes of the destination may be due on delivery."
            ),
            "intra-community": _(
                "Reverse charge: the recipient owes the VAT. The VAT id was checked for its form only."
            ),
            "import": _(
                "The goods are sent from outside the EU. Import VAT is due on delivery and not included in the price."
            ),
        }
        return notices.get(rule, "")

    def malformed_vat_id(self, vat_id: str) -> str:
        _ = self._gettext
        return _("%(vat_id)s has not the form of a VAT id of the EU, so VAT is charged.") % {"vat_id": vat_id}
