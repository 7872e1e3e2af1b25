"""What was spent, on what: rows, sums, periods and names, and what is said to what can't be summed up."""

import calendar
import datetime as dt
import re
from decimal import Decimal
from zoneinfo import ZoneInfo

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from frames import ENGINES, expected, records, said

import flowroute_nb as fr
from flowroute_nb.costs import by, tag, top, total
from flowroute_nb.engines import groups

NOON = dt.datetime(2026, 10, 5, 12, tzinfo=dt.UTC)  # a Monday
DAY = dt.timedelta(days=1)
COLUMNS = ["messages", "segments", "cost", "cost_per_message", "share", "unpriced"]


def row(at=NOON, direction="outbound", contact="12065550100", segments=1, amount=4_000_000):
    return at, direction, contact, segments, amount


def test_without_keys_or_a_period_all_is_one_row():
    summary = by(records([row(), row(amount=8_000_000, segments=2), row(amount=None, segments=None)]))
    assert summary.values.tolist() == [[3, 3, Decimal("0.0120"), Decimal("0.0060"), 1.0, 1]]


def test_a_summary_has_these_columns_and_types_also_when_there_is_nothing_to_sum_up():
    for frame in (records([row()]), records([])):
        summary = by(frame, "direction", "hour", period="day", tz="America/New_York")
        assert list(summary.columns) == ["direction", "hour", "period", *COLUMNS]
        assert [str(kind) for kind in summary.dtypes] == [
            "str",
            "Int64",
            "datetime64[us, America/New_York]",
            "int64",
            "Int64",
            "object",
            "object",
            "float64",
            "int64",
        ]
        assert isinstance(summary.index, pd.RangeIndex)
    assert len(summary) == 0


def test_an_empty_frame_gives_an_empty_summary_whatever_is_asked():
    for keys in ([], ["direction"], ["weekday", "contact_prefix"]):
        for period in (None, "hour", "day", "week", "month"):
            for given in (None, "2026-10"):
                assert len(by(records([]), *keys, period=period, range=given)) == 0
    assert total(records([])) == 0
    assert len(top(records([]), "contact")) == 0


def test_a_summary_says_what_was_asked():
    summary = by(records([row()]), "direction", period="week", tz="Europe/Berlin")
    assert summary.attrs["flowroute_costs"] == {"keys": ["direction"], "period": "week", "tz": "Europe/Berlin"}


def test_rows_come_by_period_then_dearest_first_then_by_name():
    rows = [
        row(NOON + DAY, "b", amount=9),
        row(NOON, "a", amount=1),
        row(NOON, "c", amount=5),
        row(NOON, "b", amount=1),
        row(None, "a", amount=7),
    ]
    summary = by(records(rows), "direction", period="day")
    days = summary.period.dt.day.astype("Int64").tolist()
    assert list(zip(days, summary.direction, strict=True)) == [
        *[(5, "c"), (5, "a"), (5, "b"), (6, "b"), (6, "a"), (6, "c")],
        (pd.NA, "a"),
    ]


def test_every_key_has_every_period_between_as_zeros():
    summary = by(records([row(), row(NOON + 3 * DAY, "inbound")]), "direction", period="day")
    assert len(summary) == 2 * 4
    zero = summary[(summary.direction == "inbound") & (summary.period.dt.day == 6)]
    assert zero[COLUMNS].values.tolist() == [[0, 0, Decimal("0.0000"), None, 0.0, 0]]
    assert str(zero.cost.item()) == "0.0000"


def test_a_range_cuts_the_records_and_says_which_periods_there_are():
    rows = [row(dt.datetime(2026, 9, 30, 23, tzinfo=dt.UTC)), row(), row(dt.datetime(2026, 11, 1, tzinfo=dt.UTC))]
    summary = by(records(rows), period="day", range="2026-10")
    assert len(summary) == 31
    assert summary.messages.sum() == 1
    assert total(records(rows), range=("2026-10-05", dt.date(2026, 11, 1))) == Decimal("0.0080")
    assert total(records(rows), range=pd.Period("2026-10", "M"), tz="America/New_York") == Decimal("0.0080")
    assert total(records(rows), range=(NOON, NOON + DAY)) == Decimal("0.0040")


