import datetime as dt
import itertools
import re
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


# ------------------------------------------------------------------ clocks that are put forward

NEW_YORK, HAVANA, APIA = ZoneInfo("America/New_York"), ZoneInfo("America/Havana"), ZoneInfo("Pacific/Apia")
LORD_HOWE = ZoneInfo("Australia/Lord_Howe")
GAP = "the clocks go from 02:00 to 03:00"


@pytest.mark.parametrize(
    ("start", "end", "tz", "gap"),
    [
        ("2026-03-08T02:10", "2026-03-08T02:50", NEW_YORK, GAP),
        ("2026-03-08T02:00", "2026-03-08T03:00", NEW_YORK, GAP),
        ("2026-03-08T02:30", "2026-03-08T03:00", NEW_YORK, GAP),
        ("2026-03-08T02:30", "2026-03-08T12:00", NEW_YORK, GAP),
        ("2026-03-07", "2026-03-08 02:59:59.999999", NEW_YORK, GAP),
        (dt.datetime(2026, 3, 8, 2, 30, fold=1), "2026-03-09", NEW_YORK, GAP),
        (pd.Timestamp("2026-03-08 02:30"), pd.Timestamp("2026-03-09"), NEW_YORK, GAP),
        (pd.Period("2026-03-08 02:00", "h"), None, NEW_YORK, GAP),
        ("2026-03-29T02:30", "2026-03-29T02:45", ZoneInfo("Europe/Berlin"), GAP),
        ("2026-10-04T02:10", "2026-10-04T02:20", LORD_HOWE, "the clocks go from 02:00 to 02:30"),
        ("2026-03-08T00:30", "2026-03-08T00:40", HAVANA, "the clocks go from 00:00 to 01:00"),
        ("2011-12-30", None, APIA, "the clocks go from 2011-12-30 00:00 to 2011-12-31 00:00"),
        ("2011-12-30T12:00", "2012-01", APIA, "the clocks go from 2011-12-30 00:00 to 2011-12-31 00:00"),
    ],
)
def test_a_range_inside_the_spring_clock_change_names_the_gap(start, end, tz, gap):
    with pytest.raises(fr.InputError, match=gap) as refused:
        span(start, end, None, tz, NOW)
    assert str(tz) in str(refused.value)
    if end is not None:
        with pytest.raises(fr.InputError, match=gap):
            between((start, end), tz)


@pytest.mark.parametrize(
    ("start", "end", "tz", "expected"),
    [
        ("2026-03-08T01:30", "2026-03-08T03:30", NEW_YORK, (utc(2026, 3, 8, 6, 30), utc(2026, 3, 8, 7, 30))),
        ("2026-03-08T01:30", "2026-03-08T02:00", NEW_YORK, (utc(2026, 3, 8, 6, 30), utc(2026, 3, 8, 7))),
        ("2026-03-08T02:00", "2026-03-08T03:01", NEW_YORK, (utc(2026, 3, 8, 7), utc(2026, 3, 8, 7, 1))),
        ("2026-03-08", None, NEW_YORK, (utc(2026, 3, 8, 5), utc(2026, 3, 9, 4))),
        ("2026-03-08", None, HAVANA, (utc(2026, 3, 8, 5), utc(2026, 3, 9, 4))),
        (pd.Period("2026-03-08", "D"), None, HAVANA, (utc(2026, 3, 8, 5), utc(2026, 3, 9, 4))),
        ("2026-11-01T01:30", "2026-11-01T02:00", NEW_YORK, (utc(2026, 11, 1, 5, 30), utc(2026, 11, 1, 7))),
        (utc(2026, 3, 8, 2, 30), utc(2026, 3, 8, 2, 45), NEW_YORK, (utc(2026, 3, 8, 2, 30), utc(2026, 3, 8, 2, 45))),
        ("1919-03-31", None, ZoneInfo("America/Toronto"), (utc(1919, 3, 31, 4, 30), utc(1919, 4, 1, 4))),
    ],
)
def test_times_beside_a_clock_change_mean_what_they_say(start, end, tz, expected):
    assert span(start, end, None, tz, NOW) == expected


def test_an_empty_range_at_another_time_names_no_gap():
    for start in ("2026-03-08T04:00", "2026-11-01T02:00", "2026-03-10T02:00"):
        with pytest.raises(fr.InputError, match=r"it is empty\. Give"):
            span(start, start, None, NEW_YORK, NOW)
    with pytest.raises(fr.InputError, match=r"it is empty\."):
        between((dt.datetime(1, 1, 1), dt.datetime(1, 1, 1)), UTC)


def test_a_range_that_begins_within_the_next_24_hours_is_allowed():
    late = NOW + dt.timedelta(days=1)
    almost = late - dt.timedelta(microseconds=1)
    assert span(almost, late, None, UTC, NOW) == (almost, late)
    with pytest.raises(fr.InputError, match="Give a range that has begun"):
        span(late, late + dt.timedelta(hours=1), None, UTC, NOW)


def test_the_longest_number_of_days_is_36600():
    assert span(None, None, 36_600, UTC, NOW) == (NOW - dt.timedelta(days=36_600), NOW)
    for days in (36_600.5, 0, -1):
        with pytest.raises(fr.InputError, match="Give one above 0"):
            span(None, None, days, UTC, NOW)


def test_an_empty_range_is_described_as_it_was_given():
    soon = NOW + dt.timedelta(hours=1)
    with pytest.raises(fr.InputError, match=r"begins at 2026-11-24 13:00:00\+00:00 and ends at 2026-11-24 12:00 UTC"):
        span(soon, None, None, UTC, NOW)
    with pytest.raises(fr.InputError, match="begins at 2026-10-31 and ends at 2026-10-01: it is empty"):
        span("2026-10-31", "2026-10-01", None, UTC, NOW)


@pytest.mark.parametrize("wrong", [("2026-09", "2026-10", "2026-11"), ("2026-09",), [], utc(2026, 10, 1)])
def test_what_is_not_a_pair_or_the_name_of_a_time_is_no_range(wrong):
    with pytest.raises(fr.InputError, match="is no range"):
        between(wrong, UTC)


# ------------------------------------------------------------------ the progress bar


def shown(text):
    """Return the last days, days in all and records that a progress bar showed."""
    found = re.findall(r"(\d+)/(\d+) \[[^]\r]*, ([\d,]+) records\]", text)
    return tuple(int(number.replace(",", "")) for number in found[-1])


@pytest.mark.parametrize(
    ("start", "end", "tz", "days"),
    [
        ("2026-10-05", "2026-10-05", "UTC", 1),
        ("2026-10-05", "2026-10-06", "America/Los_Angeles", 2),
        ("2026-10-05T12:00", "2026-10-07T00:00", "UTC", 2),
        ("2026-10-05T10:00", "2026-10-05T11:00", "UTC", 1),
        ("2026-10-05T00:00", "2026-10-14T12:00", "Asia/Kolkata", 10),
        ("2026-10", None, "UTC", 31),
    ],
)
@pytest.mark.parametrize("workers", [1, 4])
def test_the_progress_bar_counts_what_was_asked_for(account, capsys, start, end, tz, days, workers):
    frame = account.messages(start, end, tz=tz, workers=workers)
    assert shown(capsys.readouterr().err) == (days, days, len(frame))
