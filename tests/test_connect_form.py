"""The form that connects, without a page: a sandbox, typed keys, keys that were found; and keys that stay unseen."""

import getpass
import json
import sys
import time
import types
from base64 import b64encode

import pytest
from conftest import until
from faulty import Faulty, answer, silence
from ipywidgets.widgets.widget import _instances as widgets

import flowroute_nb as fr


@pytest.fixture(scope="module")
def service():
    """A service to have keys of."""
    with fr.Sandbox(messages=5, rate=0) as running:
        yield running


@pytest.fixture
def there(service, monkeypatch):
    monkeypatch.setenv("FLOWROUTE_BASE_URL", service.url)
    return service


@pytest.fixture
def form():
    one = fr.widgets.Connect()
    one.told = []
    one._face.tell = one.told.append
    yield one
    one.close()


def shown(form):
    return dict(form.panel.parts[0]["rows"])


def test_with_one_press_there_is_a_sandbox_and_it_says_which_numbers_it_has(form):
    assert form.account is None
    form.press("test")
    form.wait()
    assert shown(form)["Numbers"] == "+1 206 555 0100\n+1 206 555 0101\n+1 425 555 0103\n+1 800 555 0102"
    assert shown(form)["To"] == [("a sandbox on this machine", "strong")]
    form.account.send(to="15305557784", body="Gee, nice marmot!")
    form.fill(read_only=True, api="v2.2")
    form.press("test")
    form.wait()
    assert (form.account.read_only, form.account.api) == (True, "v2.2")
    assert len(form.account.sandbox.taken) == 1  # the same sandbox
    assert shown(form)["It"] == "only reads, and refuses to send"


def test_typed_keys_make_an_account_and_are_nowhere_but_in_it(form, there):
    form.fill(where="account")
    said = {"view": "a", "press": "test", "secrets": {"access_key": there.access_key, "secret_key": there.secret_key}}
    form._heard(said)
    form.wait()
    assert sorted(form.account.numbers().number) == there.numbers
    assert form.account.sandbox is None
    assert shown(form)["Key"] == f"…{there.access_key[-4:]}"
    pair = b64encode(f"{there.access_key}:{there.secret_key}".encode()).decode()
    states = [json.dumps(each.get_state(), default=str) for each in widgets.values()]
    everywhere = "".join([*states, json.dumps(form.told), repr(form), str(said), form.python, str(vars(form))])
    for secret in (there.access_key, there.secret_key, pair, b64encode(there.secret_key.encode()).decode()):
        assert secret.rstrip("=") not in everywhere


def test_keys_of_the_environment_are_used_without_being_shown(there, monkeypatch):
    monkeypatch.setenv("FLOWROUTE_ACCESS_KEY", there.access_key)
    monkeypatch.setenv("FLOWROUTE_SECRET_KEY", there.secret_key)
    form = fr.widgets.Connect()
    at = there.url.removeprefix("http://")
    found = f"Keys found in the environment of a sandbox at {at}: …{there.access_key[-4:]}."
    assert form.fields["access_key"].hint == f"{found} Leave both fields empty to use them."
    assert form.values["where"] == "account"
    assert dict(option[:2] for option in form.fields["where"].options)["account"] == f"The sandbox at {at}"
    form.press("test")
    form.wait()
    assert form.account.sandbox is None
    assert form.account.is_sandbox
    assert shown(form)["To"] == [("a sandbox on this machine", "strong")]
    assert form.status == "Connected to a sandbox on this machine."
    assert sorted(form.account.numbers().number) == there.numbers
    assert there.access_key not in str(vars(form)) + str(form._face.get_state())
    form.close()


def test_keys_of_the_environment_without_an_address_are_those_of_flowroute_itself(monkeypatch):
    monkeypatch.setenv("FLOWROUTE_ACCESS_KEY", "abcdefgh")
    monkeypatch.setenv("FLOWROUTE_SECRET_KEY", "x")
    form = fr.widgets.Connect()
    said = "Keys found in the environment: …efgh. Leave both fields empty to use them."
    assert form.fields["access_key"].hint == said
    assert form.fields["where"].options[1][1] == "My Flowroute account"
    assert not fr.Account().is_sandbox
    form.close()


