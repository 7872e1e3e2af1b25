"""Pictures: they show the exact sums, say the finding, and stand in any page; nothing a stranger wrote is run."""

import datetime as dt
import io
import itertools
import pickle
import re
import subprocess
import sys
import warnings
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from fractions import Fraction
from xml.etree import ElementTree as ET
from zoneinfo import ZoneInfo

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import flowroute_nb as fr
from flowroute_nb import wording
from flowroute_nb.outlook import Forecast
from flowroute_nb.records import money

SVG = "{http://www.w3.org/2000/svg}"
LA = "America/Los_Angeles"
INK = "var(--jp-content-font-color1,currentColor)"
HOSTILE = "<img src=x onerror='window.ran=1'></svg><script>window.ran=1</script>"
MATH = "$\\frac{a$ and $x^2$"


def messages(*rows):
    """Make messages of (when, direction, number, contact, nanodollars, body)."""
    columns = ["timestamp", "direction", "number", "contact", "amount_nanodollars", "body"]
    frame = pd.DataFrame(rows, columns=columns)
    frame["timestamp"] = pd.to_datetime(frame["timestamp"], utc=True, format="ISO8601").dt.as_unit("us")
    frame["amount_nanodollars"] = frame["amount_nanodollars"].astype("Int64")
    frame["segments"] = pd.array([1] * len(frame), "Int64")
    frame["is_mms"] = pd.array([False] * len(frame), "boolean")
    for name in ("direction", "number", "contact", "body"):
        frame[name] = frame[name].astype("str")
    return frame


def one(when="2026-10-14T12:00:00Z", amount=4_000_000, direction="outbound", number="12065550100", **more):
    return when, direction, number, more.get("contact", "15305557784"), amount, more.get("body", "Hello")


def root(picture):
    return ET.fromstring(picture.svg())  # noqa: S314  our own


def texts(picture):
    return ["".join(each.itertext()) for each in root(picture).iter(f"{SVG}text")]


def bars(picture):
    """Give what can be pointed at: its words, and its box in the picture, y upwards."""
    for group in root(picture).iter(f"{SVG}g"):
        title, path = group.find(f"{SVG}title"), group.find(f"{SVG}path")
        if title is not None and path is not None:
            numbers = [float(each) for each in re.findall(r"-?\d+\.?\d*", path.get("d"))]
            xs, ys = numbers[::2], [-each for each in numbers[1::2]]
            yield title.text, (min(xs), min(ys), max(xs), max(ys)), path


def scale(picture, along="y"):
    """Read a scale off the axis, as a reader does: two of its words, and the faint lines they stand at."""
    places, at = [], 1 if along == "y" else 0
    for path in root(picture).iter(f"{SVG}path"):
        ends = re.fullmatch(r"M(\S+) (\S+) L(\S+) (\S+)", path.get("d") or "")
        if ends and path.get("stroke-opacity") in ("0.22", "0.6"):
            places.append(float(ends.groups()[at]))
    said = [
        Decimal(re.sub(r"[$,]", "", each.text))
        for each in root(picture).iter(f"{SVG}text")
        if each.get("text-anchor") == ("end" if along == "y" else "middle")
        and re.fullmatch(r"-?\$?[\d,]+(\.\d+)?", each.text)
        and each.get("font-weight") is None
    ]
    assert len(places) == len(said) >= 2
    step = float(max(said) - min(said)) / (max(places) - min(places))
    return lambda length: length * step


@pytest.fixture(scope="module")
def october():
    with fr.Sandbox(today="2026-10-31", messages=1_500, rate=0) as sandbox:
        return sandbox.account().messages("2026-10")


def comparison():
    amounts = {
        "cost_before": [12_400_000_000, 1_200_000_000],
        "cost_after": [17_100_000_000, 1_100_000_000],
        "change": [4_700_000_000, -100_000_000],
        "volume": [3_000_000_000, 300_000_000],
        "mix": [900_000_000, -400_000_000],
        "price": [800_000_000, 0],
    }
    counts = {"messages_before": [1200, 300], "messages_after": [1500, 290]}
    made = pd.DataFrame({"direction": ["outbound", "inbound"], "what": ["kept", "kept"], **counts})
    for name, each in amounts.items():
        made[name] = pd.Series([money(amount) for amount in each], dtype=object)
    return made.assign(unpriced=[0, 2])


def outlook():
    days = pd.date_range("2026-10-01", periods=31, tz="UTC")
    cost = np.where(np.arange(31) < 16, 0.5, np.nan)
    expected = np.where(np.arange(31) < 16, np.nan, 0.5)
    running = np.arange(1, 32) * 0.5
    wide = np.where(np.arange(31) < 16, 0, (np.arange(31) - 15) * 0.1)
    path = pd.DataFrame({"day": days, "cost": cost, "expected": expected, "running": running})
    path = path.assign(running_low=running - wide, running_high=running + wide)
    amounts = {"total": "15.5000", "low": "14.0000", "high": "17.0000", "so_far": "8.0000"}
    exact = {name: Decimal(amount) for name, amount in amounts.items()}
    return Forecast(month="2026-10", **exact, interval=0.8, method="by weekdays", note="", path=path)


CALLS = {
    "over_time": lambda df: fr.charts.over_time(df, tz=LA),
    "over_time by contact": lambda df: fr.charts.over_time(df, "contact", "week"),
    "over_time by the hour": lambda df: fr.charts.over_time(df, "number", "hour"),
    "heat_map": lambda df: fr.charts.heat_map(df, tz=LA),
    "top": fr.charts.top,
    "price": fr.charts.price,
    "dear_characters": fr.charts.dear_characters,
    "bridge": lambda _: fr.charts.bridge(comparison()),
    "bridge over keys": lambda _: fr.charts.bridge(comparison(), over="keys"),
    "forecast": lambda _: fr.charts.forecast(outlook()),
}


