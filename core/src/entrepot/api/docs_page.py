"""The API's documentation as one page, drawn from the OpenAPI document: no script, nothing loaded from elsewhere."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from markupsafe import Markup, escape

from entrepot.api.problems import PLAIN_TYPES, TYPES, name_of, status_of, title_of

STYLE = """
:root{color-scheme:light dark;font:16px/1.5 system-ui,sans-serif}
body{max-width:60rem;margin:0 auto;padding:1rem}
nav ul{columns:2}h2{margin-top:3rem}
article{border-top:1px solid;padding:1rem 0}
code,pre{font:.9em ui-monospace,monospace}pre{overflow:auto;padding:.5rem;border:1px solid}
table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:.25rem .5rem;vertical-align:top}
"""
_METHODS = ("get", "post", "put", "patch", "delete")
Document = Mapping[str, Any]


def draw(document: Document) -> str:
    """The page as HTML."""
    tags = [tag["name"] for tag in document.get("tags", ())]
    operations = list(_operations(document))
    sections = "".join(_section(tag, [each for each in operations if tag in each[2]["tags"]]) for tag in tags)
    shapes = "".join(_shape(name, shape) for name, shape in sorted(document["components"]["schemas"].items()))
    return str(
        Markup(
            '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
            '<title>API</title><link rel="stylesheet" href="docs.css"><h1>API, version {version}</h1>{intro}'
            '<p><a href="openapi.json">OpenAPI 3.1 document</a></p><nav><ul>{contents}</ul></nav>{sections}'
            '<h2 id="problems">Problems</h2>{problems}<h2 id="shapes">Shapes</h2>{shapes}</html>'
        ).format(
            version=document["info"]["version"],
            intro=_paragraphs(document["info"]["description"]),
            contents=Markup("").join(_link(f"#{_anchor(tag)}", tag) for tag in tags),
            sections=Markup(sections),
            problems=_problems(),
            shapes=Markup(shapes),
        )
    )


def _operations(document: Document) -> Iterator[tuple[str, str, Document]]:
    for path, item in document["paths"].items():
        for method in _METHODS:
            if method in item:
                shared = item.get("parameters", [])
                operation = item[method]
                yield method.upper(), path, {**operation, "parameters": shared + operation.get("parameters", [])}


def _section(tag: str, operations: list[tuple[str, str, Document]]) -> Markup:
    parts = Markup("").join(_operation(*each) for each in operations)
    return Markup('<h2 id="{}">{}</h2>{}').format(_anchor(tag), tag, parts)


def _operation(method: str, path: str, operation: Document) -> Markup:
    scope = operation.get("x-scope")
    return Markup(
        '<article id="{id}"><h3>{summary}</h3><p><code>{method} {path}</code>{scope}</p>{takes}{gives}</article>'
    ).format(
        id=operation["operationId"],
        summary=operation.get("summary", operation["operationId"]),
        method=method,
        path=path,
        scope=Markup(" needs the scope <code>{}</code>").format(scope) if scope else "",
        takes=_takes(operation),
        gives=_gives(operation),
    )


def _takes(operation: Document) -> Markup:
    rows = [
        (f"{each['name']} ({each['in']})", each.get("description", ""))
        for each in operation["parameters"]
        if "name" in each
    ]
    content = operation.get("requestBody", {}).get("content", {})
    rows += [(f"body ({kind})", _reference(part.get("schema", {}))) for kind, part in content.items()]
    return _table("Takes", rows) if rows else Markup("")


def _gives(operation: Document) -> Markup:
    rows = []
    for status, answer in sorted(operation.get("responses", {}).items()):
        content = answer.get("content", {})
        shape = next((_reference(part.get("schema", {})) for part in content.values()), "")
        problem = _link("#problems", "a problem") if "$ref" in answer else ""
        rows.append((status, shape or problem or answer.get("description", "")))
    return _table("Answers", rows)


def _table(title: str, rows: list[Any]) -> Markup:
    body = Markup("").join(Markup("<tr><th scope=row>{}</th><td>{}</td></tr>").format(*row) for row in rows)
    return Markup("<table><caption>{}</caption>{}</table>").format(title, body)


def _reference(schema: Document) -> Markup | str:
    name = schema.get("$ref", "").rpartition("/")[2]
    return Markup('<a href="#shape-{0}">{0}</a>').format(name) if name else json.dumps(schema)


def _problems() -> Markup:
    rows = {name_of(cls): (status_of(cls), title_of(cls)) for cls in TYPES} | PLAIN_TYPES
    body = Markup("").join(
        Markup('<tr id="problem-{0}"><th scope=row>{1}</th><td><code>{0}</code></td><td>{2}</td></tr>').format(
            name, *row
        )
        for name, row in sorted(rows.items())
    )
    return Markup("<table>{}</table>").format(body)


def _shape(name: str, shape: Document) -> Markup:
    text = json.dumps(shape, indent=2, ensure_ascii=False)
    return Markup('<h3 id="shape-{0}">{0}</h3><pre>{1}</pre>').format(name, text)


def _paragraphs(text: str) -> Markup:
    return Markup("").join(Markup("<p>{}</p>").format(part) for part in text.strip().split("\n\n"))


def _link(address: str, text: str) -> Markup:
    return Markup('<li><a href="{}">{}</a></li>').format(address, text)


def _anchor(tag: str) -> str:
    return str(escape(tag.lower().replace(" ", "-")))
