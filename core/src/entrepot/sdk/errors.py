"""Errors that providers raise and services answer. Every message names the remedy."""

from __future__ import annotations

from typing import ClassVar


class EntrepotError(Exception):
    """Base of every error that is meant for people: ``str(error)`` is a sentence with a remedy.

    Texts that buyers read are given as a template with named values, so that the page can translate them:
    ``CheckoutError("Only {count} left.", count=3)``.
    """

    #: The HTTP status of a request that fails with it.
    status: ClassVar[int] = 400

    def __init__(self, template: str = "", /, **values: object) -> None:
        super().__init__(template.format(**values) if values else template)
        self.template = template
        self.values = values


class PluginError(EntrepotError):
    """A plugin cannot be used as it is."""


class ProviderError(EntrepotError):
    """A provider call did not do what was asked. Raise one of the subclasses."""

    #: Short code kept in the call record.
    code = "error"
    status = 503


class ProviderUnavailable(ProviderError):
    """No usable answer: time-out, refused connection, 429, 5xx, nonsense. Counts for the circuit breaker.

    ``uncertain=True`` when a write may have been executed all the same: the core then follows up with ``fetch``
    and never repeats it without the idempotency key.
    """

    code = "unavailable"

    def __init__(self, message: str, *, uncertain: bool = False, retry_after_s: int | None = None) -> None:
        super().__init__(message)
        self.uncertain = uncertain
        self.retry_after_s = retry_after_s


class ProviderRejected(ProviderError):
    """The provider understood and said no (card declined, address not served). Repeating will not help."""

    code = "rejected"


class CredentialsInvalid(ProviderError):
    """The account's credentials were refused. The account is paused until somebody enters new ones."""

    code = "credentials"


class WebhookRejected(ProviderError):
    """A webhook is forged, stale or unreadable. Answered with 400 and stored nowhere."""

    code = "webhook"


class Unsupported(ProviderError):
    """The provider does not offer this operation; its capabilities say so."""

    code = "unsupported"

    def __init__(self, provider: object, operation: str) -> None:
        name = getattr(provider, "label", None) or type(provider).__name__
        super().__init__(f"{name} does not offer '{operation}'. Its capabilities do not list it.")


class ConfigInvalid(EntrepotError):
    """An account's configuration does not fit its schema. ``fields`` maps field name to messages."""

    def __init__(self, message: str, fields: dict[str, list[str]] | None = None) -> None:
        super().__init__(message)
        self.fields = fields or {}


class EntrepotDeprecation(DeprecationWarning):
    """Base of warnings that carry the API version in which the feature disappears."""

    removed_in: int = 0


class RemovedInApi3(EntrepotDeprecation):
    """Works with API 1 and 2, is gone in API 3."""

    removed_in = 3