@pytest.mark.parametrize("given", [("2026-10",) * 3, NOON, ("2026-10-02", "2026-10-01"), "2026-13", 30])
def test_what_is_no_range_is_told(given):
    with pytest.raises(fr.InputError, match=r"range|ISO"):
        by(records([row()]), range=given)


NIGHTS = [
    ("America/New_York", (2026, 11, 1, 4), 4),  # an hour twice
    ("America/New_York", (2026, 3, 8, 5), 4),  # an hour skipped
    ("Australia/Lord_Howe", (2026, 4, 4, 13), 4),  # half an hour twice
    ("Australia/Lord_Howe", (2026, 10, 3, 13), 4),  # half an hour skipped
    ("America/St_Johns", (2005, 10, 30, 1), 4),  # back over midnight, at one past
    ("America/Havana", (2026, 3, 8, 3), 4),  # midnight skipped
    ("Pacific/Apia", (2011, 12, 29, 8), 50),  # a day skipped
    ("Asia/Kathmandu", (1985, 12, 31, 16), 6),  # a quarter of an hour, long ago
    ("Africa/Casablanca", (2026, 2, 15, 0), 5),
]


@pytest.mark.untraced
@pytest.mark.parametrize("engine", ["pandas", "polars"])  # by arrays, and by expressions
@pytest.mark.parametrize("period", ["day", "week", "month"])
@pytest.mark.parametrize(("zone", "night", "hours"), NIGHTS)
def test_every_quarter_of_an_hour_falls_in_its_period_while_clocks_change(zone, night, hours, period, engine):
    first = dt.datetime(*night, tzinfo=dt.UTC)
    rows = [row(first + quarter * dt.timedelta(minutes=15), amount=10**quarter % 7919) for quarter in range(4 * hours)]
    summary = by(ENGINES[engine](records(rows)), "hour", period=period, tz=zone)
    found, known = said(summary, ["hour"], period), expected(rows, ["hour"], period, ZoneInfo(zone))
    assert found == known


@pytest.mark.parametrize("engine", ["pandas", "polars"])
@pytest.mark.parametrize(("zone", "night", "hours"), NIGHTS)
def test_hours_touch_and_hold_an_hour_of_the_clock_at_most(zone, night, hours, engine):
    first = dt.datetime(*night, tzinfo=dt.UTC)
    moments = [first + quarter * dt.timedelta(minutes=15) for quarter in range(4 * hours)]
    summary = by(ENGINES[engine](records([row(moment) for moment in moments])), period="hour", tz=zone)
    starts = summary.period.dt.tz_convert("UTC").tolist()
    assert starts == sorted(set(starts))
    assert summary.messages.sum() == len(moments)
    ends = [*starts[1:], pd.Timestamp(moments[-1]) + dt.timedelta(minutes=15)]
    for start, end, count in zip(starts, ends, summary.messages, strict=True):
        assert end - start <= dt.timedelta(hours=1)
        inside = [moment.astimezone(ZoneInfo(zone)) for moment in moments if start <= moment < end]
        assert len(inside) == count
        assert len({(moment.hour, moment.utcoffset()) for moment in inside}) <= 1


@pytest.mark.untraced
@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("period", ["hour", "day", "week", "month"])
def test_there_were_moments_before_1970_and_there_will_be_after_2100(period, engine):
    for first in (dt.datetime(1969, 12, 28, 23, tzinfo=dt.UTC), dt.datetime(2100, 2, 28, 23, tzinfo=dt.UTC)):
        rows = [row(first + at * dt.timedelta(hours=7, microseconds=1)) for at in range(20)]
        summary = by(ENGINES[engine](records(rows)), "weekday", "hour", period=period)
        assert said(summary, ["weekday", "hour"], period) == expected(
            rows, ["weekday", "hour"], period, ZoneInfo("UTC")
        )


