"""An account over real HTTP: against the sandbox, and against servers that do what the sandbox would not."""

import gc
import json
import random
import re
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from urllib.parse import parse_qs, urlsplit

import pandas as pd
import pytest
from faulty import PAGE, RECORD, SENT, Faulty, answer

import flowroute_nb as fr

SETTLED = ("2026-10-01", "2026-10-30")  # days whose receipts change no more
VERSIONS = ["v2", "v2.1", "v2.2"]
KEYS = {"access_key": "AK1234567", "secret_key": "planted-secret"}


def of(server, **options):
    return fr.Account(**{**KEYS, "base_url": server.url, "from_": "12065550100", **options})


# ------------------------------------------------------------------ the main job, on every version


@pytest.mark.parametrize("api", VERSIONS)
def test_a_text_is_sent_its_record_comes_back_and_a_month_becomes_a_frame(sandbox, api):
    account = sandbox.account(api=api)
    sent = account.send(to="(530) 555-7784", body="Gee, nice marmot!")
    taken = sandbox.taken.iloc[-1]
    assert (taken.id, taken.version, taken.to, taken["from"]) == (sent.id, api, "15305557784", "12065550100")
    if api != "v2.1":  # one of them waits for as long as it takes
        sandbox.tick(seconds=5)
    row = sent.wait(timeout=30)
    assert row.name == row.id == sent.id
    assert row.cost == Decimal("0.0040")
    assert (row.direction, row.contact, row.body, row.segments) == ("outbound", "15305557784", "Gee, nice marmot!", 1)
    frame = account.messages("2026-10", progress=False)
    assert len(frame) == 2_000 + len(sandbox.taken)
    pd.testing.assert_series_equal(frame[frame.id == sent.id].iloc[0], account.lookup(sent.id), check_names=False)


@pytest.mark.parametrize("api", VERSIONS)
def test_curl_sees_the_same_as_the_library(sandbox, api):
    frame = sandbox.account(api=api).messages("2026-10-05", progress=False)
    url = f"{sandbox.url}/{api}/messages?start_date=2026-10-05&end_date=2026-10-06&limit=1000"
    said = subprocess.run(
        ["curl", "-s", "-u", f"{sandbox.access_key}:{sandbox.secret_key}", url],  # noqa: S607
        capture_output=True,
        check=True,
    ).stdout
    data = json.loads(said)["data"]
    assert len(data) == len(frame) > 10
    assert {each["id"]: each["attributes"]["amount_nanodollars"] for each in data} == dict(
        zip(frame.id, frame.amount_nanodollars, strict=True)
    )
    assert {each["id"]: each["attributes"]["body"] for each in data} == {
        name: None if pd.isna(body) else body for name, body in zip(frame.id, frame.body, strict=True)
    }


def test_an_mms_is_sent_and_comes_back_with_its_media(sandbox):
    account = sandbox.account()
    sent = account.send(to="15305557784", media_urls=["https://example.com/37.gif"])
    sandbox.tick(seconds=5)
    row = sent.wait()
    assert row.is_mms
    assert len(json.loads(row.media)) == 1
    assert sandbox.taken.iloc[-1].media_urls == ["https://example.com/37.gif"]


def test_an_mms_on_v2_is_refused_before_anything_is_sent(sandbox):
    before = len(sandbox.taken)
    with pytest.raises(fr.InputError, match=r"Version v2 of the API has no MMS.*api='v2\.1' or 'v2\.2'"):
        sandbox.account(api="v2").send(to="15305557784", media_urls=["https://example.com/37.gif"])
    assert len(sandbox.taken) == before


# ------------------------------------------------------------------ frames are complete


def test_the_frame_is_the_same_to_the_byte_with_one_worker(account):
    four, one = (account.messages(*SETTLED, workers=n, progress=False) for n in (4, 1))
    pd.testing.assert_frame_equal(four, one)
    assert four.to_csv() == one.to_csv()


