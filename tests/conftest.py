"""What every test stands on: no network but this machine, no keys but made-up ones, a sandbox, and cassettes."""

import contextlib
import datetime as dt
import json
import os
import re
import socket
import sys
import threading
from pathlib import Path

import pytest
import vcr
from requests.adapters import HTTPAdapter
from vcr.errors import CannotOverwriteExistingCassetteException

import flowroute_nb as fr

ROOT = Path(__file__).parent.parent
CASSETTES = ROOT / "cassettes"
FLOWROUTE = "https://api.flowroute.com"
RECORD = os.environ.get("FLOWROUTE_NB_RECORD")  # sandbox or live; nothing is recorded without it
OURS, THEIRS, OUR_TEXT = "12065550100", "12065550199", "Gee, nice marmot!"  # what the tests themselves send
TODAY = dt.datetime(2026, 10, 31, 12, tzinfo=dt.UTC)


# ------------------------------------------------------------------ nothing leaves this machine


def _stays_here(address):
    return not isinstance(address, tuple) or address[0] in ("127.0.0.1", "::1", "localhost", "", None)


@pytest.fixture(autouse=True)
def no_network(monkeypatch):
    """Refuse every connection and name look-up that is not of this machine, also one whose error is swallowed."""
    if RECORD == "live":
        yield
        return
    left, connect, getaddrinfo = [], socket.socket.connect, socket.getaddrinfo

    def guarded_connect(self, address):
        if not _stays_here(address):
            left.append(address)
            raise OSError(f"a test must not leave this machine: {address}")
        return connect(self, address)

    def guarded_getaddrinfo(host, *args, **kwargs):
        if not _stays_here((host,)):
            left.append(host)
            raise socket.gaierror(f"a test must not leave this machine: {host}")
        return getaddrinfo(host, *args, **kwargs)

    monkeypatch.setattr(socket.socket, "connect", guarded_connect)
    monkeypatch.setattr(socket, "getaddrinfo", guarded_getaddrinfo)
    yield
    assert not left, f"the test tried to leave this machine: {left}"


@pytest.fixture(autouse=True)
def no_keys(monkeypatch):
    """Hide the environment's and the keyring's own keys."""
    if RECORD != "live":
        for name in [name for name in os.environ if name.startswith("FLOWROUTE_") and name != "FLOWROUTE_NB_RECORD"]:
            monkeypatch.delenv(name)
        monkeypatch.setitem(sys.modules, "keyring", None)


# ------------------------------------------------------------------ a Flowroute of our own


@pytest.fixture(scope="module")
def sandbox():
    with fr.Sandbox(today="2026-10-31", messages=2_000, rate=0) as running:
        yield running


@pytest.fixture
def account(sandbox):
    return sandbox.account()


# ------------------------------------------------------------------ cassettes

_PLACES = re.compile(r"http://127\.0\.0\.1:\d+")
_lock = threading.RLock()  # vcrpy patches urllib3 for all threads while one connects: one request at a time


def _json(body):
    try:
        return json.loads(body or b"null")
    except ValueError:
        return body


def same_json(one, other):
    """Match bodies by what they say."""
    if _json(one.body) != _json(other.body):
        raise AssertionError(f"{one.body!r} is not {other.body!r}")


def _pseudonym(number):
    """Give a number of a real account one of the numbers made for fiction, always the same."""
    if number in (os.environ.get("FLOWROUTE_FROM"), os.environ.get("FLOWROUTE_TO")):
        return OURS if number == os.environ.get("FLOWROUTE_FROM") else THEIRS
    if re.fullmatch(r"120655501\d\d", number) or not number.isdecimal():
        return number
    return f"1206555{100 + sum(map(int, number)) % 100:04d}"


def scrubbed(said):
    """Take numbers and texts out of what a real account says; lengths and alphabets stay, so that costs do."""
    if isinstance(said, list):
        return [scrubbed(each) for each in said]
    if not isinstance(said, dict):
        return said
    hidden = {}
    for name, value in said.items():
        if name in ("to", "from") and isinstance(value, str):
            hidden[name] = _pseudonym(value.lstrip("+"))
        elif name in ("body", "content") and isinstance(value, str) and value != OUR_TEXT:
            hidden[name] = re.sub(r"[^\W_]", "x", value) if value.isascii() else "é" * len(value)
        elif name.endswith(("url", "urls")):
            hidden[name] = value and "https://example.com/"
        else:
            hidden[name] = scrubbed(value)
    return hidden


