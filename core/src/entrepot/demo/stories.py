"""The demo's past, as data: who ordered what, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from entrepot.kernel.address import Address

OWNER = "staff:owner@demo.example"
PACKER = "staff:packer@demo.example"
TRANSFER = "bank-transfer"
HOSTED_PAGE = "sandbox"


@dataclass(frozen=True)
class Buyer:
    market: str
    locale: str
    email: str
    address: Address


@dataclass(frozen=True)
class Step:
    """Something that happens to an order, ``ago`` days before now. ``history.py`` has an action for each ``what``."""

    ago: float
    what: str
    #: A reason, the buyer's message, or the place of a scan.
    text: str = ""
    #: SKUs of a part that leaves, or comes back, on its own.
    skus: tuple[str, ...] = ()
    #: How much of the order's total is paid or given back.
    percent: int = 100


@dataclass(frozen=True)
class Story:
    """One order, placed ``ago`` days before now, and what happened next."""

    ago: float
    buyer: Buyer
    goods: Mapping[str, int]
    steps: tuple[Step, ...] = ()
    pay_by: str = TRANSFER
    service: str = "standard"
    #: Days that stock waits for the money.
    hold: float = 16


def _buyer(market: str, locale: str, email: str, **address: str) -> Buyer:
    return Buyer(market, locale, email, Address(**address))


ANNA = _buyer(
    "eu", "de", "anna.petersen@mail.example",
    country="DE", name="Anna Petersen", street="Große Elbstraße 12", postcode="22767", city="Hamburg",
)  # fmt: skip
JONAS = _buyer(
    "eu", "de", "j.brandt@mail.example", country="DE", name="Jonas Brandt", company="Brandt & Töchter Buchbinderei",
    street="Gottschedstraße 30", street2="Hinterhaus", postcode="04109", city="Leipzig",
)  # fmt: skip
LUKAS = _buyer(
    "eu", "de", "lukas.hofer@mail.example",
    country="AT", name="Lukas Hofer", street="Lindengasse 41", postcode="1070", city="Wien",
)  # fmt: skip
MARIE = _buyer(
    "eu", "en", "marie.lefevre@mail.example",
    country="FR", name="Marie Lefèvre", street="18 rue des Remparts d'Ainay", postcode="69002", city="Lyon",
)  # fmt: skip
PIETER = _buyer(
    "eu", "en", "pieter.dewit@mail.example",
    country="NL", name="Pieter de Wit", street="Veerhaven 9", postcode="3016 CJ", city="Rotterdam",
)  # fmt: skip
INES = _buyer(
    "eu", "en", "ines.almeida@mail.example",
    country="PT", name="Inês Almeida", street="Rua das Flores 77", postcode="4050-265", city="Porto",
)  # fmt: skip
SIOBHAN = _buyer(
    "eu", "en", "siobhan.byrne@mail.example",
    country="IE", name="Siobhán Byrne", street="3 Spanish Parade", city="Galway", region="Co. Galway",
    postcode="H91 X2C8",
)  # fmt: skip
WEN = _buyer(
    "eu", "zh-Hans", "wen.zhao@mail.example",
    country="SE", name="赵文", street="Linnégatan 21", postcode="413 04", city="Göteborg",
)  # fmt: skip
EMILY = _buyer(
    "us", "en", "emily.carter@mail.example",
    country="US", name="Emily Carter", street="48 Custom House Wharf", city="Portland", region="ME", postcode="04101",
)  # fmt: skip
JAMES = _buyer(
    "us", "en", "james.okafor@mail.example", country="US", name="James Okafor", street="1415 Western Avenue",
    street2="Apt 6B", city="Seattle", region="WA", postcode="98101", phone="+1 206 555 0142",
)  # fmt: skip
MEI = _buyer(
    "us", "zh-Hans", "mei.lin@mail.example",
    country="US", name="林美", street="822 Grant Avenue", city="San Francisco", region="CA", postcode="94108",
)  # fmt: skip
XIAOMING = _buyer(
    "cn", "zh-Hans", "chen.xiaoming@mail.example", country="CN", name="陈晓明", street="武康路 210 号 3 楼",
    postcode="200031", city="徐汇区", region="上海市", phone="+86 21 5550 0142",
)  # fmt: skip
LI = _buyer(
    "cn", "zh-Hans", "wang.li@mail.example",
    country="CN", name="王丽", street="海德三道 168 号", postcode="518054", city="深圳市", region="广东省",
)  # fmt: skip
DAVID = _buyer(
    "cn", "en", "david.miller@mail.example",
    country="CN", name="David Miller", street="工体北路 8 号 1204", postcode="100027", city="朝阳区", region="北京市",
)  # fmt: skip


def _sent(paid: float, shipped: float, *scans: Step) -> tuple[Step, ...]:
    """Paid, then on its way."""
    return (Step(paid, "pay"), Step(shipped, "ship"), *scans)


def _arrived(paid: float, shipped: float, delivered: float, place: str) -> tuple[Step, ...]:
    """Paid, sent and delivered, with the scans between."""
    half_way = (shipped + delivered) / 2
    return _sent(
        paid,
        shipped,
        Step(half_way, "in_transit"),
        Step(delivered + 0.2, "out_for_delivery", text=place),
        Step(delivered, "deliver", text=place),
    )


STORIES = (
    # completed; the teapot came back and was sold again
    Story(
        29.6, ANNA, {"TEAPOT-CHALK": 1, "MUG-RUST": 4},
        (
            *_arrived(28.4, 27.9, 26.2, "Hamburg"),
            Step(23.1, "ask_return", text="Die Kanne ist mir zu klein.", skus=("TEAPOT-CHALK",)),
            Step(22.6, "approve_return"), Step(18.4, "receive_return"), Step(18.1, "settle_return"),
            Step(12.2, "complete"),
        ),
    ),
    Story(
        28.3, EMILY, {"JUMPER-DEEP-SEA-M": 1, "BEANIE-RUST": 2},
        (
            Step(28.3, "pay"), Step(27.4, "ship"), Step(26.1, "export_customs", text="Hamburg"),
            Step(22.8, "import_customs", text="New York"), Step(20.4, "deliver", text="Portland"),
            Step(6.3, "complete"),
        ),
        pay_by=HOSTED_PAGE,
    ),
    Story(
        26.9, XIAOMING, {"CADDY-DEEP-SEA": 2, "SOAP-SAGE": 3},
        (*_arrived(26.8, 26.2, 24.3, "上海市"), Step(10.1, "complete")),
    ),
    # completed, one cup had come chipped: a part of the money went back
    Story(
        25.2, MARIE, {"MUG-MOSS": 4},
        (
            *_arrived(23.9, 23.2, 20.6, "Lyon"),
            Step(19.7, "refund", text="One mug arrived chipped", percent=20), Step(6.1, "complete"),
        ),
    ),
    # cancelled: never paid; paid and changed their mind
    Story(23.4, INES, {"CUSHION-SAND": 2}, (Step(9.3, "lapse"),), hold=14),
    Story(
        21.1, LI, {"PHONES-SAGE": 1},
        (Step(20.9, "pay"), Step(20.2, "cancel", text="The buyer ordered the wrong colour")),
    ),
    # completed through the hosted payment page
    Story(
        19.8, JONAS, {"NOTE-SAND": 5, "PEN-INK-FINE": 1},
        (*_arrived(19.8, 19.1, 17.3, "Leipzig"), Step(3.2, "complete")), pay_by=HOSTED_PAGE,
    ),
    # delivered, then given back in full
    Story(
        16.4, LUKAS, {"LANTERN-BRASS": 1},
        (
            *_arrived(15.2, 14.6, 12.1, "Wien"),
            Step(10.3, "refund", text="The glass was broken when it arrived"),
        ),
    ),
    # delivered: sent back and arrived, asked for, on its way back
    Story(
        13.7, SIOBHAN, {"BLANKET-PLUM": 1, "CANDLE-SAGE": 2},
        (
            *_arrived(12.6, 11.9, 8.4, "Galway"),
            Step(6.2, "ask_return", text="Lovely, but a different plum than on the picture.", skus=("BLANKET-PLUM",)),
            Step(5.8, "approve_return"), Step(0.4, "receive_return"),
        ),
    ),
    Story(
        12.6, JAMES, {"PACK-MOSS": 1},
        (
            Step(12.5, "pay"), Step(11.4, "ship"), Step(10.6, "export_customs", text="Hamburg"),
            Step(6.7, "import_customs", text="Seattle"), Step(4.2, "deliver", text="Seattle"),
            Step(0.9, "ask_return", text="The straps are too short for me."),
        ),
        service="express",
    ),
    Story(
        9.3, DAVID, {"SPEAKER-SAGE": 1, "NOTE-CORAL": 2},
        (
            *_arrived(9.1, 8.3, 6.2, "北京市"),
            Step(3.3, "ask_return", text="No sound on the left.", skus=("SPEAKER-SAGE",)), Step(2.9, "approve_return"),
        ),
    ),
    # shipped
    Story(
        7.4, MEI, {"WATCH-INK": 1},
        _sent(7.2, 6.1, Step(5.3, "export_customs", text="Hamburg"), Step(2.6, "import_customs", text="Oakland")),
    ),
    Story(5.2, WEN, {"SHOE-CORAL-42": 1, "TEE-INK-L": 2}, _sent(4.1, 3.2, Step(2.4, "in_transit"))),
    Story(
        3.6, LI, {"FLASK-CHALK": 1, "TOTE-DEEP-SEA": 1},
        _sent(3.5, 1.4, Step(0.3, "out_for_delivery", text="深圳市")), service="express",
    ),
    # one part has left, the other follows
    Story(
        4.6, PIETER, {"LAMP-OCHRE": 1, "BOWL-CHALK": 6},
        (Step(3.4, "pay"), Step(2.2, "ship", skus=("LAMP-OCHRE",)), Step(1.2, "in_transit")),
    ),
    # to ship: one order from two warehouses
    Story(2.3, ANNA, {"PACK-RUST": 1, "MUG-DEEP-SEA": 2}, (Step(1.3, "pay"),)),
    Story(1.4, EMILY, {"COMPASS-BRASS": 1, "BOOK-SMALL-HARBOURS": 1}, (Step(1.2, "pay"),)),
    Story(0.7, XIAOMING, {"VASE-FOG": 1}, (Step(0.6, "pay"),)),
    # to pay: awaiting the transfer, a part of it came, the card was declined
    Story(1.8, JONAS, {"UMBRELLA-BUOY-RED": 1}),
    Story(3.1, SIOBHAN, {"CHAIR-OAK": 2}, (Step(1.1, "pay", percent=50),)),
    Story(
        0.2, JAMES, {"SUN-WALNUT": 1},
        (Step(0.2, "decline", text="The card was declined by its bank."),), pay_by=HOSTED_PAGE, hold=3,
    ),
)  # fmt: skip
