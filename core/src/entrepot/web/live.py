"""Pages that follow what happens: server-sent events as long as threads are free for them, polling with ETags else."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

from flask import Response, current_app, jsonify, make_response, request

from entrepot.web.security import mark_private

#: Of the eight threads of a serving process this many may follow something; whoever comes later polls.
STREAMS = 2
#: A stream looks so often, then ends; the browser opens the next one, and others get their turn.
LOOKS = 25
EVERY_S = 1.0
#: What the browser waits for between two streams.
RETRY_MS = 3000

_free = threading.BoundedSemaphore(STREAMS)


def follow(version: Callable[[], str]) -> Response:
    """``version`` of what a page shows, as a stream of its changes or, asked as JSON, once with an ETag.

    Answers 204 where no thread is free: then browsers stop asking for a stream.
    """
    mark_private()
    if "text/event-stream" not in request.headers.get("Accept", ""):
        return _once(version())
    first = version()
    if not request.environ.get("wsgi.multithread") or not _free.acquire(blocking=False):
        return make_response("", 204)
    response = Response(_looking(version, first), mimetype="text/event-stream")
    response.headers["X-Accel-Buffering"] = "no"
    response.call_on_close(_free.release)
    return response


def changes(version: Callable[[], str], first: str, *, looks: int = LOOKS, pause: Callable[[], None]) -> Iterator[str]:
    """The stream's text: the first version, then one event per change and a comment where there is none."""
    yield f"retry: {RETRY_MS}\nevent: version\ndata: {first}\n\n"
    known = first
    for _ in range(looks):
        pause()
        now = version()
        yield f"event: version\ndata: {now}\n\n" if now != known else ":\n\n"
        known = now


def _looking(version: Callable[[], str], first: str) -> Iterator[str]:
    """Each look has an app context of its own, so that no connection is held between two of them."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]  # the stream outlives the request

    def look() -> str:
        with app.app_context():
            return version()

    return changes(look, first, pause=lambda: time.sleep(EVERY_S))


def _once(version: str) -> Response:
    response: Response = jsonify(version=version)
    response.set_etag(version)
    response.make_conditional(request)
    return response
