"""schemathesis over the OpenAPI document: no 5xx, no undocumented status, every answer as its schema says."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest
from werkzeug.serving import WSGIRequestHandler, make_server

from entrepot.api import keys
from entrepot.testkit.small_shop import SmallShop

from .conftest import ApiClient
from .lived_in import lived_in

HERE = Path(__file__).parent
#: For each of the two runs.
SECONDS = 22
#: Of all links that the document has or that follow from it, in a run of that time on a slow machine.
FEWEST_LINKS = 30
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "unsupported_method",
    "allow_header_conformance",
    "use_after_free",
    "ignored_auth",
)


class QuietHandler(WSGIRequestHandler):
    """Thousands of requests are not worth a line each."""

    def log_request(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture
def address(api_shop: SmallShop) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, api_shop.app, threaded=True, request_handler=QuietHandler)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.slow
@pytest.mark.covers("S2.31", "G15")
@pytest.mark.parametrize("phases", ["coverage,fuzzing", "stateful"])
def test_nothing_that_is_generated_breaks_the_api(
    phases: str, address: str, api_shop: SmallShop, tmp_path: Path
) -> None:
    key = keys.create(api_shop.runtime, name="schemathesis", scopes=["*"])
    names = lived_in(api_shop, ApiClient(api_shop.app, key))
    command = [
        str(Path(sys.executable).with_name("schemathesis")), "--config-file", str(HERE / "schemathesis.toml"),
        "run", f"{address}/api/v1/openapi.json", "--url", address,
        "--header", f"Authorization: Bearer {key}", "--checks", ",".join(CHECKS), "--phases", phases, "--max-time",
        str(SECONDS), "--seed", "1", "--continue-on-failure", "--suppress-health-check", "all",
        "--warnings", "off", "--no-color", "--request-timeout", "60", "--wait-for-schema", "60",
    ]  # fmt: skip
    accounts = {"PAYMENT_ACCOUNT": api_shop.accounts["scripted"], "CARRIER_ACCOUNT": api_shop.accounts["flat"]}
    known = {
        **accounts,
        "NUMBERS": ",".join(names),
        "SCHEMATHESIS_HOOKS": "schemathesis_hooks",
        "PYTHONPATH": str(HERE),
    }
    done = subprocess.run(
        command, cwd=tmp_path, env={**os.environ, **known}, capture_output=True, text=True, timeout=6 * SECONDS,
        check=False,
    )  # fmt: skip
    told = done.stdout[-6000:] + done.stderr[-1000:]
    assert done.returncode == 0, told
    first = phases.partition(",")[0].capitalize()  # on a slow machine the coverage takes all the time there is
    assert re.search(rf"✅\s+{first}", done.stdout), told
    links = re.search(r"API Links:\s+(\d+) covered", done.stdout)
    assert links is None or int(links[1]) >= FEWEST_LINKS, told
