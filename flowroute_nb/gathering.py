"""Many requests at once, their answers in order, and what could not be read kept beside what could."""

from __future__ import annotations

import datetime as dt
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import closing
from functools import partial
from typing import TYPE_CHECKING, NamedTuple, NoReturn, TypeVar

from flowroute_nb import columns, ranges, records, wire
from flowroute_nb.errors import (
    BadRecords,
    FlowrouteError,
    InputError,
    Interrupted,
    NotFound,
    RateLimited,
    Refused,
    is_ctrl_c,
)
from flowroute_nb.forking import this_process
from flowroute_nb.ranges import Span
from flowroute_nb.reader import Reader

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator

    import pandas as pd
    import pyarrow as pa

    from flowroute_nb.client import Client

__all__ = ["Piece", "anew", "day_by_day", "looked_up", "whole"]

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


def at_once(work: Callable[[Client, T], R], tasks: Iterable[T], client: Client, workers: int) -> Generator[R]:
    """Do the tasks in a few threads, a little ahead of whoever takes the results, and give these in order.

    Whoever leaves early, by an error or an interrupt, hangs up on what is under way; no thread is left behind.
    """
    branch, process = client.branch(), this_process()
    threads = ThreadPoolExecutor(workers, thread_name_prefix="flowroute_nb")
    ahead: deque[Future[R]] = deque()
    try:
        for task in tasks:
            ahead.append(threads.submit(work, branch, task))
            if len(ahead) > workers:
                yield _result(ahead.popleft(), process)
        while ahead:
            yield _result(ahead.popleft(), process)
    finally:
        if this_process() == process:  # a fork has none of the threads
            threads.shutdown(wait=False, cancel_futures=True)
            branch.close()
            threads.shutdown(wait=True)


def _result(future: Future[R], process: int) -> R:
    """Wait for a result in short steps: an interrupt that reached another thread is heard between them."""
    if this_process() != process:
        raise InputError("The process that was reading these records was forked. Read them again in this process.")
    while not wait([future], timeout=0.2).done:
        pass
    return future.result()


# ------------------------------------------------------------------ records by their ids


def looked_up(client: Client, api: str, ids: list[str], *, keep: bool, workers: int) -> pd.DataFrame:
    """Read these records, in this order."""
    read = partial(_one_record, api, keep)
    pieces: list[Piece] = []
    interrupted = False
    if len(ids) == 1:  # on the caller's own line, which stays open
        pieces.append(read(client, ids[0]))
    else:
        try:
            with closing(at_once(read, ids, client, min(workers, len(ids) or 1))) as results:
                for piece in results:
                    pieces.append(piece)
                    if piece.error is not None and not isinstance(piece.error, NotFound):
                        break
        except KeyboardInterrupt as error:
            if not is_ctrl_c(error):
                raise
            interrupted = True
    found = records.frame(piece.table for piece in pieces)
    if interrupted:
        said = f"The look-up was interrupted. What was read, {len(found)} of {len(ids)} records, is in .partial."
        raise Interrupted(said, partial=found, missing=ids[len(pieces) :])
    _raise_unread(ids, [piece.error for piece in pieces], found)
    _raise_bad({name: why for piece in pieces for name, why in piece.bad.items()}, found)
    return found


def _raise_unread(ids: list[str], errors: list[FlowrouteError | None], found: pd.DataFrame) -> None:
    """Raise what kept records from being read, if anything did; that there is none of an id comes last."""
    stopped = next((error for error in errors if error is not None and not isinstance(error, NotFound)), None)
    if stopped is not None:
        missing = [each for each in ids if each not in set(found["id"])]
        raise anew(stopped, f"{len(missing)} of {len(ids)} were not read." if len(ids) > 1 else "", found, missing)
    none = {each: error for each, error in zip(ids, errors, strict=True) if error is not None}
    if none:
        few = ", ".join(list(none)[:3]) + (", …" if len(none) > 3 else "")  # noqa: PLR2004  three are shown
        more = f"{len(none)} of {len(ids)} ids have no record: {few}. The others are in .partial."
        raise anew(next(iter(none.values())), more if len(ids) > 1 else "", found, list(none))


def _one_record(api: str, keep: bool, client: Client, record_id: str) -> Piece:  # noqa: FBT001  private
    doing = f"The look-up of {record_id}"
    try:
        page = Reader().read(client.read(wire.record(api, record_id), doing).body, doing)
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
    slices = list(ranges.slices(_until(span, now)))
    pieces: dict[Span, Piece] = {}
    interrupted = False
    try:
        with closing(at_once(partial(_one_slice, api, pieces), slices, client, workers)) as results:
            for slice_, piece in zip(slices, results, strict=False):
                inside = Span(max(slice_.start, span.start), min(slice_.end, span.end))
                report(slice_, columns.count(piece.table, inside))
                if _give_up([each.error for each in list(pieces.values()) if each.error is not None]):
                    break
    except KeyboardInterrupt as error:
        if not is_ctrl_c(error):
            raise
        interrupted = True
    read = [pieces[each] for each in slices if each in pieces]
    missing = [each for each in slices if each not in pieces or pieces[each].error is not None]
    bad = {name: why for piece in read for name, why in piece.bad.items()}
    found = records.frame([piece.table for piece in read], ordered=True, within=span)
    found.attrs["flowroute"] = {
        "api": api,
        "service": client.base_url,
        "start": span.start.isoformat(),
        "end": span.end.isoformat(),
        "pages": sum(piece.pages for piece in read),
        "read_at": now.isoformat(timespec="seconds"),
        "complete": not missing and not bad,
    }
    if interrupted or missing:
        _raise_stopped(read, [day for each in missing for day in _named(each, span)], found, interrupted=interrupted)
    _raise_bad(bad, found)
    return found


