"""Hands messages to an SMTP server; every failure becomes one of the sdk's typed errors."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from email.message import EmailMessage
from typing import Any

from entrepot.sdk import CredentialsInvalid, ProviderError, ProviderRejected, ProviderUnavailable
from entrepot_notifier_email.addresses import ascii_address, domain_of

#: Replies that speak about the account (RFC 4954): login needed, too weak, refused.
_CREDENTIALS = frozenset({530, 534, 535, 538})


def deliver(config: Mapping[str, Any], message: EmailMessage, recipient: str) -> None:
    """Hand the message over for one recipient; raises ProviderRejected, ProviderUnavailable or CredentialsInvalid."""
    with _session(config) as client:
        try:
            client.send_message(message, ascii_address(config["sender"]), [recipient])
        except smtplib.SMTPNotSupportedError:
            raise ProviderRejected(
                f"{config['host']} takes only addresses in ASCII. Correct the recipient's address."
            ) from None


def greet(config: Mapping[str, Any]) -> None:
    """Connect, log in and leave, without sending anything."""
    with _session(config) as client:
        client.noop()


@contextmanager
def _session(config: Mapping[str, Any]) -> Iterator[smtplib.SMTP]:
    """A connection that is encrypted and logged in as configured."""
    try:
        client = _connected(config)
    except (smtplib.SMTPException, OSError) as error:
        raise _connection_error(config, error) from error
    try:
        yield client
    except (smtplib.SMTPException, OSError) as error:
        raise _typed(config, error) from error
    finally:
        _leave(client)


def _connected(config: Mapping[str, Any]) -> smtplib.SMTP:
    # Named, because smtplib would otherwise look up and tell this machine's own name.
    options: dict[str, Any] = {
        "timeout": config["timeout_s"],
        "local_hostname": domain_of(ascii_address(config["sender"])),
    }
    if config["security"] == "ssl":
        client: smtplib.SMTP = smtplib.SMTP_SSL(
            config["host"], config["port"], context=ssl.create_default_context(), **options
        )
    else:
        client = smtplib.SMTP(config["host"], config["port"], **options)
    try:
        _log_in(client, config)
    except BaseException:
        client.close()
        raise
    return client


def _log_in(client: smtplib.SMTP, config: Mapping[str, Any]) -> None:
    client.ehlo_or_helo_if_needed()
    if config["security"] == "starttls":
        client.starttls(context=ssl.create_default_context())
        client.ehlo_or_helo_if_needed()
    if config["user"]:
        client.login(config["user"], config.get("password") or "")


def _leave(client: smtplib.SMTP) -> None:
    """Say goodbye; a message that was taken stays taken whatever the answer."""
    with suppress(smtplib.SMTPException, OSError):
        client.quit()
    client.close()


def _connection_error(config: Mapping[str, Any], error: Exception) -> ProviderError:
    """Before the message is spoken of, only refused credentials are final: the server may be mended."""
    if isinstance(error, smtplib.SMTPResponseException) and error.smtp_code in _CREDENTIALS:
        return _refused_credentials(config)
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return ProviderUnavailable(
            f"{config['host']} does not offer what the settings ask for ({error}). Check encryption, port and user."
        )
    return _unavailable(config, error)


def _typed(config: Mapping[str, Any], error: Exception) -> ProviderError:
    code, answer = _reply(error)
    if code in _CREDENTIALS:
        return _refused_credentials(config)
    if 500 <= code < 600:
        return ProviderRejected(f"{config['host']} refused the message: {code} {answer}. Check the address.")
    return _unavailable(config, error)


def _reply(error: Exception) -> tuple[int, str]:
    """Code and text of the server's answer; 0 when there was none."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, answer = next(iter(error.recipients.values()))
        return code, _text(answer)
    if isinstance(error, smtplib.SMTPResponseException):
        return error.smtp_code, _text(error.smtp_error)
    return 0, ""


def _text(answer: bytes | str) -> str:
    return answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer


def _refused_credentials(config: Mapping[str, Any]) -> CredentialsInvalid:
    return CredentialsInvalid(f"{config['host']} refused user and password. Enter new ones in the account.")


def _unavailable(config: Mapping[str, Any], error: Exception) -> ProviderUnavailable:
    code, answer = _reply(error)
    cause = f"{code} {answer}" if code else f"{type(error).__name__}: {error}"
    return ProviderUnavailable(
        f"{config['host']}:{config['port']} did not take the message ({cause}). It is tried again later."
    )
