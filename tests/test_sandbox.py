"""The sandbox, asked by other clients than ours: is it what Flowroute's documentation describes?"""

import http.client
import json
import socket
import threading
import time
from collections import Counter
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from conftest import TODAY

import flowroute_nb as fr

VERSIONS = ["v2", "v2.1", "v2.2"]
JSON_API = {"Content-Type": "application/vnd.api+json"}
GOOD = {"to": "15305557784", "from": "12065550100", "body": "Gee, nice marmot!"}


@pytest.fixture(scope="module")
def http_(sandbox):
    with requests.Session() as session:
        session.trust_env = False
        session.auth = (sandbox.access_key, sandbox.secret_key)
        yield session


def post(http_, sandbox, said, version="v2.1", **heads):
    body = said if isinstance(said, bytes) else json.dumps(said).encode()
    auth = (sandbox.access_key, sandbox.secret_key)
    return http_.post(f"{sandbox.url}/{version}/messages", data=body, headers={**JSON_API, **heads}, auth=auth)


def get(http_, sandbox, path):
    return http_.get(f"{sandbox.url}{path}", auth=(sandbox.access_key, sandbox.secret_key))


# ------------------------------------------------------------------ shapes of the sheet


def test_each_version_answers_a_send_in_its_own_way(http_, sandbox):
    v2, v21, v22 = (post(http_, sandbox, GOOD, version) for version in VERSIONS)
    assert (v2.status_code, v21.status_code, v22.status_code) == (200, 202, 202)
    assert list(v2.json()["data"]) == ["id"]
    assert v2.json()["data"]["id"].startswith("mdr1-")
    said = v21.json()["data"]
    assert said["id"].startswith("mdr2-")
    assert said == {"id": said["id"], "type": "message", "links": {"self": f"{sandbox.url}/v2.1/messages/{said['id']}"}}
    assert v22.json()["data"]["attributes"]["price_details"] == {
        "base_rate": "0.0040",
        "surcharge_rate": "0.0000",
        "segment_count": 1,
        "charged_cost": "0.0040",
    }
    assert all(each.headers["Content-Type"] == "application/vnd.api+json" for each in (v2, v21, v22))


def test_the_attributes_of_a_record_are_those_of_the_published_samples(http_, sandbox):
    def first(version, like):
        dates = "start_date=2026-10-05&end_date=2026-10-30"  # what other tests sent is newer
        data = get(http_, sandbox, f"/{version}/messages?{dates}&limit=100").json()["data"]
        return next(each["attributes"] for each in data if like(each["attributes"]))

    v2 = first("v2", lambda a: a["direction"] == "outbound" and not a["has_mms"])
    assert list(v2) == sorted(v2)
    assert set(v2) == {
        *("body", "direction", "timestamp", "amount_nanodollars", "amount_display", "from", "to"),
        *("message_encoding", "has_mms", "callback_url", "message_type"),
    }
    assert v2["message_type"] in ("long-code", "toll-free")
    assert v2["timestamp"].endswith("+00:00")
    for version in ("v2.1", "v2.2"):
        said = first(version, lambda a: a["direction"] == "outbound" and a["delivery_receipts"])
        assert set(said) == {
            *("body", "status", "direction", "amount_nanodollars", "amount_display", "from", "to"),
            *("message_encoding", "timestamp", "delivery_receipts", "is_mms", "message_type"),
        }
        assert said["message_type"] in ("longcode", "toll-free")
        assert [each["level"] for each in said["delivery_receipts"]] == [2, 1]
        assert set(said["delivery_receipts"][0]) == {
            *("level", "status", "status_code", "status_code_description", "timestamp"),
        }
        assert said["timestamp"].endswith("Z")
        assert len(said["timestamp"]) == len("2017-12-22T01:52:39.39Z")


def test_amounts_are_integers_and_their_display_text_with_four_decimals(http_, sandbox):
    for each in get(http_, sandbox, "/v2.1/messages?start_date=2026-10-05&limit=500").json()["data"]:
        amount, display = each["attributes"]["amount_nanodollars"], each["attributes"]["amount_display"]
        assert display == f"${amount / 10**9:.4f}"


@pytest.mark.parametrize(
    ("body", "segments"), [("x" * 160, 1), ("x" * 161, 2), ("x" * 281, 3), ("é" * 70, 1), ("é" * 71, 2)]
)
def test_a_text_costs_as_many_segments_as_the_published_rule_says(http_, sandbox, body, segments):
    said = post(http_, sandbox, GOOD | {"body": body}, "v2.2").json()["data"]["attributes"]["price_details"]
    assert (said["segment_count"], said["charged_cost"]) == (segments, f"{segments * 0.004:.4f}")


