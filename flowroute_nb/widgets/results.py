"""What the forms that read records share: whose they are, how they are shown below, what they come to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ipywidgets

from flowroute_nb.account import Account
from flowroute_nb.errors import InputError, keywords
from flowroute_nb.records import money, read
from flowroute_nb.widgets.table import Table

if TYPE_CHECKING:
    from decimal import Decimal

    import pandas as pd

__all__ = ["Below", "cost", "whose"]


def whose(account: object, form: str) -> Account:
    """Take the account a form was given."""
    if not isinstance(account, Account):
        raise InputError(
            f"{form}() was given {type(account).__name__}, which is no account. Give it fr.Sandbox().account(), "
            "fr.Account(), or the .account of a Connect form in which the connection was tested."
        )
    return account


def cost(frame: pd.DataFrame) -> Decimal:
    """Add up what records cost, exactly.

    Examples
    --------
    >>> cost(read([]))
    Decimal('0.0000')

    """
    return money(sum(frame["amount_nanodollars"].dropna().tolist()))  # Python's integers don't wrap


class Below:
    """A table of records below a form, there once there are some; of a form that filters them it has no find."""

    @keywords
    def __init__(self, label: str, *, filtered: bool = False) -> None:
        self.table = Table(read([]), label=label)
        self.widget = ipywidgets.Box([self.table.widget], layout={"display": "none", "width": "100%"})
        self.widget.add_class("fr-below")
        if filtered:
            self.widget.add_class("fr-filtered")

    def show(self, frame: pd.DataFrame) -> None:
        """Show these records, or nothing where there are none and never were."""
        self.table.frame = frame
        if len(frame):
            self.widget.layout.display = "flex"
