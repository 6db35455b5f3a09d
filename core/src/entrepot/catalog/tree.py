"""Ways through the category tree that the process keeps in memory."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from entrepot.markets.queries import CategoryNode

Path = tuple[CategoryNode, ...]


def path_to(nodes: Sequence[CategoryNode], slug: str) -> Path:
    """From the top to the category with this slug; empty when there is none."""
    for node in nodes:
        if node.slug == slug:
            return (node,)
        if below := path_to(node.children, slug):
            return (node, *below)
    return ()


def deepest_path(nodes: Sequence[CategoryNode], ids: Collection[int]) -> Path:
    """The longest way from the top through these categories; the first of equal ones."""
    paths = ((node, *deepest_path(node.children, ids)) for node in nodes if node.id in ids)
    return max(paths, key=len, default=())
