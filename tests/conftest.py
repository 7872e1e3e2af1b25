"""What every test stands on: no network but this machine, no keys but made-up ones, a sandbox, and cassettes."""

import base64
import contextlib
import datetime as dt
import gc
import importlib.util
import ipaddress
import json
import os
import re
import signal
import socket
import sys
import threading
import time
from pathlib import Path

import coverage
import pytest
import vcr
from hypothesis import settings
from requests.adapters import HTTPAdapter
from vcr.errors import CannotOverwriteExistingCassetteException
from vcr.persisters.filesystem import FilesystemPersister
from vcr.serialize import serialize

import flowroute_nb as fr
from flowroute_nb import client

ROOT = Path(__file__).parent.parent
collect_ignore = ["benchmarks"]  # programs, whose examples are none
if importlib.util.find_spec("pyspark") is None:
    collect_ignore.append("costs/clusters.py")  # `make engines` installs what it needs
CASSETTES = ROOT / "cassettes"
FLOWROUTE = "https://api.flowroute.com"
RECORD = os.environ.get("FLOWROUTE_NB_RECORD")  # sandbox or live; nothing is recorded without it
OURS, THEIRS, OUR_TEXT = "12065550100", "12065550199", "Gee, nice marmot!"  # what the tests themselves send
TODAY = dt.datetime(2026, 10, 31, 12, tzinfo=dt.UTC)


# ------------------------------------------------------------------ nothing leaves this machine

LEAVING = []  # where to; for the whole run, so that threads and fixtures which outlive a test are guarded too
ASKS_FOR_A_NAME = ("getaddrinfo", "gethostbyname", "gethostbyname_ex", "gethostbyaddr")
GOES_THERE = ("connect", "connect_ex", "sendto")


def _stays_here(host):
    name = host.decode("ascii", "replace") if isinstance(host, bytes) else host
    if not name or name.lower().removesuffix(".") == "localhost":
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def _refuse(where):
    """End the test with what no ``except Exception`` swallows."""
    LEAVING.append(where)
    pytest.fail(f"A test must not leave this machine, and this one asked for {where}.", pytrace=False)


def _guarded_look_up(look_up):
    def guarded(host, *args, **kwargs):
        if not _stays_here(host):
            _refuse(host)
        return look_up(host, *args, **kwargs)

    return guarded


def _guarded_method(method):
    def guarded(self, *args):
        if self.family in (socket.AF_INET, socket.AF_INET6) and not _stays_here(args[-1][0]):
            self.close()
            _refuse(args[-1][0])
        return method(self, *args)

    return guarded


class Guards:
    """Stand before every test, the examples in the package's docstrings too."""

    @pytest.fixture(autouse=True)
    def no_network(self):
        """Fail a test that tried to leave this machine, also where the refusal was swallowed."""
        yield
        tried, LEAVING[:] = LEAVING[:], []
        assert not tried, f"The test tried to leave this machine: {tried}"

    @pytest.fixture(autouse=True, scope="module")
    @classmethod
    def no_litter(cls):
        """Collect what the tests of a file have dropped, so that its threads are not found by those of the next."""
        yield
        gc.collect()

    @pytest.fixture(autouse=True)
    def no_keys(self, monkeypatch):
        """Hide the environment's and the keyring's own keys."""
        if RECORD != "live":
            for name in [name for name in os.environ if name.startswith("FLOWROUTE_")]:
                monkeypatch.delenv(name)
            monkeypatch.setitem(sys.modules, "keyring", None)


def _undo_what_the_background_does():
    """Let signals do here and in child processes what they do in a terminal, and have a standard input.

    Shells start what runs in the background with SIGINT ignored, nohup ignores SIGHUP, and a process that ignores a
    signal hands that on: the interrupts that tests send would do nothing.
    """
    for name, handler in (
        ("SIGINT", signal.default_int_handler),
        ("SIGTERM", signal.SIG_DFL),
        ("SIGHUP", signal.SIG_DFL),
    ):
        number = getattr(signal, name, None)  # Windows has no SIGHUP
        if number is not None and signal.getsignal(number) == signal.SIG_IGN:
            signal.signal(number, handler)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_SETMASK, set())
    if sys.__stdin__ is None:  # it was closed; pytest and IPython ask for its encoding
        sys.__stdin__ = Path(os.devnull).open(encoding="utf-8")  # noqa: SIM115  for the whole run


