"""A key, a number and a text are planted, all is made to fail in a real kernel, and what is left is searched."""

import base64
import json
from urllib.parse import quote

import nbformat
import pytest
from faulty import Faulty, answer, close
from nbclient import NotebookClient

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
