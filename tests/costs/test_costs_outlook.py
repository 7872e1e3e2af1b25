"""What stands out, and what the month will have cost: on the sandbox's past, whose story only these tests read."""

import datetime as dt
import math
import re
import statistics
import sys
from decimal import Decimal
from fractions import Fraction

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pytest
import simulated

import flowroute_nb as fr
from flowroute_nb import level

DAY = pd.Timedelta(days=1)
ODD = ["day", "cost", "expected", "ratio", "score", "direction", "key", "value", "explained", "why"]
KINDS = ["datetime64[us, UTC]", "object", "object", "float64", "float64", "str", "str", "object", "float64", "str"]


def past(seed, days=60, today="2026-10-31", messages=5_000):
    with fr.Sandbox(seed=seed, today=today, days=days, messages=messages) as sandbox:
        return sandbox.account().messages(days=days, progress=False), sandbox.story


@pytest.fixture(scope="module")
def first():
    return past(1)


def spent(frame):
    """Add up exactly, apart from everything that is tested."""
    return sum(map(Fraction, frame.cost.dropna()), Fraction())


def texts(days, each=20, price=4_000_000, start="2026-09-01", hours=(9, 17)):
    """Make as many texts on each of these days, half of them at either hour; a day's price may differ."""
    begun = pd.Timestamp(start, tz="UTC")
    price = price if callable(price) else lambda _, price=price: price
    rows = [
        (begun + day * DAY + pd.Timedelta(hours=hours[n % 2]), "outbound", "12065550100", "15305557784", price(day))
        for day in days
        for n in range(each)
    ]
    made = pd.DataFrame(rows, columns=["timestamp", "direction", "number", "contact", "amount_nanodollars"])
    made["timestamp"] = made["timestamp"].astype("datetime64[us, UTC]")
    made["cost"] = [Decimal(each).scaleb(-9) for each in made.amount_nanodollars]
    return made.assign(segments=1, is_mms=False, message_type="longcode").astype({"amount_nanodollars": "Int64"})


# ------------------------------------------------------------------ odd days


@pytest.mark.untraced
@pytest.mark.parametrize(("seed", "days"), [(2, 60), (3, 60), (4, 90), (5, 30), (6, 60)])
def test_the_planted_day_is_named_and_no_other(seed, days):
    df, story = past(seed, days)
    odd = fr.costs.anomalies(df)
    assert odd.day.dt.date.tolist() == [story.odd_day]
    assert (odd.direction[0], odd.key[0], odd.value[0]) == ("high", "direction", "inbound")
    assert 2 < odd.ratio[0] < 4
    assert Fraction(odd.cost[0]) == spent(df[df.timestamp.dt.date == story.odd_day])


def test_looked_for_more_closely_the_dear_campaign_is_found_with_what_made_it_dear(first):
    df, story = first
    odd = fr.costs.anomalies(df, threshold=3)
    assert odd.day.dt.date.tolist() == sorted([story.odd_day, story.dear_campaign])
    dear = odd[odd.day.dt.date == story.dear_campaign].iloc[0]
    assert (dear.key, dear.value, dear.explained > 1) == ("message_encoding", 8, True)  # others cost less
    assert dear.why == f"{dear.ratio:.1f}x expected, >100% from message_encoding 8"


def test_a_new_price_a_weekly_campaign_and_an_unfinished_day_are_nothing_odd(first):
    df, story = first
    for end in (story.price_step, story.price_step + dt.timedelta(days=3), story.campaign_days[-1]):
        cut = df[df.timestamp < pd.Timestamp(end, tz="UTC") + pd.Timedelta(hours=9)]
        assert set(fr.costs.anomalies(cut).day.dt.date) <= {story.odd_day}


def test_an_odd_day_has_the_type_and_order_of_every_other(first):
    for odd in (
        fr.costs.anomalies(first[0]),
        fr.costs.anomalies(first[0].iloc[:0]),
        fr.costs.anomalies(texts(range(9), price=0)),
    ):
        assert list(odd) == ODD
        assert list(map(str, odd.dtypes)) == KINDS
        assert isinstance(odd.index, pd.RangeIndex)
        assert odd.attrs["flowroute_costs"] == {"keys": [], "period": "day", "tz": "UTC"}


