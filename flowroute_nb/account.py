"""A Flowroute account: send a text, read records, see what it has besides. Each method is one sentence."""

from __future__ import annotations

import datetime as dt
import time
from functools import partial
from typing import TYPE_CHECKING, Literal, NoReturn

from flowroute_nb import belongings, cards, credentials, estimating, ranges, reading, validation, wire
from flowroute_nb.client import Client
from flowroute_nb.drafts import draft, number
from flowroute_nb.errors import CredentialsError, InputError, NotFound, keywords
from flowroute_nb.phone import masked
from flowroute_nb.sent import Sent
from flowroute_nb.tracebacks import private

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pandas as pd

    from flowroute_nb.sandbox import Sandbox

__all__ = ["Account"]


def _now(ahead: dt.timedelta) -> dt.datetime:
    return dt.datetime.now(dt.UTC) + ahead


def _read(clock: Callable[[], dt.datetime]) -> dt.datetime:
    """Call the clock and check what it returns, before a send: afterwards, nothing may fail."""
    now = clock()
    try:
        if isinstance(now, dt.datetime) and now.utcoffset() is not None:
            return now.astimezone(dt.UTC)
    except (ValueError, OverflowError):  # NaT, or beyond the year 9999 in UTC
        pass
    raise InputError(
        f"clock must return an aware datetime, e.g. datetime.now(timezone.utc); it returned {str(now)[:40]!r} "
        f"of type {type(now).__name__}."
    )