def test_a_month_is_ordered_by_time_and_id(account):
    frame = account.messages("2026-10", progress=False)
    assert list(zip(frame.timestamp, frame.id, strict=True)) == sorted(zip(frame.timestamp, frame.id, strict=True))


def test_the_days_of_pages_add_up_to_the_month(account):
    days = list(account.pages(*SETTLED))
    assert all(day.timestamp.dt.date.nunique() <= 1 for day in days)
    pd.testing.assert_frame_equal(pd.concat(days, ignore_index=True), account.messages(*SETTLED, progress=False))


def test_days_are_the_zone_s_days(sandbox):
    account = sandbox.account(tz="America/Los_Angeles")
    frame = account.messages("2026-10-05", progress=False)
    local = frame.timestamp.dt.tz_convert("America/Los_Angeles")
    assert local.dt.strftime("%Y-%m-%d").unique().tolist() == ["2026-10-05"]
    whole = sandbox.account().messages("2026-10", progress=False)
    there = whole.timestamp.dt.tz_convert("America/Los_Angeles").dt.strftime("%Y-%m-%d") == "2026-10-05"
    assert frame.id.tolist() == whole[there].id.tolist()
    pd.testing.assert_frame_equal(pd.concat(account.pages("2026-10-05"), ignore_index=True), frame)


def test_a_datetime_as_end_is_excluded_and_as_start_included(account):
    frame = account.messages("2026-10-05", progress=False)
    first, last = frame.timestamp.iloc[0], frame.timestamp.iloc[-1]
    assert account.messages(first, last, progress=False).id.tolist() == frame.id[frame.timestamp < last].tolist()


def test_a_range_without_messages_is_an_empty_frame_of_the_same_types(account):
    frame = account.messages("2026-01", progress=False)
    assert len(frame) == 0
    assert frame.dtypes.equals(account.messages("2026-10-05", progress=False).dtypes)


def test_attrs_say_where_a_frame_came_from_in_json_scalars(account):
    said = account.messages("2026-10-05", progress=False).attrs["flowroute"]
    assert len(json.dumps(said)) < 1_000
    assert (said["api"], said["complete"], said["start"]) == ("v2.1", True, "2026-10-05T00:00:00+00:00")
    assert said["pages"] >= 3
    assert said["access_key"] == f"…{account.sandbox.access_key[-4:]}"


def test_only_midnights_are_asked_for_a_day_wider_at_both_ends():
    with Faulty(answer(body=b'{"data":[],"links":{}}')) as server:
        of(server).messages("2026-10-05T10:30", "2026-10-07T08:00", progress=False, workers=1)
        asked = [parse_qs(urlsplit(line.split()[1]).query) for line in server.taken]
    starts, ends = ([each[name][0] for each in asked] for name in ("start_date", "end_date"))
    assert starts[0] == "2026-10-04T00:00:00Z"
    assert ends[-1] == "2026-10-09T00:00:00Z"
    assert starts[1:] == ends[:-1]
    assert all(each.endswith("T00:00:00Z") for each in starts + ends)
    assert {each["limit"][0] for each in asked} == {"1000"}


def paged(*pages):
    """Serve these pages one after another, linked by next, whatever is asked; then an empty one for ever."""
    made = []
    for n, ids in enumerate(pages):
        data = [{**json.loads(RECORD)["data"], "id": name} for name in ids]
        links = {"next": f"/v2.1/messages?page={n + 1}"} if n + 1 < len(pages) else {}
        made.append(answer(body=json.dumps({"data": data, "links": links}).encode()))
    return [*made, answer(body=b'{"data":[],"links":{}}')]


def test_every_page_is_followed_and_repeats_are_dropped():
    with Faulty(*paged(["a", "b"], ["b", "c"], [], ["d"])) as server:
        frame = of(server).messages("2026-10-05", progress=False, workers=1)
    assert frame.id.tolist() == ["a", "b", "c", "d"]


