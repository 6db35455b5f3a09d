"""An outside system that is told of facts: it remembers every message id, and sometimes fails as such systems do."""

from __future__ import annotations

import contextlib
import random
import threading
from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

REFUSED = 0.04
ANSWER_LOST = 0.04


class Receiver:
    """``received`` counts the messages that were taken in, by id."""

    def __init__(self, seed: int) -> None:
        self.received: Counter[str] = Counter()
        self.is_moody = True
        self._chance = random.Random(seed)
        self._lock = threading.Lock()

    def take(self, message_id: str) -> int:
        """The status that the sender is answered."""
        with self._lock:
            mood = self._chance.random() if self.is_moody else 1.0
            if mood < REFUSED:
                return 500
            self.received[message_id] += 1
            return 500 if mood < REFUSED + ANSWER_LOST else 204


@contextlib.contextmanager
def receiving(receiver: Receiver) -> Iterator[str]:
    """Address of the receiver, until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("content-length", 0)))
            self.send_response(receiver.take(self.headers.get("webhook-id", "")))
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nothing: the receiver's own book says it all."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/hooks"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