def test_a_silent_day_is_low_and_nothing_in_particular_explains_it():
    odd = fr.costs.anomalies(texts(set(range(40)) - {25}))
    assert odd.day.tolist() == [pd.Timestamp("2026-09-26", tz="UTC")]
    assert (odd.direction[0], odd.cost[0], odd.ratio[0]) == ("low", Decimal("0.0000"), 0.0)
    assert odd.key.isna().all()
    assert odd.value[0] is None
    assert odd.why[0] == "0.0x expected, everything cost less"


def test_the_number_that_fell_silent_is_named(first):
    df, story = first
    day = story.odd_day + dt.timedelta(days=7)
    quiet = df[~((df.timestamp.dt.date == day) & (df.number == "12065550100"))]
    odd = fr.costs.anomalies(quiet).set_index("day").loc[pd.Timestamp(day, tz="UTC")]
    assert (odd.direction, odd.key, odd.value) == ("low", "number", "12065550100")
    assert 0.8 < odd.explained < 1.2


def test_a_half_day_at_either_end_is_odd_only_when_it_is_too_dear_already():
    even = texts(range(1, 39))
    for at in (0, 39):
        assert fr.costs.anomalies(pd.concat([even, texts([at], each=1)])).empty
        odd = fr.costs.anomalies(pd.concat([even, texts([at], each=200)]))
        assert odd.day.tolist() == [pd.Timestamp("2026-09-01", tz="UTC") + at * DAY]


@pytest.mark.untraced
def test_what_chance_does_to_a_few_messages_a_day_is_nothing_odd():
    chance = np.random.default_rng(1)
    for _ in range(5):
        few = pd.concat([texts([day], each=each) for day, each in enumerate(chance.poisson(3, 60)) if each])
        assert fr.costs.anomalies(few).empty
    assert len(fr.costs.anomalies(pd.concat([few, texts([30], each=40)]))) == 1


def test_days_begin_at_midnight_in_the_zone_asked_for():
    late = texts(range(60), hours=(20, 22))
    odd = fr.costs.anomalies(pd.concat([late, texts([40], each=100, hours=(23, 23))]), tz="Asia/Tokyo")
    assert odd.day.tolist() == [
        pd.Timestamp("2026-10-12", tz="Asia/Tokyo")
    ]  # 23:00 UTC on the 11th is 8:00 on the 12th


def test_every_engine_names_the_same(first):
    df = first[0]
    told, foreseen = fr.costs.anomalies(df), fr.costs.forecast(df)
    plain = df.drop(columns="cost")
    relation = duckdb.connect().from_arrow(pl.from_pandas(plain).to_arrow())
    for other in (pl.from_pandas(plain).lazy(), relation):
        pd.testing.assert_frame_equal(fr.costs.anomalies(other), told)
        assert fr.costs.forecast(other) == foreseen


def test_moments_amounts_and_segments_are_enough(first):
    bare = first[0][["timestamp", "amount_nanodollars", "segments"]]
    odd = fr.costs.anomalies(bare)
    assert odd.day.dt.date.tolist() == [first[1].odd_day]
    assert odd.key.isna().all()
    assert fr.costs.forecast(bare).so_far == fr.costs.forecast(first[0]).so_far
    with pytest.raises(fr.InputError, match="lacks the column 'timestamp'"):
        fr.costs.forecast(bare.drop(columns="timestamp"))


@pytest.mark.parametrize("threshold", [0, -1, float("nan"), float("inf"), "5", True, None])
def test_a_threshold_that_is_none_is_refused(threshold):
    with pytest.raises(fr.InputError, match="is no number above 0"):
        fr.costs.anomalies(texts(range(40)), threshold=threshold)


def test_what_was_given_back_may_be_as_much_as_what_was_spent():
    df = texts(range(40), price=lambda day: -4_000_000 if day % 2 else 4_000_000)
    assert fr.costs.total(df) == 0
    assert len(fr.costs.anomalies(df)) < 40


