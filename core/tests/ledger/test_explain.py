"""``entrepot explain``: nothing an order costs is without its cause."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from entrepot.cli import explain as command
from entrepot.cli.lazy import Invocation
from entrepot.testkit.small_shop import small_shop


@pytest.mark.databases
@pytest.mark.covers("G5")
def test_every_line_of_an_order_is_explained_in_the_terminal(database_url, tmp_path, monkeypatch):
    with small_shop(database_url, tmp_path) as shop:
        number = shop.paid().number
        monkeypatch.setattr("entrepot.cli.explain.engine", lambda _settings: _Opened(shop.runtime))
        told = CliRunner().invoke(command.explain, [number], obj=Invocation(tmp_path), catch_exceptions=False).output
        unknown = CliRunner().invoke(command.explain, ["none"], obj=Invocation(tmp_path))
    for expected in ("1 x MUG", "tax ", "Shipping", "How it was worked out", "receivable", "capture", "psp", "Total"):
        assert expected in told
    assert "There is no order none." in unknown.output


class _Opened:
    """The shop that the test opened, where the command would open its own."""

    def __init__(self, runtime):
        self.runtime = runtime

    def __enter__(self):
        return self.runtime

    def __exit__(self, *_):
        return None
