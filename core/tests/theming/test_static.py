"""Static files: hashed addresses, the theme chain, caching, refusal of what lies outside."""

from __future__ import annotations

import pytest

from entrepot.theming.errors import StaticFileMissing
from entrepot.theming.static import URL_PREFIX


def found(theming, url: str):
    return theming.find_static(url.removeprefix(f"{URL_PREFIX}/"))


def test_a_child_uses_its_parents_files_and_may_replace_them(write, shop):
    write("themes/harbour/static/js/cart.js", "harbour")
    write("themes/harbour/static/logo.svg", "<svg>harbour</svg>")
    write("themes/sunset/static/logo.svg", "<svg>sunset</svg>")
    theming = shop("sunset")
    assert found(theming, theming.theme_static_url("js/cart.js")).read() == b"harbour"
    assert found(theming, theming.theme_static_url("logo.svg")).read() == b"<svg>sunset</svg>"
    assert theming.theme_static_url("logo.svg").startswith("/static/theme/sunset/")


def test_a_file_under_its_own_hash_may_be_kept_for_ever(write, shop):
    write("themes/sunset/static/app.js", "let a")
    theming = shop("sunset")
    url = theming.theme_static_url("app.js")
    file = found(theming, url)
    assert file.immutable and file.cache_control.endswith("immutable")
    assert file.content_type == "text/javascript; charset=utf-8"
    outdated = found(theming, url.replace(file.etag, "00000000"))
    assert outdated.read() == b"let a" and not outdated.immutable


def test_the_address_changes_with_the_content(write, shop):
    write("themes/sunset/static/app.js", "let a")
    theming = shop("sunset")
    before = theming.theme_static_url("app.js")
    write("themes/sunset/static/app.js", "let b")
    assert theming.theme_static_url("app.js") != before


def test_production_hashes_once_until_told_to_forget(write, shop):
    write("themes/sunset/static/app.js", "let a")
    theming = shop("sunset", debug=False)
    before = theming.theme_static_url("app.js")
    write("themes/sunset/static/app.js", "let b")
    assert theming.theme_static_url("app.js") == before
    theming.forget()
    assert theming.theme_static_url("app.js") != before


def test_style_sheets_name_fonts_and_pictures_by_the_same_address_as_pages(write, shop):
    write("themes/harbour/static/css/site.css", 'a{src:url("../fonts/a.woff2")}b{fill:url(#x)}c{src:url(data:x)}')
    write("themes/harbour/static/fonts/a.woff2", "font")
    theming = shop("sunset")
    css = found(theming, theming.theme_static_url("css/site.css")).read().decode()
    assert css == f"a{{src:url({theming.theme_static_url('fonts/a.woff2')})}}b{{fill:url(#x)}}c{{src:url(data:x)}}"


def test_a_changed_font_changes_the_address_of_the_style_sheet(write, shop):
    write("themes/sunset/static/site.css", "a{src:url(a.woff2)}")
    write("themes/sunset/static/a.woff2", "one")
    theming = shop("sunset")
    before = theming.theme_static_url("site.css")
    write("themes/sunset/static/a.woff2", "two")
    assert theming.theme_static_url("site.css") != before


def test_style_sheets_that_name_each_other_end(write, shop):
    write("themes/sunset/static/a.css", "@import url(b.css);")
    write("themes/sunset/static/b.css", "@import url(a.css);")
    assert "/b.css" in shop("sunset").theme_static_url("b.css")


def test_the_compiled_tokens_are_served_like_a_file(shop):
    theming = shop("sunset")
    file = found(theming, theming.stylesheet_url)
    assert file.immutable and file.content_type == "text/css; charset=utf-8"
    assert file.read().decode() == theming.stylesheet()


def test_templates_know_both_addresses(write, shop):
    write("themes/sunset/static/app.js", "let a")
    write("core/templates/home.html", '{{ theme_stylesheet_url() }} {{ theme_static_url("app.js") }}')
    theming = shop("sunset")
    assert theming.render("home.html") == f"{theming.stylesheet_url} {theming.theme_static_url('app.js')}"


def test_plugins_and_core_have_static_files_of_their_own(write, shop):
    write("core/static/base.css", "core{}")
    write("plugins/klarna/static/x/klarna/logo.svg", "<svg/>")
    write("plugins/klarna/static/base.css", "hijacked{}")
    theming = shop(None)
    assert theming.active == "core"
    assert found(theming, theming.theme_static_url("base.css")).read() == b"core{}"
    assert found(theming, theming.theme_static_url("x/klarna/logo.svg")).content_type == "image/svg+xml"


@pytest.mark.parametrize(
    "path",
    [
        "sunset/00000000/../theme.toml",
        "sunset/00000000/../../../secret",
        "sunset/00000000//etc/passwd",
        "sunset/00000000/..\\theme.toml",
        "sunset/00000000/.env",
        "sunset/00000000/",
        "sunset",
        "",
        "gone/00000000/app.js",
        "../00000000/app.js",
    ],
)
def test_what_lies_outside_is_not_served(write, shop, path):
    write("themes/sunset/static/app.js", "let a")
    write("themes/sunset/static/.env", "SECRET=1")
    write("secret", "secret")
    assert shop("sunset").find_static(path) is None


def test_a_missing_file_fails_in_debug_and_is_logged_in_production(shop, caplog):
    with pytest.raises(StaticFileMissing, match=r"gone\.js.*sunset, harbour"):
        shop("sunset").theme_static_url("gone.js")
    assert shop("sunset", debug=False).theme_static_url("gone.js") == "/static/theme/sunset/missing/gone.js"
    assert "gone.js" in caplog.text
