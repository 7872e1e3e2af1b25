"""Each documented request, replayed against the sandbox, is answered as documented: status, keys and types."""

import json
import subprocess
import sys
from collections import Counter
from contextlib import contextmanager
from pathlib import Path

import fidelity
import pytest
import requests
import yaml
from fidelity import cell
from receiver import file_server, told

import flowroute_nb as fr
from flowroute_nb.sandbox.quirks import DEFAULTS

HOST, DAY = "https://api.flowroute.com", "2018-01-07"
STRANGE, STOPPED = "12065550109", "12065551234"
FILES = [name for name in fidelity.SHAPES if not name.endswith("set.yaml") or "callback" in name]
ERRORS = [name for name in FILES if "/error" in name]
QUIRKS = {  # where the documented answer is not the default's
    "v2/lookup-older.yaml": {"v2_inner_type": "present"},
    "v2/error-plain.yaml": {"v2_errors": "plain"},
    "v2.2/send-mms.yaml": {"mms_price": "absent"},
    "v2.2/send-mms-compact.yaml": {"mms_price": "absent"},
    "v2.2/send-sms-price-under-data.yaml": {"price_details": "data", "price_type": "number"},
}


def exchanges(name):
    return yaml.safe_load((fidelity.DOCUMENTED / name).read_text())["interactions"]


class Client:
    """Replays documented requests, with numbers and ids that the sandbox has in place of the documented ones."""

    def __init__(self, sandbox):
        self.sandbox, self.web = sandbox, requests.Session()
        self.web.auth, self.web.trust_env = (sandbox.access_key, sandbox.secret_key), False

    def replay(self, asked, *, sender=None, **other):
        body = asked["body"]
        if body:
            said = json.loads(body)
            attributes = said.get("data", said).get("attributes", said)
            if "from" in attributes:
                plus = "+" if attributes["from"][:1] == "+" else ""
                attributes["from"] = plus + (sender or self.sandbox.numbers[0])
            body = json.dumps(said)
        url = asked["uri"].replace(HOST, self.sandbox.url).replace("12012673227", self.sandbox.numbers[0])
        url = url.replace("starts_with=1201", "starts_with=120655501")
        heads = {name: values[0] for name, values in asked["headers"].items()} or {"Content-Type": "application/json"}
        asked = {"method": asked["method"], "url": url, "data": body, "headers": heads, "timeout": 10} | other
        return self.web.request(**asked)

    def id_like(self, record):
        """Find a record of the same direction and kind."""
        said = self.web.get(f"{self.sandbox.url}/v2.1/messages?start_date=2017-12-01&limit=500", timeout=10).json()
        wanted = (record["direction"], False, 0)
        return next(
            each["id"]
            for each in said["data"]
            if tuple(each["attributes"][name] for name in ("direction", "is_mms", "message_encoding")) == wanted
        )


def kinds(said):
    """Give the keys and types of an answer; a list is the kinds of all it has."""
    if isinstance(said, dict):
        return {name: kinds(value) for name, value in said.items()}
    if isinstance(said, list):
        return [kinds(each) for each in said]
    return type(said)


def differences(documented, served, place=""):
    """Name where keys or types differ; what is null on one side may be anything on the other."""
    if type(None) in (documented, served):
        return []
    if isinstance(documented, dict) and isinstance(served, dict):
        if documented.keys() != served.keys():
            return [f"{place}: {sorted(documented)} is documented, {sorted(served)} was served"]
        return [why for name in documented for why in differences(documented[name], served[name], f"{place}.{name}")]
    if isinstance(documented, list) and isinstance(served, list):
        if not documented:
            return []
        fits = [min((differences(one, each, f"{place}[]") for one in documented), key=len) for each in served]
        return [why for each in fits for why in each]
    return [] if documented == served else [f"{place}: {documented} is documented, {served} was served"]