@pytest.fixture(scope="module", params=CALLS)
def picture(request, october):
    return CALLS[request.param](october)


# ------------------------------------------------------------------ any of them, in any page


@pytest.mark.untraced
def test_a_picture_stands_in_any_page_and_says_in_words_what_it_shows(picture):
    svg, top = picture.svg(), root(picture)
    assert top.get("role") == "img"
    assert top.get("aria-label") == picture.alt
    assert len(picture.alt) > 30
    assert INK in svg
    assert "var(--jp-layout-color0,#fff)" in svg
    assert not re.search(r"#1f2328|NaN|nan|<style|<script|<image|\bid=|href|url\(|@import", svg)
    assert re.findall(r"https?:[^\"' ]*", svg) == ["http://www.w3.org/2000/svg"]
    assert len(svg) < 80_000
    assert "max-width" in top.get("style")
    said = " ".join(texts(picture))
    assert all(word in said for word in picture.alt.split(". ")[0].split())
    assert list(bars(picture))


def test_nothing_reaches_out_of_a_picture(picture):
    _, _, width, height = map(float, root(picture).get("viewBox").split())
    for path in root(picture).iter(f"{SVG}path"):
        numbers = [float(each) for each in re.findall(r"-?\d+\.?\d*", path.get("d"))]
        assert min(numbers[::2]) >= -1
        assert max(numbers[::2]) <= width + 1
        assert min(numbers[1::2]) >= -1
        assert max(numbers[1::2]) <= height + 1


def test_a_notebook_gets_svg_and_beside_it_a_png_and_the_words(picture):
    shown = picture._repr_mimebundle_()
    assert list(shown) == ["text/html", "image/png", "text/plain"]
    assert shown["text/html"] == f'<div class="tex2jax_ignore mathjax_ignore">{picture.svg()}</div>'
    assert shown["image/png"].startswith(b"\x89PNG")
    assert len(shown["image/png"]) < 80_000
    assert shown["text/plain"] == picture.alt


def test_a_picture_is_matplotlib_s_own_and_survives_pickling(picture):
    assert isinstance(picture, mpl.figure.Figure)
    again = pickle.loads(pickle.dumps(picture))  # noqa: S301  our own
    assert (again.svg(), again.alt) == (picture.svg(), picture.alt)
    assert again._repr_mimebundle_()["image/png"] == picture._repr_mimebundle_()["image/png"]


@pytest.mark.untraced
@pytest.mark.parametrize(("ending", "begins"), [(".png", b"\x89PNG"), (".SVG", b"<svg"), (".pdf", b"%PDF")])
def test_a_picture_is_saved_in_one_move_without_a_browser(picture, tmp_path, ending, begins):
    place = tmp_path / f"month{ending}"
    place.write_text("before")
    assert picture.save(str(place)) == place
    assert place.read_bytes().startswith(begins)
    assert list(tmp_path.iterdir()) == [place]
    assert "var(" not in place.read_text(errors="replace")
    assert picture.svg() == picture.svg()


def test_a_place_that_a_picture_can_t_be_saved_in_is_answered_in_a_sentence(october, tmp_path):
    picture = fr.charts.over_time(october.head(5))
    with pytest.raises(fr.InputError, match="'month.gif' ends in none of .png, .svg, .pdf"):
        picture.save(tmp_path / "month.gif")
    with pytest.raises(fr.InputError, match="There is no folder .*nowhere"):
        picture.save(tmp_path / "nowhere" / "month.png")
    assert list(tmp_path.iterdir()) == []


def test_a_picture_drawn_again_is_the_same(october):
    assert fr.charts.over_time(october).svg() == fr.charts.over_time(october.sample(frac=1, random_state=1)).svg()


# ------------------------------------------------------------------ it stays by itself


def test_asking_for_charts_loads_no_matplotlib_and_drawing_loads_no_pyplot():
    code = (
        "import sys, flowroute_nb as fr; fr.charts; fr.costs; dir(fr.charts); assert 'matplotlib' not in sys.modules;"
        "fr.charts.dear_characters(['—' * 80]).svg(); assert 'matplotlib' in sys.modules;"
        "assert 'matplotlib.pyplot' not in sys.modules"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True)


def test_every_picture_is_at_the_door():
    assert dir(fr.charts) == sorted(fr.charts.__all__)
    assert all(getattr(fr.charts, name).__doc__ for name in fr.charts.__all__)
    with pytest.raises(AttributeError, match="has no attribute 'over_tim'. It has bridge"):
        fr.charts.over_tim  # noqa: B018  the look-up is the test


LOUD = {
    "text.usetex": True,
    "text.parse_math": True,
    "savefig.bbox": "tight",
    "axes.grid": True,
    "axes.facecolor": "red",
    "font.family": ["serif"],
    "font.style": "italic",
    "patch.linewidth": 9,
    "hatch.color": "red",
    "lines.marker": "x",
    "lines.linewidth": 9,
    "xtick.color": "red",
    "axes.titlesize": 40,
    "figure.dpi": 300,
    "figure.autolayout": True,
    "svg.fonttype": "path",
}


