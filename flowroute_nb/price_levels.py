"""Detect from the costs of records which prices applied over time, and by which rule segments are counted."""

from __future__ import annotations

from collections import Counter, defaultdict
from itertools import groupby, pairwise
from math import log2
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from decimal import Decimal

    Rule = Literal["published", "standard"]

__all__ = ["Cell", "Level", "detect"]

_MIN_RECORDS = 3  # fewer records at another amount are outliers, not a price
_DAY = pd.Timedelta(days=1)
#: Shares of outliers that are tried; the one that gives the shortest description of the records is used.
_OUTLIER_SHARES = (0.01, 0.05, 0.3)


class Cell(NamedTuple):
    """Records of one kind in one interval of time (a bucket) with the same segment counts and amount (nanodollars)."""

    segments: int  # as in the record
    standard: int  # by the 3GPP standard; as in the record if the service counted them
    amount: int
    messages: int
    bucket: int
    first: pd.Timestamp
    last: pd.Timestamp
    base: Decimal | None = None


class Level(NamedTuple):
    """A price in nanodollars a segment, from its first record until the first record of the next price."""

    unit: int
    since: pd.Timestamp
    until: pd.Timestamp | None
    last: pd.Timestamp
    agree: int
    of: int
    base: Decimal | None


class _Run(NamedTuple):
    """Records of one bucket with the same cost per segment."""

    unit: int
    messages: int
    first: pd.Timestamp
    last: pd.Timestamp
    amounts: frozenset[int]


class _Step(NamedTuple):
    """One price of a path, and the positions of the runs at this price."""

    unit: int
    runs: list[int]


class _Change(NamedTuple):
    """A price change of one kind of record, between the prices ``before`` and ``unit``."""

    before: int
    unit: int
    last: pd.Timestamp  # the last record of the old price
    since: pd.Timestamp  # the first record of the new price
    until: pd.Timestamp | None  # the first record of the price after it


class _Fit(NamedTuple):
    """The prices of one kind of record under one rule, and how many bits describe the records by them."""

    bits: float
    runs: list[_Run]
    steps: list[_Step]


def detect(kinds: Mapping[Any, Sequence[Cell]]) -> tuple[Rule, dict[Any, list[Level]]]:
    """Return the rule by which the account is billed, and the prices of each kind of record under that rule.

    The prices are detected under both rules. The rule whose description of all records takes fewer bits (fewer price
    changes, fewer records that fit no price) is the result, the published one if they are equal.
    """
    rules: tuple[Rule, ...] = ("published", "standard")
    if all(cell.segments == cell.standard for cells in kinds.values() for cell in cells):
        rules = ("published",)
    fits = {rule: {key: _fit(cells, rule) for key, cells in kinds.items()} for rule in rules}
    rule = min(rules, key=lambda candidate: sum(fit.bits for fit in fits[candidate].values()))
    changes = {key: list(_changes(fit)) for key, fit in fits[rule].items()}
    levels = {}
    for key, cells in kinds.items():
        known = [change for other in kinds if other != key for change in changes[other]]
        levels[key] = _levels(cells, _fit(cells, rule, known) if known else fits[rule][key])
    return rule, levels


def _changes(fit: _Fit) -> Iterator[_Change]:
    """Yield the price changes of one kind of record; other kinds may have had them at the same time."""
    for before, step, after in zip(fit.steps, fit.steps[1:], [*fit.steps[2:], None], strict=False):
        last, since = fit.runs[before.runs[-1]].last, fit.runs[step.runs[0]].first
        yield _Change(before.unit, step.unit, last, since, None if after is None else fit.runs[after.runs[0]].first)


def _fit(cells: Sequence[Cell], rule: Rule, known: Sequence[_Change] = ()) -> _Fit:
    """Find the path of prices with the shortest description of the cells (minimum description length).

    A price change costs the bits that identify its record and its price, or one bit if another kind of record is known
    to have it. An outlier costs the bits that identify it and its amount: fewer if outliers are common, so several
    shares of outliers are tried.
    """
    runs = list(_runs(cells, rule))
    total = sum(cell.messages for cell in cells)
    amounts = max(2, len({cell.amount for cell in cells}))
    fits = []
    for share in _OUTLIER_SHARES:
        odd, change = log2((1 - share) / share) + log2(amounts), log2(total * amounts)
        score, steps = _path(runs, odd, change, known)
        fits.append(_Fit(total * (odd - log2(1 - share)) - score, runs, steps))
    return min(fits, key=lambda fit: fit.bits)


