"""Where the behaviour of an account changes: the last value on one side of an edge, and the first on the other."""

import datetime as dt
import json

import pytest
from faulty import PAGE, RECORD, SENT, Faulty, answer, close
from test_client import of

import flowroute_nb as fr

KEYS = {"secret_key": "planted-secret", "from_": "12065550100"}


@pytest.mark.parametrize(
    ("key", "shown"),
    [("k", "…"), ("abc", "…"), ("wxyz", "…"), ("vwxyz", "…wxyz"), ("uvwxyz", "…wxyz")],
)
def test_an_access_key_is_shown_by_its_last_four_characters_and_one_of_four_only_as_an_ellipsis(key, shown):
    account = fr.Account(access_key=key, **KEYS)
    assert account._repr_html_().count(f">{shown}<") == 1
    assert f"key={shown} " in repr(account)


@pytest.mark.parametrize("clock", [3, "2026-10-31T12:00:00Z", dt.datetime(2026, 10, 31, tzinfo=dt.UTC)])
def test_a_clock_that_is_not_a_function_is_refused_before_anything_is_sent(clock):
    with pytest.raises(fr.InputError, match=rf"clock must be a function .* of type {type(clock).__name__}\.$"):
        fr.Account(access_key="AK123456", clock=clock, **KEYS)


def page(number, records):
    data = [{**json.loads(RECORD)["data"], "id": name} for name in records]
    links = {"next": f"/v2.1/messages?offset={number + 1}"}
    return answer(body=json.dumps({"data": data, "links": links}).encode())


LAST = answer(body=PAGE)


@pytest.mark.parametrize(("repeats", "stops"), [(4, False), (5, True)])
def test_a_reading_stops_at_the_fifth_page_in_a_row_that_brings_nothing_new(repeats, stops):
    pages = [page(0, ["mdr2-1"]), *(page(number, ["mdr2-1"]) for number in range(1, repeats + 1))]
    with Faulty(*pages, page(90, ["mdr2-2"]), LAST) as server:
        account, _ = of(server)
        if stops:
            with pytest.raises(fr.errors.ServiceBroken, match="5 pages in a row"):
                account.messages("2026-10-05", workers=1, progress=False)
        else:
            found = account.messages("2026-10-05", workers=1, progress=False)
            assert sorted(found.id) == ["mdr2-1", "mdr2-2"]


def test_a_page_with_something_new_begins_the_count_again():
    pages = [page(number, [f"mdr2-{number // 4}"]) for number in range(12)]  # three repeats, then a new one
    with Faulty(*pages, LAST) as server:
        found = of(server)[0].messages("2026-10-05", workers=1, progress=False)
    assert sorted(found.id) == ["mdr2-0", "mdr2-1", "mdr2-2"]


@pytest.mark.parametrize("status", ["408 Late", "429 Slow down", "500 Broken", "599 Odd"])
def test_a_read_is_tried_again_after_a_status_that_may_pass(status):
    with Faulty(answer(status), answer(body=RECORD)) as server:
        assert of(server)[0].lookup("mdr2-1").name == "mdr2-1"
        assert len(server.taken) == 2


@pytest.mark.parametrize("status", ["400 Bad", "404 No", "407 Proxy", "409 Conflict", "428 Odd", "430 Odd", "499 Odd"])
def test_a_read_is_not_tried_again_after_a_refusal(status):
    with Faulty(answer(status)) as server:
        with pytest.raises(fr.errors.Refused) as refused:
            of(server)[0].lookup("mdr2-1")
        assert refused.value.status == int(status[:3])
        assert len(server.taken) == 1


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        ("200 OK", None),
        ("201 Created", None),
        ("299 Odd", None),
        ("300 Choices", fr.OutcomeUnknown),
        ("399 Odd", fr.OutcomeUnknown),
        ("400 Bad", fr.errors.Refused),
        ("407 Proxy", fr.errors.Refused),
        ("408 Late", fr.OutcomeUnknown),
        ("409 Conflict", fr.errors.Refused),
        ("499 Odd", fr.errors.Refused),
        ("500 Broken", fr.OutcomeUnknown),
    ],
)
def test_only_a_status_from_200_to_299_is_an_accepted_send_and_only_a_4xx_that_says_no_a_refusal(status, kind):
    with Faulty(answer(status, SENT)) as server:
        account, _ = of(server)
        if kind is None:
            assert account.send(to="12065550101", body="hi").id == "mdr2-1"
        else:
            with pytest.raises(kind) as failed:
                account.send(to="12065550101", body="hi")
            assert failed.value.status == int(status[:3])
        assert len(server.taken) == 1