@pytest.mark.untraced
def test_how_somebody_has_set_matplotlib_up_changes_no_picture(october):
    usual = {name: call(october).svg() for name, call in CALLS.items()}
    with mpl.rc_context(LOUD):
        before = dict(mpl.rcParams)
        assert {name: call(october).svg() for name, call in CALLS.items()} == usual
        assert fr.charts.top(october)._repr_mimebundle_()["image/png"].startswith(b"\x89PNG")
        assert dict(mpl.rcParams) == before


@pytest.mark.untraced
def test_many_threads_draw_the_same_as_one(october):
    calls = [CALLS[name] for name in ("over_time", "heat_map", "top", "price")]
    alone = [(made := call(october)).svg() + repr(made._repr_mimebundle_()) for call in calls]
    shared = calls[0](october)

    def draw(at):
        made = calls[at % 4](october) if at < 8 else shared
        return made.svg() + repr(made._repr_mimebundle_())

    with ThreadPoolExecutor(8) as pool:
        drawn = list(pool.map(draw, range(12)))
    assert drawn == [alone[at % 4] if at < 8 else alone[0] for at in range(12)]


# ------------------------------------------------------------------ what strangers wrote


@pytest.mark.untraced
@pytest.mark.parametrize(
    "written", [HOSTILE, MATH, "a" * 500, "🎉👩‍👩‍👧 日本語 \u202egnp\u202c", "", " ", "\x00\x1b[31m\ufffe", "one\ntwo"]
)
def test_what_a_stranger_wrote_is_text_whatever_it_is(written, tmp_path):
    rows = [one(contact=written, body=written + "—" * 80, amount=9_000_000), one(contact="12065550101")]
    df = messages(*rows)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for draw in (fr.charts.top, fr.charts.dear_characters, lambda df: fr.charts.over_time(df, "contact")):
            picture = draw(df)
            assert {each.tag for each in root(picture).iter()} <= {
                SVG + n for n in ("svg", "g", "title", "path", "text")
            }
            assert picture.save(tmp_path / "month.png").read_bytes().startswith(b"\x89PNG")
            picture.save(tmp_path / "month.pdf")
            ET.parse(picture.save(tmp_path / "month.svg"))  # noqa: S314  our own


def test_a_name_is_shown_as_it_was_given_and_a_long_one_by_its_ends():
    df = messages(one(contact=MATH), one(contact="$5 & <b>"), one(contact="x" * 40 + "the end"))
    said = texts(fr.charts.top(df))
    assert MATH in said
    assert "$5 & <b>" in said
    assert any(each.startswith("xxx") and "…" in each and each.endswith("the end") for each in said)
    assert any("x" * 40 + "the end" in tip for tip, _, _ in bars(fr.charts.top(df)))


def test_what_no_font_of_this_machine_has_is_a_box_in_a_file_and_itself_in_a_page():
    nowhere = "\U000e0041"  # a tag, which no font shows
    picture = fr.charts.top(messages(one(contact=f"a{nowhere}b")))
    assert f"a{nowhere}b" in texts(picture)
    assert "a□b" in [each.get_text() for each in picture.axes[0].get_yticklabels()]


# ------------------------------------------------------------------ over time


def spread_over_days():
    """Give messages on both sides of midnights in Los Angeles, over the end of daylight saving."""
    moments = pd.date_range("2026-10-28T03:00:00Z", "2026-11-04T20:00:00Z", freq="97min")
    rows = []
    for at, moment in enumerate(moments):
        way = "inbound" if at % 3 else "outbound"
        rows.append((moment.isoformat(), way, f"1206555010{at % 7}", "15305557784", 1_234_567 * (at % 11 + 1), "Hi"))
    return messages(*rows)


def sums(df, key, zone):
    """Add up by day and key with Python's own fractions."""
    found = Counter()
    for moment, value, amount in zip(df.timestamp, df[key], df.amount_nanodollars, strict=True):
        day = moment.to_pydatetime().astimezone(ZoneInfo(zone)).date()
        found[day, value] += Fraction(int(amount), 10**9)
    return found


def test_each_bar_is_as_high_as_its_exact_sum_and_says_so():
    df = spread_over_days()
    picture = fr.charts.over_time(df, tz=LA)
    expected, dollars = sums(df, "direction", LA), scale(picture)
    found = list(bars(picture))
    assert len(found) == len(expected)
    for tip, (_, foot, _, top), _ in found:
        when, value, said = tip.split(" · ")
        day = dt.datetime.strptime(when, "%a %d %b %Y").replace(tzinfo=dt.UTC).date()
        assert dollars(top - foot) == pytest.approx(float(expected[day, value]), abs=2e-4)
        assert Decimal(said[1:]) == round(Decimal(round(expected[day, value] * 10**9)).scaleb(-9), 4)


def test_bars_stand_on_each_other_the_dearest_key_at_the_foot():
    df = spread_over_days()
    stacked = {}
    for tip, (left, foot, _, top), _ in bars(fr.charts.over_time(df, tz=LA)):
        stacked.setdefault(left, []).append((tip.split(" · ")[1], foot, top))
    total = sums(df, "direction", LA)
    dearest = max(("inbound", "outbound"), key=lambda way: sum(amount for (_, w), amount in total.items() if w == way))
    for stack in stacked.values():
        assert stack[0][0] == dearest
        for (_, _, top), (_, foot, _) in itertools.pairwise(stack):
            assert foot == pytest.approx(top, abs=0.02)


