"""Whether a parcel meets a customs border, and how answers of several rule sets come together. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from entrepot.sdk.customs import CustomsAnswer
from entrepot.sdk.tax import Certainty

#: Member states of the EU's customs union, and Monaco, whose territory belongs to it (Union Customs Code, art. 4).
EU_CUSTOMS_UNION = frozenset(
    ("AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT", "LT", "LU", "LV")
    + ("MC", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK")
)
#: Switzerland and Liechtenstein form one customs territory (treaty of 1923).
SWISS_CUSTOMS_UNION = frozenset({"CH", "LI"})


def crosses_border(origin: str, destination: str) -> bool:
    """Whether goods from ``origin`` are imported at ``destination``."""
    if origin == destination:
        return False
    return not any({origin, destination} <= union for union in (EU_CUSTOMS_UNION, SWISS_CUSTOMS_UNION))


def rate_authorities(country: str) -> tuple[str, ...]:
    """Whose exchange rates count for imports into the country, as tables of authorities' rates name them."""
    return (country, "EU") if country in EU_CUSTOMS_UNION else (country,)


def merge(answers: Iterable[CustomsAnswer]) -> CustomsAnswer:
    """All charges and findings together; what several sets say stands beside each other."""
    known = list(answers)
    return CustomsAnswer(
        charges=tuple(charge for answer in known for charge in answer.charges),
        findings=tuple(finding for answer in known for finding in answer.findings),
        incoterm=_incoterm([answer.incoterm for answer in known]),
    )


def _incoterm(said: list[str]) -> str:
    """Delivered duties paid only where nobody leaves anything to the buyer."""
    return "DAP" if "DAP" in said else "DDP" if "DDP" in said else ""


def certainty(answer: CustomsAnswer) -> Certainty:
    """UNKNOWN as soon as one charge is; NOT_DUE when nothing is charged."""
    states = {charge.certainty for charge in answer.charges}
    if Certainty.UNKNOWN in states:
        return Certainty.UNKNOWN
    return Certainty.KNOWN if Certainty.KNOWN in states else Certainty.NOT_DUE
