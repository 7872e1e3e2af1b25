"""What once broke the sandbox, or what it once said otherwise than Flowroute's pages: none of it may come back."""

import contextlib
import datetime as dt
import http.server
import sqlite3
import subprocess
import sys
import threading
from collections import Counter

import pytest
import requests

import flowroute_nb as fr
from flowroute_nb.errors import InputError

THEIRS, TEXT, PICTURE = "15305550199", "Gee, nice marmot!", "https://example.com/37.gif"


def house(**options):
    return fr.Sandbox(**{"today": "2026-10-31", "messages": 20, "rate": 0, **options})


def web(sandbox):
    session = requests.Session()
    session.auth, session.trust_env = (sandbox.access_key, sandbox.secret_key), False
    return session


def post(sandbox, version="v2.1", **said):
    said = {"to": THEIRS, "from": sandbox.numbers[0], "body": TEXT} | said
    return web(sandbox).post(f"{sandbox.url}/{version}/messages", json=said, timeout=10)


# ------------------------------------------------------------------ its owner's mistakes


@pytest.mark.parametrize("host", ["", " ", None, 5, b"127.0.0.1", ("127.0.0.1",), "a\0b"])
def test_a_host_that_is_no_name_is_refused_and_never_means_every_network(host):
    with pytest.raises(InputError, match="host="):
        fr.Sandbox(host=host)


def _garbled(path):
    with house(path=path):
        pass
    said = bytearray(path.read_bytes())
    said[16_384:] = b"?" * (len(said) - 16_384)
    path.write_bytes(said)


def _marked_and_empty(path):
    with sqlite3.connect(path) as db:
        db.execute("create table other (a)")
        db.execute(f"pragma application_id = {0x464E4232}")
    db.close()


@pytest.mark.parametrize("spoil", [_garbled, _marked_and_empty])
def test_a_spoilt_file_is_named_in_a_sentence(tmp_path, spoil):
    spoil(tmp_path / "sandbox")
    with pytest.raises(InputError, match="no file a sandbox can remember in"):
        fr.Sandbox(path=tmp_path / "sandbox")


def test_quirks_cannot_be_changed_behind_the_sandbox_back():
    with house() as sandbox, pytest.raises(TypeError):
        sandbox.quirks["amount"] = "text"


def test_a_span_too_large_for_a_float_is_refused_as_any_other():
    with house() as sandbox, pytest.raises(InputError, match="past the end of the calendar"):
        sandbox.tick(days=10**400)


def test_media_urls_that_can_be_read_only_once_arrive():
    with house() as sandbox:
        name = sandbox.receive(from_=THEIRS, to=sandbox.numbers[0], media_urls=(url for url in [PICTURE]))
        assert sandbox.account().lookup(name).is_mms


def test_media_urls_that_are_no_list_are_refused_in_a_sentence():
    with house() as sandbox, pytest.raises(InputError, match="no list of addresses"):
        sandbox.receive(from_=THEIRS, to=sandbox.numbers[0], body=TEXT, media_urls=5)


def test_a_clock_that_stops_answering_is_told_to_the_client_and_leaves_no_thread_broken():
    noon, works = dt.datetime(2026, 10, 31, 12, tzinfo=dt.UTC), threading.Event()
    works.set()
    with fr.Sandbox(messages=0, clock=lambda: noon if works.is_set() else 1 / 0) as sandbox:
        sandbox.receive(from_=THEIRS, to=sandbox.numbers[0], body=TEXT)
        assert post(sandbox, dlr_callback="http://127.0.0.1:9/").status_code == 202
        works.clear()
        refused = post(sandbox)
        assert (refused.status_code, "clock=" in refused.json()["errors"][0]["detail"]) == (500, True)
        works.set()
        assert post(sandbox).status_code == 202
        assert sandbox.log.status.tolist() == [202, 500, 202]


# ------------------------------------------------------------------ otherwise than the pages say


@pytest.mark.parametrize("body", ["NaN", '{"to": NaN}', '{"a": [-Infinity]}'])
def test_what_only_python_takes_for_json_is_a_400(body):
    with house() as sandbox:
        kind = {"Content-Type": "application/json"}
        got = web(sandbox).post(f"{sandbox.url}/v2.1/messages", data=body, headers=kind, timeout=10)
        assert got.status_code == 400