@pytest.mark.parametrize("version", VERSIONS)
def test_every_version_lists_the_whole_past_newest_first(http_, version):
    with fr.Sandbox(today="2026-10-31", messages=777) as sandbox:
        path, data, links = f"/{version}/messages?start_date=2026-09-01&end_date=2026-11-01&limit=100", [], []
        while path:
            said = get(http_, sandbox, path).json()
            data += said["data"]
            links.append(said["links"])
            path = said["links"].get("next", "").removeprefix(sandbox.url)
        assert len({each["id"] for each in data}) == len(data) == 777
        times = [each["attributes"]["timestamp"] for each in data]
        assert times == sorted(times, reverse=True)
        assert links[-1] == {}
        query = parse_qs(urlsplit(links[0]["next"]).query)
        assert query == {
            "limit": ["100"],
            "offset": ["100"],
            "start_date": ["2026-09-01T00:00:00+00:00"],
            "end_date": ["2026-11-01T00:00:00+00:00"],
        }
        assert "2026-09-01T00%3A00%3A00%2B00%3A00" in links[0]["next"]


@pytest.mark.parametrize(
    "end", ["2026-10-06", "2026-10-06T00:00:00Z", "2026-10-06T18:30:00.123Z", "2026-10-06T18:30:00%2B00:00"]
)
def test_an_end_means_the_midnight_at_the_start_of_its_day(http_, sandbox, end):
    data = get(http_, sandbox, f"/v2.1/messages?start_date=2026-10-05&end_date={end}&limit=1000").json()["data"]
    assert {each["attributes"]["timestamp"][:10] for each in data} == {"2026-10-05"}


# ------------------------------------------------------------------ time


def test_a_record_can_be_read_one_to_three_seconds_after_the_send(http_, sandbox):
    path = "/v2.1/messages/" + post(http_, sandbox, GOOD).json()["data"]["id"]
    assert get(http_, sandbox, path).status_code == 404
    sandbox.tick(seconds=0.9)
    assert get(http_, sandbox, path).status_code == 404
    sandbox.tick(seconds=2.2)
    assert get(http_, sandbox, path).status_code == 200


def test_receipts_come_over_seconds(http_, sandbox):
    path = "/v2.1/messages/" + post(http_, sandbox, GOOD).json()["data"]["id"]
    sandbox.tick(seconds=3.1)
    said = get(http_, sandbox, path).json()["data"]["attributes"]
    assert [each["status_code"] for each in said["delivery_receipts"]] == [1003, None]
    assert said["status"] == "message buffered"
    sandbox.tick(seconds=3)
    last = get(http_, sandbox, path).json()["data"]["attributes"]["delivery_receipts"][0]["status_code"]
    assert last in (1003, 1004, 1007)


# ------------------------------------------------------------------ both styles, all spellings


@pytest.mark.parametrize(
    "said",
    [
        GOOD,
        {"data": {"type": "message", "attributes": GOOD}},
        {"data": {"attributes": GOOD}},
        GOOD | {"to": "+15305557784", "from": "+12065550100"},
        GOOD | {"is_mms": "false"},
        GOOD | {"is_mms": False},
    ],
)
def test_a_send_is_taken_in_either_style_and_any_spelling(http_, sandbox, said):
    before = len(sandbox.taken)
    assert post(http_, sandbox, said).status_code == 202
    taken = sandbox.taken.iloc[before]
    assert (taken.to, taken["from"], taken.body) == ("15305557784", "12065550100", "Gee, nice marmot!")


@pytest.mark.parametrize(
    "kind", ["application/json", "application/json; charset=utf-8", "application/vnd.api+json;x=y"]
)
def test_both_content_types_are_taken_also_with_a_parameter(http_, sandbox, kind):
    assert post(http_, sandbox, GOOD, **{"Content-Type": kind}).status_code == 202


@pytest.mark.parametrize("name", ["body", "content"])
def test_v2_takes_body_or_content(http_, sandbox, name):
    before = len(sandbox.taken)
    said = {"to": "15305557784", "from": "12065550100", name: "hello"}
    assert post(http_, sandbox, said, "v2").status_code == 200
    assert sandbox.taken.iloc[before].body == "hello"


# ------------------------------------------------------------------ refusals


