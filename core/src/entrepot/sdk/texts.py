"""A plugin's own texts: gettext catalogues in its package's ``translations`` folder, each read once.

Templates need none of this: they translate with ``_()``. Providers that make texts themselves (payment method labels,
of taxed lines) use::

    TEXTS = PluginTexts(__file__, "payment-paylink")
    TEXTS.of(locale).gettext("Bank transfer")
"""

from __future__ import annotations

from functools import cached_property
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path


class PluginTexts:
    """Catalogues at ``translations/<locale>/LC_MESSAGES/<plugin id>.po`` beside ``file``."""

    def __init__(self, file: str, plugin_id: str) -> None:
        self._folder = Path(file).parent / "translations"
        self._domain = plugin_id
        self._read: dict[str, NullTranslations] = {}

    def of(self, locale: str) -> NullTranslations:
        """Translations for a locale such as ``de-AT`` or ``zh-Hans``; English when there are none."""
        name = self.nearest(locale)
        if name not in self._read:
            self._read[name] = self._load(name)
        return self._read[name]

    def nearest(self, locale: str) -> str:
        """Folder name of the catalogue that is read for a locale: its own, else one of its language, else ``en``."""
        parts = locale.replace("-", "_").split("_")
        shorter = ("_".join(parts[:length]) for length in range(len(parts), 0, -1))
        same_language = (name for name in self.locales if name.split("_")[0] == parts[0])
        return next((name for name in shorter if name in self.locales), next(same_language, "en"))

    @cached_property
    def locales(self) -> tuple[str, ...]:
        """Folder names of all catalogues."""
        if not self._folder.is_dir():
            return ()
        return tuple(sorted(folder.name for folder in self._folder.iterdir() if folder.is_dir()))

    def _load(self, name: str) -> NullTranslations:
        from babel.messages.mofile import write_mo  # Babel is large: only who translates loads it
        from babel.messages.pofile import read_po

        file = self._folder / name / "LC_MESSAGES" / f"{self._domain}.po"
        if not file.is_file():
            return NullTranslations()
        compiled = BytesIO()
        write_mo(compiled, read_po(BytesIO(file.read_bytes()), locale=name))
        compiled.seek(0)
        return GNUTranslations(compiled)