def test_less_than_three_whole_weeks_are_too_few_to_tell():
    with pytest.raises(fr.InputError, match="The records are of 22 days.*three whole weeks"):
        fr.costs.anomalies(texts(range(22)))
    assert fr.costs.anomalies(texts(range(23))).empty


def scores_by_the_docstring(cost, messages, weekdays):
    """Compute score and expected cost of each day as the docstring of anomalies says, in plain Python."""
    m = sum(map(abs, cost)) / sum(messages)
    y = [20 * math.asinh(0.1 * math.sqrt(max(each, 0) / m)) for each in cost][1:-1]
    inner = weekdays[1:-1]

    def running(values, width):
        half = width // 2
        return [statistics.median(values[max(0, n - half) : n + half + 1]) for n in range(len(values))]

    trend = running(y, 7)
    for _ in range(3):
        effect = {
            day: statistics.median(one - level for one, level, each in zip(y, trend, inner, strict=True) if each == day)
            for day in range(7)
        }
        trend = running([one - effect[day] for one, day in zip(y, inner, strict=True)], 15)
    likely = [level + effect[day] for level, day in zip([trend[0], *trend, trend[-1]], weekdays, strict=True)]
    every = [20 * math.asinh(0.1 * math.sqrt(max(each, 0) / m)) for each in cost]
    d = [one - other for one, other in zip(every, likely, strict=True)]
    scale = max(1, 1.4826 * statistics.median(map(abs, d[1:-1])))
    expected = [m * (math.sinh(0.05 * max(each, 0)) / 0.1) ** 2 for each in likely]
    return [each / scale for each in d], expected


@pytest.mark.parametrize("threshold", [5, 0.5])
def test_score_and_expected_are_what_the_docstring_says(first, threshold):
    df = first[0]
    by_day = df.groupby(df.timestamp.dt.floor("D"))
    cost, messages = by_day.amount_nanodollars.sum(), by_day.size()
    days = list(cost.index)
    scores, expected = scores_by_the_docstring(cost.tolist(), messages.tolist(), [day.weekday() for day in days])
    ends = (days[0], days[-1])
    named = {
        day: (score, likely)
        for day, score, likely in zip(days, scores, expected, strict=True)
        if abs(score) > threshold and not (day in ends and score < 0)
    }
    odd = fr.costs.anomalies(df, threshold=threshold)
    assert odd.day.tolist() == list(named)
    assert odd.score.tolist() == pytest.approx([score for score, _ in named.values()])
    assert [float(each) for each in odd.expected] == pytest.approx(
        [likely / 1e9 for _, likely in named.values()], abs=1e-4
    )


# ------------------------------------------------------------------ the month's end


def interval_of(account):
    found = fr.costs.forecast(account.known, month=f"{account.today:%Y-%m}", today=account.today)
    return found, found.low <= account.cost <= found.high


@pytest.mark.untraced
def test_the_interval_holds_the_cost_of_quiet_months_as_often_as_it_says():
    """80 % of months without a price change or an unusual day ahead; each had an unusual day before."""
    held = [interval_of(simulated.month(seed))[1] for seed in range(100, 180)]
    assert 0.75 <= sum(held) / len(held) <= 0.88


@pytest.mark.untraced
def test_on_the_sandbox_s_past_the_interval_holds_quiet_months_as_often_as_it_says_and_is_wider_with_less_past():
    held, widths = [], {60: [], 30: [], 14: []}
    for seed in range(101, 113):
        df, story = past(seed, 77, "2026-11-01")
        whole = spent(df[(df.timestamp >= "2026-10-01") & (df.timestamp < "2026-11-01")])
        quiet = dt.date(2026, 10, 16) > max(story.odd_day, story.price_step) or story.odd_day.month == 11
        for days, wide in widths.items():
            now = pd.Timestamp("2026-10-16", tz="UTC")
            known = df[(df.timestamp < now) & (df.timestamp >= now - days * DAY)]
            found = fr.costs.forecast(known)
            wide.append(found.high - found.low)
            assert ("widens the interval" in found.note) == (days < 60)
            if days == 60 and quiet:
                held.append(found.low <= whole <= found.high)
    assert len(held) >= 7
    assert 0.6 <= sum(held) / len(held) < 1
    assert sum(widths[60]) < sum(widths[30]) < sum(widths[14])