@contextmanager
def house(name, **options):
    with fr.Sandbox(quirks=QUIRKS.get(name), **{"today": DAY, "messages": 300, "rate": 0, **options}) as sandbox:
        yield Client(sandbox)


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=cell(name, "sandbox")) for name in FILES if name not in ERRORS]
)
def test_a_documented_request_is_answered_as_documented(name):
    (exchange,) = exchanges(name)
    asked, answer = exchange["request"], exchange["response"]
    with house(name) as client:
        if "lookup" in name:
            record = json.loads(answer["body"]["string"])["data"]
            asked["uri"] = asked["uri"].replace(record["id"], client.id_like(record["attributes"]))
        if "callback-re" in name:  # read or remove what was set
            set_ = {**asked, "method": "PUT", "body": json.dumps({"callback_url": "https://example.com/sms"})}
            assert client.replay(set_).status_code == 204
        got = client.replay(asked)
        assert got.status_code == answer["status"]["code"], got.text
        if answer["body"]["string"]:
            assert got.headers["Content-Type"] == "application/vnd.api+json"
            assert differences(kinds(json.loads(answer["body"]["string"])), kinds(got.json())) == []
        else:
            assert (got.content, got.headers.get("Content-Type")) == (b"", None)


@pytest.mark.fidelity("a set of records", "v2.1", "sandbox", "published")
def test_the_documented_pages_are_served_with_the_documented_next():
    first, last = exchanges("v2.1/set.yaml")
    with house("v2.1/set.yaml", messages=3) as client:
        got, rest = client.replay(first["request"]).json(), client.replay(last["request"]).json()
        documented = json.loads(first["response"]["body"]["string"])
        assert differences(kinds(documented), kinds(got)) == []
        assert got["links"]["next"].replace(client.sandbox.url, HOST) == documented["links"]["next"]
        assert (len(rest["data"]), rest["links"]) == (1, json.loads(last["response"]["body"]["string"])["links"])


# ------------------------------------------------------------------ errors


def opted_out(client, asked):
    client.sandbox.receive(from_=STOPPED, to=client.sandbox.numbers[0], body="STOP")
    return client.replay(asked)


def with_attribute(client, asked, **changed):
    said = json.loads(asked["body"])
    said["data"]["attributes"] |= changed
    return client.replay({**asked, "body": json.dumps(said)})


def with_a_large_file(client, asked):
    with file_server(767_841) as url:
        return with_attribute(client, asked, media_urls=[url])


def too_many(client, asked):
    asked = {**asked, **exchanges("v2.1/send-sms.yaml")[0]["request"]}
    answers = [client.replay(asked) for _ in range(12)]
    return next(each for each in answers if each.status_code == 429)


PROVOKED = {  # how to make the sandbox answer a documented request with the documented error
    "400": lambda client, asked: client.replay(asked, data="{"),
    "400-opted-out": opted_out,
    "401": lambda client, asked: client.replay(asked, auth=("AK", "wrong")),
    "403": lambda client, asked: client.replay(asked, sender=STRANGE),
    "404": lambda client, asked: client.replay(asked),
    "405": lambda client, asked: client.replay({**asked, "method": "DELETE"}),
    "422-media": with_a_large_file,
    "422-nested": lambda client, asked: with_attribute(client, asked, to=5),
    "429": too_many,
    "plain": lambda client, asked: client.replay(asked, sender=STRANGE),
}


@pytest.mark.parametrize("name", [pytest.param(name, marks=cell(name, "sandbox")) for name in ERRORS])
def test_a_documented_error_is_given_as_documented(name):
    (exchange,) = exchanges(name)
    documented = json.loads(exchange["response"]["body"]["string"])
    with house(name, rate=5) as client:
        got = PROVOKED[name.partition("error-")[2].removesuffix(".yaml")](client, exchange["request"])
        assert got.status_code == exchange["response"]["status"]["code"], got.text
        served = got.json()
    if "errors" not in documented:
        assert kinds(served) == {"error": str}
        return
    (one,), (other,) = documented["errors"], served["errors"]
    assert other["status"] == got.status_code
    assert {*one} - {"title"} == {*other} - {"title"}  # api/errors: only id and status are required
    if isinstance(one["detail"], dict):
        assert [type(why) for whys in other["detail"]["data"]["attributes"].values() for why in whys] == [str]
    else:
        assert isinstance(other["detail"], type(one["detail"]))
    if name.endswith("422-media.yaml"):
        assert other["detail"].endswith('/37.gif" is over 767840 byte limit.')


