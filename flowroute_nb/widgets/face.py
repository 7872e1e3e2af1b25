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
        self.on_msg(lambda _widget, content, _buffers: heard(content))

    def tell(self, state: dict[str, Any]) -> None:
        """Show this, wherever the form is shown."""
        self.send({"show": _whole(state)})


def _whole(said: object) -> object:
    """Write a question mark for half a character, which can't be sent, and would keep all the rest from the page."""
    if isinstance(said, str):
        return said if said.isascii() else said.encode("utf-8", "replace").decode()
    if isinstance(said, dict):
        return {name: _whole(each) for name, each in said.items()}
    return [_whole(each) for each in said] if isinstance(said, (list, tuple)) else said