@pytest.mark.parametrize("ahead", ["day", "price"])
def test_what_cannot_be_foreseen_is_mostly_outside_the_interval_and_the_note_says_so(ahead):
    found, held = zip(*(interval_of(simulated.month(seed, ahead=ahead)) for seed in range(1, 6)), strict=True)
    assert sum(held) <= 2
    for each in found:
        assert "without a price change or an unusual day ahead, which can't be foreseen" in each.note
        assert re.search(r"held for \d\d % of such months and for \d\d % of all months", each.note)


def test_an_unusual_day_of_the_past_makes_the_rest_of_the_month_no_less_certain():
    chance = np.random.default_rng(3)
    usual = pd.concat([texts([day], each=int(chance.normal(40, 4))) for day in range(45)])
    odd = pd.concat([usual, texts([17], each=120)])
    one, other = fr.costs.forecast(usual), fr.costs.forecast(odd)
    assert float(other.high - other.low) == pytest.approx(float(one.high - one.low), rel=0.1)
    assert float(other.total) == pytest.approx(float(one.total), rel=0.02)
    assert "1 unusual day of the past is left out, see anomalies." in other.note
    assert "unusual day of the past" not in one.note


def test_its_path_has_each_day_exactly_and_then_what_is_likely(first):
    df = first[0][first[0].timestamp < "2026-10-16T10:00Z"]
    found = fr.costs.forecast(df)
    october = df[df.timestamp >= "2026-10-01"]
    by_day = {str(day): spent(each) for day, each in october.groupby(october.timestamp.dt.date)}
    path = found.path.set_index(found.path.day.dt.date.astype(str))
    assert {day: Fraction(cost) for day, cost in path.cost.dropna().items()} == by_day
    assert Fraction(found.so_far) == sum(by_day.values())
    assert path.cost["2026-10-16":].notna().tolist() == [True] + [False] * 15
    assert path.expected[:15].tolist() == list(map(float, path.cost[:15]))
    assert path.low.notna().tolist() == path.high.notna().tolist() == [False] * 15 + [True] * 16
    later = path["2026-10-16":]
    assert (later.low >= 0).all()
    assert (later.low < later.expected).all()
    assert (later.expected < later.high).all()
    assert path.running.iloc[14] == pytest.approx(float(sum(by_day.values()) - by_day["2026-10-16"]))
    assert path.running.iloc[-1] == pytest.approx(float(found.total), abs=1e-4)
    assert path.running_high.iloc[-1] == pytest.approx(float(found.high), abs=1e-4)
    assert (path.running.diff().dropna() > 0).all()


def test_even_days_go_on_and_a_new_price_counts_in_full():
    # 20 texts a day: 28 days at 0.0040, then 10 at 0.0050, until the 8th of October
    df = texts(range(38), price=lambda day: 5_000_000 if day >= 28 else 4_000_000)
    found = fr.costs.forecast(df)
    assert found.month == "2026-10"
    assert found.so_far == Decimal("0.8000")
    assert float(found.total) == pytest.approx(31 * 20 * 0.005, rel=1e-4)
    assert found.low < found.total < found.high


def test_a_month_that_is_over_is_added_up_exactly_without_the_library(monkeypatch):
    df, _ = past(7, 90)
    monkeypatch.setitem(sys.modules, "statsmodels.regression.linear_model", None)
    found = fr.costs.forecast(df, month="2026-09")
    september = spent(df[(df.timestamp >= "2026-09-01") & (df.timestamp < "2026-10-01")])
    assert Fraction(found.total) == Fraction(found.low) == Fraction(found.high) == Fraction(found.so_far) == september
    assert repr(found) == f"<Forecast: 2026-09 cost ${found.total:.2f}.>"
    with pytest.raises(fr.InputError, match=r"pip install 'flowroute-nb\[forecast\]'"):
        fr.costs.forecast(df)