@pytest.mark.parametrize(
    ("version", "method", "path", "status"),
    [
        pytest.param(*rest, marks=pytest.mark.fidelity(row, rest[0], "sandbox", "reading"))
        for row, *rest in [
            ("send an MMS", "v2", "POST", "messages", 422),
            ("message stats", "v2.1", "GET", "message-stats", 404),
            ("message stats", "v2.2", "GET", "message-stats", 404),
            ("set a callback", "v2", "PUT", "messages/sms_callback", 405),
            ("read a callback", "v2", "GET", "messages/sms_callback", 404),
            ("remove a callback", "v2", "DELETE", "messages/sms_callback", 405),
            ("remove a callback", "v2.1", "DELETE", "messages/sms_callback", 405),
            ("set a number's callback", "v2.1", "POST", "numbers/12065550100/relationships/sms_callback", 404),
            ("set a number's callback", "v2.2", "POST", "numbers/12065550100/relationships/sms_callback", 404),
            ("list the numbers", "v2.1", "GET", "numbers", 404),
            ("list the numbers", "v2.2", "GET", "numbers", 404),
            ("one number", "v2.1", "GET", "numbers/12065550100", 404),
            ("one number", "v2.2", "GET", "numbers/12065550100", 404),
        ]
    ],
)
def test_what_a_version_does_not_have_is_refused(version, method, path, status):
    said = {"to": STOPPED, "from": "12065550100", "media_urls": ["https://example.com/37.gif"]}
    with house("") as client:
        url = f"{client.sandbox.url}/{version}/{path}"
        assert client.web.request(method, url, json=said, timeout=10).status_code == status


@pytest.mark.fidelity("one number", "v2", "sandbox", "sheet")
def test_one_number_has_its_relations_and_what_they_point_at():
    with house("") as client:
        said = client.web.get(f"{client.sandbox.url}/v2/numbers/{client.sandbox.numbers[0]}", timeout=10).json()
    listed = json.loads(exchanges("v2/numbers.yaml")[0]["response"]["body"]["string"])["data"][0]
    relations = said["data"].pop("relationships")
    assert differences(kinds(listed), kinds(said["data"])) == []
    assert set(relations) == {"cnam_preset", "e911_address", "primary_route", "failover_route"}
    assert [each["id"] for each in said["included"]] == [relations["primary_route"]["data"]["id"]]


V2_LACKS = {
    "send an MMS": lambda a: a.send(to=STOPPED, from_=STRANGE, media_urls=["https://example.com/37.gif"]),
    "set a callback": lambda a: a.set_callback("sms_callback", "https://example.com/sms"),
    "read a callback": lambda a: a.callbacks(),
    "remove a callback": lambda a: a.remove_callback("sms_callback"),
    "set a number's callback": lambda a: a.set_callback("sms_callback", "https://example.com/sms", number=STRANGE),
}


@pytest.mark.parametrize(
    "row", [pytest.param(row, marks=pytest.mark.fidelity(row, "v2", "library", "reading")) for row in V2_LACKS]
)
def test_what_v2_lacks_is_refused_before_any_request(row):
    with house("") as client:
        with pytest.raises(fr.InputError, match=r"Use an account with api='v2\.1' or 'v2\.2'"):
            V2_LACKS[row](client.sandbox.account(api="v2"))
        assert client.sandbox.log.empty