def pytest_configure(config):
    _undo_what_the_background_does()
    if RECORD not in (None, "sandbox", "live"):
        raise pytest.UsageError(f"FLOWROUTE_NB_RECORD={RECORD} is neither sandbox nor live.")
    config.pluginmanager.register(Guards(), "guards")
    settings.register_profile("ours", deadline=None)  # on a busy machine an example is long in coming
    settings.load_profile("ours")
    config.addinivalue_line("markers", "untraced: what it runs, other tests run too, so that coverage need not watch")
    # A process compiles pandas in a second and loads what was compiled in a third of one, and tests start hundreds.
    sys.dont_write_bytecode = False
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    if RECORD == "live":
        return
    patch = pytest.MonkeyPatch()
    for name in ASKS_FOR_A_NAME:
        patch.setattr(socket, name, _guarded_look_up(getattr(socket, name)))
    for name in GOES_THERE:
        patch.setattr(socket.socket, name, _guarded_method(getattr(socket.socket, name)))
    config.add_cleanup(patch.undo)


def pytest_collection_finish():
    """Let what is loaded by now no longer be looked through for litter: it is none, and 150 files collect theirs."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item):
    """Let a test that makes thousands of examples run at its own speed: half of its time went into watching it."""
    watching = coverage.Coverage.current() if item.get_closest_marker("untraced") else None
    if watching is None:
        return (yield)
    watching.stop()
    try:
        return (yield)
    finally:
        watching.start()


# ------------------------------------------------------------------ a Flowroute of our own


def hurried(running):
    """Let the accounts of a sandbox that takes any number of sends a second send without pauses."""
    client._pacers[running.url, running.access_key] = (client.Pacer(0), client.Pacer(0))
    return running


@pytest.fixture(scope="module")
def sandbox():
    with fr.Sandbox(today="2026-10-31", messages=2_000, rate=0) as running:
        yield hurried(running)


@pytest.fixture
def account(sandbox):
    return sandbox.account()


def until(true, seconds=20):
    """Wait for what another thread does."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.02)


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


def _digits(number):
    """Give a number of the environment, in whatever spelling, as Flowroute says it."""
    digits = re.sub(r"\D", "", number or "")
    return f"1{digits}" if len(digits) == 10 else digits


def _pseudonym(number):
    """Give a number of a real account one of the numbers made for fiction, always the same; a + before it stays."""
    if number.startswith("+"):
        return f"+{_pseudonym(number[1:])}"
    for name, made_up in (("FLOWROUTE_FROM", OURS), ("FLOWROUTE_TO", THEIRS)):
        if number and number == _digits(os.environ.get(name)):
            return made_up
    if re.fullmatch(r"120655501\d\d", number) or not number.isdecimal():
        return number
    return f"1206555{100 + sum(map(int, number)) % 100:04d}"


_AS_IT_IS = {"id", "self", "next", "timestamp", "amount_nanodollars"}  # their digits are nobody's number


def scrubbed(said, name=None):
    """Take numbers and texts out of what a real account says; lengths and alphabets stay, so that costs do."""
    if isinstance(said, list):
        return [scrubbed(each, name) for each in said]
    if isinstance(said, dict):
        return {key: scrubbed(value, key) for key, value in said.items()}
    if not isinstance(said, str) or name in _AS_IT_IS or (name in ("body", "content") and said == OUR_TEXT):
        return said
    if name in ("body", "content"):
        return re.sub(r"[^\W_]", "x", said) if said.isascii() else "é" * len(said)
    if name and name.endswith(("url", "urls", "callback")):
        return said and "https://example.com/"
    return re.sub(r"\+?\b\d{7,}\b", lambda found: _pseudonym(found[0]), said)


