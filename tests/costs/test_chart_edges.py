"""Edges of what pictures say: the last tick of an axis, and from when on a day is called unusual."""

import datetime as dt
import re
from decimal import Decimal
from xml.etree import ElementTree as ET

import pandas as pd
import pytest

import flowroute_nb as fr
from flowroute_nb.records import money

SVG = "{http://www.w3.org/2000/svg}"
START = pd.Timestamp("2026-10-05T12:00:00Z")  # a Monday


def words(picture):
    return ["".join(text.itertext()) for text in ET.fromstring(picture.svg()).iter(f"{SVG}text")]  # noqa: S314  our own


def axis(picture):
    """Give the amounts along the lower side of a picture."""
    found = ET.fromstring(picture.svg()).iter(f"{SVG}text")  # noqa: S314  our own
    said = [text.text for text in found if text.get("text-anchor") == "middle"]
    return [Decimal(re.sub(r"[$,]", "", amount)) for amount in said]


def title(picture):
    return picture.alt.split(". ")[0]


def tips(picture):
    """Give what is said of each bar or area to the one who points at it."""
    return [tip.text for tip in ET.fromstring(picture.svg()).iter(f"{SVG}title")]  # noqa: S314  our own


def records(amounts, *, days=1, start=START):
    """Make a record for each amount in dollars, one every so many days; None is a day without any."""
    rows = [
        (start + pd.Timedelta(days=days * at), Decimal(amount), at)
        for at, amount in enumerate(amounts)
        if amount is not None
    ]
    frame = pd.DataFrame({"timestamp": [when for when, *_ in rows]})
    frame["timestamp"] = frame["timestamp"].dt.as_unit("us")
    frame["amount_nanodollars"] = pd.array([int(amount * 10**9) for _, amount, _ in rows], "Int64")
    frame["cost"] = pd.Series([money(int(amount * 10**9)) for _, amount, _ in rows], dtype=object)
    frame["direction"], frame["number"] = "outbound", "12065550100"
    frame["contact"] = [f"1530555{at:04}" for *_, at in rows]
    frame["segments"] = pd.array([1] * len(frame), "Int64")
    return frame.assign(is_mms=False)


# ------------------------------------------------------------------ the last tick


@pytest.mark.parametrize("high", ["0.3", "0.6", "1.2", "0.03", "3", "300", "0.0003"])
def test_an_axis_that_ends_at_a_round_amount_keeps_its_last_tick(high):
    assert max(axis(fr.charts.top(records([high])))) == Decimal(high)


@pytest.mark.parametrize("low", ["-0.3", "-0.6", "-0.15"])
def test_an_axis_that_begins_at_a_round_amount_below_zero_keeps_its_first_tick(low):
    assert min(axis(fr.charts.top(records([low, "0.1"])))) == Decimal(low)


# ------------------------------------------------------------------ the unusual day


def named(amounts):
    """Give the unusual day that the title of a picture over time names, or None."""
    found = re.match(r"(\d+ \w+) cost .* a usual day", title(fr.charts.over_time(records(amounts))))
    return found and found[1]


@pytest.mark.parametrize(
    ("amounts", "day"),
    [
        (["1", "1", "1", "1", "1", "2"], "10 October"),  # twice a usual day is enough
        (["1", "1", "1", "1", "1", "1.99"], None),
        (["1", "1", "1", "1", "5"], "9 October"),  # five days are enough
        (["1", "1", "1", "5"], None),
        (["1", "1", "1", "1", "1", "0", "9"], "11 October"),  # days without a cost don't count as usual
        (["1", "1", "1", "1", "1", None, "9"], "11 October"),
        (["1", "1", "1", None, "0", "9"], None),  # four days with a cost
        (["1", "1", "1", "1", "1", "-1", "9"], None),  # a negative day: nothing is usual
        (["1", "1", "1", "1", "1", "-0.0001", "9"], None),
        (["-9", "1", "1", "1", "1", "1", "9"], None),
    ],
)
def test_a_day_is_called_unusual_from_twice_a_usual_one_on_unless_a_day_is_negative(amounts, day):
    assert named(amounts) == day


def test_the_first_of_two_equally_unusual_days_is_named():
    assert named(["1", "9", "1", "1", "1", "1", "9"]) == "6 October"


# ------------------------------------------------------------------ bars, areas and ticks


@pytest.mark.parametrize(("days", "count"), [(130, 130), (131, 1)])
def test_up_to_130_periods_are_bars_and_more_are_one_area(days, count):
    assert len(tips(fr.charts.over_time(records(["1"] * days), by=None))) == count


def dates(amounts):
    """Give the dates along the axis of a picture over time."""
    picture = fr.charts.over_time(records(amounts), by=None)
    return [each for each in words(picture) if re.fullmatch(r"(\w{3} )?\d{1,2} \w{3}( \d{4})?", each)]


def test_seven_days_are_all_named_and_of_eight_only_the_monday():
    assert len(dates(["1"] * 7)) == 7
    assert dates(["1"] * 8) == ["Mon 5 Oct", "Mon 12 Oct"]


def test_weekdays_are_named_up_to_sixty_days_apart():
    assert "Mon 12 Oct" in dates(["1"] * 61)
    assert "12 Oct" in dates(["1"] * 62)


def test_the_first_monday_of_a_month_may_be_its_seventh_day():
    weeks = records(["1"] * 22, days=7, start=pd.Timestamp("2026-09-07T12:00:00Z"))
    assert {"7 Sep", "5 Oct", "7 Dec"} < set(words(fr.charts.over_time(weeks, by=None, period="week")))


# ------------------------------------------------------------------ who cost most


@pytest.mark.parametrize(
    ("amounts", "share"),
    [(["1", *["0.6"] * 5], True), (["1", *["0.6001"] * 5], False)],  # a quarter of all, and less
)
def test_who_costs_a_quarter_of_all_is_named_in_the_title(amounts, share):
    assert ("with 15305550000" in title(fr.charts.top(records(amounts), n=2))) == share


@pytest.mark.parametrize("n", [1, 60])
def test_a_picture_has_as_many_bars_as_asked_for(n):
    assert len(tips(fr.charts.top(records([f"{at + 1}" for at in range(61)]), n=n))) == n


@pytest.mark.parametrize("n", [0, 61, -1, True, 2.0, "9"])
def test_a_number_of_bars_that_cannot_be_drawn_is_refused(n):
    with pytest.raises(fr.InputError, match="Give one from 1 to 60"):
        fr.charts.top(records(["1"]), n=n)


# ------------------------------------------------------------------ the week


@pytest.mark.parametrize(
    ("when", "said"),
    [
        (dt.datetime(2026, 10, 4, 23, 59, tzinfo=dt.UTC), "Sundays from 23:00 to 24:00 cost"),
        (dt.datetime(2026, 10, 5, 0, 0, tzinfo=dt.UTC), "Mondays from 00:00 to 01:00 cost"),
    ],
)
def test_the_hours_at_the_ends_of_a_week_are_told_apart(when, said):
    assert title(fr.charts.heat_map(records(["1"], start=pd.Timestamp(when)))).startswith(said)


@pytest.mark.parametrize("amount", ["0", "-1"])
def test_a_week_without_a_cost_names_no_hour(amount):
    assert "from" not in title(fr.charts.heat_map(records([amount])))
