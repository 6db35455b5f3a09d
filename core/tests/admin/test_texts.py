"""The back office speaks every language of a release."""

from __future__ import annotations

from pathlib import Path

import pytest

import entrepot
from entrepot.theming.messages import catalogue_file, missing_keys
from entrepot.web.i18n import LOCALES

CORE = Path(entrepot.__file__).parent


@pytest.mark.covers("S0.7")
@pytest.mark.parametrize("locale", LOCALES)
def test_no_text_of_the_back_office_lacks_a_translation(locale: str) -> None:
    sources = [CORE / "admin", CORE / "staff", CORE / "templates" / "admin", CORE / "editing", CORE / "order_import"]
    sources += [CORE / "stock_sources", CORE / "stock_targets", CORE / "policies"]
    missing = missing_keys(sources, [catalogue_file(CORE / "translations", locale, "admin")], locale)
    assert [str(one) for one in missing] == []
