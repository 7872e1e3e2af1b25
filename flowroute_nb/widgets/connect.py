"""A form that makes an account: a sandbox, or one's own with its keys, which are nowhere kept but in the account."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import urlsplit

from flowroute_nb import credentials
from flowroute_nb.account import Account
from flowroute_nb.errors import BadRecords, CredentialsError, FlowrouteError, Forbidden, NotFound
from flowroute_nb.sandbox import Sandbox
from flowroute_nb.sandbox.addresses import homes
from flowroute_nb.widgets import wording
from flowroute_nb.widgets.form import Form
from flowroute_nb.widgets.parts import Action, Code, Field, Panel, rows, text, written

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from flowroute_nb.widgets.parts import Secrets, Words
    from flowroute_nb.widgets.work import Job

__all__ = ["Connect"]

_OWN = ("sandbox", "A sandbox on this machine", "a Flowroute of your own: it needs no keys and costs nothing")
_REAL = ("account", "My Flowroute account", "its two keys are in manage.flowroute.com, Preferences > API Control")
_APIS = [
    ("v2.1", "v2.1, the usual one"),
    ("v2.2", "v2.2, says the price of a send"),
    ("v2", "v2, without MMS"),
]
_HINT = "Both keys stay in this kernel and are never saved."
_KEYS = ("access_key", "secret_key")


class Connect(Form):
    """A form that makes an account, and says which numbers it has.

    Keys that are typed go into the account and nowhere else: not into the saved notebook, the state of the widgets or
    the kernel's history. Keys of the environment or the keyring are used without being shown.

    Attributes
    ----------
    account : Account or None
        The account, once its connection was tested.

    Examples
    --------
    >>> import flowroute_nb as fr
    >>> form = fr.widgets.Connect()
    >>> form.fill(where="sandbox")
    >>> form.press("test")
    >>> form.wait()
    >>> len(form.account.numbers())
    4

    """

    title: ClassVar[str] = "Connect"
    code: ClassVar[str] = "import flowroute_nb as fr\n\naccount = fr.Sandbox().account()  # or fr.Account()"

    def __init__(self) -> None:
        self.account: Account | None = None
        self._called: list[Callable[[Account], object]] = []
        self._sandbox: Sandbox | None = None
        self._found = self._typed_keys = False  # keys of the environment; keys that were typed
        self._used = False  # whether somebody has already pressed, and so chosen where
        self._where = "sandbox"  # that was chosen when it was last looked at
        super().__init__(_fields(), [Action("test", "Test the connection", "main")])
        if all(f"FLOWROUTE_{name.upper()}" in credentials.environment({}) for name in _KEYS):
            self._look("environment")
        else:
            self.beside(lambda _job: self._look("keyring"))
        self.typed()

    @property
    def python(self) -> str:
        """The lines that do the same, without keys."""
        given = self.values
        options = {name: given[name] for name, usual in (("api", "v2.1"), ("read_only", False)) if given[name] != usual}
        asked = {name: Code(f'getpass("{_spelled(name)}: ")') for name in _KEYS}
        ask = given["where"] == "account" and (self._typed_keys or not self._found)
        make = "fr.Sandbox().account" if given["where"] == "sandbox" else "fr.Account"
        made = written(make, **(asked if ask else {}), **options)
        head = ["from getpass import getpass", ""] if ask else []
        return "\n".join([*head, "import flowroute_nb as fr", "", f"account = {made}", "account.numbers()"])

    def typed(self) -> None:
        """Ask for keys only where some are needed."""
        where = self.values["where"]
        for name in _KEYS:
            self.fields[name].hidden = where != "account"
        if where != self._where:  # what went wrong there says nothing of here
            self._where, self.problem, self.error = where, "", None
            for name in _KEYS:
                self.fields[name].error = ""

    def _look(self, place: str) -> None:
        """See whether there are keys, without showing them; the keyring may keep one waiting."""
        found = credentials.find(None, None)
        if isinstance(found, CredentialsError):
            return
        with self.changing():
            self._found = True
            key, at = credentials.masked(found.access_key), _here()
            ours = at and place == "environment" and credentials.is_sandbox(found.access_key)
            whose = f" of a sandbox at {at}" if ours else ""
            said = f"Keys found in the {place}{whose}: {key}. Leave both fields empty to use them."
            self.fields["access_key"].hint = said
            if not self._used and not self.fields["where"].version:
                self.fields["where"].set("account")
            self.typed()

    def on_connect(self, call: Callable[[Account], object]) -> None:
        """Have this called with the account whenever a connection was tested and is there."""
        self._called.append(call)

    # ------------------------------------------------------------------ tested

    def press_test(self, secrets: Secrets) -> None:
        """Make the account, and ask for its numbers."""
        self.account, self.panel, self.error, self._used = None, None, None, True
        self.status = self.problem = ""
        for name in _KEYS:
            self.fields[name].error = ""
        given = self.values
        options = {"api": given["api"], "read_only": given["read_only"]}
        account = self._sandboxed(options) if given["where"] == "sandbox" else self._own(secrets, options)
        if account is not None:
            done = lambda found: self._tested(account, found)  # noqa: E731  of this account
            self.run(lambda job: _numbers(job, account), done, saying="Connecting …")

    def _sandboxed(self, options: dict[str, Any]) -> Account:
        self._sandbox = self._sandbox or Sandbox()  # the same one again: it remembers
        return self._sandbox.account(**options)

    def _own(self, secrets: Secrets, options: dict[str, Any]) -> Account | None:
        """Make the account of what was typed, or of what was found where nothing was; no name here holds a key."""
        typed = [name for name in _KEYS if secrets.has(name)]
        self._typed_keys = bool(typed)
        if len(typed) == 1 or not (typed or self._found):
            for name in _KEYS:
                if name not in typed:
                    also = " too" if typed else ""
                    self.fields[name].error = f"Give the {_spelled(name).lower()}{also}."
            self.focus(next(name for name in _KEYS if name not in typed))
            return None
        try:
            return Account(access_key=secrets.take("access_key"), secret_key=secrets.take("secret_key"), **options)
        except CredentialsError as error:
            name = next((name for name in _KEYS if _spelled(name).lower() in str(error).split(".")[0]), "access_key")
            self.fields[name].error = str(error)
            self.focus(name)
        except FlowrouteError as error:
            self.fail(error)
        return None

    def _tested(self, account: Account, found: pd.DataFrame | str | None) -> None:
        """Show what it is connected to."""
        if found is None:
            self.status = "Cancelled. There is no connection."
            return
        self.account = account
        for name in _KEYS:
            self.fields[name].set("")  # what was typed has done its work, and is kept in no page
        real = f"the service at {_here()}" if _here() else "Flowroute"
        place = "a sandbox on this machine" if account.is_sandbox else real
        about: dict[str, Words] = {"To": [(place, "strong")], "Key": account._rows()["key"]}  # noqa: SLF001  masked, as on its card
        if account.read_only:
            about["It"] = "only reads, and refuses to send"
        if isinstance(found, str):
            parts = [rows(about), text(f"Its numbers could not be listed. {found}", "wait")]
        else:
            about["Numbers"] = "\n".join(wording.number(each) for each in found.number) or "none"
            parts = [rows(about)]
        words = "The other tabs are ready." if self._called else "This form's .account is ready to go on with."
        more = text(words, "faint")
        self.panel = Panel("Connected", [*parts, more], mark="good")
        self.status = f"Connected to {place}."
        for call in self._called:
            call(account)


def _numbers(job: Job, account: Account) -> pd.DataFrame | str | None:
    """Read its numbers; where the keys are fine but these can't be had, say why. None if it was cancelled."""
    mine = account.branch()
    job.when_stopped(mine.close)
    try:
        found = mine.numbers()
    except FlowrouteError as error:
        if not job.over and not isinstance(error, (Forbidden, NotFound, BadRecords)):
            raise
        return None if job.over else str(error)
    finally:
        mine.close()
    return None if job.over else found


def _spelled(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _here() -> str:
    """Say where on this machine the service is that the environment names, as of ``make lab``; "" where none is."""
    address = credentials.base_url(None)
    return urlsplit(address).netloc if homes(address) else ""


def _there() -> tuple[str, str, str]:
    """Say what an account is of: a sandbox's keys alone say that nothing is charged."""
    at = _here()
    if at and credentials.is_sandbox(credentials.environment({}).get("FLOWROUTE_ACCESS_KEY", "")):
        return "account", f"The sandbox at {at}", "the environment has its address; it costs nothing"
    return ("account", f"The service at {at}", "the environment has its address") if at else _REAL


def _fields() -> list[Field]:
    return [
        Field("where", "Connect to", kind="radio", options=[_OWN, _there()], value="sandbox"),
        Field("access_key", "Access key", kind="key", hidden=True),
        Field("secret_key", "Secret key", kind="secret", hint=_HINT, hidden=True),
        Field("api", "Version of the API", kind="choice", options=_APIS, value="v2.1", size="half"),
        Field("read_only", "Only read: refuse to send", kind="check", value=False),
    ]
