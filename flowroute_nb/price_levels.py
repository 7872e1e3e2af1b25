"""Detect which prices held, one after the other, and by which rule segments are counted, from what records cost."""

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

_FEW = 3  # records: fewer at another price are odd records, not a price
_DAY = pd.Timedelta(days=1)
#: Shares of odd records that are tried: the one that describes the records most briefly is taken.
_ODD_SHARES = (0.01, 0.05, 0.3)


class Cell(NamedTuple):
    """Records of one kind in one stretch of time (a bucket) with the same counts and amount, in nanodollars."""

    segments: int  # as the record says
    standard: int  # by the 3GPP standard, or as the record says where the service counted
    amount: int
    messages: int
    bucket: int
    first: pd.Timestamp
    last: pd.Timestamp
    base: Decimal | None = None


class Level(NamedTuple):
    """A price that held: nanodollars a segment, since its first record, until the first record of the next price."""

    unit: int
    since: pd.Timestamp
    until: pd.Timestamp | None
    last: pd.Timestamp
    agree: int
    of: int
    base: Decimal | None


class _Run(NamedTuple):
    """Records of one bucket that cost the same a segment."""

    unit: int
    messages: int
    first: pd.Timestamp
    last: pd.Timestamp
    amounts: frozenset[int]


class _Step(NamedTuple):
    """One price of a path, and the positions of the runs that cost it."""

    unit: int
    runs: list[int]


class _Change(NamedTuple):
    """A price change of one kind of record: the last record of the old price, the first of the new and of the next."""

    before: int
    unit: int
    last: pd.Timestamp
    since: pd.Timestamp
    until: pd.Timestamp | None


class _Fit(NamedTuple):
    """The prices of one kind of record under one rule, and how many bits it takes to describe the records by them."""

    bits: float
    runs: list[_Run]
    steps: list[_Step]


def detect(kinds: Mapping[Any, Sequence[Cell]]) -> tuple[Rule, dict[Any, list[Level]]]:
    """Settle by which rule the account is billed, then give the prices of each kind of record under that rule.

    Both rules are carried through the whole detection. The rule that describes all records of all kinds more briefly
    (fewer price changes, fewer records that fit no price) is settled on; the published one if they are equal.
    """
    rules: tuple[Rule, ...] = ("published", "standard")
    if all(cell.segments == cell.standard for cells in kinds.values() for cell in cells):
        rules = ("published",)
    fits = {rule: {key: _fit(cells, rule) for key, cells in kinds.items()} for rule in rules}
    rule = min(rules, key=lambda each: sum(fit.bits for fit in fits[each].values()))
    changes = {key: list(_changes(fit)) for key, fit in fits[rule].items()}
    levels = {}
    for key, cells in kinds.items():
        known = [change for other in kinds if other != key for change in changes[other]]
        levels[key] = _levels(cells, _fit(cells, rule, known) if known else fits[rule][key])
    return rule, levels


def _changes(fit: _Fit) -> Iterator[_Change]:
    """Give the price changes of one kind of record, which others may have had at the same time."""
    for before, step, after in zip(fit.steps, fit.steps[1:], [*fit.steps[2:], None], strict=False):
        last, since = fit.runs[before.runs[-1]].last, fit.runs[step.runs[0]].first
        yield _Change(before.unit, step.unit, last, since, None if after is None else fit.runs[after.runs[0]].first)


def _fit(cells: Sequence[Cell], rule: Rule, known: Sequence[_Change] = ()) -> _Fit:
    """Find the path of prices that describes the cells most briefly.

    A price change costs the bits that name its record and its price, or one bit if another kind of record is known to
    have it; a record off the price costs the bits that name it and its amount. The more records are odd, the less one
    of them says, so several shares of odd records are tried.
    """
    runs = list(_runs(cells, rule))
    total = sum(cell.messages for cell in cells)
    amounts = max(2, len({cell.amount for cell in cells}))
    fits = []
    for share in _ODD_SHARES:
        odd, change = log2((1 - share) / share) + log2(amounts), log2(total * amounts)
        score, steps = _path(runs, odd, change, known)
        fits.append(_Fit(total * (odd - log2(1 - share)) - score, runs, steps))
    return min(fits, key=lambda fit: fit.bits)


def _runs(cells: Sequence[Cell], rule: Rule) -> Iterator[_Run]:
    """Give what was paid in order of time; of two prices at once in a bucket only the more common one."""
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
    """Give the best path of prices in which each one held: what did not is taken for odd records, and left out."""
    left_out: set[int] = set()
    while True:
        score, steps = _best_path(runs, gain, change, known, left_out)
        brief = _brief(steps, runs, known)
        if brief is None:
            return score, steps
        left_out.update(brief.runs)


def _best_path(
    runs: Sequence[_Run], gain: float, change: float, known: Sequence[_Change], left_out: set[int]
) -> tuple[float, list[_Step]]:
    """Find the path with the highest score: so much for each record that costs its price, less for each change.

    Viterbi's algorithm; only the price of a run can improve with that run, so each run is one step of work.
    """
    scores: dict[int, float] = {}
    nodes: dict[int, Any] = {}  # of each price: the run it begins with, and the price before it with its node
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
    """Tell whether another kind of record had the change of price between these two, at a time that fits."""
    return any(
        (change.before, change.unit) == (before.unit, after.unit)
        and before.last < change.since
        and change.last < after.first
        and (change.until is None or after.first < change.until)
        for change in known
    )


def _brief(steps: Sequence[_Step], runs: Sequence[_Run], known: Sequence[_Change]) -> _Step | None:
    """Find what is no price: fewer than three records beside others, or texts that a third rule counts.

    The latter are within a day, the price before and after them is the same, and their amounts are multiples of it.
    """
    if len(steps) > 1:
        changes = [_is_known(known, runs[one.runs[-1]], runs[other.runs[0]]) for one, other in pairwise(steps)]
        doubtful = [
            step for step, *ends in zip(steps, [False, *changes], [*changes, False], strict=True) if not any(ends)
        ]
        fewest = min(doubtful, key=lambda step: _messages(step, runs), default=None)
        if fewest is not None and _messages(fewest, runs) < _FEW:
            return fewest
    for before, step, after in zip(steps, steps[1:], steps[2:], strict=False):
        amounts = {amount for index in step.runs for amount in runs[index].amounts}
        held = runs[step.runs[-1]].last - runs[step.runs[0]].first
        if before.unit == after.unit != 0 and held < _DAY and all(amount % before.unit == 0 for amount in amounts):
            return step
    return None


def _levels(cells: Sequence[Cell], fit: _Fit) -> list[Level]:
    starts = [fit.runs[step.runs[0]].first for step in fit.steps]
    levels = []
    for position, (step, until) in enumerate(zip(fit.steps, [*starts[1:], None], strict=False)):
        since = starts[position]
        here = [c for c in cells if (not position or c.first >= since) and (until is None or c.first < until)]
        agree = [cell for cell in here if cell.amount == step.unit * cell.segments]
        bases: Counter[Any] = Counter()
        for cell in agree:
            bases[cell.base] += cell.messages
        base = bases.most_common(1)[0][0] if bases else None
        counts = sum(cell.messages for cell in agree), sum(cell.messages for cell in here)
        levels.append(Level(step.unit, since, until, fit.runs[step.runs[-1]].last, *counts, base))
    return levels