def _body(body):
    """Rewrite a body as it may be kept; doing it twice changes nothing more."""
    if not body:
        return body
    said = _PLACES.sub(FLOWROUTE, body.decode() if isinstance(body, bytes) else body)
    found = _json(said)
    return json.dumps(scrubbed(found)).encode() if RECORD == "live" and isinstance(found, dict) else said.encode()


def before_request(request):
    request.uri = _PLACES.sub(FLOWROUTE, request.uri)
    request.body = _body(request.body)
    return request


def before_response(response):
    kept = {k: v for k, v in response["headers"].items() if k.lower() in ("content-type", "retry-after")}
    response["headers"] = {k: ["0"] if k.lower() == "retry-after" else v for k, v in kept.items()}
    response["body"]["string"] = _body(response["body"]["string"])
    return response


RECORDER = vcr.VCR(
    match_on=["method", "scheme", "host", "port", "path", "query", "same_json"],
    filter_headers=["Authorization", "User-Agent", "Accept-Encoding", "Connection", "Content-Length"],
    before_record_request=before_request,
    before_record_response=before_response,
    decode_compressed_response=True,
)
RECORDER.register_matcher("same_json", same_json)


@contextlib.contextmanager
def playing(path, mode="none"):
    """Play or record a cassette; an exchange that was not asked for, or one that is not there, fails."""
    refused, send = [], HTTPAdapter.send

    def one_at_a_time(*args, **kwargs):
        with _lock:
            try:
                return send(*args, **kwargs)
            except CannotOverwriteExistingCassetteException as unknown:
                refused.append(str(unknown))
                raise

    with pytest.MonkeyPatch.context() as patch, RECORDER.use_cassette(str(path), record_mode=mode) as cassette:
        patch.setattr(HTTPAdapter, "send", one_at_a_time)
        yield
        if mode == "none":
            assert not refused, f"{path.name} has no answer to: {refused}"
            assert cassette.all_played, f"{path.name} has exchanges that nobody asked for"


@pytest.fixture
def documented():
    """Play a published exchange: ``with documented("v2.1/send-sms.yaml"): …``."""
    return lambda name: playing(CASSETTES / "documented" / name)


class Taped:
    """Makes the accounts of a test whose exchanges are on a cassette."""

    def __init__(self, sandbox):
        self.sandbox = sandbox
        self.to = os.environ.get("FLOWROUTE_TO", THEIRS)

    def account(self, **options):
        if RECORD == "live":
            return fr.Account(**{"from_": os.environ["FLOWROUTE_FROM"], **options})
        if self.sandbox is not None:
            return self.sandbox.account(**options)
        made_up = {
            "access_key": "played",
            "secret_key": "played-secret",
            "from_": OURS,
            "clock": lambda: TODAY,
        }
        account = fr.Account(**{**made_up, **options})
        account._sleep = lambda _: None  # the lag is on the tape
        return account


@pytest.fixture
def cassette(request):
    """Play ``cassettes/<test module>/<test>.yaml``, or record it when ``make cassettes`` says so."""
    place = CASSETTES / request.module.__name__ / f"{re.sub(r'[^a-z0-9.]+', '-', request.node.name)}.yaml"
    if RECORD is None:
        with playing(place):
            yield Taped(None)
        return
    if RECORD == "live":
        missing = [n for n in ("ACCESS_KEY", "SECRET_KEY", "FROM", "TO") if not os.environ.get(f"FLOWROUTE_{n}")]
        assert not missing, f"To record from Flowroute, set {', '.join(f'FLOWROUTE_{n}' for n in missing)}."
    place.unlink(missing_ok=True)
    with contextlib.ExitStack() as stack:
        own = None if RECORD == "live" else fr.Sandbox(today="2026-10-31", messages=200, rate=0)
        stack.enter_context(playing(place, "all"))
        yield Taped(own)
    if own is not None:
        own.stop()
