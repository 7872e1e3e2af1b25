"""A frame as a table shows it: which columns, how each value reads, and in what order the rows stand."""

from __future__ import annotations

import contextlib
import difflib
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from flowroute_nb.errors import InputError
from flowroute_nb.schema import PRICES, RECORD, TEXT

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Sequence

__all__ = ["Order", "Rows"]

#: What of a record is shown unless told: short things first, and cost before body, which may push it off the screen.
SHOWN = (
    *("timestamp", "direction", "number", "contact", "cost", "segments", "delivery"),
    *("body", "status", "id"),
)
_DOLLARS = {column.name for column in (*RECORD, *PRICES) if column.dtype == "decimal"}
_LONG = 24  # characters; a longer text shares the room that is left
_FLOATS = 6  # digits after the point: a float is a ratio or an estimate here, never money
_KEPT = 8  # orders remembered

Texts = list["str | None"]


class Order(NamedTuple):
    """In what order rows are wanted, and which: sorted by a column, those in which a text is found."""

    sort: str | None = None
    ascending: bool = True
    find: str = ""


class Column:
    """One column: its title, the values in it, and how they read."""

    def __init__(self, key: str, title: str, values: pd.Series) -> None:
        self.key, self.title, self.values = key, title, values
        self.kind = _kind(values, title)
        zone = getattr(values.dtype, "tz", None)
        self.unit = "" if zone is None else str(zone)

    @cached_property
    def places(self) -> int:
        """How many digits all of its numbers have after the point: as many as the one that needs most."""
        if self.kind == "decimal":
            needed = [-int(v.as_tuple().exponent) for v in self._distinct if isinstance(v, Decimal) and v.is_finite()]
            return max([2 if self._dollars else 0, *needed])
        finite = self._distinct if self.kind == "float" else []
        digits = [len(f"{v:.{_FLOATS}f}".rstrip("0").partition(".")[2]) for v in finite if np.isfinite(v)]
        return max(digits, default=0)

    @cached_property
    def _grain(self) -> str:
        """Days, if all of its times are midnights."""
        some = self.values.dropna()
        return "datetime64[D]" if len(some) and (some == some.dt.normalize()).all() else "datetime64[s]"

    @property
    def _dollars(self) -> bool:
        return self.kind == "decimal" and (self.title in _DOLLARS or "cost" in self.title.lower().split("_"))

    @cached_property
    def _distinct(self) -> list[Any]:
        return list(self.values.dropna().unique())

    def texts(self, rows: np.ndarray[Any, Any] | None = None) -> Texts:
        """Say how the values in these rows (or in all) read; a missing one is None."""
        values = self.values if rows is None else self.values.iloc[rows]
        if self.kind == "time":
            said = np.datetime_as_string(values.dt.tz_localize(None).to_numpy().astype(self._grain))
            return [None if each == "NaT" else each.replace("T", " ") for each in said.tolist()]
        known: list[Any] = values.astype(object).where(values.notna(), None).tolist()
        return known if values.dtype == "str" else self._read(known)

    def _read(self, values: list[Any]) -> Texts:
        if self.kind == "text":
            return [None if value is None else _text(value) for value in values]
        read = {"decimal": self._decimal, "float": self._float, "flag": _flag}.get(self.kind, str)
        said = {value: read(value) for value in set(values) - {None}}
        return [said.get(value) for value in values]

    def _decimal(self, value: Decimal | int) -> str:
        size = abs(value) if isinstance(value, int) else value.copy_abs()  # abs() would round to 28 digits
        return f"{'-' * (value < 0)}{'$' * self._dollars}{size:,.{self.places}f}"

    def _float(self, value: float) -> str:
        said = f"{value:.{self.places}f}"
        return said if float(said) or not value else repr(value)  # what isn't zero doesn't read as zero

    @cached_property
    def ranks(self) -> np.ndarray[Any, Any]:
        """The place of each value among all: equal ones have the same, missing ones have -1; case is no difference."""
        if self.kind != "text" or pd.api.types.infer_dtype(self.values, skipna=True) != "string":
            with contextlib.suppress(TypeError):  # lists, or numbers among dates: then as they read
                return np.asarray(pd.factorize(self.values, sort=True)[0], "int64")
        texts = self.values if self.values.dtype == "str" else pd.Series(self.texts(), dtype=TEXT)
        return texts.str.lower().rank(method="dense").fillna(0).to_numpy("int64") - 1

    @cached_property
    def chars(self) -> int:
        """How wide the widest of its values is, in digits."""
        if self.kind in ("time", "flag"):
            return {"time": 17, "flag": 3}[self.kind]  # 14 digits, and 5 signs about half as wide
        if self.values.dtype == "str":
            lengths = self.values.str.len().fillna(0)
            said = self.values.iloc[[int(lengths.argmax())]].tolist() if len(lengths) else []
        else:
            said = self.texts() if self.kind == "text" else self._read(self._distinct)
        widest = max((each for each in said if isinstance(each, str)), key=len, default="")
        return len(widest) + (self.kind == "text" and not widest.isdecimal())  # letters may be wider than digits

    def facts(self) -> dict[str, Any]:
        """Say what whoever draws it has to know."""
        title = len(self.title) + len(self.unit) + 2  # it is bold, and there may be an arrow
        return {
            "key": self.key,
            "title": self.title,
            "unit": self.unit,
            "kind": "state" if self.title == "delivery" else self.kind,
            "chars": max(title, self.chars),
            "long": self.kind == "text" and self.chars > _LONG,
        }


