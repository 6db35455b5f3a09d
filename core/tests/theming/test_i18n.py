"""Languages: catalogues, negotiation, formats, and the test that finds missing texts."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from jinja2 import Environment

from entrepot.kernel.currency import EXPONENTS
from entrepot.kernel.money import Money
from entrepot.web import i18n

pytestmark = pytest.mark.covers("S0.7")

GERMAN = """
msgid ""
msgstr "Plural-Forms: nplurals=2; plural=(n != 1);"

msgid "Cart"
msgstr "Warenkorb"

msgctxt "verb"
msgid "Order"
msgstr "Bestellen"

msgid "Order"
msgstr "Bestellung"

msgid "%(num)s item"
msgid_plural "%(num)s items"
msgstr[0] "%(num)s Artikel"
msgstr[1] "%(num)s Artikel!"

#, fuzzy
msgid "Returns"
msgstr "Rennen"

msgid "Hello %(name)s"
msgstr "Hallo %(name)s"
"""


@pytest.fixture
def catalogues(tmp_path, write):
    write("core/de/LC_MESSAGES/messages.po", GERMAN)
    return i18n.Catalogues([i18n.CatalogueSource(tmp_path / "core")])


def test_texts_come_from_the_po_file_and_fall_back_to_english(catalogues):
    german = catalogues.translator("de")
    assert german.gettext("Cart") == "Warenkorb"
    assert (german.pgettext("verb", "Order"), german.gettext("Order")) == ("Bestellen", "Bestellung")
    assert german.ngettext("%(num)s item", "%(num)s items", 2) == "%(num)s Artikel!"
    assert german.gettext("Not there") == "Not there"
    assert catalogues.translator("zh-Hans").gettext("Cart") == "Cart"


def test_a_fuzzy_translation_is_not_shown(catalogues):
    assert catalogues.translator("de").gettext("Returns") == "Returns"


def test_themes_win_over_the_core_and_plugins_only_add(tmp_path, write):
    write("theme/de/LC_MESSAGES/messages.po", 'msgid "Cart"\nmsgstr "Koffer"\n')
    write("core/de/LC_MESSAGES/messages.po", 'msgid "Cart"\nmsgstr "Warenkorb"\n')
    write("plugin/de/LC_MESSAGES/klarna.po", 'msgid "Cart"\nmsgstr "x"\n\nmsgid "Later"\nmsgstr "Später"\n')
    sources = [i18n.CatalogueSource(tmp_path / name) for name in ("theme", "core")]
    german = i18n.Catalogues([*sources, i18n.CatalogueSource(tmp_path / "plugin", "klarna")]).translator("de")
    assert (german.gettext("Cart"), german.gettext("Later")) == ("Koffer", "Später")


def test_a_catalogue_is_read_once_and_only_when_needed(tmp_path, write, catalogues):
    file = tmp_path / "core/de/LC_MESSAGES/messages.po"
    first = catalogues.translator("de")
    file.unlink()
    assert catalogues.translator("de") is first


def test_a_broken_catalogue_costs_its_texts_only(tmp_path, write, caplog):
    write("core/de/LC_MESSAGES/messages.po", 'msgid "Cart"\nmsgstr "Warenkorb"\n')
    write("plugin/de/LC_MESSAGES/bad.po", 'msgid "Later\nmsgstr broken\nnonsense')
    sources = [i18n.CatalogueSource(tmp_path / "plugin", "bad"), i18n.CatalogueSource(tmp_path / "core")]
    assert i18n.Catalogues(sources).translator("de").gettext("Cart") == "Warenkorb"
    assert "bad.po" in caplog.text


def test_the_language_ends_with_the_block_that_asked_for_it(catalogues):
    with i18n.use(catalogues.translator("de")):
        assert i18n.gettext("Hello %(name)s", name="Ada") == "Hallo Ada"
        assert i18n.ngettext("%(num)s item", "%(num)s items", 1) == "1 Artikel"
        assert i18n.pgettext("verb", "Order") == "Bestellen"
        assert i18n.format_money(Money(1250, "EUR")) == "12,50\xa0€"
    assert i18n.gettext("Cart") == "Cart"
    assert i18n.current_translator().locale == "en"


def test_templates_speak_the_current_language_and_escape_what_is_filled_in(catalogues):
    environment = Environment(autoescape=True)
    i18n.install_jinja(environment)
    template = environment.from_string(
        "{{ current_locale() }} {{ text_direction() }} {{ _('Hello %(name)s', name=name) }}"
        " {{ ngettext('%(num)s item', '%(num)s items', 2) }} {{ pgettext('verb', 'Order') }} {{ price|money }}"
        " {% trans %}Cart{% endtrans %} 100{{ _('%%') }}"
    )
    values = {"name": "<b>", "price": Money(1250, "EUR")}
    with i18n.use(catalogues.translator("de")):
        german = template.render(values)
    assert german == "de ltr Hallo &lt;b&gt; 2 Artikel! Bestellen 12,50\xa0€ Warenkorb 100%"
    assert template.render(values).startswith("en ltr Hello &lt;b&gt; 2 items Order €12.50")


@pytest.mark.parametrize(
    ("header", "locale"),
    [
        (None, "en"),
        ("", "en"),
        ("de", "de"),
        ("de-AT", "de"),
        ("fr, de;q=0.8, en;q=0.9", "en"),
        ("DE_ch;q=0.9", "de"),
        ("zh-CN,zh;q=0.9", "zh-Hans"),
        ("zh", "zh-Hans"),
        ("zh-Hans-SG", "zh-Hans"),
        ("zh-TW, en;q=0.5, de;q=0.7", "de"),
        ("zh-Hant-HK", "en"),
        ("fr, *;q=0.1", "en"),
        ("de;q=0, fr", "en"),
        ("de;q=nonsense", "en"),
        (",;;=,\x00", "en"),
        (",".join(["fr"] * 50 + ["de"]), "en"),
    ],
)
def test_a_reader_gets_the_language_they_like_best(header, locale):
    assert i18n.negotiate(header, i18n.LOCALES) == locale


def test_a_general_wish_is_met_by_a_regional_locale():
    assert i18n.negotiate("de", ("en-GB", "de-AT", "de-CH")) == "de-AT"


@pytest.mark.parametrize(("locale", "direction"), [("ar", "rtl"), ("he-IL", "rtl"), ("de", "ltr"), ("zh-Hans", "ltr")])
def test_direction_follows_the_language(locale, direction):
    assert i18n.direction(locale) == direction


@pytest.mark.parametrize(
    ("money", "locale", "text"),
    [
        (Money(1250, "EUR"), "de", "12,50\xa0€"),
        (Money(-1250, "EUR"), "en", "-€12.50"),
        (Money(500, "JPY"), "en", "¥500"),
        (Money(12345, "KWD"), "en", "KWD\xa012.345"),
        (Money(1250, "RSD"), "en", "RSD\xa012.50"),
        (Money(123456789, "CNY"), "zh-Hans", "¥1,234,567.89"),
    ],
)
def test_money_shows_exactly_the_decimals_of_its_currency(money, locale, text):
    assert i18n.format_money(money, locale) == text


@pytest.mark.parametrize("locale", [*i18n.LOCALES, *i18n.RESERVED_LOCALES])
def test_no_currency_loses_a_minor_unit_in_any_locale(locale):
    for currency in EXPONENTS:
        shown = i18n.format_money(Money(1234567, currency), locale)
        assert "".join(character for character in shown if character in "0123456789") == "1234567", currency


def test_dates_numbers_and_countries_follow_the_locale():
    instant = datetime(2026, 3, 1, 23, 30, tzinfo=UTC)
    assert i18n.format_datetime(instant, "Asia/Shanghai", "short", "de") == "02.03.26, 07:30"
    assert i18n.format_date(date(2026, 3, 1), locale="zh-Hans") == "2026年3月1日"
    assert i18n.format_number(Decimal("1234.5678"), "de") == "1.234,5678"
    assert (i18n.country_name("CN", "de"), i18n.country_name("XQ", "de")) == ("China", "XQ")
    assert i18n.language_name("zh-Hans").startswith("中文")


def test_an_instant_without_a_time_zone_is_refused():
    with pytest.raises(TypeError, match="time zone"):
        i18n.format_datetime(datetime(2026, 3, 1), "UTC")  # noqa: DTZ001
    with pytest.raises(TypeError, match="not an instant"):
        i18n.format_date(datetime(2026, 3, 1, tzinfo=UTC))


def test_importing_does_not_load_babel():
    source = Path(i18n.__file__).parents[2]
    code = f"import sys; sys.path.insert(0, {str(source)!r}); import entrepot.web.i18n; print('babel' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip() == "False"


@pytest.fixture
def sources(tmp_path, write):
    write("src/home.html", '{{ _("Cart") }}\n{{ ngettext("%(num)s item", "%(num)s items", n) }}{{ _("Returns") }}')
    write("src/views.py", 'from i18n import pgettext\npgettext("verb", "Order")\n_("Hello %(name)s")\n')
    return [tmp_path / "src"]


def test_missing_keys_are_found_with_their_place(tmp_path, write, sources):
    file = write("de.po", GERMAN.replace('msgstr "Bestellen"', 'msgstr ""'))
    missing = i18n.missing_keys(sources, [file], "de")
    assert {(key.text.message, key.text.file.name, key.text.line) for key in missing} == {
        ("Returns", "home.html", 2),
        ("Order", "views.py", 2),
    }


def test_a_plural_needs_all_its_forms_and_a_placeholder_must_exist(tmp_path, write, sources):
    text = GERMAN.replace('msgstr[1] "%(num)s Artikel!"', 'msgstr[1] ""').replace("Hallo %(name)s", "Hallo %(nmae)s")
    problems = [str(key) for key in i18n.missing_keys(sources, [write("de.po", text)], "de")]
    assert any("'%(num)s item' is not translated in de" in problem for problem in problems)
    assert any("uses %(nmae)s, which the text has not, in de" in problem for problem in problems)


def test_a_key_may_be_in_any_of_the_catalogues_and_english_needs_none(tmp_path, write, sources):
    rest = write("theme.po", 'msgid "Returns"\nmsgstr "Rückgaben"\n')
    assert i18n.missing_keys(sources, [write("de.po", GERMAN), rest], "de") == []
    assert i18n.missing_keys(sources, [], "en") == []


@pytest.mark.parametrize("tag", [*i18n.LOCALES, "ar"])
def test_a_language_is_called_as_its_speakers_call_it(tag):
    from babel import Locale

    assert i18n.language_name(tag) == Locale.parse(tag.replace("-", "_")).get_display_name()
