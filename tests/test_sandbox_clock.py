"""The sandbox's time: it can be given, it can be moved forward, and never back."""

import datetime as dt
from zoneinfo import ZoneInfo

import pandas as pd
import pytest
from conftest import TODAY

import flowroute_nb as fr


def test_it_moves_on_as_far_as_told():
    with fr.Sandbox(messages=0, clock=lambda: TODAY) as sandbox:
        assert sandbox.now() == TODAY
        assert sandbox.tick(days=1, hours=2, minutes=3, seconds=4.5) == dt.datetime(
            2026, 11, 1, 14, 3, 4, 500_000, dt.UTC
        )
        assert sandbox.tick() == sandbox.now() == dt.datetime(2026, 11, 1, 14, 3, 4, 500_000, dt.UTC)


def test_its_own_clock_runs_on_from_there():
    with fr.Sandbox(messages=0, today="2026-10-31") as sandbox:
        after = sandbox.tick(days=1)
        assert dt.timedelta(days=1) <= after - TODAY < dt.timedelta(days=1, seconds=10)
        assert after <= sandbox.now() < after + dt.timedelta(seconds=10)


def test_a_clock_that_is_given_may_run_and_a_tick_comes_on_top():
    times = [TODAY]
    with fr.Sandbox(messages=0, clock=lambda: times[-1]) as sandbox:
        sandbox.tick(hours=1)
        times.append(TODAY + dt.timedelta(minutes=1))
        assert sandbox.now() == TODAY + dt.timedelta(hours=1, minutes=1)


@pytest.mark.parametrize(
    "noon",
    [
        TODAY.astimezone(ZoneInfo("America/New_York")),
        dt.datetime(2026, 10, 31, 14, tzinfo=dt.timezone(dt.timedelta(hours=2))),
        pd.Timestamp("2026-10-31 12:00", tz="UTC"),
    ],
)
def test_a_clock_may_be_in_any_zone(noon):
    with fr.Sandbox(messages=100, clock=lambda: noon) as sandbox:
        assert sandbox.now() == TODAY
        assert sandbox.now().utcoffset() == dt.timedelta()
        account = sandbox.account()
        assert len(account.messages(days=30, progress=False)) == 100
        sent = account.send(to="15305557784", body="Gee, nice marmot!").id
        sandbox.tick(seconds=5)
        assert account.lookup(sent).timestamp == pd.Timestamp(TODAY)


def test_the_past_ends_where_a_given_clock_begins():
    with fr.Sandbox(messages=300, days=3, clock=lambda: TODAY) as sandbox:
        found = sandbox.account().messages("2026-10-28", "2026-10-31", progress=False)
        assert len(found) == 300
        assert found.timestamp.max() <= TODAY


def test_a_record_and_its_receipts_come_with_the_time():
    with fr.Sandbox(messages=0, clock=lambda: TODAY) as sandbox:
        account = sandbox.account()
        sent = account.send(to="15305557784", body="Gee, nice marmot!").id
        with pytest.raises(fr.errors.NotFound):
            account.lookup(sent)
        sandbox.tick(seconds=3)
        assert account.lookup(sent).status == "message buffered"
        sandbox.tick(days=1)
        assert account.lookup(sent).delivery in ("delivered", "pending", "failed")


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"days": -1}, "days=-1: time can only be moved forward"),
        ({"seconds": -0.001}, "seconds=-0.001: time can only"),
        ({"hours": float("nan")}, "hours=nan: time can only"),
        ({"hours": float("inf")}, "hours=inf: time can only"),
        ({"minutes": "2"}, "minutes='2': time can only"),
        ({"minutes": True}, "minutes=True: time can only"),
        ({"days": 10**7}, "past the end of the calendar. Give less."),
        ({"days": 10**12}, "past the end of the calendar. Give less."),
    ],
)
def test_time_that_can_t_be_moved_so_stands_where_it_was(wrong, said):
    with fr.Sandbox(messages=0, clock=lambda: TODAY) as sandbox:
        with pytest.raises(fr.InputError) as refused:
            sandbox.tick(**wrong)
        assert said in str(refused.value)
        assert sandbox.now() == TODAY


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"clock": TODAY}, "can't be asked what time it is. A clock is a function"),
        ({"clock": lambda: TODAY, "today": "2026-10-31"}, "and today= both say what time it is"),
        ({"clock": lambda: dt.datetime(2026, 10, 31)}, "which is no moment: let it return an aware datetime"),
        ({"clock": lambda: dt.date(2026, 10, 31)}, "which is no moment"),
        ({"clock": lambda: "2026-10-31"}, "clock= said '2026-10-31', which is no moment"),
    ],
)
def test_a_clock_that_can_t_be_is_refused(options, said):
    with pytest.raises(fr.InputError) as refused:
        fr.Sandbox(messages=0, **options)
    assert said in str(refused.value)