@pytest.mark.parametrize("hours_before", [1, 5, 30, 24 * 6])
@pytest.mark.parametrize(
    ("zone", "change"),
    [
        ("America/New_York", (2026, 11, 1, 6)),
        ("America/New_York", (2026, 3, 8, 7)),
        ("Australia/Lord_Howe", (2026, 4, 4, 15)),
        ("Australia/Lord_Howe", (2026, 10, 3, 15, 30)),
    ],
)
def test_a_clock_change_after_the_last_record_adds_no_hours(zone, change, hours_before):
    last = dt.datetime(*change, tzinfo=dt.UTC) - hours_before * dt.timedelta(hours=1)
    first = last - dt.timedelta(hours=3)
    summary = by(records([row(first), row(last)]), period="hour", tz=zone)
    began = [first + n * dt.timedelta(hours=1) for n in range(4)]
    local = [each.astimezone(ZoneInfo(zone)) for each in began]
    assert [each.to_pydatetime() for each in summary.period] == [
        each - dt.timedelta(minutes=each.minute) for each in local
    ]


def test_a_range_has_the_hours_of_a_clock_change_of_half_an_hour_after_the_last_record():
    first = dt.datetime(2026, 4, 4, 13, tzinfo=dt.UTC)  # midnight in Lord Howe, two hours before the change
    summary = by(records([row(first)]), period="hour", tz="Australia/Lord_Howe", range="2026-04-05")
    after = [dt.datetime(2026, 4, 4, 15, 30, tzinfo=dt.UTC) + n * dt.timedelta(hours=1) for n in range(22)]
    expected = [first, first + dt.timedelta(hours=1), first + dt.timedelta(hours=2), *after]
    assert [each.to_pydatetime().astimezone(dt.UTC) for each in summary.period] == expected


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Asia/Kolkata", 5, range(24)),
        ("Australia/Adelaide", 3, range(24)),
        ("Australia/Adelaide", 4, [0, 1, *range(3, 24)]),  # at 2:00 the clocks go to 3:00
    ],
)
def test_a_range_of_a_day_has_its_hours_from_midnight_on_in_a_zone_of_half_an_hour(zone, day, hours):
    at = dt.datetime(2026, 10, day, 12, 10, tzinfo=ZoneInfo(zone))
    began = by(records([row(at)]), period="hour", tz=zone, range=f"2026-10-{day:02}").period
    assert [(each.day, each.hour, each.minute) for each in began] == [(day, hour, 0) for hour in hours]


@pytest.mark.parametrize(("first", "last", "weeks"), [(5, 11, [5]), (4, 11, [-2, 5]), (5, 12, [5, 12]), (4, 4, [-2])])
def test_a_range_has_the_weeks_from_monday_to_sunday_that_it_touches(first, last, weeks):
    moment = dt.datetime(2026, 10, first, 12, tzinfo=dt.UTC)
    summary = by(records([row(moment)]), period="week", range=(f"2026-10-{first:02}", f"2026-10-{last:02}"))
    mondays = [dt.datetime(2026, 10, 1, tzinfo=dt.UTC) + dt.timedelta(days=day - 1) for day in weeks]
    assert [each.to_pydatetime() for each in summary.period] == mondays


def test_the_night_that_is_an_hour_longer_has_25_hours_and_the_other_23():
    for day, hours in (("2026-11-01", 25), ("2026-03-08", 23), ("2026-03-09", 24)):
        at = dt.datetime.fromisoformat(f"{day}T12:00-05:00")
        assert len(by(records([row(at)]), period="hour", tz="America/New_York", range=day)) == hours


@pytest.mark.parametrize("engine", ["pandas", "polars"])
def test_every_month_has_its_days(engine):
    days = pd.date_range("2096-01-01", "2104-12-31", tz="UTC", unit="us")  # 2100 is no leap year
    frame = pd.DataFrame({"timestamp": days, "amount_nanodollars": 1})
    summary = by(ENGINES[engine](frame), period="month")
    known = [(year, month) for year in range(2096, 2105) for month in range(1, 13)]
    assert [(each.year, each.month) for each in summary.period] == known
    assert summary.messages.tolist() == [calendar.monthrange(*each)[1] for each in known]