@pytest.mark.parametrize(
    ("link", "said"),
    [
        ("https://evil.example/v2.1/messages?offset=2", "leads to another host"),
        ("https://evil.example:443/x", "leads to another host"),
        ("//evil.example/x", "leads to another host"),
        ("http://user:pw@127.0.0.1/x", "leads to another host"),
        ("/v2.1/messages?again", "leads back to one already read"),
    ],
)
def test_a_next_that_is_foreign_or_repeats_is_an_error_with_what_was_read(link, said):
    page = PAGE.replace(b'"links":{}', json.dumps({"links": {"next": link}})[1:-1].encode())
    with Faulty(answer(body=page)) as server:
        with pytest.raises(fr.errors.ServiceBroken) as stopped:
            of(server).messages("2026-10-05", progress=False, workers=1)
        assert all("evil" not in head.decode() for head in server.heads)
    assert said in str(stopped.value)
    assert stopped.value.partial.id.tolist() == ["mdr2-1"]
    assert stopped.value.missing == ["2026-10-05"]


def test_a_service_that_always_has_a_next_page_without_news_is_stopped():
    pages = [answer(body=b'{"data":[],"links":{"next":"/v2.1/messages?p=%d"}}' % n) for n in range(50)]
    with Faulty(*pages) as server:
        with pytest.raises(fr.errors.ServiceBroken, match="5 pages in a row brought no record that is new"):
            of(server).messages("2026-10-05", progress=False, workers=1)
        assert len(server.taken) <= 15


def test_a_slice_that_fails_for_good_leaves_the_rest_in_partial(monkeypatch):
    monkeypatch.setattr("flowroute_nb.client._TRIES", 2)
    empty = answer(body=b'{"data":[],"links":{}}')
    with Faulty(empty, answer(body=PAGE), answer("500 Broken"), answer("500 Broken"), empty) as server:
        with pytest.raises(
            fr.errors.ServiceBroken, match=r"Not read in full: 2026-10-06 \(UTC\). The rest, 1 records"
        ) as e:
            of(server).messages("2026-10-05", "2026-10-06", progress=False, workers=1)
        assert len(server.taken) == 5
    assert e.value.partial.id.tolist() == ["mdr2-1"]
    assert e.value.missing == ["2026-10-06"]
    assert e.value.partial.attrs["flowroute"]["complete"] is False


def test_a_record_that_can_t_be_understood_is_named_when_the_reading_has_finished():
    good, bad = (json.loads(RECORD)["data"] for _ in range(2))
    bad = {"id": "mdr2-bad", "attributes": {**bad["attributes"], "amount_nanodollars": "much"}}
    page = answer(body=json.dumps({"data": [good, bad]}).encode())
    for call in ("messages", "pages"):
        with Faulty(page) as server, pytest.raises(fr.errors.BadRecords) as stopped:
            list(getattr(of(server), call)("2026-10-05"))
        assert stopped.value.bad == {"mdr2-bad": "amount_nanodollars is not a whole number"}
        if call == "messages":
            assert stopped.value.partial.id.tolist() == ["mdr2-1"]


# ------------------------------------------------------------------ look-ups


def test_several_ids_come_back_in_their_order_each_once(account):
    ids = account.messages("2026-10-05", progress=False).id.tolist()[:5][::-1]
    assert account.lookup([*ids, ids[0]]).id.tolist() == ids
    assert account.lookup(pd.Series(ids)).id.tolist() == ids


def test_missing_ids_raise_with_the_others_or_stay_as_rows(account):
    known = account.messages("2026-10-05", progress=False).id.tolist()[:2]
    ids = [known[0], "mdr2-none", known[1]]
    with pytest.raises(fr.errors.NotFound, match="1 of 3 ids have no record: mdr2-none") as missing:
        account.lookup(ids)
    assert missing.value.missing == ["mdr2-none"]
    assert missing.value.partial.id.tolist() == known
    kept = account.lookup(ids, errors="keep")
    assert kept.id.tolist() == ids
    assert kept.iloc[1].drop("id").isna().all()
    assert account.lookup("mdr2-none", errors="keep").drop("id").isna().all()