class Account:
    """A Flowroute account, for sending texts and reading what was sent and received.

    The keys are what is given here, else ``FLOWROUTE_ACCESS_KEY`` and ``FLOWROUTE_SECRET_KEY`` of the environment, else
    the system's keyring. One account may be used from several threads, and in forked
    processes; a process that starts by itself (``spawn``, ``forkserver``) makes its own, as an account is not pickled.

    Parameters
    ----------
    access_key, secret_key : str, optional
        The two keys of manage.flowroute.com, Preferences > API Control.
    api : {"v2.1", "v2", "v2.2"}
        The version of Flowroute's API to speak; v2 has no MMS, only v2.2 says the price of a send.
    from_ : str or int, optional
        The number that :meth:`send` sends from unless told otherwise.
    tz : str
        The zone of dates and of datetimes without one.
    read_only : bool
        Refuse to send, and to set or remove callbacks.
    base_url : str, optional
        Where the service is: https, or http on this machine, without a version; else ``FLOWROUTE_BASE_URL``, else
        Flowroute itself.
    timeout : tuple of float
        Seconds to connect, and seconds to wait for an answer.
    clock : callable, optional
        Says what time it is, as an aware datetime; else it is this machine's time, and of a sandbox that the
        environment names that sandbox's own (``FLOWROUTE_SANDBOX_AHEAD`` seconds ahead, which it prints).

    Attributes
    ----------
    sandbox : Sandbox or None
        The sandbox this account is of; it lives as long as the account.
    is_sandbox : bool
        Whether it is an account of a sandbox, be it of another process on this machine: then nothing is charged.

    Raises
    ------
    CredentialsError
        A key is missing or empty; the message says where it was looked for.
    InputError
        One of the others can't be right.

    Notes
    -----
    Source: https://developer.flowroute.com/api/messages/v2.1/

    Examples
    --------
    >>> import flowroute_nb as fr
    >>> account = fr.Sandbox().account()   # or fr.Account(), with your own keys
    >>> account.send(to="15305557784", body="Gee, nice marmot!").id[:5]
    'mdr2-'

    """

    sandbox: Sandbox | None = None

    @private
    @keywords
    def __init__(
        self,
        *,
        access_key: str | None = None,
        secret_key: str | None = None,
        api: Literal["v2.1", "v2", "v2.2"] = "v2.1",
        from_: str | int | None = None,
        tz: str | dt.tzinfo = "UTC",
        read_only: bool = False,
        base_url: str | None = None,
        timeout: tuple[float, float] = (5, 30),
        clock: Callable[[], dt.datetime] | None = None,
    ) -> None:
        keys = credentials.find(access_key, secret_key)
        del secret_key  # a traceback shows what the arguments are now
        if isinstance(keys, CredentialsError):
            raise keys
        if clock is not None and not callable(clock):
            raise InputError(
                f"clock must be a function that returns an aware datetime; got {str(clock)[:40]!r} of type "
                f"{type(clock).__name__}."
            )
        self.api = wire.version(api)
        self.from_ = None if from_ is None else number(from_, "from_")
        self.tz = ranges.zone(tz)
        self.read_only = bool(read_only)
        self._sleep = time.sleep
        self._access_key = credentials.masked(keys.access_key)
        self._known = estimating.Known()  # of its branches too
        self._client = Client(keys, credentials.base_url(base_url), _seconds(timeout))
        self._at_sandbox = self._client.is_here and credentials.is_sandbox(keys.access_key)
        named = self._at_sandbox and (base_url is None or credentials.is_environment_s(base_url))
        ours = partial(_now, credentials.ahead() if named else dt.timedelta())
        self._clock = ours if clock is None else partial(_read, clock)

    @private
    @keywords
    def send(
        self,
        *,
        to: str | int,
        from_: str | int | None = None,
        body: str | None = None,
        media_urls: Sequence[str] | None = None,
        is_mms: bool | None = None,
        dlr_callback: str | None = None,
        smart_quotes: Literal["refuse", "replace", "keep"] = "refuse",
    ) -> Sent:
        """Send one message to one recipient, at most once.

        A send is repeated only when it was provably not taken: no connection was made, or the service said 429. Sends
        are paced at 5 a second, MMS also at 1, for each access key over the whole process.

        Parameters
        ----------
        to, from_ : str or int
            Phone numbers in any spelling, see :func:`flowroute_nb.normalize_number`; ``from_`` is one of the account's.
        body : str, optional
            The text, at most 255 segments; needed unless there are ``media_urls``.
        media_urls : list of str, optional
            Public URLs of what goes with it, at most 750 kB together with the text; makes it an MMS.
        is_mms : bool, optional
            True sends a text without media as an MMS.
        dlr_callback : str, optional
            Where the service should POST the delivery receipts of this message.
        smart_quotes : {"refuse", "replace", "keep"}
            What to do about curly quotes, which the service is known to refuse; ``replace`` also straightens long
            dashes and ellipses.

        Returns
        -------
        Sent
            ``.id``, ``.cost`` (v2.2's charged cost in dollars, else None), ``.wait()`` for the record.

        Raises
        ------
        InputError
            Something can't be sent; nothing was.
        Refused
            The service said no (Unauthorized, Forbidden, Unprocessable, RateLimited, OptedOut, …); nothing was sent.
        Unreachable
            No connection could be made; nothing was sent.
        OutcomeUnknown
            The answer was lost: the message may have been sent. The error says how to find out.
        Interrupted
            Ctrl-C; ``.sent`` is the message if it was accepted, ``.outcome`` an OutcomeUnknown if it may have been.

        Notes
        -----
        Source: https://developer.flowroute.com/api/messages/v2.1/send-an-sms/

        Examples
        --------
        >>> import flowroute_nb as fr
        >>> account = fr.Sandbox().account(api="v2.2")
        >>> account.send(to="(530) 555-7784", body="Gee, nice marmot!").cost
        Decimal('0.0040')

        """
        if self.read_only:
            raise InputError(
                "This account was made with read_only=True, so it does not send. Make one without it to send."
            )
        message = draft(
            to=to,
            from_=self.from_ if from_ is None else from_,
            body=body,
            media_urls=media_urls,
            is_mms=is_mms,
            dlr_callback=dlr_callback,
            smart_quotes=smart_quotes,
        )
        return self._client.send(
            message,
            self.api,
            self._clock,
            lambda taken, left: Sent(taken, message, api=self.api, at=left, wait=self._wait),
        )

    def _wait(self, record_id: str, timeout: float) -> pd.Series:
        until, pause = time.monotonic() + timeout, 0.25
        while True:
            try:
                return self.lookup(record_id)
            except NotFound as not_yet:
                if time.monotonic() + pause > until:
                    late = not_yet
                    break
            self._sleep(pause)
            pause = min(pause * 1.5, 2.0)
        raise NotFound(
            f"The record {record_id} could not be read within {timeout:g} seconds. The message was taken: don't send "
            "it again, look it up later with account.lookup(id).",
            status=late.status,
            errors=late.errors,
            request_id=late.request_id,
        )

    estimate = estimating.estimate
    lookup, messages, pages = reading.lookup, reading.messages, reading.pages
    stats, numbers, callbacks = belongings.stats, belongings.numbers, belongings.callbacks
    set_callback, remove_callback = belongings.set_callback, belongings.remove_callback

    def now(self) -> dt.datetime:
        """Say what time it is for this account, in its zone: a sandbox has a time of its own."""
        return self._clock().astimezone(self.tz)

    @property
    def is_sandbox(self) -> bool:
        """Whether it is an account of a sandbox: at an address of this machine, with a key that only sandboxes have."""
        return self.sandbox is not None or self._at_sandbox

    def branch(self) -> Account:
        """Make the same account for one piece of work, which :meth:`close` ends from any thread.

        Examples
        --------
        >>> import flowroute_nb as fr
        >>> account = fr.Sandbox(messages=100).account()
        >>> mine = account.branch()
        >>> days = mine.pages(days=30)
        >>> mine.close()  # in another thread, and what is read there ends
        >>> len(account.messages(days=30))
        100

        """
        branch = object.__new__(type(self))
        vars(branch).update(vars(self), _client=self._client.branch())
        return branch

    def __reduce__(self) -> NoReturn:
        raise TypeError(
            "An Account is not pickled or copied, because it holds your keys. Make one in the other process instead, "
            "with fr.Account(): it finds the keys in the environment or the keyring there."
        )

    def close(self) -> None:
        """End whatever this account is doing, in any thread, and let go of its connections; it does no more."""
        self._client.close()

    def _rows(self) -> dict[str, str]:
        own = {"from": masked(self.from_)} if self.from_ else {}
        only = {"read only": "yes"} if self.read_only else {}
        return {
            "key": self._access_key,
            "api": self.api,
            "at": self._client.base_url,
            **own,
            "tz": str(self.tz),
            **only,
        }

    def __repr__(self) -> str:
        if "_client" not in vars(self):
            return "<Account that could not be made>"
        return cards.text("Account", self._rows())

    def _repr_html_(self) -> str:
        return cards.html("Sandbox account" if self.is_sandbox else "Flowroute account", self._rows())


def _seconds(given: tuple[float, float]) -> tuple[float, float]:
    pair = given if isinstance(given, tuple) else (given, given)
    seconds = [validation.number(each) or 0 for each in pair]
    if len(seconds) != 2 or not all(each > 0 for each in seconds):  # noqa: PLR2004  to connect, to wait
        raise InputError(
            f"timeout={given!r} is no pair of seconds above 0. Give seconds to connect and to wait: (5, 30)."
        )
    return seconds[0], seconds[1]