def is_exact(found, df):
    """Say whether a month that is over is what was spent, day by day and in all."""
    path, whole = found.path, spent(df)
    assert (found.note, found.method) == ("", "added up: the month is over")
    assert Fraction(found.total) == Fraction(found.low) == Fraction(found.high) == Fraction(found.so_far) == whole
    assert path.expected.tolist() == list(map(float, path.cost))
    assert path.running.tolist() == path.running_low.tolist() == path.running_high.tolist()
    assert path.running.iloc[-1] == float(whole)
    assert path[["low", "high"]].isna().all(axis=None)
    return True


@pytest.mark.parametrize("tz", ["UTC", "America/Los_Angeles"])
def test_a_month_read_alone_when_it_was_over_is_exact_however_quiet_its_first_and_last_hours(tz):
    with fr.Sandbox(today="2026-11-12", days=60, messages=1_000) as sandbox:
        df = sandbox.account().messages("2026-10", tz=tz, progress=False)
    local = df.timestamp.dt.tz_convert(tz)
    assert local.min().hour > 0
    assert local.max().hour < 23
    found = fr.costs.forecast(df, tz=tz)
    assert is_exact(found, df)
    assert found.total == fr.costs.total(df)


def test_a_month_is_exact_where_nothing_but_today_says_that_it_is_over():
    df = texts(range(30))
    df = df[df.timestamp < "2026-09-30T12:00Z"]  # September, its last afternoon quiet
    assert fr.costs.forecast(df).low < fr.costs.forecast(df).high
    assert is_exact(fr.costs.forecast(df, month="2026-09", today="2026-10-01"), df)


@pytest.mark.parametrize(
    ("read_at", "is_over"),
    [
        ("2026-09-30T23:59:59.999999+00:00", False),
        ("2026-10-01T00:00:00+00:00", True),
        ("2026-10-01T23:59:59.999999+00:00", True),
        ("2026-10-02T00:00:00+00:00", False),
    ],
)
def test_the_last_day_is_over_if_the_records_were_read_on_the_day_after_it(read_at, is_over):
    """Read later, records of the day after could have been left out."""
    df = texts(range(30))
    df = df[df.timestamp < "2026-09-30T12:00Z"]  # September, its last afternoon quiet
    df.attrs["flowroute"] = {"end": "2026-11-01T00:00:00+00:00", "read_at": read_at}
    found = fr.costs.forecast(df, month="2026-09")
    assert (found.low == found.high) is is_over


def test_in_a_running_month_the_first_day_of_what_was_read_stands_with_its_cost():
    df = texts(range(20))  # from the 1st of September at 9
    found = fr.costs.forecast(df).path
    assert found.expected[:19].tolist() == [0.08] * 19
    assert found.running[:19].tolist() == pytest.approx([0.08 * (n + 1) for n in range(19)])
    assert found.running_low[18] == found.running_high[18]


def test_the_rest_of_today_is_what_its_hours_usually_cost():
    even = texts(range(40))  # half at 9, half at 17
    half = even[even.timestamp < "2026-10-10T12:00Z"]
    found = fr.costs.forecast(half).path.set_index("day").loc["2026-10-10"]
    assert found.cost == Decimal("0.0400")
    assert found.expected == pytest.approx(0.08, rel=1e-3)


def test_days_without_records_until_today_cost_nothing_and_today_is_still_open():
    found = fr.costs.forecast(texts(range(40)), today="2026-10-14").path  # records until the 10th
    assert found.cost[9:14].tolist() == [Decimal("0.0800"), *[Decimal("0.0000")] * 3, Decimal("0.0000")]
    assert found.low.notna().tolist() == [False] * 13 + [True] * 18


def test_days_of_the_month_before_the_first_record_are_estimated_and_it_says_so():
    found = fr.costs.forecast(texts(range(5, 25)))  # from the 6th of September
    assert "no records before 2026-09-06" in found.note
    assert found.path.cost[:5].isna().all()
    assert float(found.total) == pytest.approx(30 * 0.08, rel=1e-3)


def test_records_without_an_amount_are_counted_and_said():
    df = texts(range(40))
    df.loc[df.index[-3:], "amount_nanodollars"] = None
    assert "3 records have no amount yet" in fr.costs.forecast(df).note


def test_what_costs_nothing_will_cost_nothing():
    found = fr.costs.forecast(texts(range(40), price=0))
    assert (found.total, found.low, found.high) == (Decimal("0.0000"),) * 3


