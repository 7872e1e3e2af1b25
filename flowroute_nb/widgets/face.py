"""The part of a form that people see: it shows what it is told to, and tells what they do."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import anywidget

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Face"]

_HERE = Path(__file__).parent


class Face(anywidget.AnyWidget):
    """Draws a form in the page. Everything goes by message: its state, which a notebook may save, is its code alone.

    Parameters
    ----------
    heard : callable
        Is given each message from a page: what was typed, what was pressed.

    """

    _esm = (_HERE / "face.js").read_text(encoding="utf-8")
    _css = (_HERE / "face.css").read_text(encoding="utf-8")

    def __init__(self, heard: Callable[[dict[str, Any]], None]) -> None:
        super().__init__()
        self.on_msg(lambda _widget, content, _buffers: heard(content))  # type: ignore[no-untyped-call]  # half-typed

    def tell(self, state: dict[str, Any]) -> None:
        """Show this, wherever the form is shown."""
        self.send({"show": state})  # type: ignore[no-untyped-call]  # half-typed
