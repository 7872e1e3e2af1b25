"""Once the service has accepted a message, nothing raises before its id is returned, and it can be pickled."""

import base64
import concurrent.futures
import copy
import datetime as dt
import multiprocessing
import os
import pickle
from decimal import Decimal

import cloudpickle
import pandas as pd
import pytest
from decimal_contexts import CONTEXTS, decimal_context
from faulty import Faulty, answer, close

import flowroute_nb as fr

OURS, THEIRS = "12065550100", "12065550101"
KEYS = {"access_key": "sandboxa", "secret_key": "made-up-secret"}
ABSURD = [
    '"1E9999999"',
    '"1E-99999999"',
    '"-1E9999999"',
    "1e400",
    "1e-400",
    "-1e12",
    "1000000000",
    '"-1000000000"',
    '"NaN"',
    '"sNaN"',
    '"-Infinity"',
    '"0E9999999"',
    '"0E-9999999"',
    '"1E999999999999999999999"',
    '"free"',
    "true",
    "[]",
    "{}",
    '"0.' + "0" * 50_000 + '1"',
    "9" * 50_000,
    '"\N{ARABIC-INDIC DIGIT ONE}\N{ARABIC-INDIC DIGIT TWO}"',
    '"\\u0661\\u0662"',
    '"1_000"',
    '" 0.05 "',
]
PLACES = [
    '{"data":{"id":"mdr2-1","attributes":{"price_details":{"charged_cost":%s}}}}',
    '{"data":{"id":"mdr2-1","price_details":{"charged_cost":%s}}}',
]


def sent(body, api="v2.2", **options):
    with Faulty(answer("202 Accepted", body.encode())) as server:
        account = fr.Account(**KEYS, base_url=server.url, from_=OURS, api=api, **options)
        return account.send(to=THEIRS, body="hi")


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("price", ABSURD, ids=lambda price: price[:20])
def test_a_send_with_an_absurd_price_is_accepted_with_cost_none(place, price):
    result = sent(place % price)
    assert (result.id, result.cost) == ("mdr2-1", None)
    assert len(repr(result)) < 500


@pytest.mark.parametrize(
    ("price", "cost"),
    [
        ('"0.05"', "0.0500"),
        ("0.0040", "0.0040"),
        ('"3"', "3.0000"),
        ('"1E2"', "100.0000"),
        ('"0"', "0.0000"),
        ("0.0034999999", "0.0034999999"),
        ('"-0.004"', "-0.0040"),
        ("999999999.9999", "999999999.9999"),
    ],
)
@pytest.mark.parametrize("context", CONTEXTS.values(), ids=CONTEXTS)
def test_no_decimal_context_changes_or_hides_the_price_of_a_send(price, cost, context):
    with decimal_context(context):
        result = sent(PLACES[0] % price)
        shown = repr(result)
    assert str(result.cost) == cost
    assert f"${cost}" in shown


@pytest.mark.parametrize("context", CONTEXTS.values(), ids=CONTEXTS)
@pytest.mark.parametrize("price", ['"1E9999999"', '"free"', '"sNaN"', "-1e12"])
def test_no_decimal_context_makes_an_absurd_price_lose_the_id(price, context):
    with decimal_context(context):
        result = sent(PLACES[0] % price)
        assert (result.id, result.cost) == ("mdr2-1", None)


@pytest.mark.parametrize("place", PLACES)
def test_a_price_is_read_wherever_the_service_puts_it(place):
    assert str(sent(place % '"0.0080"').cost) == "0.0080"


@pytest.mark.parametrize("record_id", ['""', "null", "5", "[]"])
def test_a_response_without_an_id_leaves_the_outcome_unknown(record_id):
    with pytest.raises(fr.OutcomeUnknown, match="something that"):
        sent('{"data":{"id":%s}}' % record_id)  # noqa: UP031  the braces are JSON's


# ------------------------------------------------------------------ the clock


@pytest.mark.parametrize(
    "wrong",
    [
        None,
        1_790_000_000.0,
        "2026-10-05T10:00:00Z",
        dt.date(2026, 10, 5),
        dt.datetime(2026, 10, 5),
        pd.Timestamp("2026-10-05"),
        pd.NaT,
        dt.datetime.max.replace(tzinfo=dt.timezone(dt.timedelta(hours=-14))),
    ],
    ids=repr,
)
def test_a_clock_that_returns_no_aware_datetime_is_an_error_before_anything_is_sent(wrong):
    with Faulty(answer("202 Accepted", b'{"data":{"id":"mdr2-1"}}')) as server:
        account = fr.Account(**KEYS, base_url=server.url, from_=OURS, clock=lambda: wrong)
        with pytest.raises(fr.InputError, match="clock must return an aware datetime"):
            account.send(to=THEIRS, body="hi")
        with pytest.raises(fr.InputError, match="clock must return an aware datetime"):
            account.messages(days=1, progress=False)
        assert server.taken == []


