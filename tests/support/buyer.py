"""A buyer without a browser: reads pages, fills in their forms and submits them, as HTML without scripts works."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin

import httpx2


@dataclass
class Form:
    """One form of a page with the values that a browser would send; ``buttons`` are (name, value) in order."""

    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)
    buttons: list[tuple[str, str]] = field(default_factory=list)


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._open: Form | None = None
        self._select = ""
        self._textarea = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._open = Form(values.get("action", ""), values.get("method", "get").lower())
            self.forms.append(self._open)
        elif self._open is None:
            return
        elif tag == "input":
            self._input(self._open, values, {name for name, _ in attrs})
        elif tag == "button" and values.get("type", "submit") == "submit":
            self._open.buttons.append((values.get("name", ""), values.get("value", "")))
        elif tag == "select":
            self._select = values.get("name", "")
        elif tag == "option" and self._select:
            self._option(self._open, values, {name for name, _ in attrs})
        elif tag == "textarea":
            self._textarea = values.get("name", "")
            self._open.fields[self._textarea] = ""

    def handle_data(self, data: str) -> None:
        if self._open is not None and self._textarea:
            self._open.fields[self._textarea] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = None
        elif tag == "select":
            self._select = ""
        elif tag == "textarea":
            self._textarea = ""

    @staticmethod
    def _input(form: Form, values: dict[str, str], present: set[str]) -> None:
        name, kind = values.get("name", ""), values.get("type", "text")
        if not name or "disabled" in present or kind in ("file", "reset", "button"):
            return
        if kind == "submit":
            form.buttons.append((name, values.get("value", "")))
        elif kind not in ("checkbox", "radio") or "checked" in present:
            form.fields[name] = values.get("value", "on" if kind == "checkbox" else "")

    def _option(self, form: Form, values: dict[str, str], present: set[str]) -> None:
        if "selected" in present or self._select not in form.fields:
            form.fields[self._select] = values.get("value", "")


class Buyer:
    """One visitor with cookies of its own. ``page`` is the last answer; redirects are followed."""

    def __init__(self, base_url: str) -> None:
        # A connection per request: a server may close an idle one at the very moment it would be used again.
        one_by_one = httpx2.Limits(max_keepalive_connections=0)
        self._http = httpx2.Client(base_url=base_url, follow_redirects=True, timeout=60, limits=one_by_one)
        self.page: httpx2.Response

    def close(self) -> None:
        self._http.close()

    def __enter__(self) -> Buyer:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def get(self, path: str) -> httpx2.Response:
        self.page = self._http.get(path)
        return self.page

    def forms(self) -> list[Form]:
        parser = _Forms()
        parser.feed(self.page.text)
        return parser.forms

    def submit(self, action: str, *, press: str = "", **fields: str) -> httpx2.Response:
        """Send the form whose address ends with ``action``; ``press`` names the button, else it is the first."""
        form = next((form for form in self.forms() if form.action.partition("?")[0].endswith(action)), None)
        assert form is not None, f"{self.page.url} has no form {action}:\n{self.page.text[:2000]}"
        buttons = [button for button in form.buttons if button[0] == press] if press else form.buttons
        pressed = dict([buttons[0]]) if buttons and buttons[0][0] else {}
        values = {**form.fields, **pressed, **fields}
        address = urljoin(str(self.page.url), form.action)
        sent = {"data": values} if form.method == "post" else {"params": values}
        self.page = self._http.request(form.method.upper(), address, **sent)  # type: ignore[arg-type]
        return self.page

    def put_into_cart(self, slug: str) -> None:
        self.get(f"/p/{slug}")
        assert self.page.status_code == 200, self.page.text[:500]
        self.submit("/cart/add")

    def give_address(self, email: str = "anna@example.com") -> None:
        self.get("/checkout/address")
        self.submit(
            "/checkout/address",
            email=email,
            name="Anna Berg",
            street="Am Kai 1",
            postcode="20457",
            city="Hamburg",
        )

    def choose_delivery(self) -> None:
        """The first way, where there is more than one."""
        if self.page.url.path == "/checkout/shipping":
            self.submit("/checkout/shipping")

    def place(self) -> httpx2.Response:
        return self.submit("/checkout/place", press="payment")

    def buy(self, slug: str, email: str = "anna@example.com") -> httpx2.Response:
        """A whole checkout; the last page."""
        self.put_into_cart(slug)
        self.give_address(email)
        self.choose_delivery()
        return self.place()
