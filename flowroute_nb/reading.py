"""Many requests at once, their answers in order, and what could not be read kept beside what could."""

from __future__ import annotations

import datetime as dt
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from flowroute_nb import columns, ranges, records, wire
from flowroute_nb.errors import BadRecords, FlowrouteError, NotFound, RateLimited, Refused
from flowroute_nb.ranges import Span
from flowroute_nb.reader import Reader

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    import pandas as pd
    import pyarrow as pa

    from flowroute_nb.client import Client

__all__ = ["Piece", "day_by_day", "looked_up", "whole"]

T = TypeVar("T")
R = TypeVar("R")

_PAGE = 1_000  # records asked for at once
_DAY = dt.timedelta(days=1)
_ENOUGH_FAILED = 3  # slices: then the service is down, and asking on would only take time


class Piece(NamedTuple):
    """What came of reading one slice, or one record."""

    table: pa.Table
    bad: dict[str, str]
    pages: int
    error: FlowrouteError | None

    def __repr__(self) -> str:
        """Say how much there is, not what."""
        return f"<Piece of {len(self.table)} rows, {self.pages} pages>"


def at_once(work: Callable[[T], R], tasks: Iterable[T], workers: int) -> Iterator[R]:
    """Do the tasks in a few threads, a little ahead of whoever takes the results, and give these in order.

    Whoever leaves early, by an error or an interrupt, starts no further task.
    """
    if workers <= 1:
        yield from map(work, tasks)
        return
    threads = ThreadPoolExecutor(workers, thread_name_prefix="flowroute_nb")
    ahead: deque[Future[R]] = deque()
    try:
        for task in tasks:
            ahead.append(threads.submit(work, task))
            if len(ahead) > workers:
                yield ahead.popleft().result()
        while ahead:
            yield ahead.popleft().result()
    finally:
        threads.shutdown(wait=False, cancel_futures=True)


# ------------------------------------------------------------------ records by their ids


def looked_up(client: Client, api: str, ids: list[str], *, keep: bool, workers: int) -> pd.DataFrame:
    """Read these records, in this order."""
    pieces: list[Piece] = []
    for piece in at_once(partial(_one_record, client, api, Reader(), keep), ids, min(workers, len(ids))):
        pieces.append(piece)
        if piece.error is not None and not isinstance(piece.error, NotFound):
            break
    found = records.frame(piece.table for piece in pieces)
    errors = {each: piece.error for each, piece in zip(ids, pieces, strict=False) if piece.error is not None}
    stopped = next((error for error in errors.values() if not isinstance(error, NotFound)), None)
    if stopped is not None:
        missing = [each for each in ids if each not in set(found["id"])]
        raise _again(stopped, f"{len(missing)} of {len(ids)} were not read." if len(ids) > 1 else "", found, missing)
    if errors:
        few = ", ".join(list(errors)[:3]) + (", …" if len(errors) > 3 else "")  # noqa: PLR2004  three are shown
        many = (
            f"{len(errors)} of {len(ids)} ids have no record: {few}. The others are in .partial."
            if len(ids) > 1
            else ""
        )
        raise _again(next(iter(errors.values())), many, found, list(errors))
    _raise_bad({name: why for piece in pieces for name, why in piece.bad.items()}, found)
    return found


def _one_record(client: Client, api: str, reader: Reader, keep: bool, record_id: str) -> Piece:  # noqa: FBT001
    doing = f"The look-up of {record_id}"
    try:
        page = reader.read(client.read(wire.record(api, record_id), doing).body, doing)
    except FlowrouteError as stopped:
        table = columns.blank(record_id) if keep and isinstance(stopped, NotFound) else columns.joined([])
        return Piece(table, {}, 0, None if len(table) else stopped)
    table, unread = columns.table(page.items)
    bad = page.bad | unread
    if not bad and table["id"].to_pylist() != [record_id]:
        table, bad = table.slice(0, 0), {record_id: "was answered with another record, or none"}
    return Piece(table, bad, 1, None)


# ------------------------------------------------------------------ records of a range of time


