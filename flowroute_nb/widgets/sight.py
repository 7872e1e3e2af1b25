"""A picture in a form: the latest one, in every view of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import anywidget

if TYPE_CHECKING:
    from flowroute_nb.picture import Picture

__all__ = ["Sight"]


class Sight(anywidget.AnyWidget):
    """Shows a picture, which stays in the kernel: what a notebook may save of it is its code alone."""

    _esm = (Path(__file__).parent / "sight.js").read_text(encoding="utf-8")

    def __init__(self) -> None:
        super().__init__(layout={"width": "100%"})
        self._svg = ""
        self.on_msg(lambda _widget, _content, _buffers: self._tell())

    def show(self, picture: Picture) -> None:
        """Show this one from now on."""
        self._svg = picture.svg()
        self._tell()

    def _tell(self) -> None:
        self.send({"picture": self._svg})