def test_weeks_are_of_iso_8601():
    rows = [row(dt.datetime(2027, 1, 3, 23, 59, tzinfo=dt.UTC)), row(dt.datetime(2027, 1, 4, tzinfo=dt.UTC))]
    summary = by(records(rows), period="week")
    assert summary.period.dt.date.tolist() == [dt.date(2026, 12, 28), dt.date(2027, 1, 4)]
    assert [each.isocalendar()[:2] for each in summary.period] == [(2026, 53), (2027, 1)]


def test_what_misses_a_key_or_a_time_is_a_row_of_its_own():
    summary = by(records([row(contact=None), row(None, contact="62636"), row()]), "contact_prefix", period="month")
    assert summary.contact_prefix.fillna("?").tolist() == ["1206", "?", "62636", "62636"]
    assert summary.period.isna().tolist() == [False, False, False, True]
    assert summary.share.tolist() == [0.5, 0.5, 0.0, 1.0]


def test_a_mean_is_rounded_half_to_even_over_what_has_an_amount():
    for amounts, mean in [
        ((1, 2, None), "2E-9"),
        ((3, 4), "4E-9"),
        ((2, 3), "2E-9"),
        ((-1, -2), "-2E-9"),
        ((1, 1, 3), "2E-9"),
    ]:
        summary = by(records([row(amount=each) for each in amounts]))
        assert summary.cost_per_message.item() == Decimal(mean)


def test_sums_outgrow_64_bits():
    rows = [
        row(amount=2**63 - 1),
        row(amount=2**63 - 1),
        row(amount=2**53 + 1),
        row("inbound" and NOON, "inbound", amount=-(2**63)),
    ]
    assert total(records(rows[:3])) == Decimal(2 * (2**63 - 1) + 2**53 + 1).scaleb(-9)
    assert groups(records(rows), ["direction"]).nanodollars.tolist() == [2 * (2**63 - 1) + 2**53 + 1, -(2**63)]


def test_more_amounts_than_fit_are_added_where_each_is_small():
    frame = pa.table({"amount_nanodollars": pa.array([2**31 - 1, -1] * 500_000)})
    assert total(frame) == Decimal(500_000 * (2**31 - 2)).scaleb(-9)


def test_a_frame_without_segments_has_none_to_sum_up():
    summary = by(records([row()]).drop(columns="segments"), "direction")
    assert summary.segments.isna().all()
    assert str(summary.segments.dtype) == "Int64"


def test_without_segments_nothing_else_changes():
    rows = [row(), row(NOON + DAY, "inbound", amount=9), row(None, "inbound")]
    frame = records(rows)
    for ask in (lambda df: by(df, "direction", period="day"), lambda df: top(df, "contact", n=1, period="day")):
        with_them, without = ask(frame), ask(frame.drop(columns="segments"))
        assert without.segments.isna().all()
        assert without.drop(columns="segments").equals(with_them.drop(columns="segments"))
    rest = top(
        records([row(contact=f"1206555010{each}") for each in range(3)]).drop(columns="segments"), "contact", n=1
    )
    assert rest.contact.tolist()[-1] == "other"
    assert rest.segments.isna().all()


def test_amounts_of_64_bits_without_a_sign_are_exact():
    frame = pd.DataFrame({"amount_nanodollars": np.array([2**64 - 1, 2**63, 1], dtype="uint64")})
    for made in (frame, pl.from_pandas(frame), pa.Table.from_pandas(frame), duckdb.connect().from_df(frame)):
        assert total(made) == Decimal(2**64 + 2**63).scaleb(-9)