def _runs(cells: Sequence[Cell], rule: Rule) -> Iterator[_Run]:
    """Yield the runs in order of time; of prices that overlap in a bucket, only the most common one."""
    for _, cells_of_bucket in groupby(sorted(cells, key=lambda cell: cell.bucket), key=lambda cell: cell.bucket):
        by_unit: defaultdict[int, list[Cell]] = defaultdict(list)
        for cell in cells_of_bucket:
            count = cell.segments if rule == "published" else cell.standard
            if cell.amount % count == 0:
                by_unit[cell.amount // count].append(cell)
        kept: list[_Run] = []
        for run in sorted((_joined(unit, same) for unit, same in by_unit.items()), key=lambda run: -run.messages):
            if all(run.last < other.first or other.last < run.first for other in kept):
                kept.append(run)
        yield from sorted(kept, key=lambda run: run.first)


def _joined(unit: int, cells: Sequence[Cell]) -> _Run:
    first, last = min(cell.first for cell in cells), max(cell.last for cell in cells)
    return _Run(unit, sum(cell.messages for cell in cells), first, last, frozenset(cell.amount for cell in cells))


def _messages(step: _Step, runs: Sequence[_Run]) -> int:
    return sum(runs[index].messages for index in step.runs)


def _path(runs: Sequence[_Run], gain: float, change: float, known: Sequence[_Change]) -> tuple[float, list[_Step]]:
    """Return the best path in which every price is plausible; the runs of implausible ones are left out as outliers."""
    left_out: set[int] = set()
    while True:
        score, steps = _best_path(runs, gain, change, known, left_out)
        implausible = _implausible(steps, runs, known)
        if implausible is None:
            return score, steps
        left_out.update(implausible.runs)


def _best_path(
    runs: Sequence[_Run], gain: float, change: float, known: Sequence[_Change], left_out: set[int]
) -> tuple[float, list[_Step]]:
    """Find the path with the highest score: ``gain`` for each record at its price, minus ``change`` for each change.

    Viterbi's algorithm. A run can only improve the score of its own price, so the time is linear in the runs.
    """
    scores: dict[int, float] = {}
    nodes: dict[int, Any] = {}  # price -> (position of its first run, (previous price, its node) or None)
    latest: dict[int, _Run] = {}
    best, best_unit = 0.0, None
    for index, run in enumerate(runs):
        if index in left_out:
            continue
        is_known = best_unit is not None and _is_known(known, latest[best_unit], run)
        switch = best - (1.0 if is_known else change)
        if scores.get(run.unit, -1.0) < max(switch, 0.0):
            nodes[run.unit] = index, (best_unit, nodes[best_unit]) if best_unit is not None and switch > 0 else None
            scores[run.unit] = max(switch, 0.0)
        scores[run.unit] += gain * run.messages
        latest[run.unit] = run
        if scores[run.unit] > best:
            best, best_unit = scores[run.unit], run.unit
    steps: list[_Step] = []
    end, node = len(runs), None if best_unit is None else (best_unit, nodes[best_unit])
    while node is not None:
        unit, (start, node) = node
        steps.append(_Step(unit, [n for n in range(start, end) if runs[n].unit == unit and n not in left_out]))
        end = start
    return best, steps[::-1]


def _is_known(known: Sequence[_Change], before: _Run, after: _Run) -> bool:
    """Return whether another kind of record had the same price change, at a time between these two runs."""
    return any(
        (change.before, change.unit) == (before.unit, after.unit)
        and before.last < change.since
        and change.last < after.first
        and (change.until is None or after.first < change.until)
        for change in known
    )


def _implausible(steps: Sequence[_Step], runs: Sequence[_Run], known: Sequence[_Change]) -> _Step | None:
    """Return a step that is not a price: fewer than three records, or texts whose segments a third rule counts.

    The latter lie within a day, the price before and after them is the same, and their amounts are multiples of it.
    """
    if len(steps) > 1:
        changes = [_is_known(known, runs[one.runs[-1]], runs[other.runs[0]]) for one, other in pairwise(steps)]
        doubtful = [
            step for step, *ends in zip(steps, [False, *changes], [*changes, False], strict=True) if not any(ends)
        ]
        fewest = min(doubtful, key=lambda step: _messages(step, runs), default=None)
        if fewest is not None and _messages(fewest, runs) < _MIN_RECORDS:
            return fewest
    for before, step, after in zip(steps, steps[1:], steps[2:], strict=False):
        amounts = {amount for index in step.runs for amount in runs[index].amounts}
        duration = runs[step.runs[-1]].last - runs[step.runs[0]].first
        if before.unit == after.unit != 0 and duration < _DAY and all(amount % before.unit == 0 for amount in amounts):
            return step
    return None


def _levels(cells: Sequence[Cell], fit: _Fit) -> list[Level]:
    """Return the prices of a fit, and count the records that agree with each."""
    starts = [fit.runs[step.runs[0]].first for step in fit.steps]
    levels = []
    for position, (step, until) in enumerate(zip(fit.steps, [*starts[1:], None], strict=False)):
        since = starts[position]
        during = [c for c in cells if (not position or c.first >= since) and (until is None or c.first < until)]
        agree = [cell for cell in during if cell.amount == step.unit * cell.segments]
        bases: Counter[Any] = Counter()
        for cell in agree:
            bases[cell.base] += cell.messages
        base = bases.most_common(1)[0][0] if bases else None
        counts = sum(cell.messages for cell in agree), sum(cell.messages for cell in during)
        levels.append(Level(step.unit, since, until, fit.runs[step.runs[-1]].last, *counts, base))
    return levels
