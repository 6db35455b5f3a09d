"""The screening: the merchant's list from the data folder, or entries from the settings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from pathlib import Path

from marshmallow import ValidationError, fields, validate

from entrepot.sdk import ConfigInvalid, ConfigSchema, ListMatch, Party, PartyScreening, ProviderUnavailable, text
from entrepot_feature_denied_list.listing import ListUnreadable, read_list
from entrepot_feature_denied_list.matching import Index, Resemblance

MAX_ENTRY_CHARACTERS = 200_000


def _must_be_list(value: str) -> None:
    try:
        read_list(value)
    except ListUnreadable as error:
        raise ValidationError(str(error)) from error


class DeniedListConfig(ConfigSchema):
    """One account is one list."""

    list_name = text(label="Name of the list", help="Shown with every match.", default="Denied parties")
    file = text(
        label="File in the folder 'lists' of the data folder",
        help="In the layout of sdn.csv. Leave empty to use only the entries below.",
        default="denied-parties.csv",
        validate=validate.Regexp(r"[\w.-]*\Z", error="Write only the file's name, without a folder."),
    )
    entries = text(
        label="Entries of your own",
        help="More lines in the same layout.",
        default="",
        multiline=True,
        validate=[validate.Length(max=MAX_ENTRY_CHARACTERS), _must_be_list],
    )
    threshold = fields.Integer(
        load_default=85,
        validate=validate.Range(min=60, max=100),
        metadata={"label": "From which resemblance on people look", "unit": "%", "help": "100: only the same words."},
    )
    max_age_days = fields.Integer(
        load_default=14,
        validate=validate.Range(min=1, max=366),
        metadata={"label": "Oldest list that may clear a buyer", "unit": "days"},
    )


@dataclass(frozen=True)
class _Found:
    index: Index
    #: The day on which the file was put there; None for entries of the settings.
    day: date | None


class DeniedList(PartyScreening):
    """Finds names on a list without the network. People decide; a match is a resemblance and nothing more."""

    id = "denied-list"
    label = "Denied-party list"
    config_schema = DeniedListConfig

    def check(self) -> None:
        """Read the list; raises ConfigInvalid when there is none, it cannot be read or it is too old."""
        try:
            for found in self._lists():
                self._refuse_old(found)
        except ProviderUnavailable as error:
            raise ConfigInvalid(str(error), {"file": [str(error)]}) from error

    def screen(self, party: Party) -> list[ListMatch]:
        """Matches of name, company and recipient; an old list may match but never clear."""
        names = dict.fromkeys((*party.names, *((party.address.name, party.address.company) if party.address else ())))
        threshold = self.config["threshold"] / 100
        lists = self._lists()
        matches = [
            self._match(found.day, resemblance)
            for found in lists
            for name in names
            for resemblance in found.index.resembling(name, threshold)
        ]
        if not matches:
            for found in lists:
                self._refuse_old(found)
        return sorted(dict.fromkeys(matches), key=lambda match: -match.score)

    def _match(self, day: date | None, found: Resemblance) -> ListMatch:
        entry = found.entry
        return ListMatch(
            listed_name=found.name,
            entry=entry.id,
            programs=entry.programs,
            list_name=self.config["list_name"],
            list_date=day,
            score=found.score,
            remarks=entry.remarks,
        )

    def _lists(self) -> list[_Found]:
        own = [_Found(_indexed(self.config["entries"]), None)] if self.config["entries"].strip() else []
        lists = [*own, *([self._from_file()] if self.config["file"] else [])]
        if not lists:
            raise ProviderUnavailable("There is no list. Name a file, or write entries into the account's settings.")
        return lists

    def _from_file(self) -> _Found:
        if self.ctx.lists_folder is None:
            raise ProviderUnavailable("There is no folder for lists. Write the entries into the account's settings.")
        file = self.ctx.lists_folder / self.config["file"]
        try:
            status = file.stat()
            index = _read(file, status.st_mtime_ns)
        except (OSError, ListUnreadable) as error:
            raise ProviderUnavailable(f"The list {file} cannot be read: {error}. Put the current one there.") from error
        return _Found(index, datetime.fromtimestamp(status.st_mtime, UTC).date())

    def _refuse_old(self, found: _Found) -> None:
        if found.day is None:
            return
        age = (self.ctx.clock.now().date() - found.day).days
        if age > self.config["max_age_days"]:
            raise ProviderUnavailable(
                f"The list '{self.config['list_name']}' is {age} days old, too old to clear anybody. "
                f"Put the current one into {self.config['file']}."
            )


@lru_cache(maxsize=4)
def _read(file: Path, modified_ns: int) -> Index:
    """The list of a file, read again only when the file changed."""
    content = file.read_bytes()
    try:
        return Index(read_list(content.decode("utf-8-sig")))
    except UnicodeDecodeError:
        return Index(read_list(content.decode("latin-1")))


@lru_cache(maxsize=4)
def _indexed(entries: str) -> Index:
    return Index(read_list(entries))