def test_moments_in_nanoseconds_are_moments_in_duckdb_too():
    frame = records([row(), row(NOON + DAY)])
    known = by(frame, period="day")
    frame["timestamp"] = frame["timestamp"].dt.as_unit("ns")
    assert by(duckdb.connect().from_arrow(pa.Table.from_pandas(frame)), period="day").equals(known)


def test_hundreds_of_rules_are_no_more_than_one():
    rules = {f"tag {each}": {"body_contains": f"{each:03}"} for each in range(500)}
    frame = pd.DataFrame({"body": ["007", "499", "x"], "amount_nanodollars": [1, 2, 3]})
    assert tag(frame, rules).tolist() == ["tag 7", "tag 499", "untagged"]


def test_strict_refuses_records_without_an_amount_and_says_how_many():
    frame = records([row(), row(amount=None), row(amount=None)])
    with pytest.raises(fr.InputError, match=r"2 of 3 records have no amount.*leave strict out"):
        by(frame, "direction", strict=True)
    with pytest.raises(fr.InputError, match="2 of 3"):
        total(frame, strict=True)
    assert total(frame.dropna(), strict=True) == Decimal("0.0040")


def test_the_dearest_are_named_and_the_rest_is_other():
    rows = [row(contact=f"1206555010{digit}", amount=digit) for digit in range(6)] + [row(contact=None, amount=9)]
    summary = top(records(rows), "contact", n=2)
    assert summary.contact.fillna("?").tolist() == ["?", "12065550105", "other"]
    assert summary.messages.tolist() == [1, 1, 5]
    assert summary.cost.sum() == total(records(rows))
    assert top(records(rows), "contact", n=7).equals(by(records(rows), "contact"))
    assert summary.attrs["flowroute_costs"]["keys"] == ["contact"]


def test_the_rest_comes_last_and_is_not_mixed_up_with_what_is_called_other():
    rows = [row(direction="other", amount=5), row(direction="a", amount=4), row(direction="b", amount=3)]
    assert top(records(rows), "direction", n=1).direction.tolist() == ["other", "all others"]
    assert top(records(rows[1:] * 2 + [row(direction="c", amount=3)]), "direction", n=1).direction.tolist() == [
        "a",
        "other",
    ]


def test_top_by_period_names_the_dearest_of_all_periods():
    rows = [row(direction="a", amount=9), row(NOON + DAY, "b", amount=5), row(NOON + DAY, "c", amount=1)]
    summary = top(records(rows), "direction", n=1, period="day")
    assert list(zip(summary.period.dt.day, summary.direction, summary.messages, strict=True)) == [
        (5, "a", 1),
        (5, "other", 0),
        (6, "a", 0),
        (6, "other", 2),
    ]


def test_top_of_what_is_a_number():
    rows = [row(NOON + hour * dt.timedelta(hours=1), amount=hour) for hour in range(4)]
    assert top(records(rows), "hour", n=2).hour.tolist() == [15, 14, "other"]


@pytest.mark.parametrize("n", [0, -1, 2.5, True, "9"])
def test_top_names_one_at_the_least(n):
    with pytest.raises(fr.InputError, match="n=9"):
        top(records([row()]), "contact", n=n)


def test_tags_have_the_frame_s_index_and_the_first_rule_wins():
    frame = pd.DataFrame({"number": ["12065550100", "12065550101", None]}, index=["x", "y", "y"])
    rules = {"all": {"number": "+1 206 555 0100"}, "never": {"number": "12065550100"}, "two": {"number": 12065550101}}
    tags = tag(frame, rules)
    assert tags.name == "tag"
    assert tags.to_dict() == {"x": "all", "y": "untagged"}
    assert tags.tolist() == ["all", "two", "untagged"]
    assert by(frame.assign(tag=tags, amount_nanodollars=1), "tag").tag.tolist() == ["all", "two", "untagged"]


def test_a_column_of_its_own_name_comes_before_what_would_be_made():
    frame = records([row()]).assign(hour="rush", weekday=["payday"])
    assert by(frame, "hour", "weekday")[["hour", "weekday"]].values.tolist() == [["rush", "payday"]]


