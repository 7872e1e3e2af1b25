"""Keys and addresses that were damaged on their way into the environment are a clear error that never shows a key."""

import sys

import numpy as np
import pytest
from click.testing import CliRunner

import flowroute_nb as fr
from flowroute_nb.cli import main

ACCESS, SECRET = "made9up1", "MadeUpSecretOfThisTest0123456789"
QUOTED = ['"{}"', "'{}'", '"{}', "{}'", "`{}`", "\N{LEFT DOUBLE QUOTATION MARK}{}\N{RIGHT DOUBLE QUOTATION MARK}"]
SPACED = ["{}\n", "{}\r", " {}", "\t{}", "{}\N{NO-BREAK SPACE}", "{}\N{LINE SEPARATOR}"]
UNTYPABLE = [
    "{}\N{ZERO WIDTH SPACE}",
    "\N{BYTE ORDER MARK}{}",
    "{}\N{EN DASH}x",
    "{}\N{CYRILLIC SMALL LETTER A}",
    "{}\x7f",
]


def account(monkeypatch, where, access=ACCESS, secret=SECRET):
    """Make an account of these keys, passed as arguments, in the environment or from the keyring."""
    if where == "arguments":
        return fr.Account(access_key=access, secret_key=secret)
    if where == "environment":
        monkeypatch.setenv("FLOWROUTE_ACCESS_KEY", access)
        monkeypatch.setenv("FLOWROUTE_SECRET_KEY", secret)
        return fr.Account()

    class Keyring:
        @staticmethod
        def get_password(_service, user):
            return {"access_key": access, "secret_key": secret}[user]

    monkeypatch.setitem(sys.modules, "keyring", Keyring)
    return fr.Account()


def refusal(monkeypatch, where, **keys):
    """Return the text of the error, after checking that nothing of a key is in it."""
    with pytest.raises(fr.CredentialsError) as raised:
        account(monkeypatch, where, **keys)
    for value in (ACCESS, SECRET, SECRET[:8], SECRET[-8:]):
        assert value not in str(raised.value)
    return str(raised.value)


@pytest.mark.parametrize("where", ["arguments", "environment", "keyring"])
@pytest.mark.parametrize(
    ("spellings", "words"),
    [
        (QUOTED, "has quotes around it, which Docker's --env-file keeps. Give it without them."),
        (SPACED, "has a space or a line break before or after it."),
        (UNTYPABLE, "has a character that no key has"),
        (["{0}:{0}", ":{}"], "has a ':' in it, as if it were both keys"),
    ],
    ids=["quotes", "spaces", "characters", "colon"],
)
def test_a_damaged_access_key_is_an_error_that_says_how_it_is_damaged(monkeypatch, where, spellings, words):
    for spelling in spellings:
        said = refusal(monkeypatch, where, access=spelling.format(ACCESS))
        assert words in said
        assert "The access key" in said
        assert ("in FLOWROUTE_ACCESS_KEY" in said) == (where == "environment")
        assert ("in the keyring" in said) == (where == "keyring")


@pytest.mark.parametrize("where", ["arguments", "environment", "keyring"])
@pytest.mark.parametrize(
    ("spellings", "words"),
    [
        (QUOTED, "has quotes around it"),
        (SPACED, "has a space or a line break before or after it"),
        (["Made Up"], "has a space or a line break in it"),
        (UNTYPABLE, "has a character that no key has"),
    ],
    ids=["quotes", "spaces", "space", "characters"],
)
def test_a_damaged_secret_key_is_an_error_that_shows_nothing_of_it(monkeypatch, where, spellings, words):
    for spelling in spellings:
        said = refusal(monkeypatch, where, secret=spelling.format(SECRET))
        assert words in said
        assert "The secret key" in said


def test_a_secret_key_may_have_a_colon_and_a_quote_inside(monkeypatch):
    for secret in ("a:b", "a'b", 'a"b'):
        assert repr(account(monkeypatch, "arguments", secret=secret))


def test_the_command_line_says_that_a_key_is_quoted():
    keys = {"FLOWROUTE_ACCESS_KEY": f'"{ACCESS}"', "FLOWROUTE_SECRET_KEY": SECRET}
    done = CliRunner().invoke(main, ["messages", "2026-10"], env=keys)
    assert done.exit_code == 1
    assert "The access key in FLOWROUTE_ACCESS_KEY has quotes around it" in done.stderr
    assert ACCESS not in done.output


@pytest.mark.parametrize("spelling", ['"{}"', "'{}'", "{}\n", " {}", "{} ", "{}\r", "{}'"])
def test_a_damaged_address_in_the_environment_is_an_error_that_names_the_variable(monkeypatch, sandbox, spelling):
    monkeypatch.setenv("FLOWROUTE_BASE_URL", spelling.format(sandbox.url))
    keys = {"access_key": sandbox.access_key, "secret_key": sandbox.secret_key}
    with pytest.raises(fr.InputError, match="FLOWROUTE_BASE_URL has quotes or white space around the address"):
        fr.Account(**keys)
    assert fr.Account(**keys, base_url=sandbox.url).lookup  # an address that was passed is used instead


@pytest.mark.parametrize(
    "address", ["127.0.0.1:8000", "api.flowroute.com", "me:planted@api.flowroute.com", "ftp://a.b"]
)
def test_an_address_in_the_environment_without_a_scheme_is_named_by_its_variable(monkeypatch, address):
    monkeypatch.setenv("FLOWROUTE_BASE_URL", address)
    done = CliRunner().invoke(
        main, ["lookup", "mdr2-1"], env={f"FLOWROUTE_{name}_KEY": ACCESS for name in ("ACCESS", "SECRET")}
    )
    assert done.exit_code == 2
    assert done.stderr.startswith(
        "Error: FLOWROUTE_BASE_URL in the environment does not begin with https:// or http://."
    )
    assert "planted" not in done.stderr


def test_keys_may_be_of_a_str_subclass(sandbox):
    keys = {"access_key": np.str_(sandbox.access_key), "secret_key": np.str_(sandbox.secret_key)}
    account = fr.Account(**keys, base_url=np.str_(sandbox.url), from_=np.str_(sandbox.numbers[0]))
    assert account.is_sandbox
    assert account.send(to=np.str_("15305557784"), body=np.str_("hi")).id


def test_a_short_key_is_shown_only_as_an_ellipsis(sandbox):
    for key, shown in (("abcd", "…"), ("a", "…"), ("abcde", "…bcde")):
        text = repr(fr.Account(access_key=key, secret_key=SECRET, base_url=sandbox.url))
        assert f"key={shown} " in text
