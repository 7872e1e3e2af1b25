"""Prices are found whichever rule an account is billed by, and a few odd records do not change them."""

import itertools
import math
from decimal import Decimal
from fractions import Fraction

import duckdb
import pandas as pd
import pyarrow as pa
import pytest
from samples import TOLL_FREE, message, records

import flowroute_nb as fr
from flowroute_nb import costs

RULES = {"published": "documented", "standard": "3gpp"}
#: Texts that are one segment by either rule, and texts on which the rules differ, with the segments by each, counted by
#: hand: 70 characters a part, or 160 then 153 septets, or 67 UTF-16 units a part.
SHORT = "Gee, nice marmot!"
DISPUTED = {
    "é" * 75: {"published": 2, "standard": 1},
    "é" * 150: {"published": 3, "standard": 1},
    "é" * 290: {"published": 5, "standard": 2},
    "x" * 290: {"published": 3, "standard": 2},
    "[" * 100: {"published": 1, "standard": 2},
    "`" * 150: {"published": 1, "standard": 3},
    "😀" * 69: {"published": 1, "standard": 3},
}
SMALL = [(a, b) for a, b in itertools.product(range(1, 6), repeat=2) if a != b and math.gcd(a, b) == 1]
COMMON = [
    (Decimal(before), Decimal(after))
    for before, after in [("0.0033", "0.0040"), ("0.0075", "0.0079"), ("0.0083", "0.0050"), ("0.0040", "0.0015")]
]


def dollars(nanodollars):
    return [Decimal(each).scaleb(-9) for each in nanodollars]


def account_with_step(before, after, rule, body, short=4, disputed=1, days=10, **options):
    """Bill so many texts of one segment and so many disputed ones each day, at a price that changes after some days."""
    return [
        message(price * (DISPUTED[body][rule] if n >= short else 1), at=24 * day + n, body=SHORT, **options)
        if n < short
        else message(price * DISPUTED[body][rule], at=24 * day + n, body=body, **options)
        for day in range(2 * days)
        for price in [before if day < days else after]
        for n in range(short + disputed)
    ]


def disputed_ratios():
    """Give the price steps by the same ratio as that of the counts of a text, up and down."""
    for body, counts in DISPUTED.items():
        ratio = Fraction(counts["published"], counts["standard"])
        for step in (ratio, 1 / ratio):
            yield pytest.param(body, step, id=f"{len(body)} x {body[0]}, {step}")


@pytest.mark.untraced
@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize(("body", "step"), list(disputed_ratios()))
def test_a_price_step_by_the_ratio_on_which_the_rules_differ_is_found_to_the_record(body, step, rule):
    before, after = step.denominator * 3_000_000, step.numerator * 3_000_000
    df = records(*account_with_step(before, after, rule, body))
    rates = costs.rates(df)
    assert rates.rate.tolist() == dollars([before, after])
    assert rates.since.tolist() == [df.timestamp[0], df.timestamp[50]]
    assert rates.until.tolist()[:1] == [df.timestamp[50]]
    audit = costs.audit(df)
    assert audit.rule == rule
    assert dict(zip(audit.counts.fits, audit.counts.messages, strict=True)) == {
        **dict.fromkeys(["published", "standard", "neither", "free", "unknown"], 0),
        "both": 80,
        rule: 20,
    }
    offline = fr.Account(access_key="a", secret_key="b")
    assert offline.estimate(SHORT, rates=rates).low == dollars([after])[0]


@pytest.mark.untraced
@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("mix", [(4, 1), (1, 6)], ids=str)
def test_every_step_by_a_small_ratio_is_found_by_either_rule(mix, rule):
    """One number for each step and each disputed text, so that one account has them all."""
    steps = [(a * 1_000_000, b * 1_000_000) for a, b in SMALL]
    steps += [(int(before.scaleb(9)), int(after.scaleb(9))) for before, after in COMMON]
    expected, sent = {}, []
    for n, ((before, after), body) in enumerate(itertools.product(steps, DISPUTED)):
        number = f"1206555{n:04}"
        expected[number] = dollars([before, after])
        sent += account_with_step(before, after, rule, body, *mix, days=3, **{"from": number})
    rates = costs.rates(records(*sent))
    assert {number: prices.rate.tolist() for number, prices in rates.groupby("number")} == expected


