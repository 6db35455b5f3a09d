"""Labels of charges that rule packs use, so that pages can show them in the buyer's language."""

from __future__ import annotations

from entrepot.kernel.texts import N_

#: A label that is not among them is shown as the pack wrote it.
LABELS = (
    N_("Column 1 duty"),
    N_("Section 301 duty, China"),
    N_("Section 301 duty, Brazil"),
    N_("Section 301 duty, forced labour"),
    N_("Section 232 duty"),
    N_("Section 338 duty, Canada"),
    N_("Section 122 surcharge"),
    N_("Merchandise processing fee"),
    N_("Sales tax"),
    N_("Local sales tax"),
    N_("VAT"),
    N_("Import VAT"),
    N_("Consumption tax"),
    N_("Duty"),
    N_("EU duty"),
    N_("EUR 3 per item"),
    N_("UK duty"),
    N_("customs-duty"),
    N_("Tax on postal articles"),
)
