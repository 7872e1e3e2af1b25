"""Why the bill changed: volume, mix and price of each key, which add up to the nanodollar."""

import datetime as dt
import json
from collections import defaultdict
from decimal import Decimal
from fractions import Fraction

import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from samples import ENGINES, message, records

import flowroute_nb as fr
from flowroute_nb import costs

PARTS = ["volume", "mix", "price"]
NUMBERS = ["12065550100", "12065550101", "18005550102"]
AMOUNTS = (
    st.none() | st.sampled_from([0, 4_000_000, 2**53 + 1, -(2**53) - 1, 10**18, -1]) | st.integers(-(10**9), 10**9)
)
MESSAGES = st.lists(st.tuples(st.sampled_from(NUMBERS), st.sampled_from(["inbound", "outbound"]), AMOUNTS), max_size=12)


def frame(said, at):
    """Make records of (number, direction, amount), one a minute."""
    made = []
    for n, (number, direction, amount) in enumerate(said):
        ours = {"to": number} if direction == "inbound" else {"from_": number}
        made.append(message(amount, at=at + n / 60, direction=direction, **ours))
    return records(*made)


def sums(said, keys):
    """Count and add up by key, without any of the package's code: messages with an amount, nanodollars, without."""
    made = defaultdict(lambda: [0, 0, 0])
    for number, direction, amount in said:
        sum_ = made[tuple({"number": number, "direction": direction}[key] for key in keys)]
        sum_[0] += amount is not None
        sum_[1] += amount or 0
        sum_[2] += amount is None
    return made


def reference(before, after):
    """Work the formulas out in fractions; ``round`` of a fraction rounds half to even."""
    all0, all1 = (sum(count for count, *_ in each.values()) for each in (before, after))
    made = {}
    for key in {**before, **after}:
        n0, c0, _ = before.get(key, (0, 0, 0))
        n1, c1, _ = after.get(key, (0, 0, 0))
        if not all0:
            made[key] = (c1 - c0, 0, 0)
            continue
        volume = round(Fraction((all1 - all0) * c0, all0))
        if n0:
            mix = round(Fraction(n1 * c0, n0)) - c0 - volume
            made[key] = (volume, mix, c1 - c0 - volume - mix)
        else:
            made[key] = (volume, c1 - c0 - volume, 0)
    return made


def nanodollars(cost):
    return int(Fraction(cost) * 10**9)


@pytest.mark.untraced
@settings(max_examples=100, deadline=None)
@given(MESSAGES, MESSAGES, st.sampled_from([[], ["number"], ["direction", "number"]]))
@example([], [(NUMBERS[0], "inbound", 5)], ["number"])
@example([(NUMBERS[0], "inbound", 5)], [], ["number"])
@example([(NUMBERS[0], "inbound", 1)] * 2, [(NUMBERS[0], "inbound", 1)] * 3 + [(NUMBERS[1], "inbound", 9)], ["number"])
def test_each_part_is_what_the_formula_says_and_all_add_up_to_the_change(before, after, keys):
    found = costs.compare(frame(before, 0), frame(after, 24), by=keys)
    was, now = sums(before, keys), sums(after, keys)
    was_there, now_there = set(was), set(now)
    expected = reference(was, now)
    shown = {tuple(row[: len(keys)]): dict(zip(found.columns, row, strict=True)) for row in found.values.tolist()}
    assert set(shown) == set(expected)
    for key, row in shown.items():
        assert tuple(nanodollars(row[part]) for part in PARTS) == expected[key]
        assert nanodollars(row["change"]) == now[key][1] - was[key][1]
        assert (nanodollars(row["cost_before"]), nanodollars(row["cost_after"])) == (was[key][1], now[key][1])
        assert (row["messages_before"], row["messages_after"]) == (was[key][0], now[key][0])
        assert row["unpriced"] == was[key][2] + now[key][2]
        assert (
            row["what"]
            == {(True, True): "kept", (False, True): "new", (True, False): "gone"}[key in was_there, key in now_there]
        )
    whole = sum(amount or 0 for *_, amount in after) - sum(amount or 0 for *_, amount in before)
    assert sum(nanodollars(each) for part in PARTS for each in found[part]) == whole
    facts = found.attrs["flowroute_costs"]
    assert nanodollars(Decimal(facts["change"])) == whole
    assert [nanodollars(Decimal(facts[part])) for part in PARTS] == [
        sum(map(nanodollars, found[part])) for part in PARTS
    ]