def test_an_address_of_this_machine_with_keys_of_flowroute_is_not_called_a_sandbox(monkeypatch):
    monkeypatch.setenv("FLOWROUTE_BASE_URL", "http://127.0.0.1:9")  # a tunnel, perhaps
    monkeypatch.setenv("FLOWROUTE_ACCESS_KEY", "abcdefgh")
    monkeypatch.setenv("FLOWROUTE_SECRET_KEY", "x")
    form = fr.widgets.Connect()
    assert form.fields["access_key"].hint.startswith("Keys found in the environment: …efgh.")
    assert form.fields["where"].options[1][1:] == ("The service at 127.0.0.1:9", "the environment has its address")
    form.close()


def test_what_went_wrong_in_one_place_is_not_said_of_the_other(form, there):
    form.fill(where="account")
    form.press("test", access_key=there.access_key, secret_key="wrong")
    form.wait()
    assert "401" in form.problem
    form.press("test", access_key="abc")
    assert form.fields["secret_key"].error
    form.fill(where="sandbox")
    assert (form.problem, form.error, form.fields["secret_key"].error) == ("", None, "")


def test_a_page_keeps_typed_keys_until_the_connection_works_and_the_kernel_never_does(form, there):
    form.fill(where="account")
    before = [form.fields[name].version for name in ("access_key", "secret_key")]
    form.press("test", access_key=there.access_key)
    form.press("test", access_key=there.access_key, secret_key="wrong")
    form.wait()
    assert [form.fields[name].version for name in ("access_key", "secret_key")] == before
    assert there.access_key not in json.dumps(form.told) + str(vars(form))
    form.press("test", access_key=there.access_key, secret_key=there.secret_key)
    form.wait()
    assert all(form.fields[name].version > before[0] for name in ("access_key", "secret_key"))
    assert form.told[-1]["fields"][1]["value"] is None


def test_keys_of_the_keyring_are_found_too_and_nobody_waits_for_it(there, monkeypatch):
    keys = {"access_key": there.access_key, "secret_key": there.secret_key}

    def slowly(_service, name):
        time.sleep(0.3)
        return keys[name]

    monkeypatch.setitem(sys.modules, "keyring", types.SimpleNamespace(get_password=slowly))
    began = time.monotonic()
    form = fr.widgets.Connect()
    assert time.monotonic() - began < 0.25
    until(lambda: "Keys found in the keyring: …" in form.fields["access_key"].hint)
    form.press("test")
    form.wait()
    assert form.panel.title == "Connected"
    form.close()


def test_keys_are_asked_for_only_where_they_are_needed(form):
    assert form.fields["secret_key"].hidden
    form.fill(where="account")
    assert not form.fields["secret_key"].hidden
    form.fill(where="sandbox")
    assert form.fields["access_key"].hidden


@pytest.mark.parametrize(
    ("typed", "errors"),
    [
        ({}, {"access_key": "Give the access key.", "secret_key": "Give the secret key."}),
        ({"access_key": "abc"}, {"secret_key": "Give the secret key too."}),
        ({"secret_key": "abc", "access_key": " "}, {"access_key": "Give the access key too."}),
        (
            {"access_key": "a b", "secret_key": "abc"},
            {"access_key": "The access key has a space or a line break"},
        ),
        ({"access_key": "abc", "secret_key": "a\nb"}, {"secret_key": "The secret key has a space or a line break"}),
    ],
)
def test_a_missing_or_broken_key_is_said_at_its_field_and_nothing_is_asked(form, there, typed, errors):
    asked = len(there.log)
    form.fill(where="account")
    form.press("test", **typed)
    form.wait()
    found = {name: each.error for name, each in form.fields.items() if each.error}
    assert found.keys() == errors.keys()
    assert all(found[name].startswith(said) for name, said in errors.items())
    assert (form.account, len(there.log)) == (None, asked)


def test_wrong_keys_are_said_with_status_and_what_to_do_and_leave_no_account(form, there):
    form.press("test")
    form.wait()
    assert form.account is not None
    form.fill(where="account")
    form.press("test", access_key=there.access_key, secret_key="wrong")
    form.wait()
    assert "401" in form.problem
    assert "Check that the two keys are the pair" in form.problem
    assert (form.account, form.panel, form.status) == (None, None, "")


