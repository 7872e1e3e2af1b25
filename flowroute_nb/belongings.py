"""What an account has besides messages: its totals, its numbers, and where the service calls it back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flowroute_nb import drafts, resources, schema, wire
from flowroute_nb.errors import BadRecords, FlowrouteError, InputError, Interrupted, NotFound, is_ctrl_c, keywords
from flowroute_nb.gathering import anew
from flowroute_nb.phone import masked
from flowroute_nb.records import counted, framed
from flowroute_nb.tracebacks import private
from flowroute_nb.wording import count

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pandas as pd

    from flowroute_nb.account import Account
    from flowroute_nb.client import Client
    from flowroute_nb.resources import Said
    from flowroute_nb.schema import Column

__all__ = ["callbacks", "numbers", "remove_callback", "set_callback", "stats"]

_PAGE = 200  # numbers, the documented maximum
_ADVICE = {
    403: "Check that these keys may do this; Flowroute's support can say.",
    404: "Check base_url; Flowroute's support can say whether the account has this.",
    429: "Wait a second, then try again.",
}
_NOT_OURS = dict.fromkeys((403, 404), "Give a number that is on the account: account.numbers() lists them.")
_NONE_SET = {404: "None of this type is set, so there is nothing to remove: account.callbacks() lists those that are."}

# Methods of Account, which its class takes in by name: each is a sentence and what there is to say about it.


@private
@keywords
def stats(self: Account) -> pd.DataFrame:
    """Read how many messages the service counted and what they cost, by year, month and day, and in all.

    They are asked of version v2, the only one that has them, whatever the account speaks.

    Returns
    -------
    pandas.DataFrame
        A row for each group, in the service's order: ``date`` as it says it (``2026``, ``2026-10``, ``2026-10-31``,
        ``lifetime``), ``period`` (``year``, ``month``, ``day``, ``lifetime``), ``inbound``, ``outbound``, ``total``
        (messages), ``cost`` (Decimals, dollars), ``amount_nanodollars``. The groups overlap: sum one period only.

    Raises
    ------
    BadRecords
        A group can't be understood; ``.bad`` says why, ``.partial`` has the others.
    FlowrouteError
        The service can't be reached, or refused.

    Notes
    -----
    Source: https://developer.flowroute.com/api/messages/v2.0/look-up-message-stats-for-account

    Examples
    --------
    >>> import flowroute_nb as fr
    >>> stats = fr.Sandbox(messages=100).account().stats()
    >>> stats[stats.period == "lifetime"].total.tolist()
    [100]

    """
    doing = "Reading the stats"
    return _gathered(schema.STATS, self._client.pages(resources.ask_stats(), resources.stats, doing, _ADVICE), "group")


@private
@keywords
def numbers(
    self: Account,
    *,
    starts_with: str | None = None,
    contains: str | None = None,
    ends_with: str | None = None,
    alias: str | None = None,
) -> pd.DataFrame:
    """Read all numbers of the account, or those that match.

    Every page is followed and repeats are dropped. They are asked of version v2, where numbers are, whatever the
    account speaks.

    Parameters
    ----------
    starts_with, contains, ends_with : str, optional
        Digits; before those of ``starts_with`` may stand a plus, of a country code other than 1.
    alias : str, optional
        The alias in full, up to 64 characters.

    Returns
    -------
    pandas.DataFrame
        A row for each number, in the service's order: ``number`` (digits, as in the records), ``alias``,
        ``messaging_enabled``, ``status``, ``number_type``, ``rate_center``, ``state``, ``iso_country``,
        ``cnam_lookups_enabled``, ``other`` (every attribute without a column, as JSON text). The service does not say
        all of them of every number.

    Raises
    ------
    InputError
        No number can match; nothing was asked.
    BadRecords
        A number can't be understood; ``.bad`` says why, ``.partial`` has the others.
    FlowrouteError
        The service can't be reached, or refused; ``.partial`` has what was read before.

    Notes
    -----
    Source: https://developer.flowroute.com/api/numbers/v2.0/list-account-phone-numbers/

    Examples
    --------
    >>> import flowroute_nb as fr
    >>> account = fr.Sandbox(messages=0).account()
    >>> sorted(account.numbers().number) == sorted(account.sandbox.numbers)
    True

    """
    wanted = drafts.wanted(starts_with=starts_with, contains=contains, ends_with=ends_with, alias=alias)
    asked = resources.ask_numbers(wanted, _PAGE)
    pages = self._client.pages(asked, resources.numbers, "Reading the numbers", _ADVICE)
    return _gathered(schema.NUMBERS, pages, "number")


@private
@keywords
def callbacks(self: Account) -> pd.DataFrame:
    """Read where the service POSTs what comes in and what became of what went out, for the whole account.

    A number's own callbacks go before these, and a message's ``dlr_callback`` before both, and no page says how
    to read those.

    Returns
    -------
    pandas.DataFrame
        A row for each type that is set: ``callback_type`` (``sms_callback``, ``mms_callback``, ``sms_dlr_callback``,
        ``mms_dlr_callback``, and on v2.1 ``dlr_callback``, the old name of ``sms_dlr_callback``, so that both may be
        there), ``callback_url``, ``api_version`` (decides the shape of what is POSTed), ``product``.

    Raises
    ------
    InputError
        The account speaks v2, which has no callbacks; nothing was asked.
    BadRecords
        A callback can't be understood; ``.bad`` says why, ``.partial`` has the others.
    FlowrouteError
        The service can't be reached, or refused; ``.partial`` has what was read before.

    Notes
    -----
    Source: https://developer.flowroute.com/api/messages/v2.1/look-up-callback-details-for-account

    Examples
    --------
    >>> import flowroute_nb as fr
    >>> len(fr.Sandbox(messages=0).account().callbacks())
    0

    """
    _check_may(self, "reads")
    return _gathered(schema.CALLBACKS, _each(self._client, self.api), "callback")


@private
@keywords
def set_callback(
    self: Account,
    type: str,  # noqa: A002  what one calls it, and the service too
    url: str,
    *,
    number: str | int | None = None,
) -> None:
    """Set where the service POSTs what comes in, or what became of what went out.

    What was set before is replaced. Setting the same again changes nothing, so it is tried again like a read.

    Parameters
    ----------
    type : str
        ``"sms_callback"``, ``"mms_callback"``, ``"sms_dlr_callback"`` or ``"mms_dlr_callback"``; on v2.1 also the old
        ``"dlr_callback"``.
    url : str
        A public http or https URL, without a user or password in it.
    number : str or int, optional
        Set it for this number of the account alone, instead of for the whole account.

    Raises
    ------
    InputError
        Something can't be set, the account speaks v2, which has no callbacks, or it is read-only; nothing was sent.
    Refused
        The service said no; nothing was changed.
    Unreachable
        No answer came. The message says whether it may be set all the same.

    Notes
    -----
    Source: https://developer.flowroute.com/api/messages/v2.2/set-a-callback-url-for-account/

    Examples
    --------
    >>> import flowroute_nb as fr
    >>> account = fr.Sandbox(messages=0).account()
    >>> account.set_callback("sms_callback", "https://example.com/sms")
    >>> account.callbacks()[["callback_type", "callback_url"]].values.tolist()
    [['sms_callback', 'https://example.com/sms']]

    """
    _check_may(self, "sets")
    if number is None:
        kind, of = drafts.callback(type, wire.CALLBACKS[self.api], f"of version {self.api}"), None
    else:
        kind, of = drafts.callback(type, wire.CALLBACKS["v2.2"], "of a number"), drafts.number(number, "number")
    where, doing = drafts.address(url), f"Setting {kind}" + (f" of {masked(of)}" if of else "")
    advice = _ADVICE | _NOT_OURS if of else _ADVICE
    self._client.change(resources.put_callback(self.api, kind, where, of), doing, where, advice)


@private
@keywords
def remove_callback(self: Account, type: str) -> None:  # noqa: A002  as set_callback
    """Remove a callback of the account, so that the service POSTs nothing of its kind any more.

    Version v2.2 is asked, which alone can, whatever the account speaks. No page documents it; another client does it.

    Parameters
    ----------
    type : str
        ``"sms_callback"``, ``"mms_callback"``, ``"sms_dlr_callback"`` or ``"mms_dlr_callback"``.

    Raises
    ------
    InputError
        There is no such callback, the account speaks v2, which has none, or it is read-only; nothing was sent.
    NotFound
        None of this type was set.
    Refused
        The service said no; nothing was changed.
    Unreachable
        No answer came. The message says whether it may be removed all the same.

    Notes
    -----
    Source: https://github.com/cjcox17/flowroute-client-go

    Examples
    --------
    >>> import flowroute_nb as fr
    >>> account = fr.Sandbox(messages=0).account()
    >>> account.set_callback("sms_callback", "https://example.com/sms")
    >>> account.remove_callback("sms_callback")
    >>> len(account.callbacks())
    0

    """
    _check_may(self, "removes")
    kind = drafts.callback(type, wire.CALLBACKS["v2.2"], "that can be removed")
    self._client.change(resources.remove_callback(kind), f"Removing {kind}", None, _ADVICE | _NONE_SET)


def _check_may(account: Account, does: str) -> None:
    """Refuse what this account does not do: to change anything, where it only reads, and callbacks on v2."""
    if account.read_only and does != "reads":
        raise InputError(
            f"This account was made with read_only=True, so it {does} no callbacks. Make one without it to do so."
        )
    if account.api not in wire.CALLBACKS:
        raise InputError(
            f"Version {account.api} of the API has no callbacks. Use an account with api='v2.1' or 'v2.2'."
        )


# ------------------------------------------------------------------ what came


def _each(client: Client, api: str) -> Iterator[Said]:
    """Ask for one callback after another; a 404 says that none is set."""
    for kind in wire.CALLBACKS[api]:
        doing = f"Reading {kind}"
        try:
            body = client.read(resources.ask_callback(api, kind), doing, _ADVICE).body
        except NotFound:
            continue
        yield resources.callback(kind, body, doing)


def _gathered(table: Sequence[Column], parts: Iterator[Said], what: str) -> pd.DataFrame:
    """Make the frame of what comes, or raise an error that has all that could be read."""
    rows, bad = {}, dict[str, str]()
    stopped: FlowrouteError | KeyboardInterrupt | None = None
    try:
        for part in parts:
            rows.update(part.rows)  # where an id comes twice, the last word on it, at its first place
            bad.update(part.bad)
    except (FlowrouteError, KeyboardInterrupt) as error:
        if not isinstance(error, FlowrouteError) and not is_ctrl_c(error):
            raise
        stopped = error
    found = framed(table, list(rows.values()))
    if isinstance(stopped, KeyboardInterrupt):
        raise Interrupted(
            f"Reading was interrupted. What was read, {count(len(found), what)}, is in .partial.", partial=found
        )
    if stopped is not None:
        more = f"What was read before, {len(found)} {what}{'s' * (len(found) > 1)}, is in .partial." if rows else ""
        raise anew(stopped, more, found, [])
    if bad:
        raise BadRecords(wire.masked(f"{counted(bad, what)} The others are in .partial."), bad=bad, partial=found)
    return found