def test_a_look_up_of_nothing_is_an_empty_frame(account):
    assert account.lookup([]).shape == (0, 20)


def test_an_answer_that_is_another_record_is_not_taken_for_the_one_asked():
    with Faulty(answer(body=RECORD)) as server, pytest.raises(fr.errors.BadRecords, match="another record"):
        of(server).lookup("mdr2-2")


def test_a_look_up_that_breaks_off_has_what_was_read(monkeypatch):
    monkeypatch.setattr("flowroute_nb.client._TRIES", 1)
    server = Faulty(answer(body=RECORD), answer("500 Broken"))
    with server, pytest.raises(fr.errors.ServiceBroken, match="2 of 3 were not read") as stopped:
        of(server).lookup(["mdr2-1", "mdr2-2", "mdr2-3"], workers=1)
    assert stopped.value.partial.id.tolist() == ["mdr2-1"]
    assert stopped.value.missing == ["mdr2-2", "mdr2-3"]


# ------------------------------------------------------------------ wrong input: a sentence, and no request


@pytest.mark.parametrize(
    ("call", "kind", "said"),
    [
        (lambda a: a.lookup(""), fr.InputError, "this is an empty text"),
        (lambda a: a.lookup(["ok", None]), fr.InputError, "this is of type NoneType"),
        (lambda a: a.lookup("mdr2-1/2"), fr.InputError, "can't be a record's id"),
        (lambda a: a.lookup("mdr2-1?x"), fr.InputError, "can't be a record's id"),
        (lambda a: a.lookup("mdr2-1#x"), fr.InputError, "can't be a record's id"),
        (lambda a: a.lookup(".."), fr.InputError, "can't be a record's id"),
        (lambda a: a.lookup("sms_callback"), fr.InputError, "is the name of a callback"),
        (lambda a: a.lookup(5), fr.InputError, "ids is of type int"),
        (lambda a: a.lookup("a", errors="ignore"), fr.InputError, "neither 'raise' nor 'keep'"),
        (lambda a: a.lookup("a", workers=0), fr.InputError, "workers=0 is no number from 1 to 32"),
        (lambda a: a.lookup("a", error="keep"), TypeError, "Did you mean 'errors'?"),
        (lambda a: a.messages(), fr.InputError, 'account.messages("2026-10")'),
        (lambda a: a.pages(), fr.InputError, 'account.messages("2026-10")'),
        (lambda a: a.messages("2026-10", tz="Mars"), fr.InputError, "tz='Mars' is no time zone"),
        (lambda a: a.messages(day=3), TypeError, "Did you mean 'days'?"),
        (lambda a: a.send(to="12065550101", boddy="x"), TypeError, "Did you mean 'body'?"),
        (lambda a: a.send(to=["12065550101"], body="x"), TypeError, "one request has one"),
        (lambda a: a.send(to="12065550101", body=""), fr.InputError, "The body is empty"),
        (lambda a: a.send(to="12065550101", body="“x”"), fr.InputError, "smart_quotes='replace'"),
    ],
)
def test_wrong_input_is_a_sentence_before_any_request(call, kind, said):
    with Faulty(answer()) as server:
        with pytest.raises(kind) as wrong:
            call(of(server))
        assert said in str(wrong.value)
        assert server.taken == []