@pytest.mark.parametrize(
    "version",
    [
        pytest.param(version, marks=pytest.mark.fidelity(row, version, "sandbox", "reading"))
        for row, version in [
            ("one record", "v2.2"),
            ("a set of records", "v2"),
            ("a set of records", "v2.2"),
            ("errors", "v2.2"),
        ]
    ],
)
def test_where_no_example_is_published_a_version_answers_as_its_neighbours_do(version):
    other = "v2.1" if version == "v2.2" else "v2"
    with house("") as client:

        def asked(version, path):
            return client.web.get(f"{client.sandbox.url}/{version}/messages{path}", timeout=10).json()

        page = asked(version, "?start_date=2017-12-01&limit=200")
        one = next(each for each in page["data"] if "relationships" not in each)  # the documented one is no MMS
        assert asked(version, f"/{one['id']}") == {"data": one}
        documented = json.loads(exchanges(f"{other}/lookup.yaml")[0]["response"]["body"]["string"])["data"]
        assert differences(kinds(documented), kinds(one)) == []
        assert asked(version, "?start_date=2017-12-01&limit=200&offset=200")["links"] == {}
        assert differences(kinds(asked("v2.1", "/none")), kinds(asked(version, "/none"))) == []


# ------------------------------------------------------------------ contradictions that are none on the wire


@pytest.mark.fidelity("contradiction 4", "", "library", "published")
@pytest.mark.parametrize("name", ["v2/lookup.yaml", "v2.1/lookup.yaml"])
def test_a_published_amount_is_dollars_x_10_to_the_9(name):
    text = exchanges(name)[0]["response"]["body"]["string"]
    shown = json.loads(text)["data"]["attributes"]["amount_display"]
    assert f"${fr.read(text).cost[0]}" == shown


@pytest.mark.fidelity("contradiction 5", "", "sandbox", "sheet")
def test_the_encoding_is_0_for_ascii_and_8_for_anything_else():
    with house("") as client:
        said = client.web.get(f"{client.sandbox.url}/v2.1/messages?start_date=2017-12-01&limit=300", timeout=10).json()
    bodies = [(e["attributes"]["body"] or "", e["attributes"]["message_encoding"]) for e in said["data"]]
    assert Counter(encoding == (0 if body.isascii() else 8) for body, encoding in bodies) == {True: 300}
    assert {encoding for _, encoding in bodies} == {0, 8}


@pytest.mark.fidelity("contradiction 21", "", "sandbox", "reading")
def test_a_webhook_has_no_signature():
    with house("") as client, told(client.sandbox) as receiver:
        client.sandbox.receive(from_=STOPPED, to=client.sandbox.numbers[0], body="hello there")
        client.sandbox.tick(seconds=1)
        ((_, heads, _),) = receiver.got
    assert {name.lower() for name in heads} <= {
        *("host", "content-type", "content-length", "user-agent", "connection", "accept-encoding")
    }


# ------------------------------------------------------------------ the tables


def test_the_table_of_fidelity_and_the_readme_s_of_quirks_are_what_the_code_says():
    script = Path(fidelity.__file__)
    done = subprocess.run([sys.executable, str(script), "--check"], capture_output=True, text=True, cwd=fidelity.ROOT)
    assert done.returncode == 0, done.stderr


def test_every_mapping_of_a_version_stands_where_the_table_says():
    for room, before, _ in fidelity.MAPPINGS:
        assert (fidelity.ROOT / "flowroute_nb" / f"{room}.py").read_text().count(before) == 1, (room, before)


def test_every_quirk_named_in_a_contradiction_is_one():
    assert set(fidelity.OF_QUIRK) <= set(DEFAULTS)


def test_the_files_with_cells_are_known_and_a_file_that_only_speaks_of_them_is_none():
    names = {Path(path).name for path in fidelity.marked(fidelity.ROOT)}
    assert names == {"test_belongings.py", "test_documented.py", "test_fidelity.py", "test_sandbox_quirks.py"}


def test_a_mapping_that_stands_nowhere_is_no_proof():
    with pytest.raises(AssertionError, match="the table of mappings is old"):
        fidelity.reds("wire", "nothing that stands there", "")