def test_keys_may_be_categories_numbers_and_decimals():
    frame = records([row(), row(direction="inbound")]).assign(
        team=pd.Categorical(["x", "y"]), size=[1, 2], price=[Decimal("0.1")] * 2
    )
    assert by(frame, "team").team.tolist() == ["x", "y"]
    assert by(frame, "size")["size"].tolist() == [1, 2]
    assert by(frame, "price").price.tolist() == [Decimal("0.1")]
    assert by(pl.from_pandas(frame[["team", "amount_nanodollars"]]), "team").team.tolist() == ["x", "y"]


def test_a_column_that_is_missing_throughout_is_just_that():
    frame = records([row()]).assign(contact=None, body=None, number=None)
    for made in (frame, pa.Table.from_pandas(frame), pl.from_pandas(frame), duckdb.connect().from_df(frame)):
        assert by(made, "contact_prefix").contact_prefix.isna().all()
        rules = {"a": {"body_contains": "x", "ignore_case": True}, "b": {"number": "12065550100"}}
        assert by(made, "tag", tags=rules).tag.tolist() == ["untagged"]


def test_anything_that_can_scan_is_asked_to():
    class Shelf:
        def scan(self):
            return pl.from_pandas(records([row(), row(None)])).lazy()

    assert total(Shelf()) == Decimal("0.0080")


def test_an_engine_that_is_not_there_is_a_sentence_with_its_extra():
    class Shelf:
        def scan(self):
            raise ModuleNotFoundError("No module named 'polars'", name="polars")

    with pytest.raises(fr.InputError, match=r"needs polars.*flowroute-nb\[polars\]"):
        total(Shelf())


def test_the_records_of_a_month_are_what_the_sandbox_s_ledger_says(sandbox):
    month = sandbox.account().messages("2026-10", progress=False)
    assert total(month) == sandbox.charged("2026-10")
    daily = by(month, period="day", range="2026-10")
    assert [sandbox.charged(str(day)) for day in daily.period.dt.date] == daily.cost.tolist()


