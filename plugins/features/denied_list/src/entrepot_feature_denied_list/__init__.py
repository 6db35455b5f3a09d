"""Denied-party screening against a list that the merchant supplies."""

from __future__ import annotations

from entrepot.sdk import PartyScreening, PersonalData, PluginManifest, hookimpl
from entrepot_feature_denied_list.provider import DeniedList

manifest = PluginManifest(
    id="feature-denied-list",
    name="Denied-party list",
    description="Compares buyers and recipients with a list of denied parties that you supply.",
    privacy=(
        PersonalData(
            what="name and company of buyer and recipient",
            purpose="comparing them with a list of people one may not trade with; nothing is kept here",
            keep_days=0,
        ),
    ),
)


@hookimpl
def entrepot_register_party_screenings() -> list[type[PartyScreening]]:
    return [DeniedList]