def test_a_dearer_price_more_messages_and_a_number_that_is_new_are_told_apart():
    before = frame([(NUMBERS[0], "outbound", 4_000_000)] * 10, 0)
    after = frame([(NUMBERS[0], "outbound", 5_000_000)] * 12 + [(NUMBERS[1], "outbound", 4_000_000)] * 3, 24)
    found = costs.compare(before, after, by="number")
    assert found[["number", "what", "change", *PARTS]].values.tolist() == [
        [NUMBERS[0], "kept", *map(Decimal, ("0.0200", "0.0200", "-0.0120", "0.0120"))],
        [NUMBERS[1], "new", *map(Decimal, ("0.0120", "0.0000", "0.0120", "0.0000"))],
    ]


def test_a_number_that_is_gone_is_named_and_costs_no_price():
    before = frame([(NUMBERS[0], "outbound", 4_000_000)] * 2 + [(NUMBERS[1], "outbound", 9_000_000)], 0)
    found = costs.compare(before, frame([(NUMBERS[0], "outbound", 4_000_000)] * 3, 24), by="number")
    assert found.what.tolist() == ["gone", "kept"]
    assert found.price.tolist() == [Decimal("0.0000")] * 2
    assert found.change.tolist() == [Decimal("-0.0090"), Decimal("0.0040")]


def test_the_sandbox_s_price_step_is_the_price_of_every_kind_of_text():
    with fr.Sandbox(today="2026-10-31", messages=3_000) as sandbox:
        df, step = sandbox.account().messages(days=30, progress=False), pd.Timestamp(sandbox.story.price_step, tz="UTC")
        change = sandbox.story.price_change
    texts = df[(df.segments == 1) & ~df.is_mms]
    before, after = texts[texts.timestamp < step], texts[texts.timestamp >= step]
    found = costs.compare(before, after, by=("direction", "number"))
    for row in found.itertuples():
        old = row.cost_before / row.messages_before * row.messages_after
        assert float(row.price / old) == pytest.approx(change)
    assert sum(found.volume + found.mix + found.price) == after.cost.sum() - before.cost.sum()


def test_rows_are_typed_and_the_largest_change_comes_first(account):
    found = costs.compare(
        account.messages("2026-10-05", "2026-10-11"), account.messages("2026-10-12", "2026-10-18"), by=["number"]
    )
    sizes = [abs(each) for each in found.change]
    assert sizes == sorted(sizes, reverse=True)
    assert found.index.equals(pd.RangeIndex(len(found)))
    assert found.messages_before.dtype == found.unpriced.dtype == "int64"
    assert all(
        isinstance(each, Decimal) for name in ["cost_before", "cost_after", "change", *PARTS] for each in found[name]
    )
    empty = costs.compare(records(), records(), by=["number"])
    assert empty.dtypes.equals(found.dtypes)


def test_what_it_was_asked_is_kept_as_json_has_it(account):
    before, after = account.messages("2026-10-05", "2026-10-11"), account.messages("2026-10-12", "2026-10-18")
    facts = costs.compare(before, after, by=["weekday"], tz="America/New_York").attrs["flowroute_costs"]
    assert json.loads(json.dumps(facts)) == facts
    assert facts["kind"] == "compare"
    assert facts["by"] == ["weekday"]
    assert facts["tz"] == "America/New_York"
    assert facts["before"] == f"{before.cost.sum():f}"
    assert dt.datetime.fromisoformat(facts["after_start"]) == after.timestamp.min()


@pytest.mark.parametrize("engine", ENGINES)
def test_every_engine_gives_the_same(engine, account):
    weeks = account.messages("2026-10-05", "2026-10-11"), account.messages("2026-10-12", "2026-10-18")
    expected = costs.compare(*weeks, by=["number", "direction"])
    found = costs.compare(*map(ENGINES[engine], weeks), by=["number", "direction"])
    pd.testing.assert_frame_equal(found, expected)
    assert found.attrs == expected.attrs


def test_tags_are_keys_too():
    before, after = frame([(NUMBERS[0], "outbound", 4)] * 2, 0), frame([(NUMBERS[1], "outbound", 5)] * 3, 24)
    found = costs.compare(
        before, after, by="tag", tags={"support": {"number": NUMBERS[0]}, "shop": {"number": NUMBERS[1]}}
    )
    assert found[["tag", "what"]].values.tolist() == [["shop", "new"], ["support", "gone"]]


@pytest.mark.parametrize(("was", "now"), [(1, "x"), (1, 2.5), ("x", None), (True, "x"), ("x", dt.date(2026, 10, 1))])
def test_a_key_may_be_of_another_type_afterwards(was, now):
    rows = [(NUMBERS[0], "outbound", 4)]
    found = costs.compare(frame(rows, 0).assign(team=was), frame(rows, 24).assign(team=now), by="team")
    assert sorted(found.what) == ["gone", "new"]
    assert (found.volume + found.mix + found.price == found.change).all()