@pytest.mark.parametrize(
    ("options", "kind", "said"),
    [
        ({"access_key": ""}, fr.CredentialsError, "The access key is empty"),
        ({"secret_key": "a b"}, fr.CredentialsError, "The secret key has a space or a line break"),
        ({"secret_key": 5}, fr.CredentialsError, "The secret key is int, not text"),
        (
            {"access_key": None},
            fr.CredentialsError,
            "not in the environment variable FLOWROUTE_ACCESS_KEY, not in the key",
        ),
        ({"api": "v3"}, fr.InputError, "api='v3' is not a version"),
        ({"api": 2.1}, fr.InputError, "api=2.1 is not a version"),
        ({"tz": "Mars"}, fr.InputError, "tz='Mars' is no time zone"),
        ({"from_": "555"}, fr.InputError, "is too short"),
        ({"base_url": "http://api.flowroute.com"}, fr.InputError, "would send the keys unencrypted"),
        ({"base_url": "https://user:pw@api.flowroute.com"}, fr.InputError, "has a user or password in it"),
        ({"base_url": "https://api.flowroute.com/v2.1"}, fr.InputError, "the version is given as api="),
        ({"base_url": "ftp://api.flowroute.com"}, fr.InputError, "does not begin with https:// and a host"),
        ({"base_url": "api.flowroute.com"}, fr.InputError, "does not begin with https:// and a host"),
        ({"base_url": "https://[::1"}, fr.InputError, "can't be read as an address"),
        ({"base_url": "https://a:99999"}, fr.InputError, "can't be read as an address"),
        ({"acces_key": "x"}, TypeError, "Account() has no keyword 'acces_key'. Did you mean 'access_key'?"),
    ],
)
def test_an_account_that_can_t_be_is_refused_in_a_sentence(options, kind, said):
    with pytest.raises(kind) as wrong:
        fr.Account(**{**KEYS, **options})
    assert said in str(wrong.value)
    assert "planted-secret" not in str(wrong.value)
    assert "pw" not in str(wrong.value).replace("password", "")


def test_keys_come_from_the_environment_and_so_does_the_address(monkeypatch, sandbox):
    monkeypatch.setenv("FLOWROUTE_ACCESS_KEY", sandbox.access_key)
    monkeypatch.setenv("FLOWROUTE_SECRET_KEY", sandbox.secret_key)
    monkeypatch.setenv("FLOWROUTE_BASE_URL", sandbox.url)
    with pytest.raises(fr.errors.NotFound):
        fr.Account().lookup("mdr2-none")


def test_an_account_is_a_sandbox_s_by_its_key_and_not_because_it_is_on_this_machine(sandbox):
    keys = {"access_key": sandbox.access_key, "secret_key": sandbox.secret_key}
    assert fr.Account(**keys, base_url=sandbox.url).is_sandbox
    assert not fr.Account(access_key="abcdefgh", secret_key="x", base_url=sandbox.url).is_sandbox  # a tunnel, perhaps
    assert not fr.Account(**keys).is_sandbox


def test_keys_come_from_the_keyring_last(monkeypatch, sandbox):
    class Keyring:
        get_password = staticmethod(lambda service, name: getattr(sandbox, name) if service == "flowroute" else None)

    monkeypatch.setitem(__import__("sys").modules, "keyring", Keyring)
    with pytest.raises(fr.errors.NotFound):
        fr.Account(base_url=sandbox.url).lookup("mdr2-none")


def test_a_read_only_account_does_not_send(sandbox):
    before = len(sandbox.taken)
    with pytest.raises(fr.InputError, match="read_only=True"):
        sandbox.account(read_only=True).send(to="15305557784", body="x")
    assert len(sandbox.taken) == before


# ------------------------------------------------------------------ refusals, in sentences you would want to read


def test_a_wrong_key_says_where_the_right_one_is(sandbox):
    with pytest.raises(fr.errors.Unauthorized, match=r"\(401: .*manage\.flowroute\.com") as refused:
        sandbox.account(secret_key="wrong").lookup("mdr2-none")
    assert refused.value.request_id


def test_a_from_that_isn_t_yours_says_what_to_send_from(sandbox):
    with pytest.raises(
        fr.errors.Forbidden, match=r"The send to …7784 was refused \(403: .*Send from a number that is on"
    ):
        sandbox.account().send(to="15305557784", from_="12065550155", body="x")