def _kind(values: pd.Series, title: str) -> str:
    """Say what a column holds: decimal, whole, float, flag, time or text."""
    for kind, test in (
        ("flag", pd.api.types.is_bool_dtype),
        ("whole", pd.api.types.is_integer_dtype),
        ("float", pd.api.types.is_float_dtype),
        ("time", pd.api.types.is_datetime64_any_dtype),
    ):
        if test(values.dtype):
            return kind
    if values.dtype != object:
        return "text"
    types = set(map(type, values[values.notna()]))
    if not types:
        return "decimal" if title in _DOLLARS else "text"
    if Decimal in types and types <= {Decimal, int}:  # pandas sums no Decimals to the int 0
        return "decimal"
    return {frozenset({bool}): "flag", frozenset({int}): "whole"}.get(frozenset(types), "text")


def _flag(value: object) -> str:
    return "yes" if value else "no"


def _text(value: object) -> str:
    said = value if isinstance(value, str) else str(value)
    return said if said.isascii() else said.encode("utf-8", "replace").decode()  # half a character can't be sent


class Rows:
    """A frame with what is needed to show any hundred rows of it, in any order, at once.

    Parameters
    ----------
    frame : pandas.DataFrame
        Whatever is to be shown; it is looked at, never changed.
    columns : sequence of str, optional
        Which columns, in which order; unless told all of them, and of a record's twenty the ten that one reads.

    Raises
    ------
    InputError
        It is no frame, or has no such column.

    Examples
    --------
    >>> rows = Rows(pd.DataFrame({"n": [3, 1, 2]}))
    >>> rows.block(Order("n"), 0, 2)
    ([1, 2], [['1'], ['2']])

    """

    def __init__(self, frame: pd.DataFrame, columns: Sequence[Hashable] | None = None) -> None:
        if not isinstance(frame, pd.DataFrame):
            raise InputError(
                f"A table shows a pandas DataFrame, and was given {type(frame).__name__}. "
                "Of a Series, .to_frame() makes one."
            )
        self.frame = frame
        self._columns = None if columns is None else _known(columns, frame)
        self._orders: dict[Order, np.ndarray[Any, Any]] = {}

    def __len__(self) -> int:
        return len(self.frame)

    @cached_property
    def columns(self) -> dict[str, Column]:
        """The columns that are shown, by their keys."""
        made: dict[str, Column] = {}
        for name, values in _chosen(self.frame, self._columns):
            key = title = " · ".join(map(str, name)) if isinstance(name, tuple) else str(name)
            while key in made:
                key += "'"
            made[key] = Column(key, title, values)
        return made

    @cached_property
    def _searched(self) -> list[str]:
        """Each row's texts in one, in small letters: what one sees is what one finds."""
        told = [[each or "" for each in column.texts()] for column in self.columns.values()]
        return ["\x1f".join(row).lower() for row in zip(*told, strict=True)]

    def places(self, order: Order) -> np.ndarray[Any, Any]:
        """Say which rows of the frame are shown, in the order wanted; rows that are equal stay as they stand."""
        if order not in self._orders:
            if len(self._orders) >= _KEPT:
                del self._orders[next(iter(self._orders))]
            self._orders[order] = self._places(order)
        return self._orders[order]

    def _places(self, order: Order) -> np.ndarray[Any, Any]:
        places = np.arange(len(self))
        if order.sort in self.columns:
            ranks = self.columns[order.sort].ranks
            wanted = ranks if order.ascending else -ranks
            places = np.argsort(np.where(ranks < 0, len(ranks), wanted), kind="stable")  # missing ones come last
        if order.find:
            text = order.find.lower()
            found = np.fromiter((text in row for row in self._searched), bool, len(self))
            places = places[found[places]]
        return places

    def block(self, order: Order, start: int, size: int) -> tuple[list[int], list[Texts]]:
        """Give some rows: where each stands in the frame, and how its values read."""
        places = self.places(order)[start : start + size]
        told = [column.texts(places) for column in self.columns.values()]
        return places.tolist(), [list(row) for row in zip(*told, strict=True)]


def _known(columns: Iterable[Hashable], frame: pd.DataFrame) -> list[Hashable]:
    columns = [columns] if isinstance(columns, str) else list(columns)
    for name in columns:
        if name not in frame.columns:
            near = difflib.get_close_matches(str(name), map(str, frame.columns), n=1)
            hint = f"Did you mean {near[0]!r}?" if near else f"It has {', '.join(map(str, frame.columns))}."
            raise InputError(f"The frame has no column {name!r}. {hint}")
    return columns


def _chosen(frame: pd.DataFrame, columns: list[Hashable] | None) -> Iterable[tuple[Hashable, pd.Series]]:
    """Give the columns to show; a named index, such as the keys of a summary, comes first."""
    if columns is None and {column.name for column in RECORD} <= set(frame.columns):
        columns = list(SHOWN)
    if columns is not None:
        return [(name, frame[name]) for name in columns]
    levels = [frame.index.get_level_values(n) for n in range(frame.index.nlevels)]
    named = [(level.name, level.to_series(index=frame.index)) for level in levels if level.name is not None]
    return [*named, *((name, frame.iloc[:, at]) for at, name in enumerate(frame.columns))]
