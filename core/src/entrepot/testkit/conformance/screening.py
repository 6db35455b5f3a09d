"""What a denied-party screening owes a shop: close names found, strangers left alone, an unread list is no answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from entrepot.sdk import ListMatch, Party
from entrepot.testkit.conformance.bench import Operation
from entrepot.testkit.conformance.network import NetworkBehaviours
from entrepot.testkit.conformance.provider import ProviderConformance
from entrepot.testkit.samples import address
from entrepot.testkit.verdict import refuse, require, told


class PartyScreeningConformance(NetworkBehaviours, ProviderConformance):
    """Inherit, name ``provider_class``, ``config`` (or ``http_script``) and a name that stands on the list."""

    registration_hook = "entrepot_register_party_screenings"
    #: As the list writes it, of two words or more.
    listed_name: ClassVar[str]
    #: On no list.
    stranger: ClassVar[str] = "Ottilie Quendelmann"

    def operations(self) -> Mapping[str, Operation]:
        return {"screen": Operation(lambda screening: screening.screen(self.party(self.listed_name)))}

    def harmless_without_answer(self, name: str, result: Any) -> bool:
        return False

    def party(self, name: str, *, company: str = "") -> Party:
        return Party(name, company, address("DE", name=name))

    def screen(self, party: Party) -> list[ListMatch]:
        try:
            found: list[ListMatch] = self.provider().screen(party)
        except Exception as error:
            refuse(
                f"screen() failed: {told(error)}",
                costs="nobody is screened, and orders wait for a person.",
                remedy="name a list in config, or answer the request in http_script.",
            )
        return found

    def test_listed_name_is_found(self) -> None:
        self._require_found(self.party(self.listed_name), "as it is listed")

    def test_case_does_not_matter(self) -> None:
        for name in (self.listed_name.upper(), self.listed_name.lower()):
            self._require_found(self.party(name), "in other letters")

    def test_order_of_words_does_not_matter(self) -> None:
        self._require_found(self.party(" ".join(reversed(self.listed_name.split()))), "with its words reversed")

    def test_company_is_screened_too(self) -> None:
        self._require_found(self.party(self.stranger, company=self.listed_name), "as the company of a stranger")

    def test_recipient_of_the_address_is_screened_too(self) -> None:
        party = Party(self.stranger, address=address("DE", name=self.listed_name))
        self._require_found(party, "as the recipient in the address")

    def test_stranger_is_clear(self) -> None:
        found = self.screen(self.party(self.stranger))
        require(
            found == [],
            f"{self.stranger} matched {found[0].listed_name if found else ''}.",
            costs="every order waits for a person, until nobody looks any more.",
            remedy="raise the threshold, or compare whole words.",
        )

    def test_empty_name_is_clear(self) -> None:
        require(
            self.screen(Party("")) == [],
            "An empty name matched.",
            costs="every order without a company is held up.",
            remedy="skip empty names.",
        )

    def test_matches_name_their_entry(self) -> None:
        for match in self.screen(self.party(self.listed_name)):
            require(
                isinstance(match, ListMatch) and match.listed_name and match.entry and match.list_name,
                f"{match!r} does not say which entry of which list it is.",
                costs="staff cannot look the entry up and let the order go, or keep it for ever.",
                remedy="ListMatch(listed_name, entry, …, list_name=…).",
            )

    def test_scores_are_between_0_and_1_the_closest_first(self) -> None:
        scores = [match.score for match in self.screen(self.party(self.listed_name))]
        require(
            all(0 < score <= 1 for score in scores) and scores == sorted(scores, reverse=True),
            f"The scores are {scores}.",
            costs="staff read the weakest resemblance first.",
            remedy="sort by score, 1.0 for the same words.",
        )

    def _require_found(self, party: Party, how: str) -> None:
        require(
            self.screen(party),
            f"{self.listed_name}, {how}, was not found.",
            costs="goods are sent to somebody with whom trade is a crime.",
            remedy="compare all names of the party without case, accents and order of words.",
        )