@pytest.mark.untraced
@pytest.mark.parametrize("prices", [("0.0050", "0.0100"), ("0.0100", "0.0050"), ("0.0040", "0.0060")], ids=str)
@pytest.mark.parametrize("rule", RULES)
def test_a_step_planted_in_a_sandbox_is_found_by_rates_estimate_and_audit(prices, rule):
    with fr.Sandbox(today="2026-10-31", messages=1_500, prices=prices, quirks={"segments": RULES[rule]}) as sandbox:
        account, step = sandbox.account(), pd.Timestamp(sandbox.story.price_step, tz="UTC")
        df = account.messages(days=30, progress=False)
        found = account.estimate(SHORT, progress=False)
    assert found.low == found.high == Decimal(prices[1])
    rates = costs.rates(df)
    for _, here in rates[~rates.is_mms].groupby(["direction", "number"]):
        assert here.rate.tolist() == list(map(Decimal, prices))
    for (direction, number), here in df[~df.is_mms & (df.timestamp >= step)].groupby(["direction", "number"]):
        row = rates[(rates.direction == direction) & (rates.number == number) & ~rates.is_mms].iloc[-1]
        assert row.since == here.timestamp.min()
    audit = costs.audit(df)
    assert audit.rule == rule
    assert audit.counts.set_index("fits").messages["neither"] == 0


def test_where_the_service_says_the_count_it_is_not_in_doubt():
    details = {"base_rate": "0.0050", "surcharge_rate": "0", "charged_cost": "0.0100"}
    sent = [
        message(price * (2 if n == 4 else 1), at=24 * day + n, body="é" * 75 if n == 4 else SHORT)
        for day in range(20)
        for price in [5_000_000 if day < 10 else 10_000_000]
        for n in range(5)
    ]
    for each in sent:
        count = 2 if each["attributes"]["body"] != SHORT else 1
        each["attributes"]["price_details"] = details | {"segment_count": count}
    df = records(*sent)
    rates = costs.rates(df)
    assert rates.rate.tolist() == dollars([5_000_000, 10_000_000])
    assert rates[["records", "of"]].values.tolist() == [[50, 50], [50, 50]]


def test_without_bodies_the_segments_of_the_records_count():
    df = records(*account_with_step(4_000_000, 5_000_000, "published", "é" * 75)).drop(columns="body")
    assert costs.rates(df).rate.tolist() == dollars([4_000_000, 5_000_000])


@pytest.mark.untraced
def test_of_many_records_the_step_is_still_found_to_the_record():
    """60,000 records: an odd one at the later price is charged on the morning of the day of the step."""
    seconds = [n * 43 for n in range(60_000)]
    step = 31_234
    prices = [5_000_000 if n < step else 10_000_000 for n in range(60_000)]
    odd = step - 600  # hours before
    prices[odd] = 10_000_000
    started = pd.Timestamp("2026-09-01", tz="UTC")
    df = pd.DataFrame({"timestamp": started + pd.to_timedelta(seconds, unit="s"), "amount_nanodollars": prices})
    df = df.assign(direction="outbound", number="12065550100", message_type="longcode", is_mms=False, segments=1)
    df = df.assign(delivery="delivered", price_details=None, body=SHORT)
    assert df.timestamp[odd].date() == df.timestamp[step].date()
    expected = [started, df.timestamp[step].as_unit("us")]
    for frame in (df, duckdb.connect().from_arrow(pa.Table.from_pandas(df, preserve_index=False))):
        rates = costs.rates(frame)
        assert rates.since.tolist() == expected
        assert rates[["records", "of"]].values.tolist() == [[step - 1, step], [60_000 - step, 60_000 - step]]