def test_the_title_says_the_total_when_and_what_the_most_of_it_went_to():
    df = spread_over_days()
    total, by_way = sum(map(int, df.amount_nanodollars)), sums(df, "direction", "UTC")
    inbound = sum(amount for (_, way), amount in by_way.items() if way == "inbound") / Fraction(total, 10**9)
    alt = fr.charts.over_time(df).alt
    cents = round(Fraction(total, 10**7))
    assert alt.startswith(
        f"${cents // 100}.{cents % 100:02} from 28 Oct to 4 Nov 2026, {round(100 * inbound)} % inbound. "
    )
    assert "28 Oct – 4 Nov 2026, each day in UTC" in alt
    assert alt.endswith(f"· {len(df)} messages · by direction.")


def test_a_day_that_stands_out_is_the_title_and_wears_its_amount():
    days = [one(f"2026-10-{day:02}T12:00:00Z", 1_000_000_000) for day in range(1, 15)]
    picture = fr.charts.over_time(messages(*days, one("2026-10-09T15:00:00Z", 1_300_000_000)))
    assert picture.alt.startswith("9 October cost $2.30, 2.3 times a usual day. ")
    assert texts(picture).count("$2.30") == 1
    assert "$15.30 for 15 messages" in picture.alt


def test_more_than_four_keys_are_folded_and_nothing_is_lost():
    df = spread_over_days()
    picture = fr.charts.over_time(df, "number", tz=LA)
    folded = [box for tip, box, _ in bars(picture) if " · other (3) · " in tip]
    by_number = Counter()
    for (_, number), amount in sums(df, "number", LA).items():
        by_number[number] += amount
    rest = sum(sorted(by_number.values())[:3])
    assert scale(picture)(sum(top - foot for _, foot, _, top in folded)) == pytest.approx(float(rest), abs=1e-3)
    assert "other (3)" in texts(picture)


def test_a_summary_is_drawn_as_it_is_even_when_nothing_says_any_more_how_it_was_made():
    df = spread_over_days()
    summary = fr.costs.by(df, "direction", period="day", tz=LA)
    expected = fr.charts.over_time(df, tz=LA).svg()
    assert fr.charts.over_time(summary).svg() == expected
    bare = pd.DataFrame({name: summary[name] for name in summary})
    assert "flowroute_costs" not in bare.attrs
    assert fr.charts.over_time(bare).svg() == expected


@pytest.mark.parametrize(
    ("period", "first"),
    [("week", "week of Mon 26 Oct 2026"), ("month", "October 2026"), ("hour", "Wed 28 Oct 2026, 03:00")],
)
def test_periods_are_named_as_people_name_them(period, first):
    picture = fr.charts.over_time(spread_over_days(), None, period, range=("2026-10-28", "2026-10-29"))
    tips = [tip for tip, _, _ in bars(picture)]
    assert tips[0].startswith(f"{first} · $")


def test_weeks_are_titled_by_the_days_asked_for_or_of_the_messages_and_not_by_whole_weeks(october):
    assert " in October 2026" in fr.charts.over_time(october, period="week").alt
    some = october[(october.timestamp >= "2026-10-07T12:00Z") & (october.timestamp < "2026-10-14T00:00Z")]
    assert (
        " from 7 to 13 October 2026" in fr.charts.over_time(some, None, "week", range=("2026-10-07", "2026-10-13")).alt
    )
    days = some.timestamp.dt.date.agg(["min", "max"])
    assert f" {wording.during(*days)}" in fr.charts.over_time(some, period="week").alt


def test_so_many_periods_are_one_area_a_key_and_still_as_high_as_their_sums():
    df = spread_over_days()
    picture = fr.charts.over_time(df, None, "hour")
    (tip, (_, foot, _, top), _), *more = bars(picture)
    assert not more
    assert tip.startswith("all · $")
    hours = Counter()
    for moment, amount in zip(df.timestamp, df.amount_nanodollars, strict=True):
        hours[moment.floor("h")] += int(amount)
    assert scale(picture)(top - foot) == pytest.approx(max(hours.values()) / 1e9, rel=0.02)


def test_hours_thinner_than_a_pixel_show_each_key_as_large_as_it_is():
    hours = pd.date_range("2026-10-01T00:00:00Z", "2026-10-31T23:00:00Z", freq="h")
    rows = [
        one(hour.isoformat(), amount * 1_000_000, way)
        for at, hour in enumerate(hours)
        for way, amount in (("outbound", at * 7 % 20 + 10), ("inbound", 6))
    ]
    picture = fr.charts.over_time(messages(*rows), period="hour")
    png = mpl.image.imread(io.BytesIO(picture._repr_mimebundle_()["image/png"]))[120:-30, 60:, :3]
    inks = np.array([mpl.colors.to_rgb(each) for each in ("#0072B2", "#D55E00")]) - 1
    covered = np.linalg.lstsq(inks.T, (png.reshape(-1, 3) - 1).T, rcond=None)[0].clip(0).sum(axis=1)
    outbound = sum(at * 7 % 20 + 10 for at in range(len(hours)))
    assert covered[1] / covered[0] == pytest.approx(6 * len(hours) / outbound, rel=0.05)


def test_amounts_below_zero_hang_below_the_line():
    df = messages(one(amount=3_000_000_000), one(amount=-1_000_000_000, direction="inbound"))
    picture = fr.charts.over_time(df)
    (_, (_, foot, _, top), _), (_, (_, below, _, line), _) = bars(picture)
    assert foot == pytest.approx(line, abs=0.02)
    assert scale(picture)(top - foot) == pytest.approx(3, abs=0.02)
    assert scale(picture)(line - below) == pytest.approx(1, abs=0.02)
    assert picture.alt.startswith("$2.00 on 14 October 2026. ")