def whole(
    client: Client, api: str, span: Span, *, now: dt.datetime, workers: int, report: Callable[[Span, int], None]
) -> pd.DataFrame:
    """Read all records of a range, or raise an error that has all that could be read."""
    pieces: dict[Span, Piece] = {}
    slices = list(ranges.slices(_until(span, now)))
    for slice_, piece in zip(
        slices, at_once(partial(_one_slice, client, api, Reader()), slices, workers), strict=False
    ):
        pieces[slice_] = piece
        report(slice_, len(piece.table))
        failed = [each.error for each in pieces.values() if each.error is not None]
        if len(failed) >= _ENOUGH_FAILED or (failed and _final(failed[-1])):
            break
    found = records.frame([piece.table for piece in pieces.values()], ordered=True, within=span)
    missing = [each for each in slices if each not in pieces or pieces[each].error is not None]
    found.attrs["flowroute"] = {
        "api": api,
        "service": client.base_url,
        "start": span.start.isoformat(),
        "end": span.end.isoformat(),
        "pages": sum(piece.pages for piece in pieces.values()),
        "read_at": now.isoformat(timespec="seconds"),
        "complete": not missing and not any(piece.bad for piece in pieces.values()),
    }
    if missing:
        stopped = next(piece.error for piece in pieces.values() if piece.error is not None)
        days = [day for each in missing for day in _named(each, span)]
        raise _again(
            stopped,
            f"Not read in full: {_shortly(days)} (UTC). The rest, {len(found)} records, is in .partial.",
            found,
            days,
        )
    _raise_bad({name: why for piece in pieces.values() for name, why in piece.bad.items()}, found)
    return found


def day_by_day(
    client: Client, api: str, span: Span, *, now: dt.datetime, tz: dt.tzinfo, workers: int
) -> Iterator[pd.DataFrame]:
    """Read a range a day at a time, a few days ahead, keeping no more than these."""
    span = _until(span, now)
    slices, days = list(ranges.slices(span, days=1)), deque(ranges.days_of(span, tz))
    held, bad = columns.joined([]), dict[str, str]()
    for slice_, piece in zip(slices, at_once(partial(_one_slice, client, api, Reader()), slices, workers), strict=True):
        held = columns.joined([held, piece.table])
        bad.update(piece.bad)
        if piece.error is not None:
            rest = records.frame([held], ordered=True, within=span)
            left = [name for each in slices[slices.index(slice_) :] for name in _named(each, span)]
            raise _again(piece.error, f"Not read in full: {_shortly(left)} (UTC).", rest, left)
        while days and days[0].end <= slice_.end - _DAY:  # nothing of that day can come any more
            day = days.popleft()
            yield records.frame([held], ordered=True, within=day)
            held = columns.since(held, day.end)
    _raise_bad(bad, None)


def _one_slice(client: Client, api: str, reader: Reader, piece: Span) -> Piece:
    """Read all pages of one slice; where they stop half-way, keep what came."""
    tables, bad, error = [], dict[str, str](), None
    doing = f"Reading {piece.start:%Y-%m-%d} to {piece.end:%Y-%m-%d}"
    try:
        for page in client.pages(wire.records(api, piece.start, piece.end, _PAGE), reader, doing):
            table, unread = columns.table(page.items)
            tables.append(table)
            bad.update(page.bad | unread)
    except FlowrouteError as stopped:
        error = stopped
    return Piece(columns.joined(tables), bad, len(tables), error)


def _until(span: Span, now: dt.datetime) -> Span:
    """Ask for no more of the future than a wrong clock can hide."""
    return Span(span.start, min(span.end, now + _DAY))


def _final(error: FlowrouteError) -> bool:
    return isinstance(error, Refused) and not isinstance(error, RateLimited)


def _named(slice_: Span, span: Span) -> list[str]:
    """Name the days of a slice that are of the range."""
    count = (slice_.end - slice_.start) // _DAY
    starts = [slice_.start + n * _DAY for n in range(count)]
    return [f"{start:%Y-%m-%d}" for start in starts if start < span.end and start + _DAY > span.start]


def _shortly(days: list[str]) -> str:
    shown = days if len(days) <= 4 else [*days[:2], "…", days[-1]]  # noqa: PLR2004  four are few
    return ", ".join(shown) or "the edges of the range"


# ------------------------------------------------------------------ what went wrong


def _again(error: FlowrouteError, more: str, partial_: pd.DataFrame, missing: list[str]) -> FlowrouteError:
    """Make the error anew, with what was read all the same."""
    facts = {**vars(error), "partial": partial_, "missing": missing}
    return type(error)(f"{error} {more}".strip(), **facts)


def _raise_bad(bad: dict[str, str], found: pd.DataFrame | None) -> None:
    if bad:
        where = "The others are in .partial." if found is not None else "All others were given."
        raise BadRecords(f"{records.counted(bad)} {where}", bad=bad, partial=found)
