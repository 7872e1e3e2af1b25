"""What can go wrong, each thing with a name of its own.

::

    FlowrouteError
    ├── InputError              what was given can't be used; nothing was sent (also a ValueError)
    ├── CredentialsError        no access key or no secret key was found
    ├── Refused                 the service said no; it did nothing
    │   ├── Unauthorized        401  the keys are wrong
    │   ├── Forbidden           403  not with this account, or not from this number
    │   ├── NotFound            404  no such record (yet)
    │   ├── Unprocessable       422  a value is wrong
    │   ├── RateLimited         429  too many requests
    │   └── OptedOut            400 with code 1110: the recipient answered STOP
    ├── ServiceBroken           the service answered, but not with an answer
    │   └── BadRecords          records came that can't be understood; the rest is in ``.partial``
    ├── Unreachable             no connection, or the answer never came
    └── OutcomeUnknown          a send whose answer was lost: it may or may not have been taken

    Interrupted                 a KeyboardInterrupt in a method of an account, with what is known by then
"""

from __future__ import annotations

import difflib
import functools
import inspect
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterable, Sequence

    import pandas as pd

    from flowroute_nb.sent import Sent

__all__ = [
    "BadRecords",
    "CredentialsError",
    "FlowrouteError",
    "Forbidden",
    "InputError",
    "Interrupted",
    "NotFound",
    "OptedOut",
    "OutcomeUnknown",
    "RateLimited",
    "Refused",
    "ServiceBroken",
    "Unauthorized",
    "Unprocessable",
    "Unreachable",
    "is_ctrl_c",
    "keywords",
    "lacks",
    "nearest",
]

P = ParamSpec("P")
R = TypeVar("R")


class FlowrouteError(Exception):
    """Everything this package raises on purpose.

    Attributes
    ----------
    partial : pandas.DataFrame or None
        The records that were read before a reading failed.
    missing : list of str
        What a reading could not get: ids of a look-up, days of a range.
    bad : dict of str to str
        The records that could not be understood: id (or place) to the reason.
    status : int or None
        The HTTP status of the response, if there was one.

    """

    status: int | None = None
    partial: pd.DataFrame | None = None
    missing: list[str] = []  # noqa: RUF012  an empty default that nobody appends to
    bad: dict[str, str] = {}  # noqa: RUF012

    def __init__(self, message: str, **facts: Any) -> None:  # noqa: ANN401  facts of any kind
        super().__init__(message)
        vars(self).update(facts)


class InputError(FlowrouteError, ValueError):
    """What was given can't be used; nothing was sent or asked.

    Attributes
    ----------
    cleaned : str or None
        The text with its curly quotes replaced, where those were refused.

    """

    cleaned: str | None = None


class CredentialsError(FlowrouteError):
    """No access key or no secret key was found in any of the places looked in."""


class Refused(FlowrouteError):
    """The service refused the request, and did nothing else.

    Attributes
    ----------
    status : int
        The HTTP status.
    errors : list of dict
        The service's ``errors`` as they came.
    request_id : str or None
        The id Flowroute's support asks for.

    """

    status: int
    errors: list[dict[str, Any]] = []  # noqa: RUF012
    request_id: str | None = None


class Unauthorized(Refused):
    """401: the access key or the secret key is wrong."""


class Forbidden(Refused):
    """403: the account may not do this, or does not own the ``from`` number."""


class NotFound(Refused):
    """404: there is no such record, or not yet."""


class Unprocessable(Refused):
    """422: a value in the request is wrong."""


class RateLimited(Refused):
    """429: too many requests in one second; nothing was taken."""


class OptedOut(Refused):
    """400 with code 1110: the recipient answered STOP to this number."""


class ServiceBroken(FlowrouteError):
    """The service answered, but with an error of its own or with something that is no answer."""

    errors: list[dict[str, Any]] = []  # noqa: RUF012
    request_id: str | None = None