def test_an_unknown_id_says_that_records_take_a_while(account):
    with pytest.raises(fr.errors.NotFound, match=r"look-up of mdr2-none found nothing \(404: .*seconds after its send"):
        account.lookup("mdr2-none")


def test_a_service_that_is_down_says_so_and_that_nothing_was_sent():
    with fr.Sandbox(messages=0) as sandbox:
        account = sandbox.account()
    account._client._chance = lambda: 0.0
    with pytest.raises(
        fr.errors.Unreachable, match=r"no connection to 127\.0\.0\.1:\d+ could be made\. It was not taken"
    ):
        account.send(to="15305557784", body="x")


def test_somebody_who_answered_stop_is_not_written_to(account):
    past = account.messages("2026-10", progress=False)
    stop = past[(past.body == "STOP") & (past.direction == "inbound")].iloc[-1]
    with pytest.raises(fr.errors.OptedOut, match="UNSTOP"):
        account.send(to=stop.contact, from_=stop.number, body="Are you there?")


def test_a_wait_that_is_too_short_says_that_the_message_was_taken():
    with Faulty(answer("202 Accepted", SENT), answer("404 Not Found")) as server:
        sent = of(server).send(to="15305557784", body="x")
        with pytest.raises(fr.errors.NotFound, match="The message was taken: don't send it again"):
            sent.wait(timeout=0.3)


# ------------------------------------------------------------------ sent once


def test_a_lost_answer_is_unknown_and_says_how_to_settle_it(sandbox):
    before = len(sandbox.taken)
    sandbox.fault("drop_answer")
    with pytest.raises(fr.OutcomeUnknown, match=r"may or may not have been taken.*account\.messages\(") as lost:
        sandbox.account().send(to="15305557784", body="Are you there?")
    assert len(sandbox.taken) == before + 1
    assert (lost.value.to, lost.value.from_, lost.value.body) == ("15305557784", "12065550100", "Are you there?")
    assert abs((lost.value.at - sandbox.taken["at"].iloc[-1]).total_seconds()) < 2
    assert "5557784" not in str(lost.value)
    assert "Are you there" not in str(lost.value)


MEDIA = ["https://example.com/a.gif"]
LOST_SENDS = {
    "SMS": {"body": "Are you there?"},
    "MMS": {"body": "Are you there?", "media_urls": MEDIA},
    "MMS without a text": {"media_urls": MEDIA},
    "text sent as an MMS": {"body": "Are you there?", "is_mms": True},
}


@pytest.mark.parametrize("api", ["v2.1", "v2.2"])
@pytest.mark.parametrize("kind", LOST_SENDS)
def test_only_a_lost_sms_may_be_sent_again_because_an_mms_may_have_no_record(sandbox, kind, api):
    with sandbox.fault("drop_answer", on="POST /messages"), pytest.raises(fr.OutcomeUnknown) as lost:
        sandbox.account(api=api).send(to="15305557784", **LOST_SENDS[kind])
    message = str(lost.value)
    assert 'look for it in account.messages("2026-10-30", "2026-11-01") in a minute' in message
    assert ("end again" in message) == (kind == "SMS")
    assert ("an MMS may have no record, so that it isn't there proves nothing" in message) == (kind != "SMS")
    assert ("a record older than the send proves nothing" in message) == (kind == "SMS")


def test_pauses_between_tries_leave_the_random_numbers_of_the_program_alone(sandbox):
    random.seed(12)
    state = random.getstate()
    sandbox.fault("429", times=1)
    sandbox.account().messages("2026-10-30", progress=False)
    assert random.getstate() == state


@pytest.mark.parametrize("said", ["429", "503_retry_after"])
def test_a_read_is_tried_again(sandbox, said):
    sandbox.fault(said, times=2)
    account = sandbox.account()
    account._client._chance = lambda: 0.0
    assert len(account.messages("2026-10-05", progress=False)) > 0