def _give_up(failed: list[FlowrouteError]) -> bool:
    """Say when asking on would only take time: the service refuses, or is down."""
    return len(failed) >= _ENOUGH_FAILED or any(
        isinstance(error, Refused) and not isinstance(error, RateLimited) for error in failed
    )


def _raise_stopped(read: list[Piece], days: list[str], found: pd.DataFrame, *, interrupted: bool) -> NoReturn:
    if interrupted:
        said = f"Reading was interrupted. What was read, {len(found)} records, is in .partial (sys.last_value.partial)."
        raise Interrupted(said, partial=found, missing=days)
    stopped = next(piece.error for piece in read if piece.error is not None)
    more = f"Not read in full: {_shortly(days)} (UTC). The rest, {len(found)} records, is in .partial."
    raise anew(stopped, more, found, days)


def day_by_day(
    client: Client, api: str, span: Span, *, now: dt.datetime, tz: dt.tzinfo, workers: int
) -> Iterator[pd.DataFrame]:
    """Read a range a day at a time, a few days ahead, keeping no more than these."""
    span = _until(span, now)
    slices, days = list(ranges.slices(span, days=1)), deque(ranges.days_of(span, tz))
    held, bad, untimed = columns.joined([]), dict[str, str](), set[str]()
    with closing(at_once(partial(_one_slice, api, None), slices, client, workers)) as results:
        for slice_, piece in zip(slices, results, strict=True):
            held = columns.joined([held, piece.table])
            bad.update(piece.bad)
            if piece.error is not None:
                rest = records.frame([held], ordered=True, within=span)
                left = [name for each in slices[slices.index(slice_) :] for name in _named(each, span)]
                raise anew(piece.error, f"Not read in full: {_shortly(left)} (UTC).", rest, left)
            while days and days[0].end <= slice_.end - _DAY:  # nothing of that day can come any more
                day = days.popleft()
                found = records.frame([held], ordered=True, within=day)
                again = found["timestamp"].isna() & found["id"].isin(untimed)  # of no day: given once, with the first
                untimed.update(found["id"][found["timestamp"].isna()])
                yield found[~again].reset_index(drop=True) if again.any() else found
                held = columns.since(held, day.end)
    _raise_bad(bad, None)


def _one_slice(api: str, done: dict[Span, Piece] | None, client: Client, slice_: Span) -> Piece:
    """Read all pages of one slice; where they stop half-way, keep what came, also for whoever no longer waits."""
    tables, bad, error = [], dict[str, str](), None
    doing = f"Reading {slice_.start:%Y-%m-%d} to {slice_.end:%Y-%m-%d}"
    try:
        for page in client.pages(wire.records(api, slice_.start, slice_.end, _PAGE), Reader().read, doing):
            table, unread = columns.table(page.items)
            tables.append(table)
            bad.update(page.bad | unread)
            if page.unfollowed:
                bad[doing] = "was answered with a list of pages, and the pages that follow them were not read"
    except FlowrouteError as stopped:
        error = stopped
    piece = Piece(columns.joined(tables), bad, len(tables), error)
    if done is not None:
        done[slice_] = piece
    return piece


def _until(span: Span, now: dt.datetime) -> Span:
    """Ask for no more of the future than a wrong clock can hide."""
    return Span(span.start, min(span.end, now + _DAY))


def _named(slice_: Span, span: Span) -> list[str]:
    """Name the days of a slice that are of the range."""
    count = (slice_.end - slice_.start) // _DAY
    starts = [slice_.start + n * _DAY for n in range(count)]
    return [f"{start:%Y-%m-%d}" for start in starts if start < span.end and start + _DAY > span.start]


def _shortly(days: list[str]) -> str:
    shown = days if len(days) <= 4 else [*days[:2], "…", days[-1]]  # noqa: PLR2004  four are few
    return ", ".join(shown) or "the edges of the range"


# ------------------------------------------------------------------ what went wrong


def anew(error: FlowrouteError, more: str, partial_: pd.DataFrame, missing: list[str]) -> FlowrouteError:
    """Make the error anew, with what was read all the same."""
    facts = {**vars(error), "partial": partial_, "missing": missing}
    return type(error)(f"{error} {more}".strip(), **facts)


def _raise_bad(bad: dict[str, str], found: pd.DataFrame | None) -> None:
    if bad:
        where = "The others are in .partial." if found is not None else "All others were given."
        raise BadRecords(f"{records.counted(bad)} {where}", bad=bad, partial=found)
