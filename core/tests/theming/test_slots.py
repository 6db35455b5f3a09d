"""Slots: order, isolation, and what a plugin may put where."""

from __future__ import annotations

import sys

import pytest

from entrepot.sdk.slots import SlotBlock
from entrepot.theming.errors import SlotError, SlowSlotBlock, UnknownSlot
from entrepot.theming.slot_rendering import SlotRenderer
from entrepot.theming.slots import SLOTS, SlotRegistry

PRICE = "product.after_price"


class Failures(list):
    """What was reported, as (plugin, slot, kind of error)."""

    def __call__(self, plugin_id, slot, error):
        self.append((plugin_id, slot, type(error)))


@pytest.fixture
def registry(write):
    write("core/templates/product.html", 'A{{ slot("product.after_price", product=product) }}Z')
    for plugin in ("early", "late", "bad"):
        write(f"plugins/{plugin}/templates/x/{plugin}/block.html", f"[{plugin} {{{{ product }}}}]")
    return SlotRegistry()


def block(plugin: str, **options) -> SlotBlock:
    return SlotBlock(slot=PRICE, template=f"x/{plugin}/block.html", **options)


def test_blocks_are_shown_in_order_and_escaped(shop, registry):
    registry.register("late", block("late", order=200))
    registry.register("early", block("early", order=10))
    page = shop(slots=registry).render("product.html", product="<mug>")
    assert page == "A[early &lt;mug&gt;][late &lt;mug&gt;]Z"


def test_blocks_of_equal_order_stand_by_plugin_id_whatever_the_load_order(registry):
    registry.register("late", block("late"))
    registry.register("early", block("early"))
    assert [one.plugin_id for one in registry.blocks(PRICE)] == ["early", "late"]


def test_a_context_function_decides_what_the_template_gets(shop, registry):
    registry.register("late", block("late", context=lambda values: {"product": values["product"].upper()}))
    assert shop(slots=registry).render("product.html", product="mug") == "A[late MUG]Z"


@pytest.mark.covers("G24")
@pytest.mark.parametrize(
    "context",
    [
        lambda values: 1 / 0,
        lambda values: sys.exit(3),
        lambda values: None,
        lambda values: values["nothing"],
        lambda values: {},
    ],
)
def test_a_failing_block_shows_nothing_and_is_reported(shop, registry, context):
    failures = Failures()
    registry.register("bad", block("bad", context=context))
    registry.register("late", block("late", order=200))
    page = shop(slots=registry, on_slot_failure=failures).render("product.html", product="mug")
    assert page == "A[late mug]Z"
    assert [failure[:2] for failure in failures] == [("bad", PRICE)]


def test_a_block_without_its_template_is_reported(shop, registry):
    failures = Failures()
    registry.register("bad", SlotBlock(slot=PRICE, template="x/bad/gone.html"))
    assert shop(slots=registry, on_slot_failure=failures).render("product.html", product="mug") == "AZ"
    assert len(failures) == 1


def test_an_interrupt_is_not_swallowed(shop, registry):
    def interrupted(values):
        raise KeyboardInterrupt

    registry.register("bad", block("bad", context=interrupted))
    with pytest.raises(KeyboardInterrupt):
        shop(slots=registry).render("product.html", product="mug")


def test_a_slow_block_is_shown_and_reported(shop, registry):
    failures = Failures()
    ticks = iter([0.0, 0.2, 1.0, 1.01])
    registry.register("early", block("early"))
    registry.register("late", block("late"))
    renderer = SlotRenderer(
        registry, shop().environment, on_failure=failures, budget_s=0.05, monotonic=lambda: next(ticks)
    )
    assert renderer.slot(PRICE, product="mug") == "[early mug][late mug]"
    assert failures == [("early", PRICE, SlowSlotBlock)]


def test_a_reporter_that_fails_does_not_break_the_page(shop, registry):
    def reporter(plugin_id, slot, error):
        raise RuntimeError("the log is full")

    registry.register("bad", block("bad", context=lambda values: 1 / 0))
    assert shop(slots=registry, on_slot_failure=reporter).render("product.html", product="mug") == "AZ"


def test_a_slot_inside_itself_ends_at_once(write, shop, registry):
    failures = Failures()
    write("plugins/bad/templates/x/bad/block.html", 'x{{ slot("product.after_price", product=product) }}')
    registry.register("bad", block("bad"))
    assert shop(slots=registry, on_slot_failure=failures).render("product.html", product="mug") == "AxZ"
    assert failures == [("bad", PRICE, SlotError)]


def test_an_unknown_slot_is_refused_with_the_known_ones():
    with pytest.raises(UnknownSlot, match=r"no slot 'product\.below_price'.*product\.after_price"):
        SlotRegistry().register("late", SlotBlock(slot="product.below_price", template="x/late/block.html"))


def test_a_block_must_show_a_template_of_its_own_plugin():
    with pytest.raises(SlotError, match="below x/late/"):
        SlotRegistry().register("late", block("early"))


@pytest.mark.parametrize("call", ['slot("product.below")', 'slot("product.after_price")', 'slot("layout.head", a=1)'])
def test_a_page_that_uses_a_slot_wrongly_fails_in_debug_and_not_in_production(write, shop, call):
    write("core/templates/wrong.html", f"[{{{{ {call} }}}}]")
    with pytest.raises(SlotError):
        shop().render("wrong.html")
    assert shop(debug=False).render("wrong.html") == "[]"


def test_every_known_slot_says_where_it_is_and_what_it_passes():
    assert {"layout.head", "product.after_price", "checkout.before_pay", "admin.dashboard"} <= set(SLOTS)
    assert all(slot.description.endswith(".") for slot in SLOTS.values())