def test_a_send_is_tried_again_after_a_429_and_taken_once(sandbox):
    before = len(sandbox.taken)
    sandbox.fault("429")
    sandbox.account().send(to="15305557784", body="x")
    assert len(sandbox.taken) == before + 1


def test_a_503_to_a_send_is_not_tried_again(sandbox):
    before = len(sandbox.taken)
    sandbox.fault("503_retry_after")
    with pytest.raises(fr.OutcomeUnknown, match="answered 503"):
        sandbox.account().send(to="15305557784", body="x")
    assert len(sandbox.taken) == before


def test_an_answer_that_is_too_late_is_lost(sandbox):
    sandbox.fault("slow")
    with pytest.raises(fr.OutcomeUnknown, match=r"gave no answer within 0\.2 seconds"):
        sandbox.account(timeout=(1, 0.2)).send(to="15305557784", body="x")


def test_twenty_sends_of_four_threads_are_paced_together_and_none_is_refused():
    with fr.Sandbox(messages=0) as sandbox, ThreadPoolExecutor(4) as threads:
        accounts = [sandbox.account() for _ in range(2)]
        start = time.monotonic()
        list(threads.map(lambda n: accounts[n % 2].send(to="15305557784", body=f"text {n}"), range(20)))
        assert time.monotonic() - start >= 19 * 0.2 - 0.1
        assert sorted(sandbox.taken.body) == sorted(f"text {n}" for n in range(20))


# ------------------------------------------------------------------ who sees what


def test_cards_show_neither_keys_nor_whole_numbers(sandbox):
    account = sandbox.account()
    sent = account.send(to="15305557784", body="Are you there?")
    for thing in (account, sent, sandbox):
        shown = repr(thing) + thing._repr_html_()
        assert sandbox.secret_key not in shown
        assert sandbox.access_key not in shown
        assert "5557784" not in shown
        assert "Are you there" not in shown
    assert "…7784" in repr(sent)


def test_no_card_lets_a_notebook_take_two_amounts_for_mathematics():
    with fr.Sandbox(today="2026-10-16", days=30, messages=300) as sandbox:
        account = sandbox.account()
        df = account.messages(days=30, progress=False)
        shown = [sandbox, account, account.send(to="15305557784", body="$1 or $2"), fr.segments("$1 or $2")]
        shown += [account.estimate("$1 or $2", to="15305557784"), fr.costs.audit(df), fr.costs.forecast(df)]
        for each in shown:
            assert re.match(r'<div class="tex2jax_ignore mathjax_ignore"', each._repr_html_()), each


def test_a_sandbox_lives_as_long_as_its_account():
    account = fr.Sandbox(messages=50, today="2026-10-31").account()
    gc.collect()
    assert len(account.messages("2026-10", progress=False)) == 50
    assert sum(len(day) for day in fr.Sandbox(messages=50, today="2026-10-31").account().pages("2026-10")) == 50


def test_a_sandbox_that_nobody_holds_leaves_nothing_behind():
    before = threading.active_count()
    account = fr.Sandbox(messages=0).account()
    account.messages("2026-10", progress=False)
    del account
    gc.collect()
    assert threading.active_count() <= before


def test_netrc_is_never_asked(tmp_path, monkeypatch):
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login netrc-user password netrc-password\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    with Faulty(answer(body=RECORD)) as server:
        of(server).lookup("mdr2-1")
        sent = server.heads[0].decode()
    token = __import__("base64").b64encode(b"AK1234567:planted-secret").decode()
    assert f"Authorization: Basic {token}" in sent


def test_a_proxy_of_the_environment_does_not_capture_this_machine(monkeypatch, sandbox):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    with pytest.raises(fr.errors.NotFound):
        sandbox.account().lookup("mdr2-none")
