"""Faults that somebody found by trying to break it, each with the shortest script that shows it."""

import datetime as dt

import pandas as pd
import pytest
from faulty import RECORD, Faulty, answer

import flowroute_nb as fr

KEYS = {"access_key": "abcdefgh", "secret_key": "planted-sekret", "from_": "12065550100"}


def sent(raw, api="v2.1"):
    with Faulty(raw) as server:
        return fr.Account(**KEYS, base_url=server.url, api=api).send(to="15305557784", body="hi")


def test_payloads_of_a_list_keep_their_own_unknown_attributes():
    frame = fr.read([{"id": "a", "to": "1", "from": "2", "x": 1}, {"id": "b", "to": "1", "from": "2", "y": 2}])
    assert frame.other.tolist() == ['{"x":1}', '{"y":2}']


def test_a_csv_larger_than_a_block_keeps_every_line_break(tmp_path):
    attributes = {"from": "12065550100", "to": "12065550101", "body": "a\r\n" * 100}
    frame = fr.read({"data": [{"id": f"m{n}", "attributes": attributes} for n in range(8_000)]})
    assert fr.read(fr.write(frame, tmp_path / "a.csv")).equals(frame)


def test_a_frame_with_a_record_twice_is_not_written(tmp_path):
    frame = fr.read({"id": "a", "to": "1", "from": "2"})
    with pytest.raises(fr.InputError, match="1 rows whose id stands in it before"):
        fr.write(pd.concat([frame, frame]), tmp_path / "a.csv")


@pytest.mark.parametrize("wrong", ["2065550100;2065550101", "206-555-0100 #5", "2065550100,5"])
def test_more_than_a_number_is_no_number(wrong):
    with pytest.raises(fr.InputError, match="one at a time"):
        fr.normalize_number(wrong)


def test_a_digit_of_another_script_never_goes_out():
    assert fr.normalize_number("1206555010\u0660") == "12065550100"


def test_a_record_without_a_time_is_given_once():
    body = b'{"data":[{"id":"n","type":"message","attributes":{"from":"1","to":"2"}}],"links":{}}'
    with Faulty(answer(body=body)) as server:
        account = fr.Account(**KEYS, base_url=server.url, clock=lambda: dt.datetime(2026, 10, 7, tzinfo=dt.UTC))
        assert [len(day) for day in account.pages("2026-10-03", "2026-10-06")] == [1, 0, 0, 0]


@pytest.mark.parametrize("charged", [b'"NaN"', b"1e30", b'"Infinity"'])
def test_a_price_that_can_t_be_true_is_no_reason_to_lose_the_id(charged):
    body = b'{"data":{"id":"m","attributes":{"price_details":{"charged_cost":%s}}}}' % charged
    taken = sent(answer(body=body), api="v2.2")
    assert (taken.id, taken.cost) == ("m", None)


@pytest.mark.parametrize(
    "raw",
    [
        answer(body=b'{"data":{"id":"m","x":' + b"[" * 1100 + b"]" * 1100 + b"}}"),
        answer("302 Found", Location="http://["),
    ],
)
def test_an_answer_that_nothing_can_read_leaves_the_outcome_unknown(raw):
    with pytest.raises(fr.OutcomeUnknown):
        sent(raw)


def test_a_reason_nested_deeply_is_still_a_refusal():
    deep = b'{"errors":[{"detail":' + b"[" * 500 + b'"x"' + b"]" * 500 + b"}]}"
    with pytest.raises(fr.errors.Unprocessable):
        sent(answer("422 No", deep))


def test_retry_after_is_obeyed():
    with Faulty(answer("429 Slow down", Retry_After=1), answer(body=RECORD)) as server:
        fr.Account(**KEYS, base_url=server.url).lookup("mdr2-1")
        assert server.times[1] - server.times[0] >= 1


@pytest.mark.parametrize("wrong", [{"api": "bad"}, {"apii": "bad"}, {"tz": "q"}, {"access_key": ""}])
def test_no_frame_of_a_traceback_holds_the_secret(wrong):
    with pytest.raises((fr.FlowrouteError, TypeError)) as refused:
        fr.Account(**{**KEYS, **wrong})
    trace = refused.value.__traceback__.tb_next  # the first is this test's own
    while trace is not None:
        assert "planted-sekret" not in repr({name: str(value) for name, value in trace.tb_frame.f_locals.items()})
        trace = trace.tb_next