@pytest.mark.parametrize("flag", ["none", "None", 0, 1, [], "yes"])
def test_is_mms_is_a_boolean_or_the_text_of_one(flag):
    with house() as sandbox:
        assert post(sandbox, is_mms=flag).status_code == 422


def test_a_wrong_to_of_v2_is_told_in_the_style_in_which_it_was_said():
    with house(quirks={"v2_bad_to": "422"}) as sandbox:
        said = {"data": {"attributes": {"to": "5305550199", "from": sandbox.numbers[0], "body": TEXT}}}
        got = web(sandbox).post(f"{sandbox.url}/v2/messages", json=said, timeout=10)
        assert list(got.json()["errors"][0]["detail"]["data"]["attributes"]) == ["to"]


def test_a_record_of_v2_names_the_callback_of_the_account():
    hook = "https://example.com/hook"
    with house() as sandbox:
        web(sandbox).put(f"{sandbox.url}/v2.2/messages/sms_callback", json={"callback_url": hook}, timeout=10)
        got = web(sandbox).get(f"{sandbox.url}/v2/messages?start_date=2026-10-01&limit=1", timeout=10)
        assert got.json()["data"][0]["attributes"]["callback_url"] == hook


def test_a_record_of_v2_that_was_read_before_names_the_callback_of_now():
    with house() as sandbox:
        path, said = f"{sandbox.url}/v2/messages?start_date=2026-10-01&limit=1", []
        for hook in ("https://example.com/one", "https://example.com/two"):
            web(sandbox).put(f"{sandbox.url}/v2.2/messages/sms_callback", json={"callback_url": hook}, timeout=10)
            said += [web(sandbox).get(path, timeout=10).json() for _ in range(2)]
        names = [each["data"][0]["attributes"]["callback_url"] for each in said]
        assert names == ["https://example.com/one"] * 2 + ["https://example.com/two"] * 2


@pytest.mark.parametrize("version", ["v2", "v2.1"])
def test_the_second_reading_is_the_first_to_the_byte_however_much_is_remembered(version, monkeypatch):
    path = f"/{version}/messages?start_date=2026-09-01&limit=150&offset="
    pages = []
    for most, remembered in ((0, 0), (200, 151), (10_000, 300)):  # nothing; a page and whether more follow; both
        monkeypatch.setattr("flowroute_nb.sandbox.state._MOST", most)
        with house(messages=300) as sandbox:
            for offset in (0, 150, 0, 150):
                found = web(sandbox).get(f"{sandbox.url}{path}{offset}", timeout=10).text
                pages.append((offset, found.replace(sandbox.url, "")))
            assert sum(map(len, sandbox._state._memory.values())) == remembered
    assert len(set(pages)) == 2


def test_a_charged_cost_has_both_rates_in_it():
    with house(quirks={"surcharge": "beside_amount"}) as sandbox:
        price = post(sandbox, "v2.2", body="x" * 161).json()["data"]["attributes"]["price_details"]
        assert (price["base_rate"], price["surcharge_rate"], price["charged_cost"]) == ("0.0040", "0.0030", "0.0140")


@pytest.mark.parametrize(
    ("start", "count"),
    [("206", 2), ("1206", 2), ("%2B1206", 2), ("+1206", 2), ("%2B206", 0), ("+206", 0), ("%2B44", 0)],
)
def test_a_start_with_a_country_is_not_looked_for_in_america(start, count):
    with house() as sandbox:
        got = web(sandbox).get(f"{sandbox.url}/v2/numbers?starts_with={start}", timeout=10)
        assert len(got.json()["data"]) == count


def test_a_path_spelt_otherwise_has_no_limit_of_its_own():
    noon = dt.datetime(2026, 10, 31, 12, tzinfo=dt.UTC)
    with fr.Sandbox(messages=0, clock=lambda: noon, rate=5) as sandbox:
        said = {"to": THEIRS, "from": sandbox.numbers[0], "body": TEXT}
        places = ["v2.1/messages"] * 5 + ["v2.1/message%73"]
        got = [web(sandbox).post(f"{sandbox.url}/{place}", json=said, timeout=10).status_code for place in places]
        assert got == [202] * 5 + [429]


