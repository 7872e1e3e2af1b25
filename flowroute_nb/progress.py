"""Shows how far a reading is."""

from __future__ import annotations

import datetime as dt
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from flowroute_nb.ranges import Span

__all__ = ["bar"]

_DAY = dt.timedelta(days=1)


@contextmanager
def bar(whole: Span, *, shown: bool) -> Iterator[Callable[[Span, int], None]]:
    """Give what a reading reports to: each part it has read, and how many records of the range that had."""
    from tqdm.auto import tqdm  # noqa: PLC0415  in a notebook this loads ipywidgets

    class Bar(tqdm):  # type: ignore[type-arg]  # generic in the stubs alone
        monitor_interval = 0  # no thread that outlives the reading

    length = whole.end - whole.start
    days, records, read = max(1, round(length / _DAY)), 0, dt.timedelta()
    with Bar(total=days, unit="day", desc="Reading", disable=not shown) as shown_bar:

        def report(part: Span, count: int) -> None:
            nonlocal records, read
            records += count
            read += max(min(part.end, whole.end) - max(part.start, whole.start), dt.timedelta())
            shown_bar.set_postfix_str(f"{records:,} records", refresh=False)
            shown_bar.update(int(days * (read / length)) - shown_bar.n)

        yield report