@pytest.mark.untraced
def test_the_columns_of_rates_are_what_the_docstring_says():
    """Recompute since, until, of and records of each row from the records of its kind."""
    with fr.Sandbox(
        today="2026-10-31", messages=1_000, prices=("0.0060", "0.0030"), quirks={"segments": "3gpp"}
    ) as box:
        df = box.account().messages(days=30, progress=False)
    df = pd.concat([df, df[:1].assign(id="mdr2-odd", amount_nanodollars=1)])
    key = ["direction", "number", "message_type", "is_mms"]
    for kind, rows in costs.rates(df).groupby(key):
        here = df[(df[key] == list(kind)).all(axis=1)].sort_values("timestamp")
        counts = here.segments.where(~here.is_mms, 1)
        standard = fr.segments(here.body).standard.where(~here.is_mms, 1)
        for n, row in enumerate(rows.itertuples()):
            rate = int(row.rate.scaleb(9))
            later = here.timestamp >= (row.since if n else here.timestamp.min())
            within = later & (True if pd.isna(row.until) else here.timestamp < row.until)
            assert row.of == within.sum()
            assert row.records == (within & (here.amount_nanodollars == rate * counts)).sum()
            assert row.since == here.timestamp[within & (here.amount_nanodollars == rate * standard)].min()
            assert pd.isna(row.until) if n == len(rows) - 1 else row.until == rows.since.iloc[n + 1]


# ------------------------------------------------------------------ odd records


def odd_accounts(before, after, count_before, count_after, odd, position):
    """Insert odd amounts into the records of a small account, one record every 12 hours."""
    amounts = [before] * count_before + [after] * count_after
    amounts[position:position] = odd
    start = count_before + (len(odd) if position <= count_before else 0)
    return amounts, start


@pytest.mark.untraced
@pytest.mark.parametrize(("before", "after"), [(4_000_000, 5_000_000), (5_000_000, 4_000_000), (4_000_000, 8_000_000)])
@pytest.mark.parametrize("odd", [[1], [0], [9_000_000], [12_000_000, 12_000_000], [1, 7]], ids=str)
def test_odd_records_anywhere_in_a_small_account_move_no_price_and_make_none(before, after, odd):
    expected, sent = {}, []
    sizes = itertools.product((3, 5), (3, 5))
    cases = [(*size, position) for size in sizes for position in range(sum(size) + 1)]
    for n, (count_before, count_after, position) in enumerate(cases):
        amounts, start = odd_accounts(before, after, count_before, count_after, odd, position)
        number = f"1206555{n:04}"
        moments = [12 * at for at in range(len(amounts))]
        sent += [message(each, at=at, **{"from": number}) for each, at in zip(amounts, moments, strict=True)]
        expected[number] = [before, after, moments[start]]
    df = records(*sent)
    started = df.timestamp.min()
    rates = costs.rates(df)
    found = {
        number: [*(int(rate.scaleb(9)) for rate in prices.rate), (prices.since.iloc[-1] - started) / pd.Timedelta("1h")]
        for number, prices in rates.groupby("number")
    }
    assert found == expected
    counts = costs.audit(df).counts.set_index("fits").messages
    assert counts["neither"] == sum(amount > 0 for amount in odd) * len(cases) + (odd == [0]) * len(cases)


@pytest.mark.parametrize("failed", [False, True])
@pytest.mark.parametrize("end", ["first", "last"])
@pytest.mark.parametrize("count", [1, 2])
@pytest.mark.parametrize("amount", [0, 1, 2_000_000, 8_000_000, 9_000_000])
def test_odd_records_at_either_end_are_no_price_and_no_estimate(amount, count, end, failed):
    odd_first = end == "first"
    odd = [message(amount, at=n if odd_first else 100 + n, failed=failed) for n in range(count)]
    df = records(*odd, *(message(4_000_000, at=10 + 7 * n) for n in range(5)))
    rates = costs.rates(df)
    skipped = count if failed and amount == 0 else 0  # failed and free: says nothing about prices
    assert rates[["rate", "records", "of"]].values.tolist() == [[Decimal("0.0040"), 5, 5 + count - skipped]]
    offline = fr.Account(access_key="a", secret_key="b")
    found = offline.estimate(SHORT, rates=rates)
    assert (found.low, found.high) == (Decimal("0.0040"), Decimal("0.0040"))