def test_the_time_of_a_send_is_in_utc_whatever_zone_the_clock_has():
    moment = pd.Timestamp("2026-10-05 10:00", tz="Asia/Tokyo")
    result = sent(PLACES[0] % "0.004", clock=lambda: moment)
    assert result.at == moment
    assert result.at.utcoffset() == dt.timedelta()
    assert "2026-10-05 01:00:00 UTC" in repr(result)


def test_the_time_of_an_unknown_outcome_is_in_utc_whatever_zone_the_clock_has():
    moment = dt.datetime(2026, 10, 5, 10, tzinfo=dt.timezone(dt.timedelta(hours=9)))
    with Faulty(close) as server:
        account = fr.Account(**KEYS, base_url=server.url, from_=OURS, clock=lambda: moment)
        with pytest.raises(fr.OutcomeUnknown, match="at 01:00:00 UTC") as raised:
            account.send(to=THEIRS, body="hi")
    assert raised.value.at == moment


# ------------------------------------------------------------------ pickles


def send_from_a_worker(to):
    """Run in another process, which finds the keys in its environment."""
    return fr.Account(from_=OURS).send(to=to, body=f"to {to[-4:]}")


@pytest.fixture
def environment(sandbox, monkeypatch):
    for name, value in (("ACCESS_KEY", sandbox.access_key), ("SECRET_KEY", sandbox.secret_key)):
        monkeypatch.setenv(f"FLOWROUTE_{name}", value)
    monkeypatch.setenv("FLOWROUTE_BASE_URL", sandbox.url)
    return sandbox


def test_sends_of_a_process_pool_come_back_with_their_ids(environment):
    numbers = [f"1206555010{last}" for last in range(1, 5)]
    with concurrent.futures.ProcessPoolExecutor(2, multiprocessing.get_context("spawn")) as pool:
        results = list(pool.map(send_from_a_worker, numbers))
    taken = environment.taken.set_index("id")
    assert [taken.loc[result.id].to for result in results] == numbers == [result.to for result in results]
    with pytest.raises(fr.InputError, match=r"account\.lookup\('mdr2-") as raised:
        results[0].wait()
    assert results[0].id in str(raised.value)


@pytest.mark.parametrize("library", [pickle, cloudpickle])
@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_a_pickled_send_has_every_fact_and_no_credentials(environment, library, protocol):
    account = environment.account(api="v2.2", from_=OURS)
    result = account.send(to=THEIRS, body="Gee, nice marmot!")
    data = library.dumps(result, protocol=protocol)
    token = base64.b64encode(f"{environment.access_key}:{environment.secret_key}".encode())
    for secret in (environment.secret_key.encode(), environment.access_key.encode(), token):
        assert secret not in data
    again = pickle.loads(pickle.dumps(pickle.loads(data)))  # noqa: S301  our own bytes, twice
    for name in ("id", "cost", "to", "from_", "body", "media_urls", "api", "at"):
        assert getattr(again, name) == getattr(result, name)
    assert (repr(again), again._repr_html_()) == (repr(result), result._repr_html_())
    assert again.cost == Decimal("0.0040")


def test_a_copy_of_a_send_can_still_wait(environment):
    result = environment.account(from_=OURS).send(to=THEIRS, body="hi")
    for copied in (copy.copy(result), copy.deepcopy([result])[0]):
        assert copied.wait().id == result.id


def lose_a_response(url):
    """Run in another process: a send whose outcome is unknown."""
    os.environ["FLOWROUTE_BASE_URL"] = url
    return fr.Account(from_=OURS).send(to=THEIRS, body="hi")


@pytest.mark.usefixtures("environment")
def test_an_unknown_outcome_comes_back_from_a_process_pool_with_what_was_sent():
    with (
        Faulty(close) as server,
        concurrent.futures.ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool,
    ):
        with pytest.raises(fr.OutcomeUnknown, match="may or may not") as raised:
            pool.submit(lose_a_response, server.url).result()
        assert len(server.taken) == 1
    assert (raised.value.to, raised.value.from_, raised.value.body) == (THEIRS, OURS, "hi")
    assert raised.value.at.utcoffset() == dt.timedelta()
