"""SKUs and pieces as staff type or scan them, one line each; and SKUs by variant for reading them back."""

from __future__ import annotations

from entrepot.inventory.reporting import variant_of
from entrepot.sdk.errors import EntrepotError


def typed_lines(text: str) -> dict[int, int]:
    """{variant id: pieces} of lines such as "MUG 12"; a SKU without a number is one piece, so that scanners work."""
    found: dict[int, int] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        sku, pieces = _read(line.strip())
        variant_id = variant_of(sku)
        if variant_id is None:
            raise EntrepotError(
                "Line {number}: there is no SKU “{sku}”. Write lines like MUG 12.", number=number, sku=sku
            )
        found[variant_id] = found.get(variant_id, 0) + pieces
    return found


def _read(line: str) -> tuple[str, int]:
    """The last word is the number, unless the whole line is a SKU."""
    sku, _space, last = line.rpartition(" ")
    if sku and last.isascii() and last.isdigit() and len(last) < 8:
        return sku.strip(), int(last)
    return line, 1
