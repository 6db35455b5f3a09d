"""Slots: the table of places where plugins may stand in a page, and the registry of what stands there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace

from entrepot.kernel.records import dataclass
from entrepot.sdk.slots import SlotBlock
from entrepot.theming.errors import SlotError, UnknownSlot
from entrepot.theming.layers import plugin_of


@dataclass(frozen=True)
class Slot:
    """A place in a page: its name, the values it passes to blocks, what it is for."""

    name: str
    values: tuple[str, ...]
    description: str


_TABLE = (
    Slot("layout.head", (), "End of <head> on every page of the shop: meta tags, verification tags."),
    Slot("layout.header_end", (), "End of the header, beside search and cart."),
    Slot("layout.footer", (), "End of the footer of every page of the shop."),
    Slot("home.after_hero", (), "Home page, below the opening picture."),
    Slot("category.after_list", ("category",), "Below the products of a category."),
    Slot("product.after_price", ("product",), "Directly below the price: instalments, price history, loyalty points."),
    Slot("product.after_buy", ("product",), "Below the buy button: delivery promise, stock in nearby stores."),
    Slot("product.after_description", ("product",), "Below the description: reviews, questions, size advice."),
    Slot("cart.after_lines", ("cart",), "Below the lines of the cart: gifts, notes, suggestions."),
    Slot("cart.after_total", ("cart",), "Below the total of the cart: instalments, express buttons."),
    Slot("checkout.after_contact", ("checkout",), "Below the contact step: newsletter consent, membership number."),
    Slot("checkout.before_pay", ("checkout",), "Above the pay button: consents that an order needs."),
    Slot("order.after_status", ("order",), "A buyer's order page, below the status: tracking map, pickup code."),
    Slot("order.after_lines", ("order",), "A buyer's order page, below the lines: invoices, reviews to write."),
    Slot("admin.order.side", ("order",), "Back office, side column of an order."),
    Slot("admin.order.after_lines", ("order",), "Back office, below the lines of an order."),
    Slot("admin.dashboard", (), "Back office, a panel on the first page."),
)

SLOTS: Mapping[str, Slot] = {slot.name: slot for slot in _TABLE}


def known_slot(name: str) -> Slot:
    """The slot of a name; raises UnknownSlot, which names the known ones."""
    if name not in SLOTS:
        raise UnknownSlot(f"There is no slot '{name}'. The slots are: {', '.join(sorted(SLOTS))}.")
    return SLOTS[name]


def check_values(name: str, values: Mapping[str, object] | set[str]) -> None:
    """Raise SlotError unless a page passes exactly what the slot promises to blocks."""
    promised, passed = set(known_slot(name).values), set(values)
    if promised == passed:
        return
    wanted = ", ".join(f"{value}=…" for value in sorted(promised)) or "no values"
    got = ", ".join(sorted(passed)) or "none"
    raise SlotError(f"Slot '{name}' passes {wanted} to its blocks, the page gave: {got}. Pass exactly those.")


class SlotRegistry:
    """The blocks of all plugins, filled once at start and read by every page."""

    def __init__(self) -> None:
        self._blocks: dict[str, tuple[SlotBlock, ...]] = defaultdict(tuple)

    def register(self, plugin_id: str, block: SlotBlock) -> None:
        """Add a plugin's block; raises UnknownSlot, or SlotError for a template outside ``x/<plugin id>/``."""
        known_slot(block.slot)
        if plugin_of(block.template) != plugin_id:
            raise SlotError(
                f"Plugin '{plugin_id}' shows template '{block.template}' in slot '{block.slot}'. "
                f"Move the template below x/{plugin_id}/."
            )
        blocks = (*self._blocks[block.slot], replace(block, plugin_id=plugin_id))
        self._blocks[block.slot] = tuple(sorted(blocks, key=lambda one: (one.order, one.plugin_id, one.template)))

    def blocks(self, name: str) -> tuple[SlotBlock, ...]:
        """The blocks of a slot in the order in which they are shown."""
        return self._blocks.get(name, ())