@pytest.mark.parametrize(
    "draw", [fr.charts.over_time, fr.charts.heat_map, fr.charts.top, fr.charts.price, fr.charts.dear_characters]
)
def test_where_no_messages_are_a_picture_says_so(draw):
    picture = draw(messages())
    assert picture.alt.startswith("No messages")
    assert not list(bars(picture))
    assert picture._repr_mimebundle_()["image/png"].startswith(b"\x89PNG")
    assert not picture.alt.endswith("..")


@pytest.mark.parametrize("draw", [fr.charts.over_time, fr.charts.heat_map, fr.charts.top, fr.charts.price])
def test_where_no_message_has_a_time_a_picture_is_drawn_all_the_same(draw):
    df = messages(one(), one())
    assert draw(df.assign(timestamp=df.timestamp.where([False, False]))).svg()


def test_a_range_without_messages_is_named():
    assert fr.charts.over_time(messages(one()), range="2026-09").alt.startswith("No messages")


@pytest.mark.parametrize("draw", [fr.charts.over_time, fr.charts.heat_map, fr.charts.top, fr.charts.price])
def test_messages_without_a_price_are_said_to_be_left_out(draw):
    df = messages(one(), one(amount=None), one(amount=None))
    assert "2 messages without a price left out" in draw(df).alt


@pytest.mark.parametrize("draw", [fr.charts.over_time, fr.charts.heat_map, fr.charts.top])
def test_where_nothing_has_a_cost_a_picture_says_so(draw):
    assert "2 messages, none with a cost" in draw(messages(one(amount=0), one(amount=0))).alt


def test_a_million_messages_are_one_picture():
    at = np.arange(1_000_000)
    moments = pd.to_datetime(at % 2_592_000, unit="s", origin="2026-10-01", utc=True).as_unit("us")
    ways = pd.array(np.where(at % 5 < 3, "outbound", "inbound"), "str")
    amounts = pd.array(4_000_000 + at % 7, "Int64")
    df = pd.DataFrame({"timestamp": moments, "direction": ways, "amount_nanodollars": amounts})
    df["segments"] = pd.array([1], "Int64").repeat(len(df))
    picture = fr.charts.over_time(df)
    total = 4_000_000 * len(at) + int((at % 7).sum())
    assert picture.alt.startswith(f"${total / 1e9:,.2f} from 1 to ")
    assert len(picture.svg()) < 40_000


# ------------------------------------------------------------------ the others


def test_the_dearest_hour_of_the_week_is_the_title_and_each_weekday_has_its_sum():
    df = spread_over_days()
    cells = Counter()
    for moment, amount in zip(df.timestamp, df.amount_nanodollars, strict=True):
        local = moment.to_pydatetime().astimezone(ZoneInfo(LA))
        cells[local.weekday(), local.hour] += int(amount)
    picture = fr.charts.heat_map(df, tz=LA)
    (day, hour), amount = max(cells.items(), key=lambda cell: (cell[1], [-each for each in cell[0]]))
    names = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
    said = f"{names[day]}s from {hour:02}:00 to {hour + 1:02}:00 cost {wording.dollars(amount)}"
    assert picture.alt.startswith(f"{said}, {round(Fraction(100 * amount, sum(cells.values())))} % of ")
    assert f"each hour of the week in {LA}" in picture.alt
    found = {tip.split(" · ")[0]: (tip, path) for tip, _, path in bars(picture)}
    assert len(found) == 7 * 24
    for (day, hour), amount in cells.items():
        tip, path = found[f"{names[day][:3]} {hour:02}:00 to {hour + 1:02}:00"]
        assert f" · {wording.dollars(amount)} for " in tip
        shade = float(path.get("fill-opacity") or 1)
        assert shade == pytest.approx(0.05 + 0.95 * (amount / max(cells.values())) ** 0.5, abs=0.01)
    for day, name in enumerate(names):
        total = sum(amount for (at, _), amount in cells.items() if at == day)
        assert texts(picture).count(wording.dollars(total, wording.decimals(max(cells.values())))), name