def test_where_nobody_answers_it_says_so(form, monkeypatch):
    monkeypatch.setenv("FLOWROUTE_BASE_URL", "http://127.0.0.1:9")
    monkeypatch.setattr("flowroute_nb.client._DEADLINE", 1)
    form.fill(where="account")
    form.press("test", access_key="abc", secret_key="def")
    form.wait()
    assert "Check the connection" in form.problem
    assert form.account is None
    monkeypatch.setenv("FLOWROUTE_BASE_URL", "ftp://127.0.0.1")
    form.press("test", access_key="abc", secret_key="def")
    assert form.problem.startswith("FLOWROUTE_BASE_URL")
    assert form.account is None


def test_an_account_whose_numbers_may_not_be_listed_is_an_account_all_the_same(form, monkeypatch):
    refused = answer("403 Forbidden", b'{"errors":[{"detail":"not yours to see"}]}')
    with Faulty(refused) as server:
        monkeypatch.setenv("FLOWROUTE_BASE_URL", server.url)
        form.fill(where="account")
        form.press("test", access_key="abcdef", secret_key="def")
        form.wait()
    assert form.account is not None
    assert "Its numbers could not be listed. " in form.panel.parts[1]["text"]
    assert "403" in form.panel.parts[1]["text"]


@pytest.mark.parametrize("options", [{}, {"read_only": True}, {"api": "v2"}, {"read_only": True, "api": "v2.2"}])
@pytest.mark.parametrize("where", ["sandbox", "typed", "found", "typed although others are found"])
def test_the_lines_it_shows_make_the_same_account(there, monkeypatch, where, options):
    typed = {"access_key": there.access_key, "secret_key": there.secret_key}
    if where.endswith("found"):
        monkeypatch.setenv("FLOWROUTE_ACCESS_KEY", there.access_key)
        monkeypatch.setenv("FLOWROUTE_SECRET_KEY", there.secret_key)
    form = fr.widgets.Connect()
    form.fill(where="sandbox" if where == "sandbox" else "account", **options)
    form.press("test", **(typed if where.startswith("typed") else {}))
    form.wait()
    answers = {"Access key: ": there.access_key, "Secret key: ": there.secret_key}
    monkeypatch.setattr(getpass, "getpass", answers.__getitem__)
    space = {}
    exec(form.python, space)  # noqa: S102  our own lines
    one, other = form.account, space["account"]
    assert (one.api, one.read_only) == (other.api, other.read_only)
    if where != "sandbox":  # each sandbox has keys of its own
        assert one._access_key == other._access_key
    assert one.numbers().equals(other.numbers())
    assert (one.sandbox is None) == (other.sandbox is None)
    assert ("getpass" in form.python) == where.startswith("typed")
    form.close()


def test_a_wrong_keyword_is_a_type_error():
    with pytest.raises(TypeError, match="acess_key"):
        fr.widgets.Connect(acess_key="abc")


def test_a_connection_that_is_cancelled_ends_at_once_and_is_none(form, monkeypatch):
    with Faulty(silence(20)) as server:
        monkeypatch.setenv("FLOWROUTE_BASE_URL", server.url)
        form.fill(where="account")
        form.press("test", access_key="abcdef", secret_key="def")
        until(lambda: server.taken)
        began = time.monotonic()
        form.press("cancel")
        form.wait()
    assert time.monotonic() - began < 1
    assert (form.account, form.panel, form.problem) == (None, None, "")
    assert form.status == "Cancelled. There is no connection."


def test_keys_that_the_keyring_gives_late_change_no_choice_that_was_made(monkeypatch):
    monkeypatch.setitem(
        sys.modules, "keyring", types.SimpleNamespace(get_password=lambda *_: time.sleep(0.3) or "abcdefgh")
    )
    pressed, filled = fr.widgets.Connect(), fr.widgets.Connect()
    pressed.press("test")
    filled.fill(where="sandbox")
    for form in (pressed, filled):
        until(lambda form=form: "Keys found in the keyring" in form.fields["access_key"].hint)
        assert form.values["where"] == "sandbox"
        form.wait()
        form.close()
