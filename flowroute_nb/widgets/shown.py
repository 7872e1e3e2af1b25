"""How forms show themselves: as widgets in a notebook; where none can be drawn, in words and the same in Python."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, ClassVar

from flowroute_nb.cards import NO_TEX

if TYPE_CHECKING:
    import ipywidgets

__all__ = ["Shown", "let_go"]


class Shown:
    """What holds a widget, is none itself, and shows it as the last line of a cell, also more than once.

    Attributes
    ----------
    widget : ipywidgets.Widget
        What can be put into layouts of ipywidgets.

    """

    title: ClassVar[str]
    what: ClassVar[str] = "a form"
    #: What does the same without it, for readers where there is none.
    code: ClassVar[str]
    widget: ipywidgets.VBox

    def _lines(self) -> str:
        """Give what does the same without it, of a form that knows better than its kind."""
        return self.code

    def __repr__(self) -> str:
        lines = self._lines().replace("\n", "\n    ")
        return f"{self.title}: {self.what}, for JupyterLab, Notebook and Voila. The same in Python:\n\n    {lines}\n"

    def _repr_html_(self) -> str:
        return (
            f'<div class="fr-kept {NO_TEX}"><p><strong>{escape(self.title)}</strong>: {self.what}, which needs a '
            f"notebook with its kernel running. The same in Python:</p><pre>{escape(self._lines())}</pre></div>"
        )

    def _ipython_display_(self) -> None:
        from IPython.display import display  # noqa: PLC0415  who calls this has it

        if self.widget.comm is None:  # it was closed
            print(repr(self))  # noqa: T201  what a cell shows
            return
        # What stays where no form can be drawn is put beside it, and hidden there as soon as one is: a page made of a
        # notebook that has the state of its widgets takes the form alone, and draws nothing.
        display({**self.widget._repr_mimebundle_(), "text/plain": repr(self), "text/html": ""}, raw=True)
        display({"text/html": self._repr_html_()}, raw=True)


def let_go(widget: ipywidgets.DOMWidget) -> None:
    """Close a widget, its layout and all that is in it: each of them would be kept for ever."""
    for each in getattr(widget, "children", ()):
        let_go(each)
    widget.layout.close()
    widget.close()