@pytest.mark.parametrize(
    ("said", "status", "field"),
    [
        (b"{", 400, None),
        (b"\xff\xfe", 400, None),
        (b"[]", 422, None),
        ({"data": []}, 422, None),
        ({}, 422, "to"),
        (GOOD | {"to": "5557784"}, 422, "to"),
        (GOOD | {"to": 15305557784}, 422, "to"),
        (GOOD | {"body": 5}, 422, "body"),
        (GOOD | {"body": ""}, 422, "body"),
        (GOOD | {"body": "“Gee”"}, 422, "body"),
        (GOOD | {"is_mms": "maybe"}, 422, "is_mms"),
        (GOOD | {"media_urls": "https://example.com/a.gif"}, 422, "media_urls"),
        (GOOD | {"dlr_callback": "nowhere"}, 422, "dlr_callback"),
        (GOOD | {"dlr_callback": "http://a:99999/"}, 422, "dlr_callback"),
        (GOOD | {"media_urls": ["http://:80/a.gif"]}, 422, "media_urls"),
        (GOOD | {"from": "12065550155"}, 403, None),
    ],
)
def test_a_send_that_is_wrong_is_refused_and_not_taken(http_, sandbox, said, status, field):
    before = len(sandbox.taken)
    answer = post(http_, sandbox, said)
    (error,) = answer.json()["errors"]
    assert (answer.status_code, error["status"]) == (status, status)
    assert len(error["id"]) == 36
    assert field is None or field in json.dumps(error["detail"])
    assert len(sandbox.taken) == before


def test_the_detail_of_a_wrong_field_mirrors_the_request(http_, sandbox):
    flat = post(http_, sandbox, GOOD | {"to": "x"}).json()["errors"][0]["detail"]
    deep = post(http_, sandbox, {"data": {"attributes": GOOD | {"to": "x"}}}).json()["errors"][0]["detail"]
    assert deep == {"data": {"attributes": flat}}
    assert flat == {"to": ["Not a valid E.164 number."]}


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v2.1/messages/mdr2-none", 404),
        ("GET", "/v2.1/nothing", 404),
        ("GET", "/v3/messages", 404),
        ("GET", "/", 404),
        ("GET", "/v2.1/messages/a/b", 404),
        ("DELETE", "/v2.1/messages", 405),
        ("POST", "/v2.1/messages/mdr2-none", 405),
        ("GET", "/v2.1/messages", 422),
        ("GET", "/v2.1/messages?start_date=yesterday", 422),
        ("GET", "/v2.1/messages?start_date=2026-02-30", 422),
        ("GET", "/v2.1/messages?start_date=2026-10-01&limit=0", 422),
        ("GET", "/v2.1/messages?start_date=2026-10-01&limit=ten", 422),
        ("GET", "/v2.1/messages?start_date=2026-10-01&offset=-1", 422),
        ("GET", "/v2.1/messages?start_date=2026-10-01&offset=99999999999999999999", 422),
    ],
)
def test_what_can_t_be_asked_is_answered_with_an_error_in_json(http_, sandbox, method, path, status):
    answer = http_.request(method, sandbox.url + path, auth=(sandbox.access_key, sandbox.secret_key))
    assert answer.status_code == status
    assert answer.json()["errors"][0]["status"] == status


def test_a_huge_offset_is_an_empty_last_page(http_, sandbox):
    said = get(http_, sandbox, "/v2.1/messages?start_date=2026-10-01&offset=999999999").json()
    assert said == {"data": [], "links": {}}


@pytest.mark.parametrize("auth", [None, ("x", "y"), ("", "")])
def test_wrong_keys_come_before_everything_else(sandbox, auth):
    for answer in (
        requests.get(f"{sandbox.url}/v9/nothing", auth=auth, timeout=5),
        requests.post(f"{sandbox.url}/v2.1/messages", data=b"{", auth=auth, timeout=5),
    ):
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"].startswith("Basic")


def test_an_unsupported_content_type_is_a_415(http_, sandbox):
    assert post(http_, sandbox, GOOD, **{"Content-Type": "text/plain"}).status_code == 415


def test_the_sixth_sms_and_the_second_mms_of_a_second_are_429s():
    clock = {"clock": lambda: TODAY}  # a busy machine may take longer than a second
    with fr.Sandbox(messages=0, **clock) as sandbox, requests.Session() as http_:
        http_.trust_env, http_.auth = False, (sandbox.access_key, sandbox.secret_key)

        def to_the_next_second():
            now = sandbox.now()
            sandbox.tick(seconds=1 - now.microsecond / 10**6)

        to_the_next_second()
        assert [post(http_, sandbox, GOOD).status_code for _ in range(7)] == [202] * 5 + [429] * 2
        assert post(http_, sandbox, GOOD, "v2.2").status_code == 202  # another path has a count of its own
        assert len(sandbox.taken) == 6
        to_the_next_second()
        assert [post(http_, sandbox, {}).status_code for _ in range(6)] == [422] * 5 + [429]  # attempts count
        to_the_next_second()
        mms = GOOD | {"media_urls": ["https://example.com/37.gif"]}
        assert [post(http_, sandbox, mms).status_code for _ in range(3)] == [202, 429, 429]
        assert get(http_, sandbox, "/v2.1/messages/none").status_code == 404  # reads are not counted


