"""What the forms of an account share: whose they are, how records are shown below, and what these come to."""

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
    """A table below a form, there once it has rows; one of a form that filters has no find of its own."""

    @keywords
    def __init__(self, label: str, *, filtered: bool = False, frame: pd.DataFrame | None = None) -> None:
        self.table = Table(read([]) if frame is None else frame, label=label)
        self.widget = ipywidgets.Box([self.table.widget], layout={"display": "none", "width": "100%"})
        self.widget.add_class("fr-below")
        if filtered:
            self.widget.add_class("fr-filtered")

    def show(self, frame: pd.DataFrame) -> None:
        """Show these records, or nothing where there are none and never were."""
        self.table.frame = frame
        if len(frame):
            self.widget.layout.display = "flex"
