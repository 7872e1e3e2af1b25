"""What is said of an unusual day is read whole in a plain DataFrame, and is never taken for TeX."""

import html
import re
from decimal import Decimal

import pandas as pd
import pytest

import flowroute_nb as fr

DAY, START = pd.Timedelta(days=1), pd.Timestamp("2026-09-01", tz="UTC")
NUMBERS = {"number": "12065550100", "contact": "15305557784", "direction": "outbound", "delivery": "delivered"}
CAUSES = {
    "direction": "inbound",
    "number": "18005550102",
    "message_type": "toll-free",
    "is_mms": True,
    "message_encoding": 8,
    "delivery": None,
    "contact": "15305557785",
    "number $": "$ALE$",
    "number\n": "two\nlines",
    "number long": "x" * 300,
}


def records(day, count, price=4_000_000, **values):
    """Make records of one day, alike but for these values."""
    row = {**NUMBERS, "message_type": "longcode", "is_mms": False, "message_encoding": 0, "segments": 1, **values}
    frame = pd.DataFrame([row] * count).assign(timestamp=START + day * DAY + pd.Timedelta(hours=12))
    frame["amount_nanodollars"] = pd.array([price] * count, "Int64")
    return frame


def unusual(*, days=26, at=12, count=200, price=4_000_000, **values):
    """Find the one unusual day of an even past."""
    usual = [records(day, 20) for day in range(days)]
    frame = pd.concat([*usual, records(at, count, price, **values)], ignore_index=True)
    frame["cost"] = [Decimal(int(amount)).scaleb(-9) for amount in frame.amount_nanodollars]
    frame["timestamp"] = frame["timestamp"].astype("datetime64[us, UTC]")
    frame["is_mms"] = frame["is_mms"].astype("boolean")
    frame["message_encoding"] = frame["message_encoding"].astype("Int8")
    return fr.costs.anomalies(frame)


def assert_shown_whole(odd):
    (why,) = odd.why
    assert pd.get_option("display.max_colwidth") == 50
    in_notebook = html.unescape(re.search(r"<td>([^<]*)</td>\s*</tr>\s*</tbody>", odd._repr_html_())[1])
    assert in_notebook == why
    with pd.option_context("display.width", 1_000, "display.max_columns", 20):
        assert str(odd).endswith(f" {why}")
    assert why.count("$") < 2
    assert why.isprintable()


@pytest.mark.parametrize("cause", CAUSES)
def test_whatever_explains_an_unusual_day_its_why_is_shown_whole_and_without_a_pair_of_dollars(cause):
    key, value = re.match(r"\w+", cause)[0], CAUSES[cause]
    odd = unusual(price=250_000_000_000, **{key: value})  # thousands of times the usual cost
    assert len(odd) == 1
    assert odd.key[0] == key
    assert odd.value[0] == value
    assert_shown_whole(odd)
    assert key in odd.why[0]


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({"direction": "inbound"}, "11.0x expected, 100% from direction inbound"),
        ({"count": 80, "delivery": None}, "5.0x expected, 100% from delivery missing"),
        ({"count": 40, "number": "$ALE$"}, "3.0x expected, 100% from one number"),
        ({"count": 40}, "3.0x expected, everything cost more"),
    ],
)
def test_the_why_of_an_unusual_day_names_its_ratio_and_what_explains_it(values, why):
    odd = unusual(**values)
    assert odd.why.tolist() == [why.replace("11.0x", "11x")]  # 10 and more are whole numbers
    assert_shown_whole(odd)


def test_no_option_of_pandas_is_changed():
    before = {name: pd.get_option(name) for name in ("display.max_colwidth", "display.html.use_mathjax")}
    odd = unusual(direction="inbound")
    odd._repr_html_()
    fr.widgets.Table(odd)
    assert {name: pd.get_option(name) for name in before} == before
