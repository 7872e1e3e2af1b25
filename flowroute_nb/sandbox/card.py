"""How a sandbox shows itself in a notebook, in its own ink and paper, whatever the theme."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["html"]

_NO_TEX = "tex2jax_ignore mathjax_ignore"  # what is between two dollar signs is no mathematics
_FRAME = "display:inline-block;border:1px solid var(--jp-border-color2,#ccc);border-radius:4px;padding:8px 16px"


def html(rows: Mapping[str, str]) -> str:
    """Show a card."""
    shown = "".join(
        '<tr style="background:none">'
        f'<th scope="row" style="text-align:left;padding:2px 16px 2px 0;font-weight:normal;opacity:.75">{name}</th>'
        f'<td style="text-align:left;padding:2px 0">{escape(value)}</td></tr>'
        for name, value in rows.items()
    )
    return (
        f'<div class="{_NO_TEX}" style="{_FRAME}"><strong>Flowroute sandbox</strong>'
        f'<table style="border:0">{shown}</table></div>'
    )