FRAME = records([row()])
WRONG = {
    "a list": (lambda: by([1, 2]), "a frame of records, and this is a list"),
    "no amounts": (lambda: total(FRAME.drop(columns="amount_nanodollars")), "lacks the column 'amount_nanodollars'"),
    "no time": (lambda: by(FRAME.drop(columns="timestamp"), period="day"), "lacks the column 'timestamp'"),
    "no such key, near one": (lambda: by(FRAME, "direcion"), "no key 'direcion'. Did you mean 'direction'?"),
    "a key a record could have": (lambda: by(FRAME, "delivery"), "lacks the column 'delivery'"),
    "keys in a list": (
        lambda: by(FRAME, ["direction", "contact"]),
        r"Give each by itself: by\(df, 'direction', 'contact'\)",
    ),
    "a key of one's own": (
        lambda: by(FRAME, "campaign"),
        "There is no key 'campaign'. Give one of .*, tag; for groups of your own give 'tag' and rules, as in tags=",
    ),
    "a key of one's own in a comparison": (lambda: fr.costs.compare(FRAME, FRAME.head(0), by="client"), "in tags="),
    "a key of one's own in top": (lambda: fr.costs.top(FRAME, "project"), "in tags="),
    "a period as a key": (lambda: by(FRAME, "day"), "There is no key 'day'. Did you mean period='day'?"),
    "a key of the inside": (lambda: by(FRAME.assign(_day=1), "_day"), "can't begin with _"),
    "columns of one name": (
        lambda: by(pd.concat([FRAME, FRAME[["contact"]]], axis=1), "contact"),
        "several columns 'contact'",
    ),
    "a key twice": (lambda: by(FRAME, "contact", "contact"), "'contact' is given twice"),
    "a key that is summed up": (lambda: by(FRAME, "segments"), r"can't be a key.*df.assign\(my_segments=df.segments\)"),
    "tags without rules": (lambda: by(FRAME, "tag"), "give the rules too"),
    "rules without the key": (lambda: by(FRAME, tags={"a": {"number": "12065550100"}}), "Give the key 'tag' too"),
    "a period": (lambda: by(FRAME, period="weak"), "no period 'weak'. Did you mean 'week'?"),
    "a zone": (lambda: by(FRAME, tz="America/NewYork"), "no time zone.*Did you mean 'America/New_York'?"),
    "float money": (
        lambda: total(FRAME.assign(amount_nanodollars=[4e6])),
        r"of type Float64, and money is whole nanodollars.*astype\('Int64'\)",
    ),
    "Decimal money": (lambda: total(FRAME.assign(amount_nanodollars=[Decimal("0.004")])), "money is whole nanodollars"),
    "money in words": (lambda: total(FRAME.assign(amount_nanodollars=["x"])), "money is whole nanodollars"),
    "a naive time": (
        lambda: by(FRAME.assign(timestamp=FRAME.timestamp.dt.tz_localize(None)), "hour"),
        r"has no time zone.*tz_localize\('UTC'\)",
    ),
    "time in words": (lambda: by(FRAME.assign(timestamp="2026-10-05"), "hour"), r"not of moments.*pandas.to_datetime"),
    "several types": (lambda: by(records([row()] * 2).assign(team=["x", 1]), "team"), "values of one type"),
    "lists": (lambda: by(FRAME.assign(team=[["x", "y"]]), "team"), "which can't be grouped by"),
    "no rules": (lambda: by(FRAME, "tag", tags={}), "has no rules"),
    "rules that are none": (
        lambda: by(FRAME, "tag", tags=[{"number": "12065550100"}]),
        "tags= is a dict.*and list was given. Write {'support'",
    ),
    "a rule that is a text": (
        lambda: by(FRAME, "tag", tags={"x": "sale"}),
        "The rule 'x' is of type str, and a rule is a dict. Write {'x': {'body_contains': 'sale'}}",
    ),
    "a rule of several texts": (
        lambda: tag(FRAME, {"x": {"body_contains": ["a", "b"]}}),
        r"The rule 'x' has body_contains=\['a', 'b'\], of type list. Give one text",
    ),
    "an empty rule": (lambda: by(FRAME, "tag", tags={"a": {}}), "rule 'a' is empty"),
    "a rule of case alone": (lambda: by(FRAME, "tag", tags={"a": {"ignore_case": True}}), "rule 'a' is empty"),
    "a rule of nothing": (lambda: by(FRAME, "tag", tags={"a": {"body_contains": " "}}), "empty body_contains"),
    "a rule misspelt": (lambda: by(FRAME, "tag", tags={"a": {"body_contain": "x"}}), "Did you mean 'body_contains'?"),
    "case as a word": (
        lambda: by(FRAME, "tag", tags={"a": {"body_contains": "x", "ignore_case": "no"}}),
        "Give True or False",
    ),
    "case of a number": (
        lambda: tag(FRAME, {"a": {"number": "12065550100", "ignore_case": True}}),
        "body_contains too",
    ),
    "no number": (lambda: tag(FRAME, {"a": {"number": "555"}}), "The rule 'a'.*is too short.*contact_prefix"),
    "numbers": (
        lambda: tag(FRAME, {"a": {"number": ["12065550100"]}}),
        "The rule 'a' has a number that is none.*this is a list",
    ),
    "no prefix": (lambda: tag(FRAME, {"a": {"contact_prefix": "(206)"}}), "rule 'a'.*Give its first digits"),
    "a tag's name": (lambda: tag(FRAME, {"untagged": {"contact_prefix": "1"}}), "can't be called 'untagged'"),
    "a tag without rules": (lambda: tag(FRAME, None), "There are no rules"),
    "tags of what is not in memory": (
        lambda: tag(pl.from_pandas(FRAME).lazy(), {"a": {"contact_prefix": "1"}}),
        "needs the frame in memory",
    ),
    "segments in parts": (lambda: by(FRAME.assign(segments=1.5)), "segments are whole numbers"),
    "segments in words": (lambda: by(FRAME.assign(segments="x")), "segments are whole numbers"),
    "a column twice": (lambda: by(pd.concat([FRAME, FRAME], axis=1), "direction"), "several columns 'direction'"),
    "a key that is called like a sum": (lambda: by(FRAME.assign(priced=1), "priced"), "rename.*'priced': 'my_key'"),
    "half a character": (
        lambda: by(FRAME.assign(contact=pd.Series(["\ud83d"], dtype=object)), "contact"),
        "surrogates",
    ),
    "a tag of half a character": (lambda: tag(FRAME, {"\ud83d": {"contact_prefix": "1"}}), "can't be called"),
    "a search for half a character": (lambda: tag(FRAME, {"a": {"body_contains": "x\ud83d"}}), "half a character"),
    "the first day of all": (
        lambda: by(records([row(dt.datetime(1, 1, 1, tzinfo=dt.UTC))]), period="day", tz="America/New_York"),
        "where the calendar ends",
    ),
    "the first week of all": (
        lambda: by(records([row(dt.datetime(1, 1, 2, tzinfo=dt.UTC))]), period="week", tz="Asia/Tokyo"),
        "where the calendar ends",
    ),
    "the last day of all": (
        lambda: by(records([row(dt.datetime(9999, 12, 31, 23, tzinfo=dt.UTC))]), period="month", tz="Asia/Tokyo"),
        "where the calendar ends",
    ),
    "more rows than anybody reads": (
        lambda: by(
            records(
                [row(NOON, contact=str(each)) for each in range(20)] + [row(dt.datetime(1900, 1, 1, tzinfo=dt.UTC))]
            ),
            "contact",
            period="hour",
        ),
        "rows: 21 combinations of keys.*from 1900-01-01 to 2026-10-05",
    ),
    "a range to the end": (lambda: by(FRAME, range="9999"), "end of the calendar"),
    "a range in an array": (lambda: by(FRAME, range=np.array(["2026-10", "2026-11"])), "of type ndarray"),
    "tags of what lacks the column": (lambda: tag(FRAME, {"a": {"body_contains": "x"}}), "lacks the column 'body'"),
}


