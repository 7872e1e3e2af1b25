"""Finds the ids of records in whatever somebody has pasted."""

from __future__ import annotations

import csv
import io
import re
from typing import TYPE_CHECKING

import msgspec

from flowroute_nb.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["ids"]

_MDR = re.compile(r"(?<![\w-])mdr\d+-[\w-]+", re.ASCII)
_NAMED = {"id", "ids", "mdr", "mdrid", "mdrids", "messageid", "recordid"}  # what a column of ids may be called
_AROUND = "\"'“”`\u2018\u2019()[]{}<>*•·"  # what may stand around one in a list
_NO_ID = re.compile(r"[/?#%\\]")  # what no id has: it stands in a path
_SHOWN = 40  # characters of what was pasted


def ids(text: str) -> list[str]:
    r"""Take ids of records out of pasted text, each once, in the order in which they stand.

    Parameters
    ----------
    text : str
        JSON of any shape (an answer of the API, objects with an ``id``, a list of texts, one object a line); a table
        with a column ``id``, separated by commas, tabs or semicolons, such as a file of :func:`flowroute_nb.write`;
        ids alone, with or without quotes and commas; or any other text with ids such as ``mdr2-…`` in it.

    Returns
    -------
    list of str

    Raises
    ------
    InputError
        There is no id in it.

    Examples
    --------
    >>> ids('{"data": [{"id": "mdr2-a1"}, {"id": "mdr2-b2"}]}')
    ['mdr2-a1', 'mdr2-b2']
    >>> ids("mdr2-a1, mdr2-b2\nmdr2-a1")
    ['mdr2-a1', 'mdr2-b2']

    """
    said = text.lstrip("\ufeff").strip(" \r\n")  # a tab may stand before a first column without a name
    if not said.strip():
        raise InputError("There are no ids yet. Paste one, or many: as JSON, as columns of a table, or one a line.")
    found = _of_json(said)
    for look in (_of_columns, _alone, _anywhere):
        found = found or look(said)
    kept = list(dict.fromkeys(each.strip() for each in found if each.strip()))
    if not kept:
        line = " ".join(said.split())
        shown = line if len(line) <= _SHOWN else f"{line[:_SHOWN]}…"
        raise InputError(f"No id was found in {shown!r}. Paste ids such as mdr2-39cadeace66e11e7aff806cd7f24ba2d.")
    return kept


# ------------------------------------------------------------------ JSON


def _of_json(said: str) -> list[str]:
    """Take them out of JSON, also of one object a line."""
    if said.lstrip()[0] not in '{["':
        return []
    try:
        return list(_walked(msgspec.json.decode(said), listed=True))
    except (msgspec.DecodeError, RecursionError, UnicodeError):
        pass
    try:
        return [each for line in said.splitlines() if line.strip() for each in _walked(msgspec.json.decode(line))]
    except (msgspec.DecodeError, RecursionError, UnicodeError):
        return []


def _walked(said: object, *, listed: bool = False) -> Iterator[str]:
    """Walk through what was decoded; ``listed`` says that a text in it is an id, whatever it looks like."""
    if isinstance(said, str):
        if listed or _MDR.fullmatch(said):
            yield said
    elif isinstance(said, list):
        for each in said:
            yield from _walked(each, listed=listed and not isinstance(each, (list, dict)))
    elif isinstance(said, dict):
        named = [name for name in said if _plain(name) in _NAMED]
        if named:  # what else is in there, such as its media, has ids of its own
            yield from _all_of(said[named[0]])
        elif "data" in said:  # what is beside it is included, not listed
            yield from _walked(said["data"])
        else:
            for each in said.values():
                yield from _walked(each)


def _all_of(said: object) -> Iterator[str]:
    """Give every text under a name that is an id's: pandas writes a column as a list or as an object."""
    if isinstance(said, str):
        yield said
    elif isinstance(said, (list, dict)):
        for each in said.values() if isinstance(said, dict) else said:
            yield from _all_of(each)


# ------------------------------------------------------------------ columns and lines


def _plain(name: str) -> str:
    return re.sub(r"[^a-z]", "", name.lower())


def _of_columns(said: str) -> list[str]:
    """Take them out of a table whose first line names a column of ids."""
    head = said.splitlines()[0]
    for mark in ("\t", ",", ";", "|"):
        names = [_plain(cell) for cell in head.split(mark)]
        at = next((n for n, name in enumerate(names) if name in _NAMED), None)
        if at is None:
            continue
        try:
            rows = list(csv.reader(io.StringIO(said, newline=""), delimiter=mark))[1:]
        except csv.Error:
            continue
        cells = [row[at].strip().strip(_AROUND) for row in rows if len(row) > at]
        if any(cells):
            return [each for each in cells if not re.fullmatch(r":?-+:?", each)]  # Markdown's line below its header
    return []


def _alone(said: str) -> list[str]:
    """Take ids that stand alone, with what may be around them in a list."""
    found = []
    for line in said.splitlines():
        words = [word.strip(_AROUND) for word in re.split(r"[\s,;]+", line)]
        words = [word for word in words if word not in ("", "-")]
        if (len(words) > 1 and not all(map(_MDR.fullmatch, words))) or any(map(_NO_ID.search, words)):
            return []  # this is no list
        found += words
    return found


def _anywhere(said: str) -> list[str]:
    return _MDR.findall(said)
