"""All forms in tabs: connect, send a text, look records up, read messages."""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

import anywidget
import ipywidgets
import traitlets

from flowroute_nb.errors import keywords
from flowroute_nb.widgets.connect import Connect
from flowroute_nb.widgets.lookup import Lookup
from flowroute_nb.widgets.results import whose
from flowroute_nb.widgets.search import Messages
from flowroute_nb.widgets.send import Send

if TYPE_CHECKING:
    from flowroute_nb.account import Account
    from flowroute_nb.widgets.form import Form

__all__ = ["App", "app"]

_CODE = "import flowroute_nb as fr\n\naccount = fr.Sandbox().account()  # or fr.Account()\n{lines}"


class _Tabs(anywidget.AnyWidget):
    """The tabs themselves: their titles are all that a notebook may save of them."""

    _esm = (Path(__file__).parent / "tabs.js").read_text(encoding="utf-8")
    titles = traitlets.List(traitlets.Unicode()).tag(sync=True)


class App:
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

    def __init__(self, account: Account | None) -> None:
        self.account: Account | None = None
        self.forms: dict[str, Form] = {}
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
        """Show the forms of this account, in place of those of another."""
        before = [form for form in self.forms.values() if not isinstance(form, Connect)]
        kept = {name: form for name, form in self.forms.items() if isinstance(form, Connect)}
        own = {"Send": Send(account), "Look up": Lookup(account), "Messages": Messages(account)}
        self.account, self.forms = account, {**kept, **own}
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
        for form in self.forms.values():
            form.close()
        for each in (self.widget, self._tabs):
            each.layout.close()
            each.close()  # type: ignore[no-untyped-call]  # ipywidgets is half-typed

    @property
    def _code(self) -> str:
        return _CODE.format(lines="\n".join(kind.code for kind in (Send, Lookup, Messages)))

    def __repr__(self) -> str:
        lines = self._code.replace("\n", "\n    ")
        return f"The forms in tabs, for JupyterLab, Notebook and Voila. The same in Python:\n\n    {lines}\n"

    def _repr_html_(self) -> str:
        return (
            "<div class='fr-kept'><p><strong>flowroute_nb</strong>: forms in tabs, which need a notebook with its "
            f"kernel running. The same in Python:</p><pre>{escape(self._code)}</pre></div>"
        )

    def _ipython_display_(self) -> None:
        from IPython.display import display  # noqa: PLC0415  who calls this has it

        # as of a form
        display({**self.widget._repr_mimebundle_(), "text/plain": repr(self), "text/html": ""}, raw=True)
        display({"text/html": self._repr_html_()}, raw=True)


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
    ['Send', 'Look up', 'Messages']

    """
    return App(None if account is None else whose(account, "app"))
