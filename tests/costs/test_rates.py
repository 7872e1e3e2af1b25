"""Prices are read off past records: which, of what, since when, and how many records say so."""

import datetime as dt
from decimal import Decimal

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from samples import ENGINES, OURS, TOLL_FREE, message, records

import flowroute_nb as fr
from flowroute_nb import costs

ROWS = ["rate", "records", "of"]


def rows(df, *names):
    return costs.rates(df)[list(names or ROWS)].values.tolist()


@pytest.mark.untraced
@pytest.mark.parametrize("seed", range(1, 7))
@pytest.mark.parametrize("quirks", [{}, {"segments": "3gpp"}, {"segments": "utf16", "failed_cost": "free"}], ids=str)
def test_the_step_of_the_price_is_found_at_the_first_record_that_cost_the_new_one(seed, quirks):
    with fr.Sandbox(seed=seed, today="2026-10-31", messages=600, quirks=quirks) as sandbox:
        df, story = sandbox.account().messages(days=30, progress=False), sandbox.story
    step = pd.Timestamp(story.price_step, tz="UTC")
    texts = df[~df.is_mms]
    for (direction, number), found in costs.rates(df).query("~is_mms").groupby(["direction", "number"]):
        here = texts[(texts.direction == direction) & (texts.number == number)]
        short = here[(here.segments == 1) & (here.body.str.len() < 36) & (here.cost != 0)].timestamp  # 1 by any rule
        before, after = here[here.timestamp < step], here[here.timestamp >= step]
        there = [bool(len(before)), bool(len(after))]
        prices = [fr.records.money(story.price_before), fr.records.money(story.price_after)]
        assert found.rate.tolist() == [price for price, is_there in zip(prices, there, strict=True) if is_there]
        if all(there):
            since, until = found.since.iloc[1], found.until.iloc[0]
            assert since == until
            assert after.timestamp.min() <= since <= min([*short[short >= step], after.timestamp.max()])


def test_every_record_of_a_documented_sandbox_agrees(account):
    found = costs.rates(account.messages(days=30, progress=False))
    assert (found.records == found.of).all()
    assert found.of.sum() == 2_000


def test_prices_are_told_apart_by_direction_number_type_and_kind():
    df = records(
        message(4_000_000),
        message(7_000_000, direction="inbound"),
        message(5_000_000, from_=TOLL_FREE, message_type="toll-free"),
        message(9_500_000, is_mms=True, body=None),
    )
    assert rows(df, "direction", "number", "message_type", "is_mms", "rate") == [
        ["inbound", OURS, "longcode", False, Decimal("0.0070")],
        ["outbound", OURS, "longcode", False, Decimal("0.0040")],
        ["outbound", OURS, "longcode", True, Decimal("0.0095")],
        ["outbound", TOLL_FREE, "toll-free", False, Decimal("0.0050")],
    ]


def test_a_price_that_went_up_and_came_back_is_three_rows_with_their_times():
    amounts = [4_000_000] * 10 + [5_000_000] * 10 + [4_000_000] * 10
    df = records(*(message(amount, at=10 * n) for n, amount in enumerate(amounts)))
    found = costs.rates(df)
    assert found.rate.tolist() == [Decimal("0.0040"), Decimal("0.0050"), Decimal("0.0040")]
    assert found.since.tolist() == [df.timestamp[0], df.timestamp[10], df.timestamp[20]]
    assert found.until.tolist()[:2] == [df.timestamp[10], df.timestamp[20]]
    assert pd.isna(found.until[2])
    assert found.records.tolist() == found.of.tolist() == [10, 10, 10]


def test_a_price_that_changes_within_a_day_is_found_to_the_record():
    df = records(*(message(4_000_000 if n < 37 else 5_000_000, at=n / 10) for n in range(80)))
    assert costs.rates(df).since.tolist() == [df.timestamp[0], df.timestamp[37]]


def test_single_records_that_cost_something_else_are_no_price():
    amounts = [4_000_000] * 60
    amounts[20], amounts[40], amounts[41] = 8_000_000, 1, 0
    df = records(*(message(amount, at=5 * n) for n, amount in enumerate(amounts)))
    assert rows(df) == [[Decimal("0.0040"), 57, 60]]


def test_prices_that_are_paid_side_by_side_are_one_row_that_says_how_many_agree():
    df = records(*(message(4_000_000 if n % 3 else 4_500_000, at=n) for n in range(300)))
    assert rows(df) == [[Decimal("0.0040"), 200, 300]]


@pytest.mark.parametrize("body", ["x" * 290, "ü" * 100])
def test_long_texts_charged_by_the_other_rule_do_not_make_a_price_of_their_own(body):
    short = [message(4_000_000, at=n) for n in range(20)]
    long = [message(4_000_000 * fr.segments(body).standard, at=1_000 + n / 9, body=body) for n in range(50)]
    assert rows(records(*short, *long)) == [[Decimal("0.0040"), 20, 70]]


