"""A key, a number and a text are planted, all is made to fail in a real kernel, and what is left is searched."""

import base64
import contextlib
import json
import os
import signal
import sys
import threading
import traceback
from collections import deque
from pathlib import Path
from urllib.parse import quote

import nbformat
import pytest
from faulty import SENT, Faulty, answer, close, silence
from nbclient import NotebookClient

import flowroute_nb as fr

ACCESS, SECRET = "planted-access-key", "planted+secret/key="
NUMBER, TEXT = "15305550123", "a text nobody else should read"


def spellings(secret):
    """Give the spellings in which a secret could stand somewhere."""
    pair = f"{ACCESS}:{secret}"
    clear = [secret, quote(secret, safe=""), secret[::-1]]
    encoded = [base64.b64encode(each.encode()).decode().rstrip("=") for each in (pair, secret)]
    return [*clear, *encoded, *(quote(each, safe="") for each in encoded)]


def found(said, secrets):
    return [each for each in secrets if each in said]


SETUP = """
%xmode Verbose
import logging, os, pickle, http.client
logging.basicConfig(level=logging.DEBUG, filename="everything.log", force=True)
import flowroute_nb as fr
fr.errors  # loaded
to, body = os.environ["PLANTED_NUMBER"], os.environ["PLANTED_TEXT"]
"""
FAILING = [
    "account = fr.Account(from_='12065550100', timeout=(1, 1))",
    "account.send(to=to, body=body)",
    "account.lookup('mdr2-1')",
    "account.messages('2026-10-05', progress=False)",
    "list(account.pages('2026-10-05'))",
    "account.stats()",
    "account.numbers(starts_with=to)",
    "fr.Account(api='v2').callbacks()",
    "account.set_callback('sms_callback', 'https://example.com/sms', number=to)",
    "account.remove_callback('sms_callback')",
    "fr.Account(tz='Mars')",
    "fr.Account(access_key='')",
    "fr.Account(base_url='http://example.com')",
    "account.send(to=to, boddy=body)",
    "account.send(to=to + '99', body=body)",
    "account.send(to=to, body='“' + body + '”')",
    "pickle.dumps(account)",
    "import copy; copy.deepcopy(account)",
]
LOOKING = """
from IPython.display import display
client = account._client
display(account, client, client._line(), client._keys)
print(repr(account), vars(account), vars(client), dir(client._keys))
print(vars(client._line()), vars(client._line()._session))
print([getattr(client._keys, name, None) for name in client._keys.__slots__])
for pickled in (client, client._keys):
    try:
        print(pickle.dumps(pickled))
    except Exception as error:
        print(type(error), error)
"""
ERRORS = """
send = lambda number: account.send(to=number, body=body)
for call in (lambda: send(to), lambda: account.lookup('mdr2-1'), lambda: send(to + '99')):
    try:
        call()
    except fr.FlowrouteError as error:
        print('SAID', error, repr(error), pickle.loads(pickle.dumps(error)))
"""
LEAKS = {
    "a print": "print(os.environ['FLOWROUTE_SECRET_KEY'])",
    "a log": "logging.getLogger('x').debug('%s', account._client._keys.header())",
    "a traceback": "def f(key):\n    raise ValueError(key[:2])\nf(os.environ['FLOWROUTE_SECRET_KEY'])",
}


def left_behind(cells, folder, server, monkeypatch):
    """Run cells in a real kernel, and give all that is left: the saved notebook's outputs and the log."""
    for name, value in {
        "FLOWROUTE_ACCESS_KEY": ACCESS,
        "FLOWROUTE_SECRET_KEY": SECRET,
        "FLOWROUTE_BASE_URL": server.url,
        "PLANTED_NUMBER": NUMBER,
        "PLANTED_TEXT": TEXT,
    }.items():
        monkeypatch.setenv(name, value)
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(each.strip()) for each in cells])
    resources = {"metadata": {"path": str(folder)}}
    NotebookClient(notebook, timeout=120, kernel_name="python3", allow_errors=True, resources=resources).execute()
    nbformat.write(notebook, folder / "saved.ipynb")
    saved = (folder / "saved.ipynb").read_text()
    outputs = [json.dumps(cell.outputs) for cell in notebook.cells]
    return saved + "".join(outputs).replace("\\/", "/") + (folder / "everything.log").read_text(), notebook


@pytest.fixture
def failing():
    """Lose the first answer, then refuse: a send with its own number and text in the reason, as a service might."""
    refused = answer("403 Forbidden", json.dumps({"errors": [{"detail": f"no {NUMBER}: {TEXT}"}]}).encode())

    def refuse(line):
        line.sendall(refused if server.taken[-1].startswith("POST") else answer("404 Not Found"))

    with Faulty(close, refuse) as server:
        yield server