@pytest.mark.parametrize("word", ["STOP\n", "\tstop\r\n", " Stop "])
def test_a_word_counts_whatever_space_is_around_it(word):
    with house() as sandbox:
        sandbox.receive(from_=THEIRS, to=sandbox.numbers[0], body=word)
        assert post(sandbox).status_code == 400
        sandbox.receive(from_=THEIRS, to=sandbox.numbers[0], body=f"UN{word.strip()}\n")
        assert post(sandbox).status_code == 202


def test_the_days_of_the_stats_are_those_of_the_records_before_1970_too():
    with house(today="1970-01-05", messages=200) as sandbox:
        asked = web(sandbox)
        page = asked.get(f"{sandbox.url}/v2.1/messages?start_date=1969-01-01&limit=1000", timeout=10).json()["data"]
        stats = asked.get(f"{sandbox.url}/v2/message-stats", timeout=10).json()["data"]
        days = {each["id"]: int(each["attributes"]["message_total"]) for each in stats if len(each["id"]) == 10}
        assert days == Counter(each["attributes"]["timestamp"][:10] for each in page)


@pytest.mark.parametrize("url", ["http://:<", "http://@", "http://:80/", "http://example.com:99999/", "http://a:b/"])
def test_an_address_without_a_host_or_with_no_such_port_is_refused_wherever_it_is_said(url):
    with house() as sandbox:
        place = f"{sandbox.url}/v2.2/messages/sms_callback"
        assert web(sandbox).put(place, json={"callback_url": url}, timeout=10).status_code == 422
        assert [
            post(sandbox, **{name: said}).status_code for name, said in (("dlr_callback", url), ("media_urls", [url]))
        ] == [422, 422]


# ------------------------------------------------------------------ secrets


def test_half_a_key_where_a_text_was_cut_is_not_in_the_log():
    with house() as sandbox:
        key = sandbox.secret_key
        for length in range(1_000 - len(key), 1_000):
            web(sandbox).post(f"{sandbox.url}/v2.1/{'x' * 9}", data="x" * length + key, timeout=10)
        assert not [text for text in sandbox.log.request if key[:4] in text]


# ------------------------------------------------------------------ two at once


def test_what_is_taken_while_the_sandbox_ends_stands_in_taken(tmp_path):
    arrived, goes_on = threading.Event(), threading.Event()

    class Picture(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            arrived.set()
            goes_on.wait(5)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Picture) as pictures, house(path=tmp_path / "f") as sandbox:
        threading.Thread(target=pictures.serve_forever, args=(0.01,)).start()
        urls = [f"http://127.0.0.1:{pictures.server_port}/37.gif"]
        sending = threading.Thread(target=_send_unheard, args=(sandbox, urls))
        sending.start()
        arrived.wait(5)
        threading.Timer(0.2, goes_on.set).start()
        sandbox.stop()  # waits for the one who is being answered
        sending.join()
        pictures.shutdown()
    with house(path=tmp_path / "f") as again:
        assert again.taken.id.tolist() == sandbox.taken.id.tolist() != []


def _send_unheard(sandbox, urls):
    with contextlib.suppress(requests.ConnectionError):
        post(sandbox, media_urls=urls)


def test_a_new_file_can_be_made_by_several_at_once(tmp_path):
    said = "import sys, flowroute_nb as fr\nfr.Sandbox(path=sys.argv[1], messages=0).stop()"
    command = [sys.executable, "-c", said, str(tmp_path / "f")]
    beside = [subprocess.Popen(command, stderr=subprocess.PIPE) for _ in range(4)]
    assert [each.communicate()[1].decode() for each in beside] == [""] * 4


def test_a_file_that_another_is_just_making_is_waited_for(tmp_path):
    path = tmp_path / "f"
    other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    other.execute("begin immediate")  # what making it begins with
    ends = threading.Timer(0.3, lambda: (other.execute("commit"), other.close()))
    ends.start()
    with fr.Sandbox(path=str(path), messages=3):
        assert not ends.is_alive()
