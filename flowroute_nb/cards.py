"""Small cards: how an account, a sent message, an estimate or a verdict shows itself."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["NO_TEX", "box", "html", "text"]

#: In such an element a notebook takes nothing between two dollar signs for TeX: JupyterLab's class, and MathJax's own.
NO_TEX = "tex2jax_ignore mathjax_ignore"


def text(title: str, rows: Mapping[str, str]) -> str:
    """Show a card on one line.

    Examples
    --------
    >>> text("Sent", {"id": "mdr2-1", "to": "…0100"})
    '<Sent id=mdr2-1 to=…0100>'

    """
    return f"<{title} {' '.join(f'{name}={value}' for name, value in rows.items())}>"


def html(title: str, rows: Mapping[str, str]) -> str:
    """Show a card in a notebook, in its own ink and paper, whatever the theme."""
    shown = "".join(
        '<tr style="background:none">'
        '<th scope="row" style="text-align:left;padding:2px 16px 2px 0;font-weight:normal;opacity:.75">'
        f'{escape(name)}</th><td style="text-align:left;padding:2px 0;font-variant-numeric:tabular-nums">'
        f"{escape(value)}</td></tr>"
        for name, value in rows.items()
    )
    return box(title, f'<table style="border:0;margin:4px 0 0">{shown}</table>')


def box(title: str, inside: str) -> str:
    """Put a title and what is HTML already into a card."""
    return (
        f'<div class="{NO_TEX}" style="display:inline-block;border:1px solid var(--jp-border-color2,#ccc);'
        f'border-radius:4px;padding:8px 16px"><strong>{escape(title)}</strong>{inside}</div>'
    )
