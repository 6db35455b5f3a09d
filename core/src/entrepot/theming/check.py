"""``entrepot theme check``, the static part: what can be said about a theme without rendering a page."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from entrepot.theming.check_styles import check_stylesheet
from entrepot.theming.check_templates import check_template
from entrepot.theming.contrast import contrast_failures
from entrepot.theming.errors import ThemeError
from entrepot.theming.findings import Finding, error, warning
from entrepot.theming.layers import is_fenced
from entrepot.theming.messages import catalogue_file, missing_keys
from entrepot.theming.slots import SLOTS
from entrepot.theming.themes import Theme, load_theme, theme_chain
from entrepot.theming.tokens import merge, resolve

_TEMPLATES = {".html", ".txt", ".xml"}


def check_theme(
    theme: Theme | Path,
    *,
    installed: Mapping[str, Theme] | None = None,
    locales: Sequence[str] = (),
    core_translations: Path | None = None,
) -> list[Finding]:
    """Everything wrong with a theme or a folder that should be one, in the order of files and lines.

    ``installed`` are the themes that may be its parents, ``locales`` those that its texts must be translated to.
    """
    try:
        loaded = theme if isinstance(theme, Theme) else load_theme(theme)
    except ThemeError as problem:
        return [_finding(problem)]
    themes = {**(installed or {}), loaded.id: loaded}
    findings = [
        *_check_manifest(loaded),
        *_check_tokens(loaded, themes),
        *_check_files(loaded.templates, _TEMPLATES, check_template),
        *_check_fence(loaded),
        *_check_files(loaded.static, {".css"}, check_stylesheet),
        *_check_texts(loaded, themes, locales, core_translations),
    ]
    return sorted(findings, key=lambda finding: (finding.file, finding.line))


def _check_manifest(theme: Theme) -> Iterator[Finding]:
    for name in theme.manifest.slots:
        if name not in SLOTS:
            known = ", ".join(sorted(SLOTS))
            yield error("theme.toml", 1, f"There is no slot '{name}'.", f"The slots are: {known}.")


def _check_tokens(theme: Theme, themes: Mapping[str, Theme]) -> list[Finding]:
    """Parents and references as the shop would resolve them, then the contrast of what comes out."""
    try:
        chain = theme_chain(themes, theme.id)
        tokens = resolve(theme.id, merge([one.tokens for one in reversed(chain)]))
    except ThemeError as problem:
        return [_finding(problem)]
    remedy = "Make one of the two lighter or darker."
    return [error("tokens.toml", 1, f"{failure}", remedy) for failure in contrast_failures(tokens)]


def _check_files(folder: Path, suffixes: set[str], check: Callable[[str, str], list[Finding]]) -> Iterator[Finding]:
    for file in sorted(folder.rglob("*")):
        if file.suffix in suffixes and file.is_file():
            yield from _check_file(file, file.relative_to(folder.parent).as_posix(), check)


def _check_file(file: Path, name: str, check: Callable[[str, str], list[Finding]]) -> list[Finding]:
    try:
        return check(name, file.read_text(encoding="utf-8"))
    except UnicodeDecodeError:
        return [error(name, 1, "The file is not UTF-8.", "Save it as UTF-8.")]


def _check_fence(theme: Theme) -> Iterator[Finding]:
    for file in sorted(theme.templates.rglob("*")):
        name = file.relative_to(theme.templates).as_posix()
        if file.is_file() and is_fenced(name):
            problem = "Back office and legal templates are not a theme's to change: this file is never used."
            yield warning(f"templates/{name}", 1, problem, "Remove it.")


def _check_texts(
    theme: Theme, themes: Mapping[str, Theme], locales: Sequence[str], core: Path | None
) -> Iterator[Finding]:
    """Texts may be translated by the theme itself, by a parent or by the core."""
    try:
        folders = [one.translations for one in theme_chain(themes, theme.id)]
    except ThemeError:
        folders = [theme.translations]
    folders += [core] if core else []
    for locale in locales:
        catalogues = [catalogue_file(folder, locale) for folder in folders]
        for key in missing_keys([theme.templates], catalogues, locale) if theme.templates.is_dir() else ():
            file = key.text.file.relative_to(theme.root).as_posix()
            remedy = f"Translate it in {catalogue_file(Path('translations'), locale).as_posix()}."
            yield error(file, key.text.line, f"{key.text.message!r} {key.problem} in {locale}.", remedy)


def _finding(problem: ThemeError) -> Finding:
    return error(problem.file, 1, problem.problem, problem.remedy)