class BadRecords(ServiceBroken):
    """Some records could not be understood: ``.bad`` says which and why, ``.partial`` has the rest."""


class Unreachable(FlowrouteError):
    """No connection could be made, or the answer to a read never came."""


class OutcomeUnknown(FlowrouteError):
    """A send whose answer was lost: the message may or may not have been taken, so it was not sent again.

    Attributes
    ----------
    to, from_, body : str or None
        What was sent.
    media_urls : list of str
        What was sent.
    at : datetime.datetime
        When the request left, UTC.

    """

    to: str
    from_: str
    body: str | None
    media_urls: list[str]
    at: dt.datetime


class Interrupted(KeyboardInterrupt):
    """A method of an account was interrupted by Ctrl-C or a notebook's Interrupt.

    Attributes
    ----------
    partial : pandas.DataFrame or None
        What was read before.
    missing : list of str
        What was not read in full: days of a range, ids of a look-up.
    outcome : OutcomeUnknown or None
        Of a send: set if the service may have accepted the message.
    sent : Sent or None
        Of a send: the message, if the service accepted it.

    """

    partial: pd.DataFrame | None = None
    missing: list[str] = []  # noqa: RUF012  an empty default that nobody appends to
    outcome: OutcomeUnknown | None = None
    sent: Sent | None = None

    def __init__(self, message: str, **facts: Any) -> None:  # noqa: ANN401  facts of any kind
        super().__init__(message)
        vars(self).update(facts)


def is_ctrl_c(error: BaseException) -> bool:
    """Return whether an exception is Ctrl-C itself, not one that a program's own signal handler raises for it."""
    return type(error) in (KeyboardInterrupt, Interrupted)


def nearest(given: object, known: Iterable[str]) -> str:
    """Ask whether the nearest of what is known was meant, where one is near; as the rest of a sentence.

    Examples
    --------
    >>> nearest("weak", ["day", "week"])
    " Did you mean 'week'?"

    """
    found = difflib.get_close_matches(str(given), list(known), n=1)
    return f" Did you mean {found[0]!r}?" if found else ""


def lacks(whose: str, missing: Sequence[str]) -> str:
    """Say which columns something lacks, as a sentence without its end.

    Examples
    --------
    >>> lacks("The frame", ["id"]), lacks("stats", ["date", "period", "total"])
    ("The frame lacks the column 'id'", "stats lacks the columns 'date', 'period' and 'total'")

    """
    *others, last = map(repr, missing)
    named = f"{', '.join(others)} and {last}" if others else last
    return f"{whose} lacks the column{'s' * bool(others)} {named}"


def keywords(function: Callable[P, R]) -> Callable[P, R]:
    """Make an unknown keyword a TypeError that names the nearest one there is.

    Examples
    --------
    >>> @keywords
    ... def send(*, body): ...
    >>> send(boddy="Hello")
    Traceback (most recent call last):
        ...
    TypeError: send() has no keyword 'boddy'. Did you mean 'body'?

    """
    parameters = list(inspect.signature(function).parameters)
    method, names = parameters[:1] == ["self"], [name for name in parameters if name != "self"]

    def called(args: tuple[object, ...]) -> str:
        if not method or not args:
            return function.__qualname__
        # by the class it was called on: some methods of a class are written in a room of their own
        return f"{type(args[0]).__name__}.{function.__name__}".removesuffix(".__init__")

    @functools.wraps(function)
    def checked(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            for unknown in kwargs.keys() - names:
                nearest = difflib.get_close_matches(unknown, names, n=1, cutoff=0.5)
                hint = f"Did you mean {nearest[0]!r}?" if nearest else f"It takes {', '.join(names) or 'none'}."
                raise TypeError(f"{called(args)}() has no keyword {unknown!r}. {hint}")
            return function(*args, **kwargs)
        finally:
            args, kwargs = (), {}  # type: ignore[assignment]  # tracebacks show them, and one may be a secret key

    return checked
