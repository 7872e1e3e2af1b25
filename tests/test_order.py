"""In what order records come, and which of several records of one id stays."""

import itertools
import json

import pytest
from faulty import Faulty, answer

import flowroute_nb as fr

NOON = "2026-10-05T12:00:00Z"


def record(record_id, timestamp=NOON, **attributes):
    return {"type": "message", "id": record_id, "attributes": {"timestamp": timestamp, **attributes}}


def page(*records, **links):
    return answer(body=json.dumps({"data": list(records), "links": links}).encode())


def of(server):
    return fr.Account(access_key="AK1234567", secret_key="planted-secret", base_url=server.url)


@pytest.mark.parametrize("order", list(itertools.permutations("abc")))
def test_records_of_one_moment_are_ordered_by_id(order):
    later = record("0", "2026-10-05T12:00:01Z")
    with Faulty(page(later, *map(record, order))) as server:
        assert of(server).messages("2026-10-05", progress=False).id.tolist() == ["a", "b", "c", "0"]
        assert next(of(server).pages("2026-10-05")).id.tolist() == ["a", "b", "c", "0"]


@pytest.mark.parametrize("order", list(itertools.permutations("abc")))
def test_records_of_one_moment_are_ordered_by_id_where_some_come_twice(order):
    with Faulty(page(*map(record, order), *map(record, order[:2]))) as server:
        assert of(server).messages("2026-10-05", progress=False).id.tolist() == ["a", "b", "c"]


def test_records_without_a_time_come_last_and_by_id():
    with Faulty(page(record("b", None), record("z"), record("a", None))) as server:
        assert of(server).messages("2026-10-05", progress=False).id.tolist() == ["z", "a", "b"]


@pytest.mark.parametrize("days", [("2026-10-05", "2026-10-05"), ("2026-10-01", "2026-10-20")])
def test_the_last_word_on_a_record_that_comes_twice_stays(days):
    with Faulty(page(record("a", status="smsc submit"), record("b"), record("a", status="message buffered"))) as server:
        frame = of(server).messages(*days, progress=False, workers=1)
    assert frame.id.tolist() == ["a", "b"]
    assert frame.status.fillna("").tolist() == ["message buffered", ""]


def test_a_range_includes_its_first_moment_and_excludes_its_end():
    moments = ["2026-10-05T10:00:00Z", "2026-10-05T10:59:59.999999Z", "2026-10-05T11:00:00Z"]
    before = record("before", "2026-10-05T09:59:59.999999Z")
    with Faulty(page(before, *(record(str(n), moment) for n, moment in enumerate(moments)))) as server:
        frame = of(server).messages("2026-10-05T10:00", "2026-10-05T11:00", progress=False)
        assert frame.id.tolist() == ["0", "1"]
        pages = list(of(server).pages("2026-10-05T10:00", "2026-10-05T11:00"))
    assert [each.id.tolist() for each in pages] == [["0", "1"]]


def test_fr_read_keeps_the_order_in_which_records_came():
    payload = {"data": [record("b"), record("a"), record("c", "2026-10-01T00:00:00Z"), record("b", body="hi")]}
    frame = fr.read(payload)
    assert frame.id.tolist() == ["b", "a", "c"]
    assert frame.body[0] == "hi"
