"""The mail catcher's page: a list of messages, one message with text and HTML, the same as JSON and as files."""

from __future__ import annotations

import json
import re
from email.message import EmailMessage
from html import escape
from http.server import BaseHTTPRequestHandler
from typing import Any, Protocol

_LINK = re.compile(r"https?://[^\s<>\"]+")
_ONE = re.compile(r"/mails/(\d{1,9})(|/html|\.eml)")
#: A message's own HTML runs no script, loads nothing and opens its links in a new page.
_MAIL_POLICY = (
    "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:"
)
_PAGE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'"
_STYLE = """
body { margin: 2rem auto; max-width: 60rem; padding: 0 1rem; font: 16px/1.5 system-ui, sans-serif; color: #1c2b33; }
table { border-collapse: collapse; width: 100%; }
th, td { padding: .4rem .6rem .4rem 0; text-align: start; vertical-align: top; }
tbody tr { border-top: 1px solid #c9d3d8; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; background: #f3f6f7; padding: 1rem; }
iframe { width: 100%; height: 40rem; border: 1px solid #c9d3d8; }
a { color: #0b5a7a; }
dt { font-weight: 600; }
dd { margin: 0 0 .4rem; }
"""


class Mails(Protocol):
    """The part of the mailbox that is shown."""

    def numbers(self) -> list[int]: ...

    def content(self, number: int) -> bytes | None: ...

    def mail(self, number: int) -> EmailMessage | None: ...


def reader_for(mails: Mails) -> type[BaseHTTPRequestHandler]:
    """The request handler that shows these mails."""

    class Reader(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, content_type, security, body = answer(mails, self.path.partition("?")[0])
            self.send_response(status)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Content-Security-Policy", security)
            self.send_header("X-Content-Type-Options", "nosniff")
            self.send_header("Cache-Control", "no-store")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Quiet: the demo prints its own lines."""

    return Reader


def answer(mails: Mails, path: str) -> tuple[int, str, str, bytes]:
    """Status, content type, security policy and body for a path."""
    if path == "/":
        return _page("Mailbox", _list(mails))
    if path == "/mails.json":
        listed = [_summary(number, mail) for number, mail in _all(mails)]
        return 200, "application/json", _PAGE_POLICY, json.dumps(listed, ensure_ascii=False).encode()
    one = _ONE.fullmatch(path)
    mail = mails.mail(int(one[1])) if one else None
    if one is None or mail is None:
        return _page("Not found", "<p>There is no such message. <a href='/'>All messages</a></p>", status=404)
    return _one(mails, int(one[1]), mail, one[2])


def _one(mails: Mails, number: int, mail: EmailMessage, part: str) -> tuple[int, str, str, bytes]:
    if part == ".eml":
        return 200, "message/rfc822", _MAIL_POLICY, mails.content(number) or b""
    if part == "/html":
        page = _body(mail, "html").replace("<head>", '<head><base target="_blank">', 1)
        return 200, "text/html; charset=utf-8", _MAIL_POLICY, page.encode()
    return _page(_header(mail, "Subject") or "Message", _shown(number, mail))


def _page(title: str, content: str, *, status: int = 200) -> tuple[int, str, str, bytes]:
    page = (
        f"<!doctype html><html lang='en'><head><meta charset='utf-8'><title>{escape(title)}</title>"
        f"<meta name='viewport' content='width=device-width'><style>{_STYLE}</style></head>"
        f"<body><main><h1>{escape(title)}</h1>{content}</main></body></html>"
    )
    return status, "text/html; charset=utf-8", _PAGE_POLICY, page.encode()


def _list(mails: Mails) -> str:
    rows = "".join(
        f"<tr><td><a href='/mails/{number}'>{escape(_header(mail, 'Subject') or 'no subject')}</a></td>"
        f"<td>{escape(_header(mail, 'To'))}</td><td>{escape(_header(mail, 'Date'))}</td></tr>"
        for number, mail in _all(mails)
    )
    if not rows:
        return "<p>No messages yet. Place an order in the shop; its mails arrive here and nowhere else.</p>"
    head = "<tr><th scope='col'>Subject</th><th scope='col'>To</th><th scope='col'>Date</th></tr>"
    return f"<table><thead>{head}</thead><tbody>{rows}</tbody></table>"


def _shown(number: int, mail: EmailMessage) -> str:
    headers = "".join(
        f"<dt>{name}</dt><dd>{escape(value)}</dd>"
        for name in ("From", "To", "Date", "Content-Language", "Message-ID")
        if (value := _header(mail, name))
    )
    plain = _LINK.sub(_as_link, escape(_body(mail, "plain"), quote=False))
    html = (
        f"<h2>HTML</h2><iframe sandbox='allow-popups allow-popups-to-escape-sandbox' title='The message as HTML' "
        f"src='/mails/{number}/html'></iframe>"
    )
    return (
        f"<p><a href='/'>All messages</a> · <a href='/mails/{number}.eml'>Source</a></p><dl>{headers}</dl>"
        f"<h2>Text</h2><pre>{plain}</pre>{html if _body(mail, 'html') else ''}"
    )


def _as_link(found: re.Match[str]) -> str:
    return f'<a href="{found[0]}" rel="noopener noreferrer">{found[0]}</a>'


def _summary(number: int, mail: EmailMessage) -> dict[str, Any]:
    return {
        "number": number,
        "to": _header(mail, "To"),
        "subject": _header(mail, "Subject"),
        "language": _header(mail, "Content-Language"),
        "message_id": _header(mail, "Message-ID"),
        "text": _body(mail, "plain"),
    }


def _all(mails: Mails) -> list[tuple[int, EmailMessage]]:
    return [(number, mail) for number in mails.numbers() if (mail := mails.mail(number)) is not None]


def _header(mail: EmailMessage, name: str) -> str:
    return str(mail[name] or "")


def _body(mail: EmailMessage, subtype: str) -> str:
    part = mail.get_body((subtype,))
    return str(part.get_content()) if part is not None else ""
