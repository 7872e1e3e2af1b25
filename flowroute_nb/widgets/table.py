"""A table of any number of rows: a window onto a frame, which stays in the kernel."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import anywidget

from flowroute_nb.errors import InputError, keywords
from flowroute_nb.validation import whole_number
from flowroute_nb.widgets.rows import Order, Rows

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Sequence

    import pandas as pd

__all__ = ["Table"]

_HERE = Path(__file__).parent
_LARGEST = 500  # rows that one question may ask for


class _Window(anywidget.AnyWidget):
    """What a notebook shows: the script and the style, and no row, because what is here is saved with the notebook."""

    # Of a path anywidget would keep every widget, and with it the frame, until the kernel ends.
    _esm = (_HERE / "table.js").read_text(encoding="utf-8")
    _css = (_HERE / "table.css").read_text(encoding="utf-8")


class _Now(NamedTuple):
    """What is shown, all of it at once, so that another thread sees no half of it."""

    version: int
    rows: Rows
    chosen: int | None = None

    @property
    def row(self) -> pd.Series | None:
        return None if self.chosen is None else self.rows.frame.iloc[self.chosen]


class Table:
    """A table of a frame in a notebook, however long: scroll it, sort it, find in it, choose a row.

    The rows stay in the kernel. Those in sight are sent when they are looked at, and are in no saved notebook.

    Parameters
    ----------
    frame : pandas.DataFrame
        What to show; of a record's twenty columns the ten that one reads, of another frame all, and first the
        levels of its index that have names.
    columns : sequence of str, optional
        The columns to show instead, in this order.
    rows : int
        How many rows are in sight at once.
    label : str
        What a screen reader calls the table.

    Attributes
    ----------
    widget : anywidget.AnyWidget
        What to put into a layout of ipywidgets.

    Raises
    ------
    InputError
        It is no frame, or has no such column.

    Examples
    --------
    >>> import pandas as pd
    >>> Table(pd.DataFrame({"number": ["12065550100"], "segments": [1]}))
    <Table of 1 row: number, segments. A notebook shows it; .frame is the frame.>

    """

    @keywords
    def __init__(
        self,
        frame: pd.DataFrame,
        *,
        columns: Sequence[Hashable] | None = None,
        rows: int = 15,
        label: str = "Rows",
    ) -> None:
        if (whole_number(rows) or 0) < 1:
            raise InputError(f"rows={rows!r} is no number of rows. Give one from 1 on, such as rows=15.")
        self._columns, self._high, self._label = columns, int(rows), label
        self._now = _Now(1, Rows(frame, columns))
        self._known = [self._now]  # what views may still show
        self._called: list[Callable[[pd.Series], object]] = []
        self.widget = _Window(layout={"width": "100%"})
        self.widget.on_msg(self._hear)

    @property
    def frame(self) -> pd.DataFrame:
        """The frame that is shown; another one can be put in its place at any time, from any thread."""
        return self._now.rows.frame

    @frame.setter
    def frame(self, frame: pd.DataFrame) -> None:
        now = self._now
        self._now = _Now(now.version + 1, Rows(frame, self._columns), _place(now, frame))
        self.widget.send({"what": "changed"})

    @property
    def chosen(self) -> pd.Series | None:
        """The row that was chosen last, or None; when the frame becomes another one, its row with the same id."""
        return self._now.row

    def on_choose(self, call: Callable[[pd.Series], object]) -> None:
        """Have this called with the row whenever one is chosen."""
        self._called.append(call)

    def _hear(self, _: object, said: dict[str, Any], __: object) -> None:
        """Answer a view: it asks for rows, or says which one was chosen."""
        if "ask" in said:
            self.widget.send(self._answer(**said["ask"]))
        elif "choose" in said:
            self._choose(**said["choose"])

    def _answer(
        self,
        *,
        view: str,
        generation: int,
        version: int | None,
        start: int,
        size: int,
        **order: Any,  # noqa: ANN401  an Order's
    ) -> dict[str, Any]:
        now, wanted = self._now, Order(**order)
        if now.version != self._known[-1].version:
            self._known = [self._known[-1], now]
        places, told = now.rows.block(wanted, max(0, start), min(size, _LARGEST))
        answer: dict[str, Any] = {"what": "rows", "view": view, "generation": generation, "start": start}
        answer |= {"version": now.version, "chosen": now.chosen, "all": len(now.rows)}
        answer["total"] = len(now.rows.places(wanted))
        answer["rows"] = [[place, *texts] for place, texts in zip(places, told, strict=True)]
        if version != now.version:
            facts = [column.facts() for column in now.rows.columns.values()]
            answer |= {"columns": facts, "high": self._high, "label": self._label}
        return answer

    def _choose(self, *, view: str, version: int, row: int) -> None:
        """Take what was chosen in the frame that the view shows, which may not be the newest."""
        then = next((each for each in self._known if each.version == version), None)
        if then is None or not 0 <= row < len(then.rows):
            return
        now, chosen = self._now, then._replace(chosen=row)
        place = row if now.version == version else _place(chosen, now.rows.frame)
        self._now = now._replace(chosen=place)
        self.widget.send({"what": "chosen", "view": view, "row": place})
        for call in self._called:
            call(then.rows.frame.iloc[row])

    def __repr__(self) -> str:
        count = len(self._now.rows)
        names = ", ".join(column.title for column in self._now.rows.columns.values())
        return f"<Table of {count:,} row{'s' * (count != 1)}: {names}. A notebook shows it; .frame is the frame.>"

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:  # noqa: ANN401  as IPython calls it
        data, *rest = self.widget._repr_mimebundle_(**kwargs) or ({},)
        return ({**data, "text/plain": repr(self)}, *rest)


def _place(then: _Now, frame: pd.DataFrame) -> int | None:
    """Find the row that was chosen in another frame, by its id."""
    if then.row is None or "id" not in then.row.index or "id" not in frame:
        return None
    found = (frame["id"] == then.row["id"]).to_numpy(bool).nonzero()[0]
    return int(found[0]) if len(found) else None