@pytest.mark.parametrize("tz", ["America/Los_Angeles", "America/Havana", "Africa/Cairo", "Asia/Kathmandu"])
def test_a_month_has_all_its_days_in_any_zone_also_where_clocks_change_at_midnight(tz):
    df = texts(range(60), start="2026-03-01")
    for month, days in (("2026-03", 31), ("2026-04", 30), ("2026-05", 31)):
        path = fr.costs.forecast(df, month=month, tz=tz).path
        assert path.day.dt.date.tolist() == [dt.date.fromisoformat(f"{month}-{n + 1:02}") for n in range(days)]
        assert str(path.day.dt.tz) == tz


def test_it_shows_itself_in_a_sentence_and_in_a_card(first):
    found = fr.costs.forecast(first[0][first[0].timestamp < "2026-10-16"])
    sentence = f"2026-10 will have cost ${found.total:.2f}, 80% likely between ${found.low:.2f} and ${found.high:.2f}; "
    assert repr(found) == f"<Forecast: {sentence}${found.so_far:.2f} so far. {found.note}>"
    for said in (
        f"${found.low:.2f} and ${found.high:.2f}",
        "Cost of 2026-10",
        "statsmodels GLS",
        "prices of the last 7",
    ):
        assert said in found._repr_html_()


def test_a_wider_interval_is_asked_for_by_its_probability(first):
    narrow, wide = (fr.costs.forecast(first[0], month="2026-11", interval=each) for each in (0.5, 0.95))
    assert wide.low < narrow.low < narrow.total == wide.total < narrow.high < wide.high


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"month": "2026-13"}, "month='2026-13' is no month"),
        ({"month": "2026"}, "month='2026' is no month"),
        ({"month": 10}, "month=10 is no month"),
        ({"month": "2027-06"}, "can't be told from records of 2026-09-01 to 2026-10-10"),
        ({"month": "2026-08"}, "Give a month from 2026-09 to 2026-11"),
        ({"today": "2026-10-09"}, "is before the last record, of 2026-10-10"),
        ({"today": "tomorrow"}, "today='tomorrow' is no date"),
        ({"today": 5}, "today=5 is no date"),
        ({"interval": 80}, "interval=80 is no probability"),
        ({"interval": 1 - 2**-53}, "is no probability"),
        ({"interval": "0.8"}, "is no probability"),
        ({"tz": "Mars"}, "is no time zone"),
    ],
)
def test_what_cannot_be_foreseen_is_said_in_a_sentence(given, said):
    with pytest.raises(fr.InputError, match=said):
        fr.costs.forecast(texts(range(40)), **given)


def test_under_two_weeks_there_is_no_forecast():
    assert fr.costs.forecast(texts(range(14))).note
    for days in (0, 1, 13):
        with pytest.raises(fr.InputError, match="two weeks at least"):
            fr.costs.forecast(texts(range(days)))


def test_a_month_may_be_a_period_or_any_of_its_days():
    df = texts(range(40))
    wanted = fr.costs.forecast(df, month="2026-11")
    assert fr.costs.forecast(df, month=pd.Period("2026-11", "M")) == wanted
    assert fr.costs.forecast(df, month=dt.date(2026, 11, 20)) == wanted


def test_where_the_level_does_not_wander_a_weekday_is_its_mean():
    chance = np.random.default_rng(5)
    seen, at = 100 + 10 * chance.random(28), np.arange(28)
    weekdays = np.eye(7)
    days = level._Days(
        slice(28), slice(28, None), weekdays[np.arange(35) % 7], np.ones(35), np.zeros((35, 35)), np.ones(7)
    )
    _, found = level._fit(seen, days, 0.0)
    assert found.mean == pytest.approx([seen[at % 7 == day].mean() for day in range(7)])
    squares = sum(((seen[at % 7 == day] - seen[at % 7 == day].mean()) ** 2).sum() for day in range(7))
    noise = (squares + 3 * 0.3**2) / (28 - 7 + 3)
    assert np.diag(found.covariance) == pytest.approx(noise * (1 + 1 / 4))
