"""Starts the simulator: prints ``ready`` once it serves, stops on SIGTERM."""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

from entrepot.sdk import SystemClock

# Importing the views puts them into the table of routes.
from entrepot_payment_sandbox.simulator import api, control, pages  # noqa: F401
from entrepot_payment_sandbox.simulator.server import LoopbackServer
from entrepot_payment_sandbox.simulator.service import PaymentService
from entrepot_payment_sandbox.simulator.storage import Store
from entrepot_payment_sandbox.simulator.wire import answer

DEMO_API_KEY = "sandbox-demo-key"
DEMO_WEBHOOK_SECRET = "sandbox-demo-secret"


def main(arguments: Sequence[str] | None = None) -> None:
    options = _options(arguments)
    store = Store(options.data, seed=options.seed)
    store.set_setting("api_key", options.api_key)
    store.set_setting("webhook_secrets", options.webhook_secret or [DEMO_WEBHOOK_SECRET])
    server = LoopbackServer(options.port, lambda request: answer(service, request))
    service = PaymentService(store, SystemClock(), base_url=server.base_url, first_pause_s=options.retry_ms / 1000)
    _stop_on_signals(server)
    service.courier.start()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    try:
        server.serve_forever(poll_interval=0.1)
    finally:
        server.server_close()
        if service.courier.stop():
            store.close()


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m entrepot_payment_sandbox.simulator",
        description="A test payment service on this machine. It moves no money.",
    )
    parser.add_argument("--port", type=int, required=True, help="port on 127.0.0.1")
    parser.add_argument("--data", type=Path, required=True, help="folder for payments and webhooks")
    parser.add_argument("--api-key", default=DEMO_API_KEY)
    parser.add_argument(
        "--webhook-secret", action="append", help="signs webhooks; repeat it while secrets are exchanged"
    )
    parser.add_argument("--retry-ms", type=int, default=500, help="pause before the first repeated webhook")
    parser.add_argument("--seed", default="", help="makes the ids of a new data folder predictable")
    return parser.parse_args(arguments)


def _stop_on_signals(server: LoopbackServer) -> None:
    def stop(number: int, frame: FrameType | None) -> None:
        threading.Thread(target=server.shutdown, name="stop").start()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)


if __name__ == "__main__":
    main()