@pytest.mark.parametrize(("idle", "connections"), [(15, 1), (15.5, 2)])
def test_a_send_uses_a_connection_that_was_idle_for_15_seconds_and_no_longer(idle, connections):
    with Faulty(lambda line: line.sendall(answer("202 Accepted", SENT)) or "keep") as server:
        account, time = of(server)
        account.send(to="12065550101", body="hi")
        time.now += idle
        account.send(to="12065550101", body="hi")
        assert server.connections == connections


@pytest.mark.parametrize(("idle", "connections"), [(15.5, 1)])
def test_a_read_uses_a_connection_however_long_it_was_idle(idle, connections):
    with Faulty(lambda line: line.sendall(answer(body=RECORD)) or "keep") as server:
        account, time = of(server)
        account.lookup("mdr2-1")
        time.now += idle
        account.lookup("mdr2-1")
        assert server.connections == connections


@pytest.mark.parametrize(("missing", "named"), [(3, "mdr2-0, mdr2-1, mdr2-2."), (4, "mdr2-0, mdr2-1, mdr2-2, ….")])
def test_a_look_up_names_the_first_three_ids_that_have_no_record(missing, named):
    with Faulty(answer("404 Not Found")) as server, pytest.raises(fr.errors.NotFound) as failed:
        of(server)[0].lookup([f"mdr2-{number}" for number in range(missing)], workers=1)
    assert named in str(failed.value)
    assert failed.value.missing == [f"mdr2-{number}" for number in range(missing)]


def remove(*steps):
    """Remove a callback from a service that answers so; give the error, or None."""
    with Faulty(*steps) as server:
        try:
            of(server)[0].remove_callback("sms_callback")
        except fr.FlowrouteError as error:
            return type(error).__name__
    return None


def test_a_404_means_removed_only_after_a_try_that_may_have_removed_it():
    gone = answer("404 Not Found")
    assert remove(close, gone) is None
    assert remove(answer("500 Broken"), gone) is None
    assert remove(answer("429 Slow down"), gone) == "NotFound"
    assert remove(gone) == "NotFound"


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "127.255.255.254", "localhost", "[::1]:8000"])
def test_plain_http_goes_to_this_machine(host):
    assert host in repr(fr.Account(access_key="AK1234567", **KEYS, base_url=f"http://{host}"))


@pytest.mark.parametrize("host", ["128.0.0.1", "126.255.255.255", "localhost.example", "[::2]", "localhosts"])
def test_plain_http_to_any_other_host_is_refused(host):
    with pytest.raises(fr.InputError, match="unencrypted"):
        fr.Account(access_key="AK1234567", **KEYS, base_url=f"http://{host}")


@pytest.mark.parametrize("timeout", [0.1, 1, (0.1, 0.1), (1, 2)])
def test_a_timeout_is_any_number_above_zero_or_two(timeout):
    fr.Account(access_key="AK1234567", **KEYS, timeout=timeout)


@pytest.mark.parametrize("timeout", [0, -1, (0, 1), (1, 0), (1,), (1, 2, 3), True, (1, True), "5", None, [1, 2]])
def test_any_other_timeout_is_an_error(timeout):
    with pytest.raises(fr.InputError, match="timeout="):
        fr.Account(access_key="AK1234567", **KEYS, timeout=timeout)


def test_waiting_for_no_time_asks_once():
    with Faulty(answer("202 Accepted", SENT), answer("404 Not Found")) as server:
        account, time = of(server)
        with pytest.raises(fr.errors.NotFound, match="within 0 seconds"):
            account.send(to="12065550101", body="hi").wait(timeout=0)
        assert (len(server.taken), time.slept) == (2, [])
