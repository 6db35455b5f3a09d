"""``entrepot theme check``: each mistake is found, a clean theme has none."""

from __future__ import annotations

import pytest

from entrepot.theming.check import check_theme
from entrepot.theming.check_styles import check_stylesheet
from entrepot.theming.check_templates import check_template
from entrepot.theming.themes import discover_themes

pytestmark = pytest.mark.covers("G24")


def places(findings):
    return [(finding.line, finding.message) for finding in findings]


def test_a_clean_theme_has_no_findings(tmp_path, write, harbour):
    write(
        "themes/sunset/templates/home.html", '<img src="a.webp" width="1" height="1" alt="">{{ slot("layout.footer") }}'
    )
    write("themes/sunset/static/site.css", "a:hover{color:var(--color-accent);border:0 solid currentColor}")
    installed = discover_themes([tmp_path / "themes"]).themes
    assert check_theme(installed["sunset"], installed=installed, locales=("en", "de")) == []


def test_unreadable_files_are_findings(tmp_path, write):
    write("themes/torn/theme.toml", "id = ")
    (finding,) = check_theme(tmp_path / "themes/torn")
    assert (finding.level, finding.file) == ("error", "theme.toml")
    write("themes/torn/theme.toml", 'id = "torn"\nname = "Torn"\n')
    write("themes/torn/tokens.toml", "[color\n")
    (finding,) = check_theme(tmp_path / "themes/torn")
    assert finding.file == "tokens.toml"


def test_unknown_parent_slot_and_token_are_found(tmp_path, write):
    write("themes/odd/theme.toml", 'id = "odd"\nname = "Odd"\nparent = "gone"\nslots = ["product.below"]\n')
    messages = " ".join(finding.message for finding in check_theme(tmp_path / "themes/odd"))
    assert "'gone' is not installed" in messages and "no slot 'product.below'" in messages


def test_weak_contrast_is_found_after_inheritance(tmp_path, write, harbour):
    write("themes/sunset/tokens.toml", '[color]\naccent = "#88aabb"\n')
    installed = discover_themes([tmp_path / "themes"]).themes
    findings = check_theme(installed["sunset"], installed=installed)
    assert [finding.file for finding in findings] == ["tokens.toml"] * 2
    assert "color.on_accent on color.accent (light) has a contrast of 2.4" in findings[0].message


def test_a_theme_that_rewrites_the_back_office_is_warned(tmp_path, write, harbour):
    write("themes/harbour/templates/admin/order.html", "mine")
    (finding,) = check_theme(tmp_path / "themes/harbour")
    assert (finding.level, finding.file) == ("warning", "templates/admin/order.html")


@pytest.mark.parametrize(
    ("source", "line", "part"),
    [
        ("\n{% if %}", 2, "cannot be read"),
        ('\n\n{{ slot("product.below") }}', 3, "no slot 'product.below'"),
        ('{{ slot("product.after_price") }}', 1, "passes product="),
        ("{{ slot(name) }}", 1, "must be a text"),
        ('<p>\n<img src="{{ a > b }}" width="1">', 2, "no width and height"),
        ("<img\nsrc=x>", 1, "no width and height"),
        ('<script src="https://cdn.example/a.js"></script>', 1, "script is loaded from another host"),
        ('<script src="//cdn.example/a.js"></script>', 1, "script is loaded from another host"),
        ('<link rel="stylesheet" href="http://cdn.example/a.css">', 1, "style sheet or font is loaded"),
        ('<p style="color: #fff">', 1, "colour '#fff'"),
        ("<style>\na { background: red }\n</style>", 2, "colour 'red'"),
        ("{{ text|safe }}", 1, "without escaping"),
    ],
)
def test_a_mistake_in_a_template_is_found_at_its_line(source, line, part):
    (finding,) = check_template("home.html", source)
    assert finding.line == line and part in finding.message and finding.remedy


@pytest.mark.parametrize(
    "source",
    [
        '<img src="{{ picture.url }}" width="{{ picture.width }}" height="{{ picture.height }}" alt="">',
        "{# <img src=x> #}<!-- <img src=x> -->",
        '<a href="https://elsewhere.example">link</a>',
        '<link rel="canonical" href="https://shop.example/">',
        "<script src=\"{{ theme_static_url('app.js') }}\" defer></script>",
        '<p style="width: {{ share }}%">',
        "{{ text|safe }} {# safe: cleaned when it was saved #}",
        '{% trans %}Hello{% endtrans %}{{ _("x") }}{{ slot("product.after_price", product=page.product) }}',
    ],
)
def test_what_is_right_in_a_template_is_left_alone(source):
    assert check_template("home.html", source) == []


@pytest.mark.parametrize(
    ("css", "colour"),
    [
        ("a{color:#0b5f7a}", "#0b5f7a"),
        ("a{\n  border: 1px solid rgba(0,0,0,.5);\n}", "rgba"),
        ("a{background:linear-gradient(white, var(--color-surface))}", "white"),
        ("a:hover{color:OKLCH(50% 0 0)}", "OKLCH"),
        ("@media (min-width: 1px){a{fill:darkred}}", "darkred"),
        ("a{--mine:#fff}", "#fff"),
    ],
)
def test_hard_coded_colours_are_found(css, colour):
    (finding,) = check_stylesheet("site.css", css)
    assert f"'{colour}'" in finding.message


@pytest.mark.parametrize(
    "css",
    [
        "#fab .red:hover, a:not(.white){color:var(--color-accent)}",
        "/* #fff */ a{content:'red #fff'}",
        "a{background:url(white.svg#fff)}",
        "a{color:transparent;fill:currentColor;animation:red 1s;grid-area:blue}",
        "a{margin-inline:var(--white-space)}",
    ],
)
def test_names_that_look_like_colours_are_left_alone(css):
    assert check_stylesheet("site.css", css) == []


@pytest.mark.parametrize("css", ["a{}\n@import 'https://x.example/a.css';", "a{}\na{src:url(//x.example/a.woff2)}"])
def test_remote_files_in_styles_are_found(css):
    (finding,) = check_stylesheet("site.css", css)
    assert finding.line == 2 and "another host" in finding.message


@pytest.mark.covers("S0.7")
def test_missing_translations_are_found_for_each_locale(tmp_path, write, harbour):
    write("themes/harbour/templates/home.html", '<p>\n{{ _("Add to cart") }} {{ _("Cart") }}')
    write("core/translations/de/LC_MESSAGES/messages.po", 'msgid "Cart"\nmsgstr "Warenkorb"\n')
    findings = check_theme(
        tmp_path / "themes/harbour", locales=("en", "de", "zh-Hans"), core_translations=tmp_path / "core/translations"
    )
    assert sorted(places(findings)) == [
        (2, "'Add to cart' is not translated in de."),
        (2, "'Add to cart' is not translated in zh-Hans."),
        (2, "'Cart' is not translated in zh-Hans."),
    ]
    assert findings[0].file == "templates/home.html"
