"""How a resource declares an operation: its method and address, who may, what it takes, what it answers.

What is declared is carried out by the door and written into the OpenAPI document, so that the two cannot differ.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import marshmallow as ma
from flask_smorest import Blueprint  # type: ignore[import-untyped]

from entrepot.api import PREFIX
from entrepot.api.schemas import ProblemSchema

View = Callable[..., Any]
_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "schema": {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[!-~]+$"},
    "description": "Sent again with the same key, the request has no second effect and gets the same answer.",
}
_MATCH = {
    "name": "If-Match",
    "in": "header",
    "required": False,
    "schema": {"type": "string"},
    "description": "ETag of the version that is changed; refused with 412 when there is a newer one.",
}


class Once(StrEnum):
    """How an operation that moves goods or money is kept from happening twice."""

    #: Effect and answer are written in one transaction.
    TRANSACTION = "transaction"
    #: The key is claimed first, because providers are asked: a second request meanwhile is told to wait.
    CLAIM = "claim"
    #: The service itself has one effect per key; only the answer is kept.
    SERVICE = "service"


@dataclass(frozen=True)
class Operation:
    """What the door must know of a view."""

    scope: str = ""
    once: Once | None = None
    key_required: bool = False
    #: Whether a change may carry If-Match, checked against the GET of ``versioned``, an endpoint of the same resource.
    versioned: str = ""
    takes: str = ""
    #: The body may be left out.
    may_be_empty: bool = False
    largest_body: int = 256 * 1024
    #: The answer holds a secret: it is kept encrypted for its repetition.
    sealed: bool = False
    #: The body holds a code that strangers might guess: an address that is refused too often has to wait.
    guessable: bool = False


class Resource(Blueprint):
    """A group of operations. The name is the tag in the document."""

    def __init__(self, name: str, import_name: str, description: str) -> None:
        super().__init__(name, import_name, url_prefix=PREFIX, description=description)

    def operation(
        self,
        method: str,
        rule: str,
        *,
        answer: type[ma.Schema] | ma.Schema | None,
        status: int = 200,
        body: type[ma.Schema] | None = None,
        body_required: bool = True,
        query: type[ma.Schema] | None = None,
        files: type[ma.Schema] | None = None,
        scope: str = "",
        once: Once | None = None,
        key_required: bool = False,
        versioned: str = "",
        problems: Sequence[int] = (),
        largest_body: int = 256 * 1024,
        sealed: bool = False,
        guessable: bool = False,
    ) -> Callable[[View], View]:
        """Register a view: it is given the query, then the body, then the parts of the address by name."""
        takes = "application/json" if body else "multipart/form-data" if files else ""
        known = Operation(
            scope, once, key_required, versioned, takes, not body_required, largest_body, sealed, guessable
        )
        statuses = {*problems, *_problems(method, rule, known, has_query=query is not None)}

        def decorator(view: View) -> View:
            wrapped = self.response(status, answer)(view)
            for schema, location in ((files, "files"), (body, "json"), (query, "query")):
                if schema is not None:
                    # An instance: of a class each request would make its own.
                    wrapped = self.arguments(schema(), location=location, required=body_required)(wrapped)
            wrapped = self.doc(**_document(view, known, method, rule, statuses))(wrapped)
            wrapped.operation = known
            self.route(rule, methods=[method])(wrapped)
            return wrapped

        return decorator


def _problems(method: str, rule: str, known: Operation, *, has_query: bool) -> set[int]:
    statuses = {400, 503}
    statuses |= {401, 403} if known.scope else {401}
    statuses |= {404} if "<" in rule else set()
    statuses |= {413, 415, 422} if known.takes else set()
    statuses |= {422} if has_query or known.once else set()
    statuses |= {409} if method != "GET" else set()
    statuses |= {429} if known.guessable else set()
    return statuses | ({412} if known.versioned else set())


def _document(view: View, known: Operation, method: str, rule: str, statuses: set[int]) -> dict[str, Any]:
    parameters = []
    if known.once:
        parameters.append({**_KEY, "required": known.key_required})
    if known.versioned:
        parameters.append(_MATCH)
    answers: dict[str, Any] = {str(code): {"$ref": "#/components/responses/Problem"} for code in sorted(statuses)}
    if method == "GET":
        answers["304"] = {"description": "Not changed since the version of If-None-Match."}
    return {
        "operationId": view.__name__,
        "security": [{"key": []}] if known.scope else [],
        "responses": answers,
        **({"parameters": parameters} if parameters else {}),
        **({"x-scope": known.scope} if known.scope else {}),
    }


PROBLEM_SCHEMA = ProblemSchema
