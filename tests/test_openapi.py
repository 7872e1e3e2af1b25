"""openapi.json describes the sandbox, and the sandbox does what it says: asked by schemathesis in every way it can."""

import json
import re
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests
import schemathesis
import yaml
from hypothesis import strategies
from jsonschema import Draft202012Validator
from referencing import Registry
from referencing.jsonschema import DRAFT202012
from schemathesis.config import SchemathesisConfig

import flowroute_nb as fr
from flowroute_nb.sandbox import faults

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "flowroute_nb" / "sandbox" / "openapi.json").read_text()
DESCRIPTION = json.loads(TEXT)
# the same with references that are found from anywhere
API = json.loads(TEXT.replace('"#/', '"urn:api#/'))
FOUND = Registry().with_resource("urn:api", DRAFT202012.create_resource(API))
METHODS = ("get", "post", "put", "delete")
OPERATIONS = {(m, path): item[m] for path, item in API["paths"].items() for m in METHODS if m in item}

# the table of endpoints in Flowroute's documentation, as far as it is about messages and numbers
ENDPOINTS = {
    *((method, f"/{version}/messages") for version in ("v2", "v2.1", "v2.2") for method in ("post", "get")),
    ("get", "/v2/messages/{record_id}"),
    *((method, f"/{version}/messages/{{id_or_callback}}") for version in ("v2.1", "v2.2") for method in ("get", "put")),
    ("delete", "/v2.2/messages/{id_or_callback}"),
    ("get", "/v2/message-stats"),
    ("get", "/v2/numbers"),
    ("get", "/v2/numbers/{number}"),
    ("post", "/v2/numbers/{number}/relationships/{callback_type}"),
}


def resolved(part):
    """Follow a reference."""
    return FOUND.resolver().lookup(part["$ref"]).contents if "$ref" in part else part


def wrong(schema, value):
    """Say what of a value a schema does not allow."""
    return [each.message for each in Draft202012Validator(schema, registry=FOUND).iter_errors(value)]


def examples(part):
    """Give the examples of a content, a parameter or a schema."""
    return [part["example"]] if "example" in part else [each["value"] for each in part.get("examples", {}).values()]


def parameters(path, operation):
    return {
        each["name"]: each
        for each in map(resolved, [*API["paths"][path].get("parameters", []), *operation.get("parameters", [])])
    }


# ------------------------------------------------------------------ the description itself


def test_it_is_valid_openapi():
    SCHEMA.validate()


def test_it_is_served_to_whoever_asks(sandbox):
    answer = requests.get(f"{sandbox.url}/openapi.json", timeout=5)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/json")
    assert answer.json() == DESCRIPTION
    for method, path in (("POST", "/openapi.json"), ("GET", "/v2/openapi.json"), ("GET", "/openapi.json/")):
        assert requests.request(method, sandbox.url + path, timeout=5).status_code == 401


def test_it_describes_every_endpoint_and_no_other():
    assert set(OPERATIONS) == ENDPOINTS


def test_every_operation_can_be_learned_from():
    names = [each["operationId"] for each in OPERATIONS.values()]
    assert len(set(names)) == len(names)
    for (method, path), operation in OPERATIONS.items():
        assert operation["summary"]
        assert {"401", "429", "500", "503"} <= set(operation["responses"])
        if (method, path) != ("delete", "/v2.2/messages/{id_or_callback}"):  # no page has it
            assert operation["externalDocs"]["url"].startswith("https://developer.flowroute.com/api/")
        if method != "delete":
            said = [resolved(each) for each in operation["responses"].values()]
            assert all(examples(content) for each in said[:1] for content in each.get("content", {}).values()), path


def test_every_example_is_what_its_schema_allows():
    count = 0
    for (_, path), operation in OPERATIONS.items():
        parts = list(parameters(path, operation).values())
        for each in (operation.get("requestBody"), *operation["responses"].values()):
            parts += resolved(each).get("content", {}).values() if each else []
        for part in parts:
            for example in examples(part):
                assert wrong(part["schema"], example) == [], (path, example)
                count += 1
    for name, schema in API["components"]["schemas"].items():
        for example in schema.get("examples", []):
            assert wrong(schema, example) == [], name
            count += 1
    assert count > 100


