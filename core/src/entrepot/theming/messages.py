"""Texts for translation: which ones templates and code use, and which a locale still lacks."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from entrepot.kernel.records import dataclass

if TYPE_CHECKING:
    from babel.messages.catalog import Catalog, Message

#: The language that templates and code are written in: it needs no catalogue.
SOURCE_LOCALE = "en"

_METHODS = [("**.html", "jinja2.ext:babel_extract"), ("**.txt", "jinja2.ext:babel_extract"), ("**.py", "python")]
_OPTIONS = {"**.html": {"trimmed": "true", "silent": "false"}, "**.txt": {"trimmed": "true", "silent": "false"}}
_PLACEHOLDER = re.compile(r"(?<!%)(?:%%)*%\((\w+)\)")


@dataclass(frozen=True)
class Text:
    """A text to translate and the first place that uses it; ``plural`` for texts with a number."""

    message: str
    plural: str | None
    context: str | None
    file: Path
    line: int


@dataclass(frozen=True)
class MissingKey:
    """A text that a locale cannot show as it should."""

    locale: str
    text: Text
    problem: str

    def __str__(self) -> str:
        return f"{self.text.file}:{self.text.line}: {self.text.message!r} {self.problem} in {self.locale}"


def folder_of(locale: str) -> str:
    """Name of a language tag's folder below translations/: ``zh-Hans`` → ``zh_Hans``."""
    return locale.replace("-", "_")


def catalogue_file(translations: Path, locale: str, domain: str = "messages") -> Path:
    """Where the catalogue of a locale lies: ``<locale>/LC_MESSAGES/<domain>.po``."""
    return translations / folder_of(locale) / "LC_MESSAGES" / f"{domain}.po"


def used_texts(sources: Sequence[Path]) -> list[Text]:
    """Every text that templates and modules below the folders mark with ``_()`` and its kin."""
    texts: dict[tuple[str | None, str], Text] = {}
    for text in (text for folder in sources for text in _extract(folder)):
        texts.setdefault((text.context, text.message), text)
    return list(texts.values())


def missing_keys(sources: Sequence[Path], catalogues: Sequence[Path], locale: str) -> list[MissingKey]:
    """Texts below ``sources`` that none of the ``.po`` files translates whole, in a supported locale.

    A fuzzy translation counts as missing; so does one that names a placeholder which the text has not.
    """
    if locale == SOURCE_LOCALE:
        return []
    loaded = [read_catalogue(file, locale) for file in catalogues if file.is_file()]
    problems = ((text, _problem(text, loaded)) for text in used_texts(sources))
    return [MissingKey(locale, text, problem) for text, problem in problems if problem]


def read_catalogue(file: Path, locale: str) -> Catalog:
    """A ``.po`` file; Babel is loaded on the first use."""
    from babel.messages.pofile import read_po

    with file.open("rb") as stream:
        return read_po(stream, locale=folder_of(locale), abort_invalid=True)


def _extract(folder: Path) -> Iterator[Text]:
    from babel.messages.extract import extract_from_dir

    found = extract_from_dir(folder, method_map=_METHODS, options_map=_OPTIONS, strip_comment_tags=True)
    for name, line, message, _, context in found:
        singular, plural = (message[0], message[1]) if isinstance(message, tuple) else (message, None)
        yield Text(message=singular, plural=plural, context=context, file=folder / name, line=line)


def _problem(text: Text, catalogues: Sequence[Catalog]) -> str | None:
    found = (catalogue.get(text.message, text.context) for catalogue in catalogues)
    messages: list[Message] = [message for message in found if message is not None]
    translated = next((message for message in messages if _is_complete(message)), None)
    if translated is None:
        return "is not translated"
    unknown = _placeholders(translated.string) - _placeholders((text.message, text.plural or "")) - {"num", "context"}
    return f"uses %({min(unknown)})s, which the text has not," if unknown else None


def _is_complete(message: Message) -> bool:
    forms = _forms(message.string)
    return not message.fuzzy and bool(forms) and all(forms)


def _placeholders(string: str | Sequence[str] | None) -> set[str]:
    return {name for form in _forms(string) for name in _PLACEHOLDER.findall(form or "")}


def _forms(string: str | Sequence[str] | None) -> list[str]:
    return [string] if isinstance(string, str) else list(string or ())
