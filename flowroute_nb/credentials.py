"""Where the two keys come from, and how they stay unseen."""

from __future__ import annotations

import base64
import datetime as dt
import os
from contextlib import suppress
from typing import TYPE_CHECKING, NoReturn

from flowroute_nb.errors import CredentialsError, InputError
from flowroute_nb.tracebacks import private

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "AHEAD",
    "WITHOUT",
    "Credentials",
    "ahead",
    "base_url",
    "environment",
    "find",
    "is_environment_s",
    "is_sandbox",
    "masked",
]

#: What to do without keys, which other ways to ask it say in their own spelling.
WITHOUT = "To try without an account: fr.Sandbox().account()"
#: The variable that says how many seconds a sandbox's time is ahead of this machine's.
AHEAD = "FLOWROUTE_SANDBOX_AHEAD"
_FAR = dt.timedelta(days=365_000)  # there are no dates much further away
_SERVICE = "flowroute"
_BASE_URL = "FLOWROUTE_BASE_URL"
_QUOTES = "\"'`\u2018\u2019\u201c\u201d"  # straight ones, and those of word processors
_WHERE = "Flowroute shows both keys in manage.flowroute.com under Preferences > API Control."


class Credentials:
    """An access key and its secret key; nothing that shows, stores or copies this object shows the secret."""

    __slots__ = ("_header", "access_key")

    def __init__(self, access_key: str, secret_key: str) -> None:
        token = base64.b64encode(f"{access_key}:{secret_key}".encode()).decode()
        self.access_key = access_key
        # Inside a function, so that neither vars() nor a debugger's or a traceback's view of attributes finds it.
        self._header: Callable[[], str] = lambda: f"Basic {token}"

    def header(self) -> str:
        """Give the value of the Authorization head."""
        return self._header()

    def __repr__(self) -> str:
        return f"<Credentials {masked(self.access_key)}>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("Keys are not pickled or copied: make the account anew where it is needed.")


def masked(access_key: str) -> str:
    """Show an access key by its last four characters."""
    return f"…{access_key[-4:]}" if len(access_key) > 4 else "…"  # noqa: PLR2004  four would be all of it


def is_sandbox(access_key: str) -> bool:
    """Say whether a key is one of a sandbox, which begins as none of Flowroute's does."""
    return access_key.startswith("sandbox")


@private
def find(access_key: str | None, secret_key: str | None) -> Credentials | CredentialsError:
    """Find the keys: what was given, then the environment, then the keyring.

    It returns its error instead of raising it, because a traceback shows the arguments of every function it passed
    through, and one of these is the secret.
    """
    keys: dict[str, str] = {}
    for name, argument in (("access_key", access_key), ("secret_key", secret_key)):
        label, variable = name.replace("_", " "), f"FLOWROUTE_{name.upper()}"
        in_environment = None if argument is not None else os.environ.get(variable)
        value = argument if argument is not None else in_environment or _from_keyring(name)
        if value is None:
            return CredentialsError(
                f"No {label} was found: not as {name}=, not in the environment variable {variable}, "
                f"not in the keyring (service {_SERVICE!r}, user {name!r}). {_WHERE} {WITHOUT}."
            )
        why = _wrong(value, name)
        if why:
            source = f" in {variable}" if in_environment else " in the keyring" if argument is None else ""
            return CredentialsError(f"The {label}{source} {why} {_WHERE}")
        keys[name] = str.__str__(value)
    return Credentials(keys["access_key"], keys["secret_key"])


def _wrong(value: object, name: str) -> str | None:
    """Explain what is wrong with a key and what to do, without showing any part of it."""
    if not isinstance(value, str):
        return f"is {type(value).__name__}, not text. Give it as it is shown."
    wrong = {
        "is empty. Give it as it is shown.": not value,
        "has quotes around it, which Docker's --env-file keeps. Give it without them.": value.strip(_QUOTES) != value,
        "has a space or a line break before or after it. Give it as it is shown.": value.strip() != value,
        "has a space or a line break in it. Give it as it is shown.": any(c.isspace() for c in value),
        "has a character that no key has: not ASCII, or invisible. Copy it again, or type it.": not (
            value.isascii() and value.isprintable()
        ),
        # https://www.rfc-editor.org/rfc/rfc7617#section-2
        "has a ':' in it, as if it were both keys. Give the access key and the secret key separately.": (
            name == "access_key" and ":" in value
        ),
    }
    return next((why for why, applies in wrong.items() if applies), None)


def _from_keyring(name: str) -> str | None:
    """Ask the system's keyring, where the extra ``flowroute-nb[keyring]`` is installed and a keyring there is."""
    try:
        import keyring  # noqa: PLC0415  optional, and slow to load
    except ImportError:
        return None
    try:
        found: str | None = keyring.get_password(_SERVICE, name)
    except Exception:  # noqa: BLE001  any of its back ends' errors means there is no keyring to ask
        return None
    return found


def environment(more: dict[str, str]) -> dict[str, str]:
    """Give this process' environment with these variables besides, for a process of its own."""
    return {**os.environ, **more}


def base_url(given: str | None) -> str:
    """Find where the service is: what was given, then ``FLOWROUTE_BASE_URL``, then Flowroute itself."""
    if given is not None:
        return given
    value = os.environ.get(_BASE_URL) or "https://api.flowroute.com"
    if value.strip(_QUOTES) != value or value.strip() != value:
        raise InputError(
            f"{_BASE_URL} has quotes or white space around the address, which Docker's --env-file keeps. "
            f"Write it without them: {_BASE_URL}=https://api.flowroute.com"
        )
    if not value.lower().startswith(("https://", "http://")):
        raise InputError(
            f"{_BASE_URL} in the environment does not begin with https:// or http://. "
            "Set it to https://api.flowroute.com, or to http://127.0.0.1:PORT of a sandbox."
        )
    return value


def is_environment_s(address: str) -> bool:
    """Return whether an address is the one in the environment."""
    return os.environ.get(_BASE_URL) == address


def ahead() -> dt.timedelta:
    """Find how far the time of a sandbox that another process runs is ahead of ours: as it said when it began."""
    said = os.environ.get(AHEAD) or "0"
    with suppress(ValueError, OverflowError):
        found = dt.timedelta(seconds=float(said))
        if abs(found) < _FAR:
            return found
    raise InputError(f"{AHEAD}={said!r} is no number of seconds. Give what the sandbox printed, or unset it.")