def published():
    """Give each published exchange: file, request and response."""
    for file in sorted((ROOT / "cassettes" / "documented").rglob("*.yaml")):
        for each in yaml.safe_load(file.read_text())["interactions"]:
            yield pytest.param(each["request"], each["response"], id=f"{file.parent.name}/{file.stem}")


@pytest.mark.parametrize(("request_", "response"), list(published()))
def test_every_published_exchange_is_described(request_, response):
    """What it describes is not our own reading of it: these are other people's words."""
    url, method = urlsplit(request_["uri"]), request_["method"].lower()
    patterns = {path: re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", path) for asked, path in OPERATIONS if asked == method}
    ((template, found),) = ((p, m) for p, r in patterns.items() if (m := re.fullmatch(r, url.path.rstrip("/"))))
    operation = OPERATIONS[method, template]
    known = parameters(template, operation)
    for name, value in {**dict(parse_qsl(url.query)), **found.groupdict()}.items():
        schema = resolved(known[name]["schema"])
        assert wrong(schema, int(value) if schema.get("type") == "integer" else value) == [], name
    if request_["body"]:
        (kind,) = request_["headers"].get("Content-Type", ["application/vnd.api+json"])
        content = resolved(operation["requestBody"])["content"][kind]
        assert wrong(content["schema"], json.loads(request_["body"])) == []
    answer = resolved(operation["responses"][str(response["status"]["code"])])
    if response["body"]["string"]:
        content = answer["content"]["application/vnd.api+json"]
        assert wrong(content["schema"], json.loads(response["body"]["string"])) == []
    else:
        assert "content" not in answer


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("RecordAnswer", {"data": {"type": "message", "id": "mdr2-1", "attributes": {}}}),
        ("SentV2", {"data": {"id": "mdr2-1"}}),
        ("Sent", {"data": {"id": "mdr2-1", "type": "message"}}),
        ("Errors", {"errors": []}),
        ("Errors", {"errors": [{"id": "8f20a349-ebc0-4246-81ae-b4e7caef324c"}]}),
        ("Message", {"to": "12065550100", "from": "12065550101"}),
        ("Message", {"to": "2065550100", "from": "12065550101", "body": "x"}),
        ("MessageV2", {"to": "12065550100", "from": "12065550101", "body": "it\u2019s"}),
        ("Callback", {"callback_url": "example.com"}),
        ("Stats", {"data": [{"type": "message-stats", "id": "2017", "attributes": {"date": "2017"}}]}),
    ],
)
def test_what_is_wrong_is_not_what_a_schema_allows(name, value):
    assert wrong(API["components"]["schemas"][name], value)


def test_faults_can_be_told_of_every_endpoint_that_is_described():
    described = {}
    for method, path in OPERATIONS:
        described.setdefault(path.split("/")[2], set()).add(method.upper())
    assert {place: set(methods) for place, methods in faults._PLACES.items()} == described


# ------------------------------------------------------------------ what the sandbox does

KEYS = {"access_key": "sandbox-of-openapi", "secret_key": "known-to-schemathesis"}
CONFIG = {
    "auth": {"basic": {"username": KEYS["access_key"], "password": KEYS["secret_key"]}},
    "seed": 1,
    "generation": {"max-examples": 25, "deterministic": True, "database": "none"},
    # one path is that of records, which are read alone, and of callbacks, which are also set: Allow tells them apart
    "checks": {"allow_header_conformance": {"enabled": False}},
}
SCHEMA = schemathesis.openapi.from_dict(DESCRIPTION, config=SchemathesisConfig.from_dict(CONFIG))
# of the moments that OpenAPI calls date-time, those in UTC, as the description wants
in_utc = strategies.datetimes().map(lambda at: f"{at.isoformat(timespec='milliseconds')}Z")
schemathesis.openapi.format("date-time", in_utc)


@pytest.fixture(scope="module")
def own():
    with fr.Sandbox(today="2026-10-31", messages=2_000, rate=0, **KEYS) as sandbox:
        yield sandbox


@pytest.mark.untraced
@SCHEMA.parametrize()
def test_whatever_is_asked_is_answered_as_described(case, own):
    """No 5xx, no dropped connection, no status, head or body but those described; what is wrong is refused."""
    case.call_and_validate(base_url=own.url)