@pytest.mark.parametrize(
    "dollars",
    [[0.004, 0.0079, None], [Decimal("0.0040"), Decimal("0.0079"), None]],
)
def test_dollars_are_told_from_nanodollars_and_how_these_are_made_of_them(dollars):
    df = pd.DataFrame({"cost": dollars})
    with pytest.raises(fr.InputError, match="lacks the column 'amount_nanodollars'") as refused:
        total(df)
    made = re.search(r"in pandas: (.*)\.$", str(refused.value))[1]
    assert total(eval(made, {"df": df})) == Decimal("0.0119")  # noqa: S307  our own advice
    df = df.rename(columns={"cost": "amount_nanodollars"})
    with pytest.raises(fr.InputError, match="If these are dollars") as refused:
        total(df)
    made = re.search(r"make them nanodollars: (.*)\.$", str(refused.value))[1]
    amounts = eval(made, {"df": df})  # noqa: S307  likewise
    assert total(df.assign(amount_nanodollars=amounts)) == Decimal("0.0119")


@pytest.mark.parametrize("given", [[FRAME, FRAME], (FRAME,), iter([FRAME])])
def test_several_frames_are_told_to_be_put_together(given):
    with pytest.raises(fr.InputError, match=r"pd\.concat\(list\(frames\), ignore_index=True\).*counts twice"):
        by(given)


@pytest.mark.parametrize("name", WRONG)
def test_what_cannot_be_summed_up_is_told_in_a_sentence(name):
    call, sentence = WRONG[name]
    with pytest.raises(fr.InputError, match=sentence):
        call()


def test_a_wrong_keyword_names_the_nearest():
    with pytest.raises(TypeError, match=r"by\(\) has no keyword 'perod'. Did you mean 'period'?"):
        by(FRAME, perod="day")