IGNORED = ("ignore::DeprecationWarning", "ignore::ResourceWarning")


@pytest.mark.filterwarnings(*IGNORED)
def test_the_secret_is_nowhere_and_numbers_and_texts_only_where_they_may_be(failing, tmp_path, monkeypatch):
    said, notebook = left_behind([SETUP, *FAILING, LOOKING, ERRORS], tmp_path, failing, monkeypatch)
    assert said.count("Traceback (most recent call last)") >= len(FAILING) - 1
    assert found(said, spellings(SECRET)) == []
    shown = "".join(json.dumps(cell.outputs, ensure_ascii=False) for cell in notebook.cells[-2:])
    assert shown.count("SAID") == 3
    assert "…0123" in shown
    log = (tmp_path / "everything.log").read_text()
    assert "urllib3" in log
    for private in (NUMBER, NUMBER[1:], TEXT):
        assert private not in shown
        assert private not in log


@pytest.mark.filterwarnings(*IGNORED)
def test_the_same_search_finds_every_leak_that_is_planted(failing, tmp_path, monkeypatch):
    _, notebook = left_behind([SETUP, FAILING[0], *LEAKS.values()], tmp_path, failing, monkeypatch)
    left = dict(zip(LEAKS, (str(cell.outputs) for cell in notebook.cells[2:]), strict=True))
    assert found(left["a log"], spellings(SECRET)) == []
    left["a log"] = (tmp_path / "everything.log").read_text()
    for leak, said in left.items():
        assert found(said, spellings(SECRET)) != [], leak


# ------------------------------------------------------------------ interrupts, signal handlers, tools that show locals

INTERRUPTING = """
%xmode Verbose
import logging, os, signal, sys, traceback
logging.basicConfig(level=logging.DEBUG, filename="everything.log", force=True)
from pathlib import Path
from rich.console import Console
from rich.traceback import Traceback
import flowroute_nb as fr

OURS = str(Path(fr.__file__).parent)

def on_alarm(number, frame):
    raise TimeoutError("the alarm of this notebook")

def text():
    return {"to": os.environ["PLANTED_NUMBER"], "body": os.environ["PLANTED_TEXT"]}

def keys():
    return os.environ["FLOWROUTE_ACCESS_KEY"], os.environ["FLOWROUTE_SECRET_KEY"]

def show():
    error, trace = sys.last_value, sys.last_value.__traceback__
    while not trace.tb_frame.f_code.co_filename.startswith(OURS):  # the frames of IPython and of this notebook
        trace = trace.tb_next
    print("RAISED", type(error).__name__, *getattr(error, "__notes__", []))
    print("".join(traceback.TracebackException(type(error), error, trace, capture_locals=True, compact=False).format()))
    Console(width=200, color_system=None).print(Traceback.from_exception(type(error), error, trace, show_locals=True))

signal.signal(signal.SIGALRM, on_alarm)
account = fr.Account(from_='12065550100')
sent = account.send(**text())

def during(name):
    Path("signal.txt").write_text(f"{os.getpid()} {name}")
"""
METHODS = [
    "account.send(**text())",
    "account.lookup('mdr2-1')",
    "account.lookup(['mdr2-1', 'mdr2-2'], workers=1)",
    "account.messages('2026-10-05', workers=1, progress=False)",
    "list(account.pages('2026-10-05', workers=1))",
    "account.stats()",
    "account.numbers(starts_with=text()['to'])",
    "account.callbacks()",
    "account.set_callback('sms_callback', 'https://example.com/sms', number=text()['to'])",
    "account.remove_callback('sms_callback')",
    "account.estimate(text()['body'], progress=False)",
    "sent.wait()",
]
REJECTED = [
    "fr.Account(*keys())",
    "fr.Account(access_key=keys()[0], secret_key=keys()[1], base_url='http://example.com')",
    "fr.Account(access_key=keys()[0], secret_key=keys()[1], base_url='https://example.com/v2.1')",
    "fr.Account(access_key=keys()[0], secret_key=keys()[1], boddy=1)",
    "fr.Account(access_key=keys()[0], secret_key=keys()[1], timeout='soon')",
]


def signalling(folder):
    """Serve one send; during the first of the requests of every other cell, send the kernel the signal it waits for."""
    taking = threading.Lock()

    def during(connection):
        with taking:
            pid, name = (folder / "signal.txt").read_text().split() or ("", "")
            (folder / "signal.txt").write_text("")
        if pid:
            os.kill(int(pid), signal.Signals[name])
        silence(20)(connection)

    return Faulty(answer("202 Accepted", SENT), during)