def _body(body):
    """Rewrite a body as it may be kept; doing it twice changes nothing more."""
    if not body:
        return body
    said = _PLACES.sub(FLOWROUTE, body.decode() if isinstance(body, bytes) else body)
    if RECORD != "live":
        return said.encode()
    found = _json(said)
    return (scrubbed(said) if found is said else json.dumps(scrubbed(found))).encode()


def secrets():
    """Give what must be in no file, in each of its spellings: the keys, and the two numbers of the environment."""
    access, secret, *numbers = (
        os.environ.get(f"FLOWROUTE_{n}") or "" for n in ("ACCESS_KEY", "SECRET_KEY", "FROM", "TO")
    )
    basic = base64.b64encode(f"{access}:{secret}".encode()).decode() if secret else ""
    mine = {access, secret, basic, *(_digits(number)[-10:] for number in numbers)}
    return mine - {"", OURS[-10:], THEIRS[-10:]}


class Keeper(FilesystemPersister):
    """Writes a cassette beside and moves it, if nothing in it is secret."""

    @staticmethod
    def save_cassette(cassette_path, cassette_dict, serializer):
        said, path = serialize(cassette_dict, serializer), Path(cassette_path)
        assert not [one for one in secrets() if one in said], f"{path.name} would hold a key or a number of yours."
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_suffix(".part")
        beside.write_text(said, newline="\n")
        beside.replace(path)


def before_request(request):
    request.uri = _PLACES.sub(FLOWROUTE, request.uri)
    request.body = _body(request.body)
    return request


def before_response(response):
    kept = {k: v for k, v in response["headers"].items() if k.lower() in ("content-type", "retry-after")}
    response["headers"] = {k: ["0"] if k.lower() == "retry-after" else v for k, v in kept.items()}
    response["body"]["string"] = _body(response["body"]["string"])
    return response


FAILED = pytest.StashKey[bool]()
RECORDER = vcr.VCR(
    match_on=["method", "scheme", "host", "port", "path", "query", "same_json"],
    filter_headers=["Authorization", "User-Agent", "Accept-Encoding", "Connection", "Content-Length"],
    before_record_request=before_request,
    before_record_response=before_response,
    decode_compressed_response=True,
)
RECORDER.register_matcher("same_json", same_json)
RECORDER.register_persister(Keeper)


@contextlib.contextmanager
def playing(path, mode="none", *, keep=lambda: True):
    """Play or record a cassette; an exchange that was not asked for, or one that is not there, fails."""
    assert mode != "none" or path.exists(), f"There is no cassette {path.name}. make cassettes records it."
    refused, send = [], HTTPAdapter.send

    def one_at_a_time(*args, **kwargs):
        with _lock:
            try:
                return send(*args, **kwargs)
            except CannotOverwriteExistingCassetteException as unknown:
                refused.append(str(unknown))
                raise

    # Recording anew leaves nothing of what was there; playing with drop_unused_requests would rewrite the file.
    anew = {"record_mode": mode, "drop_unused_requests": mode != "none"}
    with pytest.MonkeyPatch.context() as patch, RECORDER.use_cassette(str(path), **anew) as cassette:
        patch.setattr(HTTPAdapter, "send", one_at_a_time)
        yield
        if mode == "none":
            assert not refused, f"{path.name} has no answer to: {refused}"
            assert cassette.all_played, f"{path.name} has exchanges that nobody asked for"
        elif not keep():
            cassette.dirty = False  # the test failed: what was recorded before stays


@pytest.fixture
def documented():
    """Play a published exchange: ``with documented("v2.1/send-sms.yaml"): …``."""
    return lambda name: playing(CASSETTES / "documented" / name)


class Taped:
    """Makes the accounts of a test whose exchanges are on a cassette."""

    def __init__(self, sandbox):
        self.sandbox = sandbox
        self.to = _digits(os.environ.get("FLOWROUTE_TO")) or THEIRS

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


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item):
    report = yield
    if report.failed:
        item.stash[FAILED] = True
    return report


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
    with contextlib.ExitStack() as stack:
        own = None
        if RECORD == "sandbox":
            own = stack.enter_context(fr.Sandbox(today="2026-10-31", messages=200, rate=0))
        stack.enter_context(playing(place, "all", keep=lambda: FAILED not in request.node.stash))
        yield Taped(own)