# ------------------------------------------------------------------ clients that misbehave


def raw(sandbox, said):
    with socket.create_connection(("127.0.0.1", urlsplit(sandbox.url).port), timeout=5) as line:
        line.sendall(said)
        line.shutdown(socket.SHUT_WR)
        answer = http.client.HTTPResponse(line)
        answer.begin()
        return answer.status, json.loads(answer.read())


@pytest.mark.parametrize(
    ("said", "status"),
    [
        (b"RUBBISH\r\n\r\n", 400),
        (b"POST /v2.1/messages HTTP/1.1\r\nHost: localhost\r\nContent-Length: many\r\n\r\n", 400),
        (b"POST /v2.1/messages HTTP/1.1\r\nHost: localhost\r\nContent-Length: -5\r\n\r\n", 400),
        (b"POST /v2.1/messages HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999\r\n\r\n", 413),
        (b"POST /v2.1/messages HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
        (b"POST /v2.1/messages HTTP/1.1\r\nHost: localhost\r\nContent-Length: 50\r\n\r\n{", 400),
        (b"BREW /v2.1/messages HTTP/1.1\r\nHost: localhost\r\n\r\n", 401),
    ],
)
def test_what_is_hardly_http_is_answered_with_json_too(sandbox, said, status, capfd):
    found, body = raw(sandbox, said)
    assert (found, body["errors"][0]["status"]) == (status, status)
    assert capfd.readouterr() == ("", "")


def test_a_client_that_goes_away_is_no_traceback(sandbox, capfd):
    with socket.create_connection(("127.0.0.1", urlsplit(sandbox.url).port)) as line:
        line.sendall(b"GET /v2.1/messages?start_date=2026-10-01&limit=1000 HTTP/1.1\r\nHost: localhost\r\n\r\n")
    time.sleep(0.1)
    assert capfd.readouterr() == ("", "")


# ------------------------------------------------------------------ faults


def test_a_dropped_answer_was_taken_all_the_same(http_, sandbox):
    before = len(sandbox.taken)
    sandbox.fault("drop_answer", on="POST /messages")
    assert get(http_, sandbox, "/v2.1/messages/none").status_code == 404
    with pytest.raises(requests.ConnectionError):
        post(http_, sandbox, GOOD)
    assert len(sandbox.taken) == before + 1


@pytest.mark.parametrize("kind", ["429", "503_retry_after"])
def test_a_refusal_on_demand_takes_nothing_and_lasts_as_long_as_told(http_, sandbox, kind):
    before = len(sandbox.taken)
    sandbox.fault(kind, times=2)
    assert [post(http_, sandbox, GOOD).status_code for _ in range(3)] == [int(kind[:3])] * 2 + [202]
    assert len(sandbox.taken) == before + 1


def test_a_slow_answer_is_two_seconds_late(http_, sandbox):
    sandbox.fault("slow")
    start = time.monotonic()
    assert post(http_, sandbox, GOOD).status_code == 202
    assert 1.9 < time.monotonic() - start < 4


# ------------------------------------------------------------------ the same again, and remembered


def everything(sandbox):
    url = f"{sandbox.url}/v2.1/messages?start_date=2026-01-01&end_date=2026-11-01&limit=100000"
    return requests.get(url, auth=(sandbox.access_key, sandbox.secret_key), timeout=30).content


def test_the_same_seed_and_day_make_the_same_bytes():
    made = []
    for seed in (7, 7, 8):
        with fr.Sandbox(seed=seed, today="2026-10-31", messages=500) as sandbox:
            made.append(everything(sandbox))
    assert made[0] == made[1]
    assert made[0] != made[2]


def test_a_sandbox_with_a_path_remembers(tmp_path):
    path = tmp_path / "remembered.db"
    with fr.Sandbox(today="2026-10-31", messages=50, path=path) as sandbox:
        sent = sandbox.account().send(to="15305557784", body="Remember me")
        keys, past = (sandbox.access_key, sandbox.secret_key), everything(sandbox)
    with fr.Sandbox(seed=99, today="2026-11-01", messages=3, path=path) as sandbox:
        assert (sandbox.access_key, sandbox.secret_key) == keys
        assert sandbox.taken.id.tolist() == [sent.id]
        assert sandbox.account().lookup(sent.id).body == "Remember me"
        assert len(json.loads(past)["data"]) == 50
        assert len(json.loads(everything(sandbox))["data"]) == 51


def test_the_past_is_believable():
    with fr.Sandbox(today="2026-10-31", messages=5_000) as sandbox:
        df = sandbox.account().messages("2026-10", progress=False)
    assert len(df) == 5_000
    days = df.groupby(df.timestamp.dt.date).size()
    weekday = df.groupby(df.timestamp.dt.day_of_week).size()
    assert weekday[[5, 6]].mean() < weekday[[0, 2, 3, 4]].mean() * 0.7
    assert (
        days[df[df.body.str.startswith("Rug sale", na=False)].timestamp.dt.date.unique()].median()
        > 1.8 * days.median() * 0.9
    )
    hours = df.groupby(df.timestamp.dt.hour).size()
    assert hours[[9, 10, 11, 14, 15]].mean() > 5 * hours.reindex([0, 1, 2, 3, 4], fill_value=0).mean()
    assert df.number.nunique() >= 3
    assert set(df.message_type) == {"longcode", "toll-free"}
    assert set(df.delivery) == {"delivered", "pending", "failed", "received"}
    assert df.is_mms.sum() > 50
    assert (df.message_encoding == 8).sum() > 100
    assert (df.segments > 1).sum() > 50
    assert df.contact.value_counts().iloc[0] > 20
    rates = df[(df.segments == 1) & ~df.is_mms].groupby(df.timestamp.dt.date).cost.agg(set)
    before, after = rates.iloc[0], rates.iloc[-1]
    assert len(before) == len(after) == 1
    assert 1.15 <= float(after.pop() / before.pop()) <= 1.25


def test_no_pasts_of_different_sizes_are_short_or_long():
    for count in (0, 1, 2, 29, 1000):
        with fr.Sandbox(messages=count, days=1 if count == 2 else 30, today="2026-10-31") as sandbox:
            assert len(json.loads(everything(sandbox))["data"]) == count


# ------------------------------------------------------------------ starting and stopping


def test_many_starts_and_stops_leave_nothing_behind():
    before = Counter(thread.name for thread in threading.enumerate())
    for _ in range(20):
        with fr.Sandbox(messages=0) as sandbox:
            sandbox.account().messages(days=1, progress=False, workers=1)
    assert Counter(thread.name for thread in threading.enumerate()) == before


def test_a_stopped_sandbox_says_so():
    sandbox = fr.Sandbox(messages=0).start()
    sandbox.stop()
    sandbox.stop()
    with pytest.raises(fr.InputError, match="This sandbox was stopped. Make a new one"):
        sandbox.start()


@pytest.mark.parametrize(
    ("options", "kind", "said"),
    [
        ({"messages": -1}, fr.InputError, "messages=-1 is no whole number from 0 on"),
        ({"messages": 1.5}, fr.InputError, "messages=1.5 is no whole number"),
        ({"days": 0}, fr.InputError, "days=0 is no whole number from 1 on"),
        ({"today": "2026-02-30"}, fr.InputError, "today='2026-02-30' is no day that exists"),
        ({"today": 5}, fr.InputError, "today=5 is no day that exists"),
        ({"rate": -1}, fr.InputError, "rate=-1 is no whole number"),
        ({"path": "/"}, fr.InputError, "is no file a sandbox can remember in"),
        ({"message": 5}, TypeError, "Sandbox() has no keyword 'message'. Did you mean 'messages'?"),
    ],
)
def test_a_sandbox_that_can_t_be_is_refused_in_a_sentence(options, kind, said):
    with pytest.raises(kind) as wrong:
        fr.Sandbox(**options)
    assert said in str(wrong.value)


def test_a_file_of_something_else_is_not_taken_for_a_memory(tmp_path):
    path = tmp_path / "notes.txt"
    path.write_text("not a database at all, but a text that is long enough to be looked at" * 20)
    with pytest.raises(fr.InputError, match="is no file a sandbox can remember in"):
        fr.Sandbox(path=path)


def test_a_fault_that_doesn_t_exist_names_those_that_do(sandbox):
    with pytest.raises(fr.InputError, match="'drop_answer'.*'slow'.*'429'.*'503_retry_after'"):
        sandbox.fault("explode")
    with pytest.raises(fr.InputError, match="times=0"):
        sandbox.fault("slow", times=0)
