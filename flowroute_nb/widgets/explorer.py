"""A form that shows what messages cost: in which days, by what, and whether that is usual."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, ClassVar

import pandas as pd

from flowroute_nb import costs
from flowroute_nb.account import Account
from flowroute_nb.errors import InputError, keywords
from flowroute_nb.ranges import zone
from flowroute_nb.records import read
from flowroute_nb.widgets import exploring
from flowroute_nb.widgets.days import OWN, days_of, named, worded
from flowroute_nb.widgets.form import Form
from flowroute_nb.widgets.parts import Action, Panel, rows
from flowroute_nb.widgets.results import Below
from flowroute_nb.widgets.sifting import sifted
from flowroute_nb.widgets.sight import Sight
from flowroute_nb.widgets.wording import many, number

if TYPE_CHECKING:
    from flowroute_nb.picture import Picture
    from flowroute_nb.widgets.exploring import Asked
    from flowroute_nb.widgets.parts import Secrets, Words
    from flowroute_nb.widgets.work import Job

__all__ = ["CostExplorer"]

_READ = Action("read", "Read", "main")
_DAY = dt.timedelta(days=1)
_NO_DAY = dt.date(2000, 1, 31)  # "today" of a frame without messages: any day is as good
_NEEDED = ["timestamp", "direction", "number", "contact", "body", "amount_nanodollars"]


class CostExplorer(Form):
    """A form that shows what was spent, on what, over which days, and what was spent in the days before.

    Of an account it reads this month and the last one as soon as it is made. Whatever is chosen then, picture, sum and
    table follow at once; only days that were not read yet are read when one says so.

    Parameters
    ----------
    given : Account or pandas.DataFrame
        Whose costs they are; or messages that are there already, as ``account.messages`` and ``fr.read`` give them.
        "Today" is then the day of the last one.
    tz : str, optional
        The zone whose days are meant, instead of the account's; of a frame UTC.

    Attributes
    ----------
    frame : pandas.DataFrame
        The messages that are summed up.
    summary : pandas.DataFrame
        What they cost, as ``fr.costs.by`` gives it.
    picture : flowroute_nb.picture.Picture or None
        What is drawn.
    fields : dict of str to Field
        What can be filled in: ``range``, ``start``, ``end`` (days as ``2026-10-31``), ``by``, ``period``, ``zone``,
        ``direction``, ``number``, ``text`` and ``tags``. What is wrong with one stands in its ``error``, as in
        ``form.fields["tags"].error``, and what was shown before stays meanwhile.

    Raises
    ------
    InputError
        What was given is no account and no frame of messages, or there is no such zone.

    Notes
    -----
    With ``by="tag"`` the field ``tags`` wants rules, one a line, of which the first that fits wins: a name, a colon,
    then ``text`` and a part of the text, in capitals or not; or ``number`` and one of ours; or ``prefix`` and how
    theirs begins. ``Sale: text half price``, ``Support: number 12065550101``, ``Seattle: prefix 1206``.

    Examples
    --------
    >>> import flowroute_nb as fr
    >>> df = fr.Sandbox(today="2026-10-31", messages=500).account().messages("2026-10")
    >>> form = fr.widgets.CostExplorer(df)
    >>> form.fill(by="number", period="week")
    >>> list(form.summary.columns[:4]), form.summary.cost.sum() == df.cost.sum()
    (['number', 'period', 'messages', 'segments'], True)
    >>> form.fill(by="tag", tags="Sale: half price")
    >>> form.fields["tags"].error
    "'Sale: half price' is no rule. Write a name, a colon, then text, number or prefix and what to look for."

    """

    title: ClassVar[str] = "What it costs"
    code: ClassVar[str] = (
        'df = account.messages("2026-10-01", "2026-10-31")\n'
        'summary = fr.costs.by(df, "direction", period="day")\n'
        "fr.charts.over_time(summary)"
    )

    @keywords
    def __init__(self, given: Account | pd.DataFrame, *, tz: str | None = None) -> None:
        self.account = given if isinstance(given, Account) else None
        self._zone = str(zone(tz or (self.account.tz if self.account else "UTC")))
        self._held: tuple[dt.date, dt.date] | None = None  # the days of which all is there
        self._all = read([]) if self.account else _messages(given)
        self.frame, self.summary = self._all.iloc[:0], pd.DataFrame()
        self.picture: Picture | None = None
        self._shown: Asked | None = None
        self._odd: list[tuple[dt.date, str]] = []  # days that stand out in all that is there, and how
        self._of_days: tuple[object, pd.DataFrame] = (None, self._all)
        self._sight, self._below = Sight(), Below("Costs", filtered=True, frame=self.summary)
        fields, actions = exploring.fields(self._today(), self._zone), [_READ] if self.account else []
        super().__init__(fields, actions, below=[self._sight, self._below.widget])
        self._range = self.values["range"]
        self._offer()
        if self.account:
            first, today = dt.date.fromisoformat(days_of("last", self._today())[0]), self._today()
            self._begin(first, today)
        else:
            with self.changing():
                self._explore()
            self.beside(self._look_for_odd)

    def _today(self) -> dt.date:
        if self.account:
            return self.account.now().astimezone(zone(self._zone)).date()
        last = self._all["timestamp"].max()
        return _NO_DAY if pd.isna(last) else last.tz_convert(zone(self._zone)).date()

    # ------------------------------------------------------------------ what is filled in

    @property
    def python(self) -> str:
        """The lines that do the same, with what this form was given as ``account`` or ``df``."""
        return self._shown.python(of_account=self.account is not None) if self._shown else self.code

    def _lines(self) -> str:
        return self.code if self.account else self.python

    def typed(self) -> None:
        """Keep range and days in step, and show what is wanted."""
        given = self.values
        days = given["start"], given["end"]
        if given["range"] != self._range and given["range"] != OWN:
            for name, day in zip(("start", "end"), days_of(given["range"], self._today()), strict=True):
                self.fields[name].set(day)
        elif given["range"] == self._range and named(days, self._today()) != given["range"]:
            self.fields["range"].set(named(days, self._today()))
        self._range = self.fields["range"].value
        self.fields["tags"].hidden = given["by"] != "tag"
        self.fields["period"].frozen = not exploring.is_over_time(given["by"])
        self._explore()

    def _offer(self) -> None:
        """Let one choose among the numbers there are."""
        known = sorted(self._all["number"].dropna().unique())
        self.fields["number"].options = [("", "All"), *((each, number(each)) for each in known)]

    def _ask(self) -> Asked | None:
        """Give what is asked for, or say at its field what is wrong with it."""
        wanted, wrong = exploring.asked(self.values, self._today())
        for name, field in self.fields.items():
            field.error = wrong.get(name, "")
        return wanted

    # ------------------------------------------------------------------ read

    def press_read(self, _secrets: Secrets) -> None:
        """Read the days that are asked for, and as many before them to compare them with."""
        asked = self._ask()
        if asked is None:
            self.focus(next(name for name, field in self.fields.items() if field.error))
            return
        self._begin(asked.before()[0], min(asked.end, self._today()))

    def _begin(self, start: dt.date, end: dt.date) -> None:
        self._cancelled = False  # also where a cancel came too late for what was read before
        saying = f"Reading {worded(start, end)} …"
        self.run(lambda job: (self._read(job, start, end), start, end), self._came, saying=saying)

    def _read(self, job: Job, start: dt.date, end: dt.date) -> pd.DataFrame:
        """Read these days whatever their zone, which is a day more at both ends."""
        if self.account is None:
            raise AssertionError("only the form of an account reads")
        mine = self.account.branch()
        job.when_stopped(mine.close)
        try:
            return mine.messages(start - _DAY, end + _DAY, tz="UTC", progress=False)
        finally:
            mine.close()

    def _came(self, came: tuple[pd.DataFrame, dt.date, dt.date]) -> None:
        self._all, start, end = came
        self._held, self._shown, self._of_days = (start, end), None, (None, self._all)
        self._odd = []
        self._offer()
        self._explore()
        self.beside(self._look_for_odd)

    def _look_for_odd(self, _job: Job) -> None:
        """Find the days that stand out, in all that is there; in less than three weeks none can."""
        everything = self._all
        try:
            found = costs.anomalies(everything, tz=self._zone)
        except InputError:
            return
        with self.changing():
            if everything is self._all and self._shown:
                days = zip(found["day"].dt.date, found["cost"], found["expected"], found["why"], strict=True)
                self._odd = [(day, f"${cost:f} instead of ${likely:f}; {why}") for day, cost, likely, why in days]
                self.panel = self._sum(self._shown)

    def failed(self, error: Exception) -> None:
        """Say why nothing was read; what was shown before stays, for half of a month is no sum of it."""
        if self._cancelled:
            self.status = "Cancelled. What was read is not shown, because it would not be whole."
            return
        self.fail(error)

    def press_cancel(self, secrets: Secrets) -> None:
        """Stop reading."""
        self._cancelled = True
        super().press_cancel(secrets)

    # ------------------------------------------------------------------ shown

    def _explore(self) -> None:
        """Show what the days that are asked for cost, if they are there."""
        asked = self._ask()
        if asked is None or asked == self._shown:
            return
        if self.account and not (self._held and self._held[0] <= asked.start and asked.end <= self._reach()):
            if self._held:
                self.status = f"Press Read to read {worded(asked.start, asked.end)}."
            return
        self._shown, self.status, self.problem = asked, "", ""
        self.frame = sifted(self._days(asked), **asked.sift)
        self.summary = asked.summary(self.frame)
        self.picture = picture = asked.picture(self.frame, self.summary)
        self._sight.show(picture)
        self._below.show(self.summary[self.summary["messages"] > 0])
        self.panel = self._sum(asked)

    def _reach(self) -> dt.date:
        """Give the last day of which all is there: what is still to come counts as there."""
        last = self._held[1] if self._held else dt.date.min
        return dt.date.max if last >= self._today() else last

    def _days(self, asked: Asked) -> pd.DataFrame:
        """Give the messages of these days, kept for the next time that something else is chosen."""
        days = asked.start, asked.end, asked.zone
        if self._of_days[0] != days:
            found = asked.within(self._all)
            self._of_days = days, found.reset_index(drop=True) if self.account else found
        return self._of_days[1]

    def _sum(self, asked: Asked) -> Panel:
        """Say what it came to, on what, and what it was before."""
        total = costs.total(self.frame)
        title: Words = [(f"${total:f}", ""), (f" · {many(len(self.frame), 'message')}", "")]
        about: dict[str, Words] = {"Days": worded(asked.start, asked.end)}
        most = asked.most(self.frame, total)
        if most:
            about["Most of it"] = most
        first = self._held[0] if self._held else self._first()
        before = asked.compared(self._all, total) if first is not None and first <= asked.before()[0] else ""
        if before:
            about["Before"] = before
        odd = [f"{worded(day, day)}: {how}" for day, how in self._odd if asked.start <= day <= asked.end]
        if odd and not any(asked.sift.values()):
            about["Stands out"] = "\n".join(odd)
        unpriced = int(self.summary["unpriced"].sum())
        if unpriced:
            about["Left out"] = f"{many(unpriced, 'message')} without a price"
        return Panel(title, [rows(about)], mark="good")

    def _first(self) -> dt.date | None:
        first = self._all["timestamp"].min()
        return None if pd.isna(first) else first.tz_convert(zone(self.values["zone"])).date()


def _messages(given: object) -> pd.DataFrame:
    """Take messages that are there already."""
    if not isinstance(given, pd.DataFrame):
        raise InputError(
            f"CostExplorer() was given {type(given).__name__}. Give it an account, as fr.Sandbox().account(), or a "
            "pandas frame of messages, as account.messages(…) and fr.read(…) give them."
        )
    missing = [name for name in _NEEDED if name not in given.columns]
    if missing:
        raise InputError(
            f"The frame has no column {', '.join(missing)}. Give it messages, as account.messages(…) and fr.read(…) do."
        )
    if not isinstance(given["timestamp"].dtype, pd.DatetimeTZDtype):
        raise InputError(
            f"The column 'timestamp' is of type {given['timestamp'].dtype}, and not of moments in a zone. Make them: "
            "pandas.to_datetime(…, utc=True)."
        )
    return given