@pytest.mark.parametrize(
    ("at", "more", "said"),
    [
        (
            0.05,
            {},
            r"before is from 2026-10-01 12:00 UTC to 2026-10-01 12:09 UTC and after from .* overlap. Give records",
        ),
        (24, {"by": "nummer"}, "nummer"),
        (24, {"by": "price"}, "'price' is what a comparison says of each key.*'my_price'"),
        (24, {"by": ["number", "what"]}, "'what' is what a comparison says"),
        (24, {"by": 7}, "by is of type int. Give a key or a list of them"),
        (24, {"by": "hour", "tz": "Mars"}, "tz='Mars' is no time zone"),
        (24, {"strict": True}, "no amount"),
    ],
)
def test_what_cannot_be_compared_is_refused_with_the_fix(at, more, said):
    rows = [(NUMBERS[0], "outbound", 4_000_000)] * 9 + [(NUMBERS[0], "outbound", None)]
    with pytest.raises(fr.InputError, match=said):
        costs.compare(frame(rows, 0), frame(rows, at), **more)


def test_a_frame_that_lacks_columns_says_which():
    rows = [(NUMBERS[0], "outbound", 4_000_000)]
    with pytest.raises(fr.InputError, match="lacks the column 'amount_nanodollars'"):
        costs.compare(frame(rows, 0).drop(columns="amount_nanodollars"), frame(rows, 24), by="number")
    with pytest.raises(fr.InputError, match="a DataFrame|is a list"):
        costs.compare(rows, frame(rows, 24))


def test_a_wrong_keyword_is_named():
    with pytest.raises(TypeError, match=r"compare\(\) has no keyword 'buy'. Did you mean 'by'"):
        costs.compare(records(), records(), buy="number")


# ------------------------------------------------------------------ an empty side, and no key at all

ROWS = [(NUMBERS[0], "outbound", 4_000_000), (NUMBERS[1], "inbound", 7_000_000)]
EMPTY = {
    "before": (lambda: (records(), frame(ROWS, 24)), "No messages before: all of the bill, $0.0110, is new", "new"),
    "after": (lambda: (frame(ROWS, 0), records()), "No messages after: all of the bill, $0.0110, is gone", "gone"),
}


@pytest.mark.parametrize("by", [(), "number", ["number", "direction"]])
@pytest.mark.parametrize("side", EMPTY)
def test_an_empty_side_is_reported_as_empty_and_not_as_volume(side, by):
    sides, title, what = EMPTY[side]
    found = costs.compare(*sides(), by=by)
    assert found.attrs["flowroute_costs"]["empty"] == side
    assert set(found.what) == {what}
    assert (found.volume + found.mix + found.price == found.change).all()
    for over in ("parts", "keys"):
        picture = fr.charts.bridge(found, over=over)
        assert picture.alt.startswith(title)
        assert "volume" not in picture.alt


def test_a_side_without_prices_is_reported_as_one_without_prices():
    found = costs.compare(frame([(NUMBERS[0], "outbound", None)], 0), frame(ROWS, 24))
    assert found.attrs["flowroute_costs"]["empty"] is None
    assert fr.charts.bridge(found).alt.startswith("No messages with a price before: all of the bill, $0.0110, is new")


def test_two_empty_sides_are_both_reported():
    found = costs.compare(records(), records())
    assert found.attrs["flowroute_costs"]["empty"] == "both"
    assert fr.charts.bridge(found).alt.startswith("No messages with a price, before or after")


def test_a_side_that_is_not_empty_is_not_reported():
    found = costs.compare(frame(ROWS, 0), frame(ROWS, 24))
    assert found.attrs["flowroute_costs"]["empty"] is None
    assert len(found) == 1
    assert found[["messages_before", "messages_after", "cost_before"]].values.tolist() == [[2, 2, Decimal("0.0110")]]


def test_two_frames_that_share_one_boundary_moment_are_refused():
    noon = dt.datetime(2026, 10, 1, 12, tzinfo=dt.UTC)
    before, after = (records(message(4, at=noon + dt.timedelta(microseconds=late))) for late in (0, 1))
    same = records(message(4, at=noon))
    for pair in ((before, same), (same, before)):
        with pytest.raises(fr.InputError, match="they overlap"):
            costs.compare(*pair)
    assert len(costs.compare(before, after)) == len(costs.compare(after, before)) == 1