def test_the_dearest_are_ranked_by_exact_amounts_and_the_others_counted():
    rows = [one(contact=f"1530555{at:04}", amount=2**53 + at if at < 2 else 10**15 // (at + 1)) for at in range(30)]
    picture = fr.charts.top(messages(*rows), n=3)
    tips = [tip for tip, _, _ in bars(picture)]
    assert [tip.split(" · ")[0] for tip in tips] == ["15305550001", "15305550000", "15305550002"]
    rest = sum(10**15 // (at + 1) for at in range(3, 30))
    assert "27 others" in texts(picture)
    total = 2 * 2**53 + 1 + sum(10**15 // (at + 1) for at in range(2, 30))
    assert any(
        each.startswith(f"{wording.dollars(rest)} · {round(Fraction(100 * rest, total))} %") for each in texts(picture)
    )
    lengths = [right - left for _, (left, _, right, _), _ in bars(picture)]
    assert lengths[2] / lengths[1] == pytest.approx(10**15 / 3 / 2**53, rel=0.01)


def test_what_top_gathered_stays_the_rest():
    df = messages(*[one(contact=f"1530555{at:04}", amount=1_000_000 * (at + 1)) for at in range(20)])
    picture = fr.charts.top(fr.costs.top(df, "contact", n=4))
    assert len(list(bars(picture))) == 4
    assert "all others" in texts(picture)
    assert "The 4 dearest contacts cost 35 % of $0.21" in picture.alt


def test_a_contact_that_is_called_other_is_one_like_all():
    picture = fr.charts.top(messages(one(contact="other", amount=3_000_000_000), one(amount=1_000_000_000)))
    assert picture.alt.startswith("$4.00 on 14 October 2026, 75 % with other. ")
    assert [tip.split(" · ")[0] for tip, _, _ in bars(picture)] == ["other", "15305557784"]


def test_a_summary_whose_row_is_really_called_other_keeps_it_as_one_like_all():
    df = messages(
        *(one(contact=name, amount=at * 1_000_000_000) for at, name in enumerate(["a", "b", "c", "other"], 1))
    )
    for summary in (fr.costs.by(df, "contact"), fr.costs.top(df, "contact")):
        assert [tip.split(" · ")[0] for tip, _, _ in bars(fr.charts.top(summary))] == ["other", "c", "b", "a"]
    gathered = fr.costs.top(df, "contact", n=2)
    assert gathered.attrs["flowroute_costs"]["rest"] == "all others"
    assert [tip.split(" · ")[0] for tip, _, _ in bars(fr.charts.top(gathered))] == ["other", "c"]
    gathered.attrs = {}
    assert len(list(bars(fr.charts.top(gathered)))) == 2


def test_the_mean_price_is_exact_and_the_line_breaks_where_there_is_none():
    days = [(1, 4_000_000), (1, 4_000_001), (1, 4_000_001), (2, 6_000_000), (4, 5_000_000), (4, None)]
    df = messages(*[one(f"2026-10-{day:02}T12:00:00Z", amount) for day, amount in days])
    picture = fr.charts.price(df, None)
    assert picture.alt.startswith("A message cost $0.0046 on average from 1 to 4 October 2026. ")
    assert [tip.split(" · ")[1] for tip, _, _ in bars(picture)] == [
        "$0.0040 a message",
        "$0.0060 a message",
        "$0.0050 a message",
    ]
    lines = [
        path.get("d")
        for path in root(picture).iter(f"{SVG}path")
        if path.get("fill") == "none" and path.get("stroke-width") == "2"
    ]
    assert [line.count("M") + line.count("L") for line in lines] == [3]  # two days joined, one alone


@pytest.mark.parametrize("amounts", [(4_000_000, 4_000_001), (4_000_000, 4_000_000), (2**53 + 1, 2**53 + 3), (1, 1)])
def test_prices_that_hardly_differ_are_drawn_on_an_axis_of_dollars(amounts):
    days = [one(f"2026-10-{day:02}T12:00:00Z", amount) for day, amount in enumerate(amounts, start=1)]
    picture = fr.charts.price(messages(*days), None)
    assert len(list(bars(picture))) == 2
    assert scale(picture)(1) > 0


def test_prices_of_two_keys_are_in_the_title():
    df = messages(one(amount=9_000_000), one(amount=4_000_000, direction="inbound"))
    assert fr.charts.price(df).alt.startswith("A message cost $0.0065: $0.0090 outbound, $0.0040 inbound. ")


def published(text):
    """Count segments as the documentation says."""
    if text.isascii():
        return 1 if len(text) <= 160 else -(-len(text) // 140)
    return -(-len(text) // 70)


def test_dear_characters_are_counted_by_message_and_by_segment():
    campaign = "Today only: " + "x" * 70
    bodies = [campaign + "—"] * 5 + [campaign + "—é"] * 3 + ["Hi é"] * 2 + [campaign]
    rows = [one(body=body, amount=4_000_000 * published(body)) for body in bodies]
    picture = fr.charts.dear_characters(messages(*rows, one(direction="inbound", body="—" * 99), one(body=None)))
    more = sum(published(body) - published("x" * len(body)) for body in bodies)
    cost = sum(Fraction(4_000_000 * (published(body) - published("x" * len(body)))) for body in bodies)
    assert picture.alt.startswith(
        f"Dear characters added {more} segments, about {wording.dollars(cost)}, most for — em dash. "
    )
    tips = Counter(tip.split(" · ")[:2].__str__() for tip, _, _ in bars(picture))
    assert tips == {
        "['— em dash', '8 segments in 8 messages']": 2,
        "['é latin small letter e with acute', '3 segments in 5 messages']": 1,
    }
    assert "11 outbound texts" in picture.alt
    tick = scale(picture, "x")
    assert sorted(round(tick(right - left)) for _, (left, _, right, _), _ in bars(picture)) == [3, 3, 5]


def test_a_dear_character_that_no_font_has_is_named_in_words():
    picture = fr.charts.dear_characters(["x" * 80 + "\U0001fae0"] * 2 + ["’"] * 3 + ["ǘ" * 71])
    assert "most for \U0001fae0 melting face" in picture.alt
    drawn = [each.get_text() for each in (*picture.texts, *picture.axes[0].get_yticklabels())]
    assert any(each.endswith("melting face") for each in drawn)
    assert not any("□" in each for each in drawn)
    assert "\U0001fae0 melting face" in texts(picture)
    assert "1 other" in texts(picture)
    assert "no segment" in texts(picture)
    assert "ǘ latin small letter u with…" in texts(picture)


def test_dear_characters_follow_the_rule_that_is_asked_for():
    said = ["é" * 100, "^" * 100, "’" * 100]
    assert fr.charts.dear_characters(said).alt.startswith("Dear characters added 2 segments")
    assert fr.charts.dear_characters(pd.Series(said), rule="standard").alt.startswith(
        "Dear characters added 1 segment,"
    )
    assert fr.charts.dear_characters("plain").alt.startswith("No character makes this text dearer. 1 text")
    assert fr.charts.dear_characters(["’"]).alt.startswith("Dear characters are in 1 message, and added no segment. ")


def test_a_bridge_leads_from_before_to_after_over_its_parts():
    picture = fr.charts.bridge(comparison())
    found = {tip.split(" · ")[0]: box for tip, box, _ in bars(picture)}
    dollars = scale(picture)
    assert list(found) == ["before", "volume", "mix", "price", "after"]
    ground = found["before"][1]
    reached = [dollars(found[name][3] - ground) for name in found]
    assert reached == pytest.approx([13.6, 16.9, 17.4, 18.2, 18.2], abs=0.05)
    assert dollars(found["mix"][1] - ground) == pytest.approx(16.9, abs=0.05)
    assert picture.alt.startswith("The bill rose by $4.60 to $18.20: +$3.30 by volume. ")
    assert "before: 1,500 messages, after: 1,790 messages" in picture.alt
    assert "2 messages without a price left out" in picture.alt
    assert "price: what a message costs, its segments included" in picture.alt


def test_a_bridge_names_its_ends_without_cutting_them():
    why = comparison()
    ends = {
        "before_start": "2026-09-28",
        "before_end": "2026-10-04",
        "after_start": "2026-10-12",
        "after_end": "2026-10-18",
    }
    why.attrs["flowroute_costs"] = {name: f"{day}T12:00:00+00:00" for name, day in ends.items()} | {"tz": "UTC"}
    said = texts(fr.charts.bridge(why))
    assert "12–18 October" in said or "12–18 Oct" in said
    assert "28 Sep – 4 Oct" in said
    assert not any("…" in each for each in said)


def test_a_bridge_over_keys_goes_down_where_one_became_cheaper():
    picture = fr.charts.bridge(comparison(), over="keys")
    found = {tip.split(" · ")[0]: (tip, box) for tip, box, _ in bars(picture)}
    assert found["inbound"][0] == "inbound · -$0.10"
    assert found["inbound"][1][3] == pytest.approx(found["outbound"][1][3], abs=0.02)
    assert picture.alt.startswith("The bill rose by $4.60 to $18.20: +$4.70 by outbound. ")


def test_a_forecast_is_a_line_that_ends_in_its_band():
    picture = fr.charts.forecast(outlook())
    assert picture.alt.startswith(
        "October 2026 will have cost about $15.50, 80 % likely between $14.00 and $17.00. $8.00 so far"
    )
    assert "by weekdays" not in picture.alt
    assert {"$14.00", "$15.50", "$17.00"} <= set(texts(picture))
    (band,) = [p for p in root(picture).iter(f"{SVG}path") if p.get("fill-opacity") == "0.28"]
    ys = [float(each) for each in re.findall(r"-?\d+\.?\d*", band.get("d"))][1::2]
    last, left = ys[15:17], scale(picture)
    assert left(abs(last[1] - last[0])) == pytest.approx(3.0, abs=0.05)
    assert any(path.get("stroke-dasharray") for path in root(picture).iter(f"{SVG}path"))


def test_a_forecast_of_messages_is_the_one_that_costs_makes():
    with fr.Sandbox(today="2026-10-16", days=40, messages=1_500, rate=0) as sandbox:
        df = sandbox.account().messages(days=40)
    found = fr.costs.forecast(df, tz=LA)
    picture = fr.charts.forecast(df, tz=LA)
    assert picture.svg() == fr.charts.forecast(found).svg()
    assert wording.dollars(round(found.total * 10**9)) in picture.alt
    assert f"the sum at the end of each day in {LA}" in picture.alt
    assert found.method not in picture.alt
    over = fr.charts.forecast(df, month="2026-09")
    assert over.alt.startswith("September 2026 ")


# ------------------------------------------------------------------ what was given can't be drawn


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda df: fr.charts.over_time(fr.costs.by(df, "direction")), "without periods"),
        (lambda df: fr.charts.top(fr.costs.by(df, "direction", period="day")), "with periods"),
        (lambda df: fr.charts.heat_map(fr.costs.by(df, period="day")), "by day, which doesn't say at what hour"),
        (lambda df: fr.charts.top(df, n=0), "n=0 is no number of bars"),
        (lambda df: fr.charts.top(df, n=True), "n=True is no number of bars"),
        (lambda df: fr.charts.dear_characters(df, n=1.5), "n=1.5 is no number of characters"),
        (lambda df: fr.charts.dear_characters(df, rule="mine"), "neither 'published' nor 'standard'"),
        (lambda _: fr.charts.dear_characters(["x", 5]), "a int among texts"),
        (fr.charts.bridge, "draws what fr.costs.compare returns, and was given a frame without its columns"),
        (lambda _: fr.charts.bridge(5), "was given int"),
        (lambda _: fr.charts.bridge(comparison(), over="all"), "neither 'parts' nor 'keys'"),
        (fr.charts.forecast, "a forecast needs two weeks at least"),
        (lambda _: fr.charts.forecast(5), "int"),
        (lambda df: fr.charts.over_time(df, "contcat"), "contcat"),
        (lambda df: fr.charts.over_time(df, period="year"), "year"),
        (lambda df: fr.charts.heat_map(df, tz="Mars"), "Mars"),
    ],
)
def test_what_can_t_be_drawn_is_answered_in_a_sentence(call, said):
    with pytest.raises(fr.InputError, match=re.escape(said)):
        call(messages(one()))


def test_a_wrong_keyword_is_a_type_error_that_names_the_right_one():
    with pytest.raises(TypeError, match="over_time\\(\\) has no keyword 'periods'. Did you mean 'period'?"):
        fr.charts.over_time(messages(one()), periods="day")


# ------------------------------------------------------------------ how it is said


@given(st.integers(-(10**16), 10**16))
def test_an_amount_is_said_to_the_nearest_of_its_decimals_and_never_as_another_sign(nanodollars):
    said = Fraction(Decimal(re.sub(r"[$,]", "", wording.dollars(nanodollars))))
    exact = Fraction(nanodollars, 10**9)
    assert abs(said - exact) <= (Fraction(1, 200) if abs(exact) >= Fraction(1, 10) else Fraction(1, 20_000))
    assert abs(exact) >= Fraction(1, 10_000) or said == exact


@given(st.integers(0, 10**12), st.integers(1, 10**12))
def test_a_share_is_said_to_the_nearest_percent_and_never_as_nothing_or_all(part, more):
    said, share = wording.percent(part, part + more), Fraction(part, part + more)
    number = int(re.search(r"\d+", said)[0])
    assert abs(number - 100 * share) <= 1
    assert said != "100 %"
    assert (said == "0 %") == (part == 0)


def decimals_of(picture):
    """Give with how many decimals amounts are said that are not whole dollars, wherever they stand."""
    return {len(each) for text in texts(picture) for each in re.findall(r"\$[\d,]+\.(\d+)", text)}


# Of each kind of picture, amounts on both sides of the ten cents below which an amount by itself has four decimals.
MIXED = {
    "bars": lambda df: fr.charts.over_time(df, None),
    "a day that stands out": lambda df: fr.charts.over_time(pd.concat([df, df.tail(1), *[df.tail(1)] * 3]), None),
    "weeks": lambda df: fr.charts.over_time(df, "contact", "week"),
    "heat map": fr.charts.heat_map,
    "ranks": fr.charts.top,
    "few ranks": lambda df: fr.charts.top(df, n=2),
    "bridge": lambda df: fr.charts.bridge(fr.costs.compare(df.head(4), df.tail(4), by="contact")),
    "bridge over keys": lambda df: fr.charts.bridge(
        fr.costs.compare(df.head(4), df.tail(4), by="contact"), over="keys"
    ),
}


@pytest.mark.parametrize("scale", [1, 10])
@pytest.mark.parametrize("kind", MIXED)
def test_all_amounts_of_a_picture_have_one_number_of_decimals(kind, scale):
    cents = [1_500_000, 4_000_000, 26_600_000, 31_000_000, 57_500_000, 84_000_000, 98_700_000, 12_345_678]
    rows = [
        one(f"2026-10-{at + 1:02}T{at:02}:00:00Z", amount * scale, contact=f"1530555{at:04}")
        for at, amount in enumerate(cents)
    ]
    assert decimals_of(MIXED[kind](messages(*rows))) in ({2}, {4})


def test_the_price_of_a_message_has_four_decimals_beside_dearer_ones():
    rows = [one(amount=4_000_000), one("2026-10-15T12:00:00Z", 250_000_000, direction="inbound")]
    picture = fr.charts.price(messages(*rows))
    assert decimals_of(picture) == {4}
    assert "$0.2500 inbound, $0.0040 outbound" in picture.alt


def test_what_is_not_nothing_is_never_said_to_be_where_cents_are_said():
    picture = fr.charts.top(messages(one(amount=470_000_000), one(amount=4_000_000, contact="15305550000")))
    assert {"$0.47 · 99 %", "under $0.01 · 1 %"} <= set(texts(picture))
    assert decimals_of(picture) == {2}


def test_the_names_of_many_keys_under_a_bridge_do_not_touch():
    rows = [one(amount=(at + 1) * 10**8, contact=f"1530555{at:04}") for at in range(12)]
    before = messages(*(("2026-09-14T12:00:00Z", *row[1:]) for row in rows[:2]))
    found = fr.costs.compare(before, messages(*rows), by="contact")
    picture = fr.charts.bridge(found, over="keys")
    places = picture.axes[0].get_xticklabels()
    boxes = [each.get_window_extent() for each in places]
    assert len(boxes) == 7
    assert all(left.x1 + 2 < right.x0 for left, right in itertools.pairwise(boxes))


# sRGB to linear light and to what eyes with two kinds of cones see: Machado, Oliveira and Fernandes, 2009
SEEN = {
    "all": [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
    "protan": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deutan": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
    "tritan": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]],
}


def light(colour):
    value = np.array([int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)])
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)


def lab(linear):
    to_xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    xyz = to_xyz @ np.clip(linear, 0, 1) / np.array([0.9505, 1, 1.089])
    x, y, z = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


@pytest.mark.parametrize("paper", ["#ffffff", "#111111"])
@pytest.mark.parametrize("eyes", SEEN)
def test_colours_stand_out_from_the_paper_and_from_each_other_for_all_eyes(paper, eyes):
    from flowroute_nb.sheet import COLOURS  # noqa: PLC0415  loads matplotlib

    ink = {"#ffffff": "#1f2328", "#111111": "#ffffff"}[paper]
    other = "#" + "".join(
        f"{round(0.28 * int(ink[at : at + 2], 16) + 0.72 * int(paper[at : at + 2], 16)):02x}" for at in (1, 3, 5)
    )
    shown = [lab(np.array(SEEN[eyes]) @ light(each)) for each in (*COLOURS, other)]
    assert min(float(np.linalg.norm(a - b)) for a, b in itertools.combinations(shown, 2)) >= 14
    for colour in COLOURS:
        lighter, darker = sorted((light(each) @ [0.2126, 0.7152, 0.0722] for each in (colour, paper)), reverse=True)
        assert (lighter + 0.05) / (darker + 0.05) >= 3
