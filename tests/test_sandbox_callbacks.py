"""Callbacks are set, read and removed as the sheet says, by any client."""

import json

import pytest
import requests
import yaml
from conftest import CASSETTES, TODAY

import flowroute_nb as fr

KINDS = ["sms_callback", "mms_callback", "sms_dlr_callback", "mms_dlr_callback"]
VERSIONS = ["v2.1", "v2.2"]
JSON_API = "application/vnd.api+json"
URL = "https://example.com/sms?a=b"
COMPACT, STYLED = {"callback_url": URL}, {"data": {"attributes": {"callback_url": URL}}}
OURS = "12065550100"


@pytest.fixture
def own():
    """Give a sandbox that no other test has set anything in."""
    with fr.Sandbox(today="2026-10-31", messages=0, rate=0) as running:
        yield running


def ask(sandbox, method, path, said=None, kind=JSON_API, auth=None):
    body = said if isinstance(said, bytes | None) else json.dumps(said).encode()
    heads = {} if kind is None else {"Content-Type": kind}
    auth = auth or (sandbox.access_key, sandbox.secret_key)
    return requests.request(method, sandbox.url + path, data=body, headers=heads, auth=auth, timeout=10)


def read(sandbox, kind, version="v2.1"):
    answer = ask(sandbox, "GET", f"/{version}/messages/{kind}")
    return answer.json()["data"]["attributes"]["callback_url"] if answer.status_code == 200 else answer.status_code


# ------------------------------------------------------------------ set, read, remove


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("said", [COMPACT, STYLED], ids=["compact", "styled"])
def test_one_is_set_in_either_style_and_read_on_either_version(own, version, kind, said):
    answer = ask(own, "PUT", f"/{version}/messages/{kind}", said)
    assert (answer.status_code, answer.content) == (204, b"")
    assert not {"Content-Type", "Content-Length"} & set(answer.headers)
    for each in VERSIONS:
        assert read(own, kind, each) == URL
    assert [read(own, other) for other in KINDS if other != kind] == [404] * 3


@pytest.mark.parametrize("kind", [JSON_API, "application/json", f"{JSON_API}; charset=utf-8", "Application/JSON;a=b"])
def test_both_content_types_are_taken_also_with_a_parameter(own, kind):
    assert ask(own, "PUT", "/v2.1/messages/sms_callback", COMPACT, kind).status_code == 204


def test_a_connection_goes_on_after_an_answer_without_a_body(own):
    with requests.Session() as session:
        session.auth = (own.access_key, own.secret_key)
        place = f"{own.url}/v2.2/messages/sms_callback"
        assert [session.put(place, json=COMPACT, timeout=5).status_code for _ in range(3)] == [204] * 3
        assert session.get(place, timeout=5).json()["data"]["attributes"]["callback_url"] == URL


def test_the_newest_counts(own):
    for url in (URL, "http://localhost:8000/", "https://example.com/newest"):
        ask(own, "PUT", "/v2.1/messages/mms_callback", {"callback_url": url})
    assert read(own, "mms_callback") == "https://example.com/newest"


def test_v22_removes_one_and_what_is_not_there_can_t_be(own):
    ask(own, "PUT", "/v2.2/messages/sms_callback", COMPACT)
    ask(own, "PUT", "/v2.2/messages/mms_callback", COMPACT)
    answers = [ask(own, "DELETE", "/v2.2/messages/sms_callback") for _ in range(2)]
    assert [each.status_code for each in answers] == [204, 404]
    assert answers[0].content == b""
    assert [read(own, kind) for kind in ("sms_callback", "mms_callback")] == [404, URL]


def test_the_old_name_of_the_receipts_of_texts_is_the_same_setting(own):
    assert ask(own, "PUT", "/v2.1/messages/dlr_callback", COMPACT).status_code == 204
    assert read(own, "sms_dlr_callback") == read(own, "dlr_callback") == URL
    assert read(own, "mms_dlr_callback") == 404


@pytest.mark.parametrize("kind", [*KINDS, "dlr_callback"])
@pytest.mark.parametrize("number", [OURS, f"+{OURS}", f"%2B{OURS}"])
def test_a_number_has_callbacks_of_its_own(own, kind, number):
    answer = ask(own, "POST", f"/v2/numbers/{number}/relationships/{kind}", COMPACT)
    assert (answer.status_code, answer.content) == (204, b"")
    assert read(own, kind) == 404


