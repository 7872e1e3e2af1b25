"""What one can ask the cost explorer: its fields, what they come to, and the Python that does the same."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from flowroute_nb import charts, costs
from flowroute_nb.errors import InputError
from flowroute_nb.ruling import HINT, rules
from flowroute_nb.widgets.days import worded
from flowroute_nb.widgets.parts import Code, Field, quoted, written
from flowroute_nb.widgets.sifting import chosen, day_fields, sift_fields, sifted, sifts
from flowroute_nb.widgets.wording import number

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal

    from flowroute_nb.picture import Picture
    from flowroute_nb.widgets.parts import Words

__all__ = ["Asked", "asked", "fields", "is_over_time"]

_DAY = dt.timedelta(days=1)
_KEYS = [
    ("direction", "Direction"),
    ("number", "Our number"),
    ("contact", "Their number"),
    ("contact_prefix", "Their area"),
    ("delivery", "Delivery"),
    ("message_type", "Kind of number"),
    ("is_mms", "SMS or MMS"),
    ("weekday", "Weekday"),
    ("hour", "Hour of the day"),
    ("tag", "Tags of your own"),
    ("", "Nothing"),
]
#: What is asked by these is not drawn over time: the dearest of many, or the hours of the week.
_DRAWN = {"contact": "top", "contact_prefix": "top", "weekday": "heat_map", "hour": "heat_map"}
_PERIODS = [("day", "Days"), ("hour", "Hours"), ("week", "Weeks"), ("month", "Months")]
_NO_RULES = "Which tags? Write a rule, as in Sale: text half price. What is shown is of before."
_ZONES = (
    *("UTC", "America/New_York", "America/Chicago", "America/Denver", "America/Phoenix", "America/Los_Angeles"),
    *("America/Anchorage", "Pacific/Honolulu", "Europe/London", "Europe/Berlin", "Asia/Tokyo", "Australia/Sydney"),
)


def fields(today: dt.date, tz: str) -> list[Field]:
    """Make the fields, of a form whose days are in this zone at first."""
    zones = [(each, each.replace("_", " ")) for each in (_ZONES if tz in _ZONES else (tz, *_ZONES))]
    return [
        *day_fields(today),
        Field("by", "By", kind="choice", options=_KEYS, value="direction", size="third"),
        Field("period", "Over", kind="choice", options=_PERIODS, value="day", size="third"),
        Field("zone", "Zone", kind="choice", options=zones, value=tz, size="third"),
        *sift_fields(),
        Field("tags", "Tags", kind="area", hint=HINT, hidden=True, rows=3),
    ]


def is_over_time(by: str) -> bool:
    """Say whether what is asked by this key is drawn over time."""
    return by not in _DRAWN


def asked(values: Mapping[str, Any], today: dt.date) -> tuple[Asked | None, dict[str, str]]:
    """Give what is asked for, or for each field what is wrong with it."""
    days, wrong = chosen(values, today)
    tags = None
    if values["by"] == "tag":
        try:
            tags = rules(values["tags"])
        except InputError as error:
            wrong["tags"] = str(error)
        else:
            wrong |= {} if tags else {"tags": _NO_RULES}
    if wrong or days is None:
        return None, wrong
    sift = {name: values[name] for name in ("direction", "number", "text")}
    return Asked(*days, values["zone"], values["by"], values["period"], sift, tags), wrong


class Asked(NamedTuple):
    """What is asked for: days, both included, in a zone; the key and period to sum up by; what to leave out."""

    start: dt.date
    end: dt.date
    zone: str
    by: str
    period: str
    sift: dict[str, str]  # direction, number, text: what is empty asks for nothing
    tags: dict[str, dict[str, Any]] | None = None

    def before(self) -> tuple[dt.date, dt.date]:
        """Give the days to compare with: of a month the same days of the one before, else as many days before.

        Examples
        --------
        >>> asked = Asked(dt.date(2026, 3, 1), dt.date(2026, 3, 31), "UTC", "", "day", {})
        >>> asked.before()
        (datetime.date(2026, 2, 1), datetime.date(2026, 2, 28))
        >>> asked._replace(start=dt.date(2026, 3, 30)).before()
        (datetime.date(2026, 3, 28), datetime.date(2026, 3, 29))

        """
        last = self.start - _DAY
        if self.start.day == 1 and (self.start.year, self.start.month) == (self.end.year, self.end.month):
            whole = (self.end + _DAY).month != self.end.month
            return last.replace(day=1), last if whole else last.replace(day=min(last.day, self.end.day))
        return self.start - (self.end - self.start) - _DAY, last

    def within(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Give the messages of its days."""
        start, after = (pd.Timestamp(each, tz=self.zone) for each in (self.start, self.end + _DAY))
        return frame[frame["timestamp"].between(start, after, inclusive="left")]

    @property
    def drawn(self) -> str:
        """Name the picture that answers it."""
        return _DRAWN.get(self.by, "over_time")

    def summary(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Sum up what they cost."""
        call = costs.top if self.drawn == "top" else costs.by
        return call(frame, *filter(None, [self.by]), **self._options())

    def picture(self, frame: pd.DataFrame, summary: pd.DataFrame) -> Picture:
        """Draw what they cost."""
        if self.drawn == "heat_map":
            return charts.heat_map(frame, tz=self.zone)
        return charts.top(summary) if self.drawn == "top" else charts.over_time(summary)

    def _options(self) -> dict[str, Any]:
        special = {"period": self.period} if self.drawn == "over_time" else {}
        tags = {"tags": self.tags} if self.tags else {}
        return {**special, "tz": self.zone, "range": (str(self.start), str(self.end)), **tags}

    def most(self, frame: pd.DataFrame, total: Decimal) -> Words:
        """Say what most of it went to."""
        if not self.by or total <= 0:
            return ""
        first = costs.by(frame, self.by, tz=self.zone, tags=self.tags).iloc[0]
        value = first[self.by]
        name = "unknown" if pd.isna(value) else number(value) if self.by in ("number", "contact") else str(value)
        return [(name, "strong"), (f"  ${first['cost']:f}, {first['share']:.0%}", "")]

    def compared(self, frame: pd.DataFrame, total: Decimal) -> Words:
        """Say what the days before cost, if anything was sent then, and how much more or less these do."""
        first, last = self.before()
        earlier = sifted(self._replace(start=first, end=last).within(frame), **self.sift)
        if earlier.empty:
            return ""
        before = costs.total(earlier)
        said = f"${before:f} in {worded(first, last)}"
        if before <= 0:
            return said
        ratio = Fraction(total) / Fraction(before)  # no decimal context rounds it
        change = f"{float(abs(ratio - 1)):.0%}"
        more = "as much now" if change == "0%" else f"now {change} {'more' if total > before else 'less'}"
        return [(said, ""), (f"; {more}", "strong")]

    def python(self, *, of_account: bool) -> str:
        """Write the lines that do the same, with ``account`` or ``df``."""
        first, last = (quoted(str(each)) for each in (self.start, self.end))
        if of_account:
            lines = [f"df = account.messages({first}, {last}, tz={quoted(self.zone)})"]
        else:
            after = quoted(str(self.end + _DAY))
            lines = [
                "import pandas as pd\n",
                f"start, after = (pd.Timestamp(day, tz={quoted(self.zone)}) for day in ({first}, {after}))",
                'df = df[df.timestamp.between(start, after, inclusive="left")]',
            ]
        lines += sifts(self.sift)
        of, tz = "costs.top" if self.drawn == "top" else "costs.by", quoted(self.zone)
        call = written(f"fr.{of}", Code("df"), *filter(None, [self.by]), **self._options())
        drawn = f"fr.charts.heat_map(df, tz={tz})" if self.drawn == "heat_map" else f"fr.charts.{self.drawn}(summary)"
        return "\n".join([*lines, f"summary = {call}", drawn])
