"""Records behave as the standard library's dataclasses do."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from dataclasses import FrozenInstanceError, asdict, field, replace
from functools import cached_property
from typing import Any, ClassVar

import pytest

from entrepot.kernel.records import dataclass

made_like_this = pytest.mark.parametrize("make", [dataclass, dataclasses.dataclass], ids=["ours", "theirs"])


@dataclass(frozen=True)
class Berth:
    """Where a ship lies."""

    name: str
    ships: list[str] = field(default_factory=list, compare=False)
    metres: int = 90
    note: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Tide:
    height: int
    low: bool = False


@dataclass(frozen=True)
class Voyage:
    port: str
    log: dict[str, str] | None = field(default=None, hash=False)


@dataclass(frozen=True)
class QuayBerth(Berth):
    crane: str = "none"


def parcel(make: Any) -> Any:
    @make(kw_only=True)
    class Parcel:
        known: ClassVar[int] = 3
        weight: int
        label: str = field(init=False, default="none")
        marks: list[str] = field(init=False, default_factory=list)

        def __post_init__(self) -> None:
            self.weight *= 2

    return Parcel


def test_fields_take_arguments_defaults_and_fresh_made_values():
    first, second = Berth("North"), Berth("South", ["Ida"], note="dredged")
    assert (first.metres, first.ships, second.ships, second.note) == (90, [], ["Ida"], "dredged")
    first.ships.append("Anna")
    assert Berth("East").ships == []


def test_it_is_shown_compared_and_hashed_by_the_fields_that_count():
    assert repr(Berth("North", ["Ida"])) == "Berth(name='North', ships=['Ida'], metres=90)"
    assert Berth("North", ["Ida"]) == Berth("North", ["Anna"])
    assert Berth("North") != Berth("North", metres=91)
    assert Berth("North") != QuayBerth("North")
    assert len({Berth("North"), Berth("North", ["Ida"]), Berth("South")}) == 2


def test_what_is_compared_may_be_left_out_of_the_hash():
    assert Voyage("Hull", {}) != Voyage("Hull", {"day 1": "fog"})
    assert len({Voyage("Hull", {}), Voyage("Hull", {}), Voyage("Hull", {"day 1": "fog"})}) == 2


def test_a_record_without_fields_and_one_that_contains_itself():
    @dataclass
    class Empty:
        pass

    assert (Empty(), repr(Empty())) == (Empty(), f"{Empty.__qualname__}()")
    looped = Berth("North")
    looped.ships.append(looped)  # type: ignore[arg-type]
    assert "..." in repr(looped)


@pytest.mark.parametrize("record", [Berth("North"), Tide(3), QuayBerth("North")])
def test_a_frozen_record_cannot_be_changed(record):
    name = dataclasses.fields(record)[0].name
    with pytest.raises(FrozenInstanceError, match=f"assign to field '{name}'"):
        setattr(record, name, "other")
    with pytest.raises(FrozenInstanceError, match=f"delete field '{name}'"):
        delattr(record, name)


def test_a_class_derived_from_a_frozen_one_may_have_attributes_of_its_own():
    class Marked(Berth):
        pass

    marked = Marked("North")
    marked.colour = "red"
    with pytest.raises(FrozenInstanceError):
        marked.name = "South"
    del marked.colour


@made_like_this
def test_frozen_and_open_records_are_not_derived_from_each_other(make):
    with pytest.raises(TypeError, match="non-frozen"):

        @make
        class Open(Berth):
            pass


@made_like_this
def test_a_derived_record_takes_its_bases_fields_first(make):
    @make(frozen=True, kw_only=True)
    class Leased(QuayBerth):
        tenant: str

    leased = Leased("North", ["Ida"], tenant="Line")
    assert repr(leased).endswith("Leased(name='North', ships=['Ida'], metres=90, crane='none', tenant='Line')")
    assert leased == replace(leased, ships=[])
    assert leased != QuayBerth("North")
    with pytest.raises(FrozenInstanceError):
        leased.crane = "big"


@made_like_this
def test_keywords_fields_without_argument_and_what_runs_afterwards(make):
    made = parcel(make)(weight=2)
    assert (made.weight, made.label, made.marks, made.known) == (4, "none", [], 3)
    made.label = "fragile"
    assert repr(made).endswith("Parcel(weight=4, label='fragile', marks=[])")
    with pytest.raises(TypeError, match="positional"):
        parcel(make)(2)
    with pytest.raises(TypeError, match="unhashable"):
        hash(made)


@made_like_this
@pytest.mark.parametrize("arguments", [{}, {"name": "North", "depth": 3}])
def test_missing_and_unknown_arguments_are_refused_by_name(make, arguments):
    @make(frozen=True)
    class Berth:
        name: str

    with pytest.raises(TypeError, match="name" if not arguments else "depth"):
        Berth(**arguments)


@made_like_this
def test_methods_that_the_class_brings_are_kept(make):
    @make(frozen=True)
    class Ship:
        name: str

        def __repr__(self) -> str:
            return "a ship"

        def __eq__(self, other: object) -> bool:
            return True

        def __hash__(self) -> int:
            return 7

        @cached_property
        def shout(self) -> str:
            return self.name.upper()

    assert (repr(Ship("Ida")), Ship("Ida") == 3, hash(Ship("Ida")), Ship("Ida").shout) == ("a ship", True, 7, "IDA")


@pytest.mark.parametrize("record", [Berth("North", ["Ida"]), Tide(3, low=True), QuayBerth("North", crane="big")])
def test_it_is_pickled_copied_replaced_and_taken_apart(record):
    assert pickle.loads(pickle.dumps(record)) == record
    assert copy.deepcopy(record) == record
    assert replace(record) == record
    assert list(asdict(record)) == [field.name for field in dataclasses.fields(record)]


def test_match_knows_the_order_of_its_fields():
    match Berth("North", metres=70):
        case Berth(name, ships, metres):
            assert (name, ships, metres) == ("North", [], 70)
        case _:
            pytest.fail("a Berth matches its own class")


def test_slots_leave_no_room_for_more():
    assert not hasattr(Tide(3), "__dict__")
    assert Tide(3) == Tide(3, low=False)


def test_making_the_class_compiles_nothing(monkeypatch):
    compiled = []
    monkeypatch.setattr(dataclasses, "exec", lambda *text: compiled.append(text) or exec(*text), raising=False)

    @dataclass(frozen=True)
    class Ours:
        name: str

    assert not any("self" in source for source, *_ in compiled)

    @dataclasses.dataclass(frozen=True)
    class Theirs:
        name: str

    assert any("self" in source for source, *_ in compiled)
