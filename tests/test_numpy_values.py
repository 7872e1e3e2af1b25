"""Values out of arrays and enumerations are as good as Python's own: np.str_, np.bool_, np.int64, str subclasses."""

import datetime as dt
import enum

import numpy as np
import pandas as pd
import pytest

import flowroute_nb as fr

THEIRS = "15305557784"


class Template(str, enum.Enum):  # noqa: UP042  a StrEnum is its text for str(), too
    """Texts that str() would name instead of giving."""

    MARMOT = "Gee, nice marmot!"
    NUMBER = THEIRS
    URL = "https://example.com/a.gif"


class Text(str):
    """A subclass whose str() is something else."""

    __slots__ = ()

    def __str__(self):
        return "something else"


TEXTS = [np.str_, Text, lambda text: next((each for each in Template if each == text), np.str_(text))]


@pytest.fixture(params=["v2", "v2.1", "v2.2"])
def account(request, sandbox):
    return sandbox.account(api=request.param)


@pytest.mark.parametrize("kind", TEXTS, ids=["numpy", "subclass", "enum"])
def test_a_body_of_a_str_subclass_is_sent_as_its_text(account, sandbox, kind):
    result = account.send(to=kind(THEIRS), from_=kind(sandbox.numbers[0]), body=kind("Gee, nice marmot!"))
    taken = sandbox.taken.iloc[-1]
    assert (taken.id, taken.body, taken.to) == (result.id, "Gee, nice marmot!", THEIRS)
    assert type(result.body) is type(result.to) is str
    assert result.wait().body == account.lookup(kind(result.id)).body == "Gee, nice marmot!"


def test_media_urls_and_flags_of_an_array_are_sent(sandbox):
    account = sandbox.account()
    urls = np.array(["https://example.com/a.gif", "https://example.com/b.gif"])
    sent = account.send(to=THEIRS, body=np.str_("hi"), media_urls=urls, is_mms=np.True_)
    assert sent.media_urls == tuple(urls.tolist())
    assert sent.wait().is_mms
    sent = account.send(to=THEIRS, media_urls=[Template.URL], dlr_callback=Text("http://127.0.0.1:9/dlr"))
    assert sent.media_urls == ("https://example.com/a.gif",)
    sent = account.send(to=np.int64(THEIRS), from_=np.int64(sandbox.numbers[0]), body="hi", is_mms=np.False_)
    assert not sent.wait().is_mms


@pytest.mark.parametrize("wrong", [0, 1, "yes", np.int64(1), 1.0])
def test_what_only_looks_like_a_flag_is_still_refused(sandbox, wrong):
    with pytest.raises(fr.InputError, match="is neither True nor False"):
        sandbox.account().send(to=THEIRS, body="hi", is_mms=wrong)


def test_settings_of_an_account_may_be_numpy_values(sandbox):
    account = sandbox.account(
        api=np.str_("v2.2"), from_=np.int64(sandbox.numbers[1]), tz=np.str_("America/New_York"), timeout=np.float64(9)
    )
    assert account.send(to=THEIRS, body="hi").from_ == sandbox.numbers[1]
    assert sandbox.account(timeout=(np.int64(5), np.float32(30))).callbacks().shape
    with pytest.raises(fr.InputError, match="does not send"):
        sandbox.account(read_only=np.True_).send(to=THEIRS, body="hi")


@pytest.mark.parametrize("timeout", [np.int64(0), np.True_, (5, np.float64("nan")), (np.int64(-1), 5)])
def test_timeouts_that_are_no_seconds_are_still_refused(sandbox, timeout):
    with pytest.raises(fr.InputError, match="timeout="):
        sandbox.account(timeout=timeout)


def test_readings_take_numpy_values(sandbox):
    earlier = sandbox.now() - dt.timedelta(hours=1)  # before what other tests sent, whose records are still to come
    account = sandbox.account(clock=lambda: earlier)  # so that days=3 is the same range each time
    expected = account.messages(days=3, progress=False)
    for days in (np.int64(3), np.float64(3), np.int8(3)):
        pd.testing.assert_frame_equal(account.messages(days=days, progress=np.False_, workers=np.int64(2)), expected)
    ids = expected.id.to_numpy(str)[:3]
    assert account.lookup(ids, workers=np.int8(2)).id.tolist() == ids.tolist()
    days = account.pages(np.str_("2026-10-05"), np.str_("2026-10-06"))
    assert sum(map(len, days)) == len(account.messages("2026-10-05", "2026-10-06", progress=False))


@pytest.mark.parametrize("wrong", [np.True_, np.float64("nan"), np.int64(0), "3"])
def test_days_that_are_no_number_are_still_refused(sandbox, wrong):
    with pytest.raises(fr.InputError, match="is no number of days"):
        sandbox.account().messages(days=wrong)


def test_costs_and_charts_take_numpy_values(sandbox):
    df = sandbox.account().messages(days=30, progress=False)
    usual = fr.costs.top(df, "contact", n=3)
    pd.testing.assert_frame_equal(fr.costs.top(df, np.str_("contact"), n=np.int64(3)), usual)
    assert fr.costs.by(df, np.str_("direction"), strict=np.False_).equals(fr.costs.by(df, "direction"))
    rules = {"code": {"body_contains": np.str_("YOUR CODE"), "ignore_case": np.True_}}
    plain = {"code": {"body_contains": "YOUR CODE", "ignore_case": True}}
    assert fr.costs.tag(df, rules).equals(fr.costs.tag(df, plain))
    assert fr.costs.tag(df, plain).nunique() == 2
    assert len(fr.costs.anomalies(df, threshold=np.float64(5))) == len(fr.costs.anomalies(df, threshold=5))
    one, other = (fr.costs.forecast(df, interval=value) for value in (np.float64(0.8), 0.8))
    assert one == other
    assert fr.charts.top(df, "contact", n=np.int64(3)).alt == fr.charts.top(df, "contact", n=3).alt
    assert fr.charts.dear_characters(df, n=np.int16(3)).alt == fr.charts.dear_characters(df, n=3).alt


@pytest.mark.parametrize("wrong", [np.True_, True, np.float64(3), np.int64(0)])
def test_counts_that_are_no_whole_number_are_still_refused(sandbox, wrong):
    df = sandbox.account().messages(days=3, progress=False)
    for call in (fr.costs.top, fr.charts.top):
        with pytest.raises(fr.InputError, match="n="):
            call(df, "contact", n=wrong)


def test_texts_and_numbers_of_any_str_class_are_counted_and_read():
    for kind in TEXTS:
        assert fr.segments(kind("Gee, nice marmot!")) == fr.segments("Gee, nice marmot!")


def test_a_sandbox_takes_numpy_values():
    options = {"days": np.int64(3), "messages": np.int64(50), "seed": np.int64(2), "rate": np.int64(5)}
    with fr.Sandbox(today="2026-10-31", **options) as sandbox:
        assert len(sandbox.account().messages(days=5, progress=False)) == 50
        received = sandbox.receive(from_=np.str_(THEIRS), to=np.str_(sandbox.numbers[0]), body=np.str_("hi"))
        assert (sandbox.account().messages(days=5, progress=False).id == received).sum() == 1
        with sandbox.fault("slow", times=np.int64(1), seconds=np.float64(0.01)):
            assert len(sandbox.account().callbacks()) == 0


def test_a_table_takes_numpy_values(sandbox):
    df = sandbox.account().messages(days=3, progress=False)
    assert fr.widgets.Table(df, rows=np.int64(5))
