"""Checks of a theme's templates: syntax, slots, pictures without dimensions, remote scripts and styles."""

from __future__ import annotations

import re
from collections.abc import Iterator

from jinja2 import Environment, TemplateSyntaxError, nodes

from entrepot.theming.check_styles import hard_coded_colours, remote_styles
from entrepot.theming.errors import SlotError
from entrepot.theming.findings import Finding, blanked, error, line_at, warning
from entrepot.theming.slots import check_values

_JINJA = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
_JINJA_COMMENT = re.compile(r"\{#.*?#\}", re.DOTALL)
_HTML_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_TAG = re.compile(r"<(img|script|link)\b[^>]*>", re.IGNORECASE)
_STYLE_ATTRIBUTE = re.compile(r"""\sstyle\s*=\s*(["'])(.*?)\1""", re.IGNORECASE | re.DOTALL)
_STYLE_ELEMENT = re.compile(r"<style\b[^>]*>(.*?)</style>", re.IGNORECASE | re.DOTALL)
_REMOTE = re.compile(r"""\b(?:src|href)\s*=\s*["']?\s*(?:https?:)?//""", re.IGNORECASE)
_STYLESHEET_LINK = re.compile(
    r"""\brel\s*=\s*["']?[^"'>]*\b(?:stylesheet|preload|modulepreload|preconnect)\b""", re.IGNORECASE
)
_REASON = re.compile(r"\{#.*?\bsafe\b.*?#\}")

#: Only parses; nothing is ever rendered with it.
_PARSER = Environment(autoescape=True, extensions=["jinja2.ext.i18n"])


def check_template(file: str, source: str) -> list[Finding]:
    """Everything wrong with one template."""
    try:
        tree = _PARSER.parse(source)
    except TemplateSyntaxError as problem:
        return [error(file, problem.lineno, f"The template cannot be read: {problem.message}.", "Correct that place.")]
    html = blanked(source, _JINJA_COMMENT, _HTML_COMMENT)
    html = blanked(html, _JINJA, filler="x")
    return [
        *_slots(file, tree),
        *_unescaped(file, tree, source),
        *_tags(file, html),
        *_styles(file, html),
    ]


def _slots(file: str, tree: nodes.Template) -> Iterator[Finding]:
    for call in tree.find_all(nodes.Call):
        if not isinstance(call.node, nodes.Name) or call.node.name != "slot":
            continue
        if not call.args or not isinstance(call.args[0], nodes.Const):
            yield error(
                file, call.lineno, "A slot's name must be a text.", 'Write {{ slot("product.after_price", …) }}.'
            )
            continue
        try:
            check_values(call.args[0].value, {keyword.key for keyword in call.kwargs})
        except SlotError as problem:
            message, _, remedy = str(problem).partition(". ")
            yield error(file, call.lineno, f"{message}.", remedy)


def _unescaped(file: str, tree: nodes.Template, source: str) -> Iterator[Finding]:
    lines = source.splitlines()
    for used in tree.find_all(nodes.Filter):
        if used.name == "safe" and not _REASON.search(lines[used.lineno - 1]):
            problem = "'|safe' shows a value without escaping it."
            yield warning(
                file, used.lineno, problem, "Leave it out, or say on the line why: {# safe: cleaned on save #}."
            )


def _tags(file: str, html: str) -> Iterator[Finding]:
    for tag in _TAG.finditer(html):
        line, kind = line_at(html, tag.start()), tag[1].lower()
        if kind == "img" and not (_has(tag[0], "width") and _has(tag[0], "height")):
            yield error(file, line, "<img> has no width and height: the page jumps while it loads.", "Add both.")
        if kind == "script" and _REMOTE.search(tag[0]):
            yield error(file, line, "A script is loaded from another host.", "Bring it along in static/.")
        if kind == "link" and _STYLESHEET_LINK.search(tag[0]) and _REMOTE.search(tag[0]):
            yield error(file, line, "A style sheet or font is loaded from another host.", "Bring it along in static/.")


def _has(tag: str, attribute: str) -> bool:
    return re.search(rf"\s{attribute}\s*=", tag, re.IGNORECASE) is not None


def _styles(file: str, html: str) -> Iterator[Finding]:
    for attribute in _STYLE_ATTRIBUTE.finditer(html):
        yield from hard_coded_colours(file, attribute[2], first_line=line_at(html, attribute.start(2)))
    for element in _STYLE_ELEMENT.finditer(html):
        first_line = line_at(html, element.start(1))
        yield from hard_coded_colours(file, element[1], first_line=first_line)
        yield from (
            error(one.file, one.line + first_line - 1, one.message, one.remedy)
            for one in remote_styles(file, element[1])
        )