def test_a_long_text_whose_segments_the_amount_denies_says_no_price():
    assert rows(records(message(4_000_001, body="x" * 200))) == []


def test_a_new_price_seen_in_long_texts_alone_is_a_price():
    short = [message(3_400_000, at=n) for n in range(20)]
    long = [message(8_000_000, at=1_000 + n, body="x" * 200) for n in range(20)]
    assert rows(records(*short, *long)) == [[Decimal("0.0034"), 20, 20], [Decimal("0.0040"), 20, 20]]


def test_a_doubled_price_is_a_price_once_three_records_say_so():
    df = records(*(message(4_000_000 if n < 50 else 8_000_000, at=n) for n in range(53)))
    assert rows(df) == [[Decimal("0.0040"), 50, 50], [Decimal("0.0080"), 3, 3]]


def test_what_failed_and_cost_nothing_says_nothing_but_what_is_free_for_all_is_a_price():
    sent = [message(4_000_000, at=n) for n in range(5)] + [message(0, at=n, failed=True) for n in range(5)]
    free = [message(0, at=n, direction="inbound") for n in range(5)]
    assert rows(records(*sent, *free), "direction", *ROWS) == [
        ["inbound", Decimal("0.0000"), 5, 5],
        ["outbound", Decimal("0.0040"), 5, 5],
    ]


def test_records_without_amount_time_or_segments_say_nothing():
    df = records(message(None), message(4_000_000, body=None))
    df = pd.concat([df, fr.read({"id": "mdr2-1", "to": OURS, "from": "12065550101", "body": "Hello"})])
    assert len(costs.rates(df)) == 0
    assert costs.rates(df).dtypes.equals(costs.rates(records(message(1))).dtypes)


def details(base, surcharge, count, charged):
    return {"base_rate": base, "surcharge_rate": surcharge, "segment_count": count, "charged_cost": charged}


def test_rates_of_price_details_stand_beside_what_the_amounts_say():
    df = records(
        message(4_000_000, price_details=details("0.0040", "0.0030", 1, "0.0070")),
        message(8_000_000, price_details=details("0.0040", "0.0030", 2, "0.0140"), at=1),
        message(4_000_000, price_details=details("0.0040", "0.0025", 1, "0.0065"), at=2),
    )
    assert rows(df, "rate", "records", "base_rate", "surcharge_rate") == [
        [Decimal("0.0040"), 1, Decimal("0.0040"), Decimal("0.0025")],
        [Decimal("0.0040"), 2, Decimal("0.0040"), Decimal("0.0030")],
    ]


@pytest.mark.untraced
@settings(max_examples=100, deadline=None)
@given(st.data())
def test_prices_that_hold_for_a_day_or_more_are_all_found(data):
    units = data.draw(st.lists(st.integers(1, 10**10), min_size=1, max_size=5))
    units = [unit for at, unit in enumerate(units) if not at or unit != units[at - 1]]
    each = data.draw(st.integers(4, 8))
    bodies = ["x" * length for length in (1, 160, 150, 140)]
    said = [
        message(unit, at=24 * (at * each + n) / 3, body=bodies[n % 4])
        for at, unit in enumerate(units)
        for n in range(each)
    ]
    found = costs.rates(records(*said))
    assert [int(rate * 10**9) for rate in found.rate] == units
    assert found.records.tolist() == [each] * len(units)


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda df: df.drop(columns="segments"), "lacks the column 'segments'"),
        (
            lambda df: df.assign(amount_nanodollars=df.amount_nanodollars.astype(float)),
            "'amount_nanodollars' is of type",
        ),
        (lambda df: df.assign(timestamp=df.timestamp.dt.tz_localize(None)), "has no time zone"),
        (lambda _: "2026-10", "is a str"),
    ],
)
def test_what_is_no_frame_of_records_is_refused_with_the_fix(spoil, said):
    with pytest.raises(fr.InputError, match=said):
        costs.rates(spoil(records(message(4_000_000))))


def test_moments_of_rates_are_utc(account):
    found = costs.rates(account.messages(days=30, progress=False))
    assert {str(found.since.dtype), str(found.until.dtype)} == {"datetime64[us, UTC]"}
    assert found.since.max() < pd.Timestamp(dt.datetime(2026, 10, 31, 12, tzinfo=dt.UTC))


@pytest.mark.parametrize("engine", ENGINES)
def test_every_engine_gives_the_same(engine, account):
    df = account.messages(days=30, progress=False)
    pd.testing.assert_frame_equal(costs.rates(ENGINES[engine](df)), costs.rates(df))


def test_whatever_can_scan_is_read(account):
    class Archive:
        def scan(self):
            return account.messages(days=30, progress=False)

    assert costs.rates(Archive()).of.sum() == 2_000