def test_an_odd_record_soon_after_a_change_does_not_delay_it():
    amounts = [3_400_000] * 6 + [4_000_000, 3_400_000, 4_000_000, 9_000_000] + [4_000_000] * 4
    df = records(*(message(amount, at=20 * n) for n, amount in enumerate(amounts)))
    assert costs.rates(df).since.tolist() == [df.timestamp[0], df.timestamp[6]]
    assert costs.audit(df).counts.set_index("fits").messages["neither"] == 2


def test_a_record_at_the_coming_price_within_the_day_of_the_change_does_not_bring_it_forward():
    amounts = [4_000_000] * 8 + [5_000_000] + [4_000_000] * 3 + [5_000_000] * 8
    df = records(*(message(amount, at=n / 4) for n, amount in enumerate(amounts)))
    assert costs.rates(df).since.tolist() == [df.timestamp[0], df.timestamp[12]]


def test_one_record_is_enough_where_another_number_had_the_same_change_at_that_time():
    changed = [message(4_000_000 if n < 5 else 5_000_000, at=10 * n) for n in range(10)]
    rare = [message(4_000_000 if n < 4 else 5_000_000, at=1 + 12 * n, from_=TOLL_FREE) for n in range(5)]
    rates = costs.rates(records(*changed, *rare))
    assert rates[rates.number == TOLL_FREE].rate.tolist() == dollars([4_000_000, 5_000_000])


@pytest.mark.parametrize(
    ("at", "amount"), [(200, 5_000_001), (5, 5_000_000), (200, 4_500_000)], ids=["other", "early", "between"]
)
def test_one_record_that_another_number_s_change_does_not_explain_is_odd(at, amount):
    changed = [message(4_000_000 if n < 5 else 5_000_000, at=10 * n) for n in range(10)]
    rare = [message(4_000_000, at=n, from_=TOLL_FREE) for n in range(4)]
    rates = costs.rates(records(*changed, *rare, message(amount, at=at, from_=TOLL_FREE)))
    assert rates[rates.number == TOLL_FREE].rate.tolist() == dollars([4_000_000])


def test_odd_records_of_each_surcharge_are_no_price():
    def details(surcharge):
        return {"base_rate": "0.0040", "surcharge_rate": surcharge, "segment_count": 1, "charged_cost": "0.0070"}

    sent = [
        message(amount, at=24 * n + minute / 60, price_details=details(surcharge))
        for n, amount in enumerate([9_000_000, *[4_000_000] * 5, 9_000_000])
        for minute, surcharge in enumerate(["0.0030", "0.0025"])
    ]
    rates = costs.rates(records(*sent))
    assert rates.rate.tolist() == dollars([4_000_000, 4_000_000])
    assert fr.Account(access_key="a", secret_key="b").estimate(SHORT, rates=rates).high == Decimal("0.0070")


def test_an_odd_record_at_the_old_price_is_odd_also_where_two_numbers_had_the_change():
    changed = [message(4_000_000 if n < 5 else 5_000_000, at=10 * n) for n in range(20)]
    other = [message(4_000_000 if n < 5 or n == 12 else 5_000_000, at=10 * n, from_=TOLL_FREE) for n in range(20)]
    rates = costs.rates(records(*changed, *other))
    assert rates[rates.number == TOLL_FREE].rate.tolist() == dollars([4_000_000, 5_000_000])


@pytest.mark.parametrize(("hours", "factor", "is_price"), [(5, 2, False), (5, 3, False), (5, 1.5, True), (30, 2, True)])
def test_a_campaign_counted_by_a_third_rule_is_no_price_but_what_held_for_a_day_is(hours, factor, is_price):
    usual = [message(4_000_000, at=24 * n) for n in [*range(10), *range(14, 24)]]
    campaign = [message(int(4_000_000 * factor), at=24 * 11 + n * hours / 20) for n in range(21)]
    rates = costs.rates(records(*usual, *campaign))
    middle = [int(4_000_000 * factor)] if is_price else []
    assert rates.rate.tolist() == dollars([4_000_000, *middle, *[4_000_000] * len(middle)])