@pytest.mark.filterwarnings(*IGNORED)
def test_an_interrupt_or_the_exception_of_a_signal_handler_shows_nothing_private_in_any_method(tmp_path, monkeypatch):
    signals = ("during('SIGINT')", "during('SIGALRM')")
    twice = [code for method in METHODS for each in signals for code in (f"{each}\n{method}", "show()")]
    rejected = [code for call in REJECTED for code in (call, "show()")]
    with signalling(tmp_path) as server:
        left, notebook = left_behind([INTERRUPTING, *twice, *rejected], tmp_path, server, monkeypatch)
    raised = [
        str(cell.outputs).split("RAISED ")[1].split("\\n")[0] for cell in notebook.cells if cell.source == "show()"
    ]
    kinds = [line.split()[0] for line in raised]
    rejections = ["TypeError", "InputError", "InputError", "TypeError", "InputError"]
    assert kinds == ["Interrupted", "TimeoutError"] * len(METHODS) + rejections
    assert "may or may not have been" in raised[1]  # the handler's own error says what became of the send
    assert left.count("the alarm of this notebook") >= 3 * len(METHODS)
    assert found(left, [*spellings(SECRET), NUMBER, NUMBER[1:], TEXT]) == []


def printed(error):
    """Print an error, and everything that led to it, with the local variables of each frame."""
    trace = error.__traceback__
    while trace and not trace.tb_frame.f_code.co_filename.startswith(str(Path(fr.__file__).parent)):  # of this test
        trace = trace.tb_next
    said = traceback.TracebackException(type(error), error, trace, capture_locals=True, compact=False)
    return "".join(said.format())


def test_keys_are_in_no_traceback_of_what_reads_them(monkeypatch):
    """The keyring may wait for a password, and Ctrl-C is what ends that."""

    class Keyring:
        @staticmethod
        def get_password(_service, name):
            if name == "secret_key":
                raise KeyboardInterrupt
            return ACCESS

    monkeypatch.setitem(sys.modules, "keyring", Keyring)
    with pytest.raises(fr.errors.Interrupted) as stopped:
        fr.Account()
    assert ACCESS not in printed(stopped.value)
    monkeypatch.setitem(sys.modules, "keyring", None)
    with fr.Sandbox(messages=0) as sandbox:
        for options in ({"api": "v9"}, {"base_url": "http://example.com"}, {"apy": "v2"}):
            with pytest.raises((fr.InputError, TypeError)) as refused:
                sandbox.account(**options)
            assert sandbox.secret_key not in printed(refused.value)


def test_a_header_that_cannot_be_parsed_is_logged_without_the_number_that_was_asked_for(caplog):
    caplog.set_level("DEBUG")
    odd = answer(body=b'{"data":[],"links":{}}').replace(b"\r\n\r\n", b"\r\nOdd Line\r\n\r\n")
    with Faulty(odd) as server:
        account = fr.Account(access_key=ACCESS, secret_key=SECRET, base_url=server.url, timeout=(1, 1))
        with contextlib.suppress(fr.FlowrouteError):
            account.numbers(starts_with=NUMBER)
    assert "Failed to parse headers" in caplog.text
    assert NUMBER not in caplog.text
    errors = [record.exc_info[1] for record in caplog.records if record.exc_info]
    shown = [traceback.TracebackException.from_exception(error, capture_locals=True) for error in errors]
    assert NUMBER not in "".join(line for each in shown for line in each.format())


def at_depth(frames, call):
    return call() if frames == 0 else at_depth(frames - 1, call)


def in_a_thread(call):
    thread = threading.Thread(target=call)
    thread.start()
    thread.join()


@pytest.mark.untraced  # coverage itself would reach the limit, at the entry of a function that has no line run yet
@pytest.mark.parametrize("where", ["the main thread", "another thread"])
def test_a_recursion_error_shows_nothing_private_wherever_it_strikes(where, monkeypatch):
    monkeypatch.setattr(sys, "unraisablehook", deque(maxlen=0).append)  # one may strike the garbage collector too
    errors, limit = [], sys.getrecursionlimit()

    def send():
        try:
            account.send(**planted())
        except BaseException as error:  # noqa: BLE001  whatever it is, it may show nothing
            errors.append(error)

    def every_depth():
        for frames in range(limit - 120, limit, 4):
            try:
                at_depth(frames, send)
            except RecursionError:  # there was no room for the test's own frames
                break

    def planted():
        return {"to": NUMBER, "body": TEXT}

    with Faulty(answer("202 Accepted", SENT)) as server:
        account = fr.Account(access_key=ACCESS, secret_key=SECRET, base_url=server.url, from_="12065550100")
        every_depth() if where == "the main thread" else in_a_thread(every_depth)
    assert len([error for error in errors if isinstance(error, RecursionError)]) > 2
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    for error in errors:
        assert found(printed(error), [*spellings(SECRET), NUMBER, NUMBER[1:], TEXT]) == []
