"""What a send gives back: the id, when, and a way to wait for the record."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, NoReturn

from flowroute_nb import cards
from flowroute_nb.errors import InputError, Interrupted, is_ctrl_c
from flowroute_nb.phone import masked
from flowroute_nb.records import exact
from flowroute_nb.tracebacks import private

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable
    from decimal import Decimal

    import pandas as pd

    from flowroute_nb.wire import Message, Taken

__all__ = ["Sent"]


def _without_account(record_id: str, _timeout: float) -> NoReturn:
    raise InputError(
        "wait() needs the account that sent the message, and this object came from another process or a file without "
        f"it. Call account.lookup({record_id!r}) with an account of this process."
    )


class Sent:
    """A message that the service took.

    It can be pickled, without the account and its keys; then :meth:`wait` says to call ``account.lookup(sent.id)``.

    Attributes
    ----------
    id : str
        The record's id, ``mdr2-…`` (``mdr1-…`` from version v2).
    cost : decimal.Decimal or None
        What version v2.2 says it charged, in dollars; None from the others, whose record says it.
    to, from_ : str
        Digits.
    body : str or None
    media_urls : tuple of str
    api : str
        The version it was sent with.
    at : datetime.datetime
        When the request left, UTC.

    """

    def __init__(
        self, taken: Taken, message: Message, *, api: str, at: dt.datetime, wait: Callable[[str, float], pd.Series]
    ) -> None:
        self.id, self.api, self.at = taken.id, api, at
        self.cost: Decimal | None = None
        with suppress(ValueError):  # the message was accepted whatever price came with it, and its record has the cost
            self.cost = exact(taken.charged)
        self.to, self.from_, self.body, self.media_urls = message.to, message.from_, message.body, message.media_urls
        self._wait = wait

    @private
    def wait(self, timeout: float = 30) -> pd.Series:
        """Wait until the record can be read, a few seconds after the send as a rule.

        Parameters
        ----------
        timeout : float
            Seconds to wait at the most.

        Returns
        -------
        pandas.Series
            The record, as from ``account.lookup(sent.id)``.

        Raises
        ------
        NotFound
            It still could not be read; the message was taken all the same.
        FlowrouteError
            The look-up failed in another way.

        Examples
        --------
        >>> import flowroute_nb as fr
        >>> account = fr.Sandbox().account()
        >>> sent = account.send(to="15305557784", body="Gee, nice marmot!")
        >>> sent.wait(timeout=30).cost
        Decimal('0.0040')

        """
        try:
            return self._wait(self.id, timeout)
        except KeyboardInterrupt as error:
            if not is_ctrl_c(error):
                raise
        raise Interrupted(
            f"Waiting for the record {self.id} was interrupted. The service accepted the message: do not send it "
            "again, look it up later with account.lookup(id).",
            sent=self,
        )

    def __getstate__(self) -> dict[str, Any]:
        """Leave out the account, which holds the keys and connections."""
        return {name: value for name, value in vars(self).items() if name != "_wait"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state, _wait=_without_account)

    def __copy__(self) -> Sent:
        return self  # what was sent does not change

    def __deepcopy__(self, memo: dict[int, Any]) -> Sent:
        return self

    def _rows(self) -> dict[str, str]:
        cost = {} if self.cost is None else {"cost": f"${self.cost:f}"}
        numbers = {"to": masked(self.to), "from": masked(self.from_)}
        return {"id": self.id, **numbers, "at": f"{self.at:%Y-%m-%d %H:%M:%S} UTC", "api": self.api, **cost}

    def __repr__(self) -> str:
        return cards.text("Sent", self._rows())

    def _repr_html_(self) -> str:
        return cards.html("Sent", self._rows())
