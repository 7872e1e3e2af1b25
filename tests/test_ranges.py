import datetime as dt
import itertools
from zoneinfo import ZoneInfo

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import flowroute_nb as fr
from flowroute_nb.ranges import Span, between, days_of, slices, span, zone

NOW = dt.datetime(2026, 11, 24, 12, tzinfo=dt.UTC)
UTC, SEATTLE = dt.UTC, ZoneInfo("America/Los_Angeles")


def utc(*parts):
    return dt.datetime(*parts, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ("2026", None, (utc(2026, 1, 1), utc(2027, 1, 1))),
        ("2026-10", None, (utc(2026, 10, 1), utc(2026, 11, 1))),
        ("2026-10-05", None, (utc(2026, 10, 5), utc(2026, 10, 6))),
        ("2026-10-01", "2026-10-31", (utc(2026, 10, 1), utc(2026, 11, 1))),
        ("2026-09", "2026-10", (utc(2026, 9, 1), utc(2026, 11, 1))),
        (pd.Period("2026-10"), None, (utc(2026, 10, 1), utc(2026, 11, 1))),
        (pd.Period("2026Q3"), None, (utc(2026, 7, 1), utc(2026, 10, 1))),
        (dt.date(2026, 10, 1), dt.date(2026, 10, 2), (utc(2026, 10, 1), utc(2026, 10, 3))),
        (dt.datetime(2026, 10, 1, 5), None, (utc(2026, 10, 1, 5), NOW)),
        ("2026-10-01T05:00", "2026-10-02T06:00", (utc(2026, 10, 1, 5), utc(2026, 10, 2, 6))),
        (pd.Timestamp("2026-10-01", tz="Asia/Tokyo"), utc(2026, 10, 2), (utc(2026, 9, 30, 15), utc(2026, 10, 2))),
    ],
)
def test_each_spelling_of_a_range_means_what_it_says(start, end, expected):
    assert span(start, end, None, UTC, NOW) == expected


def test_a_month_is_a_month_of_the_zone_across_daylight_saving():
    assert span("2026-11", None, None, SEATTLE, NOW) == (utc(2026, 11, 1, 7), utc(2026, 12, 1, 8))


def test_days_are_so_many_times_24_hours_back_from_now():
    assert span(None, None, 30, UTC, NOW) == (NOW - dt.timedelta(hours=720), NOW)


@pytest.mark.parametrize(
    ("given_", "said"),
    [
        ((None, None, None), 'account.messages("2026-10")'),
        (("2026-13", None, None), "'2026-13' is no year, month, date or ISO datetime that exists"),
        (("2026-02-30", None, None), "that exists"),
        (("yesterday", None, None), "'yesterday' is no year"),
        (("2026-10-31", "2026-10-01", None), "it is empty"),
        (("2027-03", None, None), "Give a range that has begun"),
        ((20261001, None, None), "is of type int"),
        ((pd.NaT, None, None), "is missing (NaT)"),
        (("2026-10", None, 30), "Give one of them"),
        ((None, None, 0), "days=0 is no number of days"),
        ((None, None, -1), "days=-1 is no number of days"),
        ((None, None, float("nan")), "days=nan is no number of days"),
        ((None, None, "30"), "days='30' is no number of days"),
    ],
)
def test_a_range_that_can_t_be_is_refused_in_a_sentence(given_, said):
    with pytest.raises(fr.InputError) as refused:
        span(*given_, UTC, NOW)
    assert said in str(refused.value)
    assert "Give" in str(refused.value)


@pytest.mark.parametrize("name", ["Mars/Olympus", "", "../etc/passwd", 5, None])
def test_a_zone_that_doesn_t_exist_is_refused(name):
    with pytest.raises(fr.InputError, match="is no time zone. Give a name such as 'UTC'"):
        zone(name)


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("New York", "America/New_York"),
        ("new_york", "America/New_York"),
        ("NewYork", "America/New_York"),
        ("America/New York", "America/New_York"),
        ("Amerika/New_York", "America/New_York"),
        ("Berlin", "Europe/Berlin"),
        (" Los Angeles", "America/Los_Angeles"),
    ],
)
def test_a_zone_written_as_people_do_is_found(name, meant):
    with pytest.raises(fr.InputError, match=f"is no time zone. Did you mean '{meant}'?"):
        zone(name)


@pytest.mark.parametrize(
    ("given_", "said"),
    [
        ("October", "'October' is no year, month, date or ISO datetime that exists. Give a month, range="),
        (("2026-10-01", "x"), "Give a month, range="),
        (20261001, 'is of type int. Give a month, range="2026-10"'),
        (("2026-10-01", pd.NaT), "is missing (NaT). Give a month, range="),
        (("2026-10-20", "2026-10-01"), "The range begins at 2026-10-20 and ends at 2026-10-01: it is empty."),
        ((dt.date(2026, 10, 20), "2026-09"), "begins at 2026-10-20 and ends at 2026-09: it is empty"),
        (
            (dt.datetime(2026, 10, 20, 9, tzinfo=UTC), dt.datetime(2026, 10, 20, 10, tzinfo=ZoneInfo("Asia/Tokyo"))),
            "begins at 2026-10-20 09:00:00+00:00 and ends at 2026-10-20 10:00:00+09:00: it is empty",
        ),
    ],
)
def test_what_range_is_not_is_said_in_its_own_spelling(given_, said):
    with pytest.raises(fr.InputError) as refused:
        between(given_, UTC)
    assert said in str(refused.value)
    assert "account.messages" not in str(refused.value)


MOMENTS = st.datetimes(dt.datetime(2020, 1, 1), dt.datetime(2026, 1, 1), timezones=st.just(dt.UTC))


@given(MOMENTS, st.timedeltas(dt.timedelta(seconds=1), dt.timedelta(days=400)))
def test_slices_touch_at_midnights_and_reach_a_day_past_both_ends(start, length):
    whole = Span(start, start + length)
    cut = list(slices(whole))
    assert all(a.end == b.start for a, b in itertools.pairwise(cut))
    assert all(each.time() == dt.time() for one in cut for each in one)
    day = dt.timedelta(days=1)
    assert day <= whole.start - cut[0].start < 2 * day
    assert day <= cut[-1].end - whole.end < 2 * day + dt.timedelta(microseconds=1)


@given(MOMENTS, st.timedeltas(dt.timedelta(seconds=1), dt.timedelta(days=40)), st.sampled_from([UTC, SEATTLE]))
def test_days_cover_a_range_without_gap_or_overlap(start, length, tz):
    days = list(days_of(Span(start, start + length), tz))
    assert days[0].start == start
    assert days[-1].end == start + length
    assert all(a.end == b.start for a, b in itertools.pairwise(days))
    assert all(each.end.astimezone(tz).time() == dt.time() for each in days[:-1])


@pytest.mark.parametrize("days", [("0001-01-01", "0001-01-02"), ("2026-10-01", "9999-12-31"), ("9999", None)])
def test_a_range_that_reaches_the_end_of_the_calendar_is_refused_in_a_sentence(days):
    with pytest.raises(fr.InputError, match="The range reaches the end of the calendar. Give a month"):
        span(*days, None, UTC, NOW)
