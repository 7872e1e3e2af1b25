"""All forms in tabs: connect, send a text, look records up, read messages, see what they cost."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import anywidget
import ipywidgets
import traitlets

from flowroute_nb.errors import keywords
from flowroute_nb.widgets.connect import Connect
from flowroute_nb.widgets.explorer import CostExplorer
from flowroute_nb.widgets.lookup import Lookup
from flowroute_nb.widgets.results import whose
from flowroute_nb.widgets.search import Messages
from flowroute_nb.widgets.send import Send
from flowroute_nb.widgets.shown import Shown, let_go

if TYPE_CHECKING:
    from flowroute_nb.account import Account
    from flowroute_nb.widgets.form import Form

__all__ = ["App", "app"]


class _Tabs(anywidget.AnyWidget):
    """The tabs themselves: their titles are all that a notebook may save of them."""

    _esm = (Path(__file__).parent / "tabs.js").read_text(encoding="utf-8")
    titles = traitlets.List(traitlets.Unicode()).tag(sync=True)


class App(Shown):
    """All forms of an account in tabs; :func:`app` makes one.

    Attributes
    ----------
    account : Account or None
        Whose forms they are.
    forms : dict of str to Form
        The forms by the words on their tabs.
    widget : ipywidgets.Widget
        What can be put into layouts of ipywidgets.

    """

    title: ClassVar[str] = "flowroute_nb"
    what: ClassVar[str] = "a sheet of forms in tabs"
    code: ClassVar[str] = "\n".join(kind.code for kind in (Connect, Send, Lookup, Messages, CostExplorer))

    def __init__(self, account: Account | None) -> None:
        self.account: Account | None = None
        self.forms: dict[str, Form] = {}
        self._closed = False
        self._tabs = _Tabs()
        self.widget = ipywidgets.VBox([self._tabs])
        self.widget.add_class("fr-app")
        if account is None:
            connect = Connect()
            connect.on_connect(self._show)
            self.forms = {"Connect": connect}
            self._fill()
        else:
            self._show(account)

    def _show(self, account: Account) -> None:
        """Show the forms of this account, in place of another's; a send whose outcome is still to come stays."""
        if self._closed:
            return
        kept = {name: form for name, form in self.forms.items() if isinstance(form, Connect)}
        unsettled = [each for each in self.forms.values() if isinstance(each, Send) and each.unsettled]
        before = [each for each in self.forms.values() if each not in [*kept.values(), *unsettled]]
        own = {"Send": Send(account), "Look up": Lookup(account), "Messages": Messages(account)}
        own["Costs"] = CostExplorer(account)
        earlier = {f"Earlier send{f' {at}' * (at > 1)}": each for at, each in enumerate(unsettled, 1)}
        self.account, self.forms = account, {**kept, **own, **earlier}
        self._fill()
        for form in before:
            form.close()

    def _fill(self) -> None:
        for form in self.forms.values():
            form.widget.add_class("fr-pane")
        self.widget.children = [self._tabs, *(form.widget for form in self.forms.values())]
        self._tabs.titles = list(self.forms)

    def close(self) -> None:
        """Stop what the forms do, and take them off the page."""
        self._closed = True
        for form in self.forms.values():
            form.close()
        let_go(self.widget)


@keywords
def app(account: Account | None = None) -> App:
    """Show all forms in tabs.

    Parameters
    ----------
    account : Account, optional
        Whose forms they are; without one the first tab connects to one, and the others come then.

    Raises
    ------
    InputError
        What was given is no account.

    Examples
    --------
    >>> import flowroute_nb as fr
    >>> list(fr.widgets.app(fr.Sandbox(messages=0).account()).forms)
    ['Send', 'Look up', 'Messages', 'Costs']

    """
    return App(None if account is None else whose(account, "app"))
