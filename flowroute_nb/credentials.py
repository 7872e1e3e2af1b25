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

__all__ = ["AHEAD", "WITHOUT", "Credentials", "ahead", "base_url", "environment", "find", "is_sandbox", "masked"]

#: What to do without keys, which other ways to ask it say in their own spelling.
WITHOUT = "To try without an account: fr.Sandbox().account()"
#: The variable that says how many seconds a sandbox's time is ahead of this machine's.
AHEAD = "FLOWROUTE_SANDBOX_AHEAD"
_FAR = dt.timedelta(days=365_000)  # there are no dates much further away
_SERVICE = "flowroute"
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
    found: dict[str, str] = {}
    for name, given in (("access_key", access_key), ("secret_key", secret_key)):
        variable = f"FLOWROUTE_{name.upper()}"
        value = given if given is not None else os.environ.get(variable) or _from_keyring(name)
        if value is None:
            return CredentialsError(
                f"No {name.replace('_', ' ')} was found: not as {name}=, not in the environment variable {variable}, "
                f"not in the keyring (service {_SERVICE!r}, user {name!r}). {_WHERE} {WITHOUT}."
            )
        why = _wrong(value)
        if why:
            return CredentialsError(f"The {name.replace('_', ' ')} {why}. Give it as it is shown. {_WHERE}")
        found[name] = value
    return Credentials(found["access_key"], found["secret_key"])


def _wrong(value: object) -> str | None:
    if not isinstance(value, str):
        return f"is {type(value).__name__}, not text"
    if not value:
        return "is empty"
    if any(c.isspace() or not c.isprintable() for c in value):
        return "has a space or a line break in it"
    return None


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
    return given if given is not None else os.environ.get("FLOWROUTE_BASE_URL") or "https://api.flowroute.com"


def ahead() -> dt.timedelta:
    """Find how far the time of a sandbox that another process runs is ahead of ours: as it said when it began."""
    said = os.environ.get(AHEAD) or "0"
    with suppress(ValueError, OverflowError):
        found = dt.timedelta(seconds=float(said))
        if abs(found) < _FAR:
            return found
    raise InputError(f"{AHEAD}={said!r} is no number of seconds. Give what the sandbox printed, or unset it.")