def test_it_is_remembered_in_a_file(tmp_path):
    for told in (404, URL):
        with fr.Sandbox(messages=0, path=tmp_path / "sandbox.db") as sandbox:
            assert read(sandbox, "sms_callback") == told
            ask(sandbox, "PUT", "/v2.1/messages/sms_callback", COMPACT)


# ------------------------------------------------------------------ refusals


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v2.1/messages/sms_callback", 404),  # not set
        ("GET", "/v2/messages/sms_callback", 404),  # on v2 it could only be a record
        ("PUT", "/v2/messages/sms_callback", 405),
        ("DELETE", "/v2/messages/sms_callback", 405),
        ("DELETE", "/v2.1/messages/sms_callback", 405),
        ("POST", "/v2.1/messages/sms_callback", 405),
        ("PUT", "/v2.1/messages/mdr2-39cadeace66e11e7aff806cd7f24ba2d", 405),
        ("DELETE", "/v2.2/messages/fax_callback", 405),
        ("POST", f"/v2/numbers/{OURS}/relationships/fax_callback", 404),
        ("POST", f"/v2.1/numbers/{OURS}/relationships/sms_callback", 404),
        ("GET", f"/v2/numbers/{OURS}/relationships/sms_callback", 405),
        ("POST", "/v2/numbers/12065550199/relationships/sms_callback", 404),
        ("POST", "/v2/numbers/65550100/relationships/sms_callback", 404),
    ],
)
def test_what_there_is_not_is_a_404_or_a_405(own, method, path, status):
    answer = ask(own, method, path, COMPACT)
    assert (answer.status_code, answer.json()["errors"][0]["status"]) == (status, status)


@pytest.mark.parametrize("path", ["/v2.1/messages/sms_callback", f"/v2/numbers/{OURS}/relationships/sms_callback"])
def test_checks_come_in_the_order_of_the_sheet(own, path):
    method = "PUT" if "messages" in path else "POST"
    wrong = [
        {"kind": "text/plain", "said": b"{", "auth": ("a", "b")},
        {"kind": "text/plain", "said": b"{"},
        {"kind": None, "said": b"{}"},
        {"said": b"{"},
        {"said": b""},
        {"said": {"callback_url": 1}},
    ]
    assert [ask(own, method, path, **each).status_code for each in wrong] == [401, 415, 415, 400, 400, 422]
    assert ask(own, method, path, COMPACT).status_code == 204
    elsewhere = path.replace(OURS, "12065550199").replace("v2.1", "v3")
    assert ask(own, method, elsewhere, b"{", "text/plain").status_code == 404


@pytest.mark.parametrize(
    "url",
    [None, 1, True, [], {}, "", "example.com", "ftp://example.com/", "http://", "http://[", "http://a:99999/", "a b"],
)
def test_what_is_no_address_is_a_422_that_mirrors_the_request(own, url):
    for said in ({"callback_url": url}, {"data": {"attributes": {"callback_url": url}}}):
        answer = ask(own, "PUT", "/v2.1/messages/sms_callback", said)
        assert answer.status_code == 422
        wrong = answer.json()["errors"][0]["detail"]
        attributes = wrong["data"]["attributes"] if "data" in said else wrong
        assert attributes == {"callback_url": ["Not a valid URL."]}
    assert read(own, "sms_callback") == 404


@pytest.mark.parametrize("url", ["http://[::1]:9/hook", "http://me:hidden@a.example:54321?b", "https://example.com"])
def test_what_is_an_address_is_one_wherever_it_stands(own, url):
    assert ask(own, "PUT", "/v2.1/messages/sms_callback", {"callback_url": url}).status_code == 204
    said = {"to": "15305557784", "from": OURS, "body": "Gee, nice marmot!", "dlr_callback": url}
    assert ask(own, "POST", "/v2.1/messages", said).status_code == 202
    assert own.receive(from_="15305557784", to=OURS, media_urls=[url]).startswith("mdr2-")


@pytest.mark.parametrize("said", [{}, {"url": URL}, {"data": {"attributes": {}}}])
def test_one_without_an_address_says_what_is_missing(own, said):
    answer = ask(own, "PUT", "/v2.1/messages/sms_callback", said)
    assert answer.status_code == 422
    assert "Missing data for required field." in answer.text


