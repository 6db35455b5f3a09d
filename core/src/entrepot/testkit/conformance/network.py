"""Failures of the vendor's service: each becomes the typed error that the shop knows how to answer."""

from __future__ import annotations

from typing import Any

from entrepot.sdk import CredentialsInvalid, ProviderError, ProviderUnavailable
from entrepot.testkit.conformance.bench import Bench
from entrepot.testkit.conformance.mutation import with_nulls
from entrepot.testkit.http import CONNECTION_REFUSED, TIMEOUT, Reply, SentRequest
from entrepot.testkit.verdict import require


class NetworkBehaviours(Bench):
    """For kinds that talk to a vendor."""

    def test_http_401_is_credentials_invalid(self) -> None:
        self._require_credentials_invalid(401)

    def test_http_403_is_credentials_invalid(self) -> None:
        self._require_credentials_invalid(403)

    def test_http_404_stays_typed(self) -> None:
        list(self.answered_with(Reply(404, {"error": "not found"})))

    def test_http_422_stays_typed(self) -> None:
        list(self.answered_with(Reply(422, {"error": "invalid"})))

    def test_http_429_is_unavailable(self) -> None:
        for name, _, sent, outcome in self.answered_with(Reply(429, "", {"Retry-After": "30"})):
            self._require_unavailable(name, sent, outcome, "HTTP 429")

    def test_http_500_is_unavailable(self) -> None:
        for name, _, sent, outcome in self.answered_with(Reply(500, "<h1>Oops</h1>")):
            self._require_unavailable(name, sent, outcome, "HTTP 500")

    def test_timeout_is_unavailable(self) -> None:
        for name, _, sent, outcome in self.answered_with(TIMEOUT):
            self._require_unavailable(name, sent, outcome, "a time-out")

    def test_refused_connection_is_unavailable(self) -> None:
        for name, _, sent, outcome in self.answered_with(CONNECTION_REFUSED):
            self._require_unavailable(name, sent, outcome, "a refused connection")

    def test_timeout_of_a_write_stays_uncertain(self) -> None:
        for name, operation, sent, outcome in self.answered_with(TIMEOUT):
            if not (operation.moves and sent.writes and isinstance(outcome, ProviderUnavailable)):
                continue
            require(
                outcome.uncertain,
                f"{name} turned a time-out of {sent} into a certain failure.",
                costs="the vendor may have done it all the same: the shop asks again and the buyer pays twice.",
                remedy="let the client's error through, or raise ProviderUnavailable(…, uncertain=True).",
            )

    def test_page_instead_of_json_is_unavailable(self) -> None:
        for name, _, sent, outcome in self.answered_with(Reply(200, "<html>Maintenance</html>")):
            self._require_unavailable(name, sent, outcome, "an HTML page", harmless=True)

    def test_empty_answer_is_unavailable(self) -> None:
        for name, _, sent, outcome in self.answered_with(Reply(200, b"")):
            self._require_unavailable(name, sent, outcome, "an empty body", harmless=True)

    def test_binary_answer_is_unavailable(self) -> None:
        for name, _, sent, outcome in self.answered_with(Reply(200, b"\xff\xfe\x00\x80")):
            self._require_unavailable(name, sent, outcome, "bytes that are no text", harmless=True)

    def test_json_object_without_the_expected_fields_stays_typed(self) -> None:
        list(self.answered_with(Reply(200, {})))

    def test_json_list_instead_of_an_object_stays_typed(self) -> None:
        list(self.answered_with(Reply(200, [])))

    def test_json_null_stays_typed(self) -> None:
        list(self.answered_with(Reply(200, "null")))

    def test_json_with_values_of_another_type_stays_typed(self) -> None:
        for name, operation in self.operations_and_check().items():
            http = self.http()
            self.outcome_of(name, operation, http)
            for at, reply in enumerate(http.replies):
                self.outcome_of(name, operation, self.http(with_nulls(reply), at))

    def _require_credentials_invalid(self, status: int) -> None:
        for name, _, sent, outcome in self.answered_with(Reply(status, {"error": "denied"})):
            require(
                isinstance(outcome, CredentialsInvalid),
                f"{name}: HTTP {status} to {sent} gave {_shown(outcome)} instead of CredentialsInvalid.",
                costs="a revoked key looks like a quiet day: no account is paused and nobody is told to renew it.",
                remedy="do not catch CredentialsInvalid; the HTTP client raises it for you.",
            )

    def _require_unavailable(
        self, name: str, sent: SentRequest, outcome: Any, cause: str, *, harmless: bool = False
    ) -> None:
        kept = isinstance(outcome, ProviderUnavailable) or (
            harmless and not isinstance(outcome, ProviderError) and self.harmless_without_answer(name, outcome)
        )
        require(
            kept,
            f"{name}: {cause} in answer to {sent} gave {_shown(outcome)} instead of ProviderUnavailable.",
            costs="an outage is taken for an answer: orders are cancelled or sent although nobody said so.",
            remedy="let ProviderUnavailable through; read with reply.json(), raise it for what you cannot read.",
        )


def _shown(outcome: Any) -> str:
    return f"{type(outcome).__name__}({str(outcome)[:120]!r})"
