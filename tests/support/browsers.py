"""A real browser for tests: Debian's Chromium driven by Playwright. It reaches this machine only."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
NO_CHROMIUM = "no Chromium. Remedy: apt-get install chromium (./dev test does so when it runs as root)"
DESKTOP = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844}
WAIT_MILLISECONDS = 10_000
FLAGS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # Whatever a page loads from elsewhere fails here, as it would for a shop behind a firewall.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "browser" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if program is None:
        pytest.skip(NO_CHROMIUM)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A desktop window; the test fails when a script of the page does."""
    with open_page(browser, viewport=DESKTOP) as page:
        yield page


@pytest.fixture
def page_without_javascript(browser: Browser) -> Iterator[Page]:
    with open_page(browser, viewport=DESKTOP, java_script_enabled=False) as page:
        yield page


@pytest.fixture
def phone_page(browser: Browser) -> Iterator[Page]:
    with open_page(browser, viewport=PHONE, device_scale_factor=2, is_mobile=True, has_touch=True) as page:
        yield page


@contextlib.contextmanager
def open_page(browser: Browser, **options: Any) -> Iterator[Page]:
    """A window with its own cookies; `options` are Playwright's for a new context, like locale='de-DE'."""
    context = browser.new_context(**options)
    context.set_default_timeout(WAIT_MILLISECONDS)
    errors: list[str] = []
    context.on("weberror", lambda event: errors.append(str(event.error)))
    try:
        yield context.new_page()
    finally:
        context.close()
    assert not errors, f"a script of the page failed: {errors}"