@pytest.mark.parametrize("said", [[], "text", 1, {"data": []}, {"data": {}}, {"data": {"attributes": 1}}])
def test_what_is_in_neither_style_is_a_422(own, said):
    assert ask(own, "PUT", "/v2.1/messages/sms_callback", said).status_code == 422


def test_only_sends_are_counted_in_each_second():
    with fr.Sandbox(messages=0, clock=lambda: TODAY) as sandbox:
        answers = [ask(sandbox, "PUT", "/v2.1/messages/sms_callback", COMPACT).status_code for _ in range(20)]
    assert answers == [204] * 20


# ------------------------------------------------------------------ where the sources are silent


def test_one_that_is_not_set_may_be_read_as_null():
    with fr.Sandbox(messages=0, quirks={"callback_unset": "null"}) as sandbox:
        assert read(sandbox, "sms_callback") is None
        assert ask(sandbox, "DELETE", "/v2.2/messages/sms_callback").status_code == 204


def test_a_removal_may_be_answered_200():
    with fr.Sandbox(messages=0, quirks={"callback_removed": "200"}) as sandbox:
        ask(sandbox, "PUT", "/v2.2/messages/sms_callback", COMPACT)
        assert ask(sandbox, "DELETE", "/v2.2/messages/sms_callback").status_code == 200
        assert read(sandbox, "sms_callback") == 404


@pytest.mark.parametrize("version", ["v2", "v2.1", "v2.2"])
def test_reading_one_says_what_version_the_account_is_told_in(version):
    with fr.Sandbox(messages=0, quirks={"callback_version": version}) as sandbox:
        ask(sandbox, "PUT", "/v2.2/messages/sms_callback", COMPACT)
        data = ask(sandbox, "GET", "/v2.1/messages/sms_callback").json()["data"]
    assert data == {
        "type": "callback",
        "attributes": {"api_version": version, "callback_url": URL, "product": "sms"},
    }


def test_each_version_may_know_only_the_names_of_its_own_page():
    named = {  # section 1.5 of the sheet
        ("PUT", "v2.1"): {"sms_dlr_callback", "mms_dlr_callback", "dlr_callback"},
        ("GET", "v2.1"): {"sms_callback", "mms_callback", "dlr_callback"},
        ("PUT", "v2.2"): set(KINDS),
        ("GET", "v2.2"): set(KINDS),
        ("DELETE", "v2.2"): set(KINDS),
    }
    with fr.Sandbox(messages=0, quirks={"callback_types": "documented", "callback_unset": "null"}) as sandbox:
        for (method, version), kinds in named.items():
            answers = {k: ask(sandbox, method, f"/{version}/messages/{k}", COMPACT) for k in (*KINDS, "dlr_callback")}
            assert {kind for kind, each in answers.items() if each.ok} == kinds, (method, version)
        place = f"/v2/numbers/{OURS}/relationships"
        assert [ask(sandbox, "POST", f"{place}/{k}", COMPACT).status_code for k in KINDS] == [204] * 4
        assert ask(sandbox, "POST", f"{place}/dlr_callback", COMPACT).status_code == 404


# ------------------------------------------------------------------ as published


def shape(said):
    """Give the keys and the types of some JSON."""
    if isinstance(said, dict):
        return {key: shape(value) for key, value in said.items()}
    return [shape(each) for each in said] if isinstance(said, list) else type(said)


PUBLISHED = sorted((CASSETTES / "documented").glob("*/*callback*.yaml"))


def test_all_seven_published_exchanges_are_tried():
    assert len(PUBLISHED) == 7


@pytest.mark.parametrize("path", PUBLISHED, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_published_request_gets_an_answer_of_the_published_shape(own, path):
    for kind in KINDS:
        ask(own, "PUT", f"/v2.2/messages/{kind}", {"callback_url": "https://example.com/sms"})
    own.numbers.append("12012673227")  # the sheet's own example
    for exchange in yaml.safe_load(path.read_text())["interactions"]:
        asked, told = exchange["request"], exchange["response"]
        kind = asked["headers"].get("Content-Type", [None])[0]
        place = asked["uri"].removeprefix("https://api.flowroute.com")
        answer = ask(own, asked["method"], place, (asked["body"] or "").encode(), kind)
        assert answer.status_code == told["status"]["code"]
        if told["body"]["string"]:
            assert shape(answer.json()) == shape(json.loads(told["body"]["string"]))
            assert answer.headers["Content-Type"] == told["headers"]["Content-Type"][0]
        else:
            assert answer.content == b""
