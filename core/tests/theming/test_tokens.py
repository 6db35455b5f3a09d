"""Design tokens: merging, references, the compiled style sheet, contrast."""

from __future__ import annotations

import pytest

from entrepot.theming.contrast import contrast_failures, contrast_ratio
from entrepot.theming.errors import TokenInvalid
from entrepot.theming.tokens import ResolvedTokens, compile_stylesheet, content_hash, merge, parse_tokens, resolve


def resolved(*contents):
    return resolve("harbour", merge([parse_tokens("harbour", content) for content in contents]))


def test_tokens_become_custom_properties_in_three_places(shop):
    css = shop("harbour").stylesheet()
    root, by_preference, by_choice = css.splitlines()[:3]
    assert root.startswith(":root{color-scheme:light dark;") and "--color-on-surface:#14212b;" in root
    assert by_preference.startswith("@media (prefers-color-scheme: dark){:root:not([data-scheme=light]){")
    assert by_choice.startswith("[data-scheme=dark]{") and "--color-surface:#0d161d;" in by_choice


def test_palettes_are_for_references_only(shop):
    assert "palette" not in shop("harbour").stylesheet()


def test_the_dark_scheme_holds_what_differs_palette_changes_included(shop):
    dark = shop("harbour").stylesheet().splitlines()[2]
    assert "--color-on-surface:#e8eef2;" in dark and "--shadow-card:0 1px 2px #e8eef2;" in dark
    assert "--space-1" not in dark and "--color-accent" not in dark


def test_a_childs_palette_reaches_what_its_parents_derive_from_it():
    parent = {"palette": {"sea": "#00f"}, "color": {"accent": "{palette.sea}"}}
    assert resolved(parent, {"palette": {"sea": "#0f0"}}).light["color.accent"] == "#0f0"


def test_motion_stops_for_those_who_ask_for_it(shop):
    assert "@media (prefers-reduced-motion: reduce){:root{--motion-quick:0s;}}" in shop("harbour").stylesheet()


def test_a_theme_without_dark_colours_does_not_claim_any():
    assert compile_stylesheet(resolved({"color": {"surface": "#fff"}})) == (
        ":root{color-scheme:light;--color-surface:#fff;}\n"
    )


@pytest.mark.parametrize(
    ("content", "part"),
    [
        ({"color": {"a": "{palette.gone}"}}, "'color.a' refers to 'palette.gone'"),
        ({"color": {"a": "{color.b}", "b": "{color.a}"}}, "color.a → color.b → color.a"),
        ({"colour": {"a": "#fff"}}, "no token group 'colour'"),
        ({"color": {"A": "#fff"}}, "not a token name"),
        ({"color": {"a": True}}, "not a text or a number"),
        ({"color": "#fff"}, "stands outside a group"),
        ({"dark": "#000"}, "'dark' is not a table"),
    ],
)
def test_wrong_tokens_are_named_with_a_remedy(content, part):
    with pytest.raises(TokenInvalid, match=part) as caught:
        resolved(content)
    assert (caught.value.theme, caught.value.file) == ("harbour", "tokens.toml")


@pytest.mark.parametrize(
    "value",
    ["red;} body{display:none", "</style><script>", "url(//evil)", "a\nb", "a/*", "rgb(1 2 3", '"open', "\\3c", " "],
)
def test_a_value_cannot_leave_its_declaration(shop, value):
    with pytest.raises(TokenInvalid):
        parse_tokens("harbour", {"color": {"a": value}})
    with pytest.raises(TokenInvalid), shop("harbour").using("harbour", {"color.accent": value}):
        pytest.fail("the value was accepted")


@pytest.mark.covers("S0.61")
def test_a_merchants_colours_can_be_previewed(shop):
    theming = shop("sunset")
    before = theming.stylesheet_url
    with theming.using("sunset", {"color.accent": "#123456"}):
        assert "--color-accent:#123456;" in theming.stylesheet()
        assert theming.stylesheet_url != before
    assert theming.stylesheet_url == before


def test_the_address_changes_with_the_content_only():
    assert content_hash("a{}") == content_hash("a{}") != content_hash("b{}")
    assert len(content_hash("")) == 8


@pytest.mark.parametrize(
    ("pair", "ratio"),
    [(("#000", "#fff"), 21.0), (("#777777", "#ffffff"), 4.48), (("rgb(118 118 118)", "hsl(0 0% 100%)"), 4.54)],
)
def test_contrast_is_measured_as_wcag_does(pair, ratio):
    assert contrast_ratio(*pair) == pytest.approx(ratio, abs=0.01)


@pytest.mark.covers("G24")
def test_a_pair_that_is_too_close_is_named_with_its_ratio():
    tokens = resolved({"color": {"accent": "#88b", "on_accent": "#fff"}, "dark": {"color": {"accent": "#113"}}})
    (failure,) = contrast_failures(tokens)
    assert (failure.scheme, failure.foreground, failure.background) == ("light", "color.on_accent", "color.accent")
    assert str(failure) == "color.on_accent on color.accent (light) has a contrast of 3.34, 4.5 is needed."


def test_a_colour_that_cannot_be_measured_is_not_passed_over():
    tokens = ResolvedTokens(light={"color.accent": "rgb(0 0 0 / 50%)", "color.on_accent": "#fff"}, dark={})
    (failure,) = contrast_failures(tokens)
    assert failure.ratio is None and "cannot be measured" in str(failure)


def test_a_colour_without_a_partner_needs_no_contrast():
    assert contrast_failures(resolved({"color": {"on_nothing": "#fff", "line": "#eee"}})) == []
