"""What a reading keeps, and when it stops asking, where some of its requests fail."""

import json

import pytest
from faulty import Faulty, answer

import flowroute_nb as fr

EMPTY = answer(body=b'{"data":[],"links":{}}')
WEEK = ("2026-10-01", "2026-10-08")  # asked for in ten slices of a day, one day wider at both ends


def page(*records):
    data = [{"id": record_id, "attributes": {"timestamp": timestamp}} for record_id, timestamp in records]
    return answer(body=json.dumps({"data": data, "links": {}}).encode())


@pytest.fixture(autouse=True)
def _one_try(monkeypatch):
    monkeypatch.setattr("flowroute_nb.client._TRIES", 1)


def read(server):
    account = fr.Account(access_key="AK1234567", secret_key="planted-secret", base_url=server.url)
    return account.messages(*WEEK, progress=False, workers=1)


@pytest.mark.parametrize("failed", ["429 Slow down", "500 Broken"])
@pytest.mark.parametrize("times", [1, 2])
def test_one_or_two_failed_slices_do_not_stop_the_others(failed, times):
    last = page(("mdr2-1", "2026-10-08T10:00:00Z"))
    with Faulty(EMPTY, *[answer(failed)] * times, *[EMPTY] * (7 - times), last, EMPTY) as server:
        with pytest.raises(fr.FlowrouteError, match="Not read in full") as stopped:
            read(server)
        assert len(server.taken) == 10
    assert stopped.value.missing == ["2026-10-01", "2026-10-02"][:times]
    assert stopped.value.partial.id.tolist() == ["mdr2-1"]
    assert stopped.value.partial.attrs["flowroute"]["complete"] is False


@pytest.mark.parametrize("failed", ["429 Slow down", "500 Broken"])
def test_three_failed_slices_stop_the_reading(failed):
    with Faulty(EMPTY, *[answer(failed)] * 3, EMPTY) as server:
        with pytest.raises(fr.FlowrouteError) as stopped:
            read(server)
        assert len(server.taken) < 10
    assert stopped.value.missing[:3] == ["2026-10-01", "2026-10-02", "2026-10-03"]
    assert stopped.value.missing[-1] == "2026-10-08"


@pytest.mark.parametrize("failed", ["401 No", "403 No", "422 No"])
def test_one_refusal_stops_the_reading(failed):
    with Faulty(EMPTY, answer(failed), EMPTY) as server:
        with pytest.raises(fr.errors.Refused) as stopped:
            read(server)
        assert len(server.taken) < 10
    assert stopped.value.missing[0] == "2026-10-01"
    assert stopped.value.missing[-1] == "2026-10-08"


def test_days_outside_the_range_are_not_called_missing():
    server = Faulty(answer("500 Broken"), *[EMPTY] * 8, answer("500 Broken"))
    with server, pytest.raises(fr.errors.ServiceBroken, match="the edges of the range") as stopped:
        read(server)
    assert stopped.value.missing == []


@pytest.mark.parametrize(("failing", "shown"), [(1, "2026-10-01"), (2, "2026-10-01, 2026-10-02")])
def test_the_missing_days_are_named_in_the_error(failing, shown):
    server = Faulty(EMPTY, *[answer("500 Broken")] * failing, EMPTY)
    with server, pytest.raises(fr.errors.ServiceBroken, match=rf"Not read in full: {shown} \(UTC\)"):
        read(server)
