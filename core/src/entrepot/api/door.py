"""What every request passes: its operation, the key and its scope, repeats, versions, and errors as problems."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask import Flask, Request, Response, g
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, MapAdapter

from entrepot import web
from entrepot.api import context, errors, problems
from entrepot.api.assembly import assemble
from entrepot.api.guessing import slowed
from entrepot.api.idempotency import answer_once, identify
from entrepot.api.operations import Once, Operation, View
from entrepot.kernel.country import UnknownCountry
from entrepot.kernel.currency import UnknownCurrency
from entrepot.markets.queries import store
from entrepot.sdk.errors import EntrepotError
from entrepot.storage.secrets import SecretsBox
from entrepot.storage.session import unit_of_work

_OPEN = Operation()
_LONGEST_KEY = 200


class Door:
    """Dispatches by its own map, inside the shop's application."""

    def __init__(self, routes: Map, views: dict[str, View]) -> None:
        self._routes = routes
        self._views = views

    def answer(self, app: Flask, request: Request) -> Response:
        """The answer to any request below /api; an error is an answer too."""
        response = self._answer(app, request)
        if response.status_code == 200 and request.method in ("GET", "HEAD"):
            response.add_etag()
            response.make_conditional(request)
        response.headers.setdefault("Cache-Control", "private, no-cache")
        response.headers.setdefault("X-Robots-Tag", "noindex")
        return response

    def _answer(self, app: Flask, request: Request) -> Response:
        try:
            routes = self._routes.bind_to_environ(request.environ)
            if request.method == "OPTIONS":
                return Response(status=204, headers={"Allow": ", ".join(sorted(routes.allowed_methods()))})
            endpoint, values = routes.match()
            if any("\0" in str(value) for value in values.values()):
                raise errors.NotFound("such address")
            return self._carry_out(app, request, routes, self._views[endpoint], values)
        except EntrepotError as error:
            return problems.of_error(error, is_staff=context.client() is not None)
        except (UnknownCountry, UnknownCurrency) as error:
            return problems.problem(422, "unknown-code", "Unknown code", str(error), {})
        except HTTPException as error:
            return problems.of_http(error)
        except Exception as error:
            return problems.our_fault(error, f"{request.method} {request.path}")

    def _carry_out(
        self, app: Flask, request: Request, routes: MapAdapter, view: View, values: Mapping[str, Any]
    ) -> Response:
        operation: Operation = getattr(view, "operation", _OPEN)
        context.recognise(request)
        context.require(operation.scope)
        if operation is not _OPEN:
            store()  # known by this process from now on, as it is in the database
        _check_body(request, operation)

        def plain_answer() -> Response:
            return app.make_response(view(**values))

        def answer() -> Response:
            return slowed(app, request, plain_answer) if operation.guessable else plain_answer()

        if operation.versioned and "If-Match" in request.headers:
            return self._of_version(app, request, routes, operation, values, answer)
        if operation.once is None:
            return answer()
        return _once(request, operation, values, answer)

    def _of_version(
        self,
        app: Flask,
        request: Request,
        routes: MapAdapter,
        operation: Operation,
        values: Mapping[str, Any],
        answer: Callable[[], Response],
    ) -> Response:
        """Carry out the change if the client has seen the present version: compared and changed in one transaction."""
        endpoint = next(name for name in self._views if name.endswith(f".{operation.versioned}"))
        with unit_of_work():
            wanted = {name: values[name] for name in values if self._takes(endpoint, name)}
            present = app.make_response(self._views[endpoint](**wanted))
            present.add_etag()
            if not request.if_match.contains(present.get_etag()[0] or ""):
                raise errors.Stale
            return answer()

    def _takes(self, endpoint: str, name: str) -> bool:
        return any(name in rule.arguments for rule in self._routes.iter_rules(endpoint))


def build_door() -> Door:
    """Reads all resources; once per process."""
    routing = assemble()
    return Door(routing.url_map, routing.view_functions)


def _check_body(request: Request, operation: Operation) -> None:
    request.max_content_length = operation.largest_body
    if operation.may_be_empty and not request.mimetype and not request.content_length:
        return
    if operation.takes and request.mimetype != operation.takes:
        raise errors.NotJson(operation.takes)


def _once(
    request: Request, operation: Operation, values: Mapping[str, Any], answer: Callable[[], Response]
) -> Response:
    key = request.headers.get("Idempotency-Key", "")
    if not key and not operation.key_required:
        return answer()
    if not (0 < len(key) <= _LONGEST_KEY and all("!" <= letter <= "~" for letter in key)):
        raise errors.KeyRefused("Send a header Idempotency-Key of 1 to 200 visible ASCII letters, such as a UUID.")
    known = identify(
        caller=context.caller(request, values),
        key=key,
        method=request.method,
        path=request.full_path,
        body=request.get_data(cache=True, parse_form_data=False),
        box=SecretsBox(list(web.runtime().settings.secrets_keys)) if operation.sealed else None,
    )
    g.api_request = known
    return answer_once(web.runtime(), operation.once or Once.CLAIM, known, answer)
