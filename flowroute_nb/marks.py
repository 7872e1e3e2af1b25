"""Shows a text with the characters that make it dear marked."""

from __future__ import annotations

import unicodedata
from html import escape
from itertools import groupby
from typing import TYPE_CHECKING

from flowroute_nb import cards
from flowroute_nb.alphabet import EXTENSION

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from flowroute_nb.text import Dear, Segments

__all__ = ["html", "marked", "text"]

_SHOWN, _LISTED, _PLACES, _NAMED = 1_000, 12, 5, 3  # of a text, of its dear characters, of where one stands, in a hint
_ENDS = str.maketrans({"\n": "⏎", "\r": "␍", "\f": "␌"})
_JOINERS = "\u200c\u200d"
_BLANK = "\u115f\u1160\u2800\u3164\uffa0"  # letters and symbols, says Unicode, of which nothing is seen
_RULES = {"both": "both rules", "published": "the published rule alone", "standard": "the standard alone"}

# A mark has an ink and a paper of its own, to be read in any theme; all else has the notebook's.
_MARK = '<mark style="background:#ffd866;color:#221b00;border-radius:2px;padding:0 2px" title="{}">{}</mark>'
_CODE = '<span style="font:.75em monospace;border:1px solid;border-radius:2px;padding:0 2px;margin:0 1px">{}</span>'
_CELL = "text-align:left;vertical-align:baseline;padding:2px 20px 2px 0;font-weight:normal"
_FAINT, _LETTERS = "opacity:.75", "font-family:monospace"


def text(found: Segments, cleaned: Segments) -> str:
    """Show on a few lines how many segments a text is, and why."""
    pieces = [
        f"«{''.join(seen for seen, _ in _seen(piece))}»" if dear else piece.translate(_ENDS)
        for piece, dear in _pieces(found)
    ]
    instead = [f" cleaned: {_counts(cleaned)}"] if cleaned.text != found.text else []
    return "\n".join([f"<Segments {_counts(found)}", f" {''.join(pieces)}{_more(found)}", *instead]) + ">"


def html(found: Segments, cleaned: Segments) -> str:
    """Show in a notebook how many segments a text is, and why."""
    title = f"{found.count:,} segment{'s' * (found.count != 1)}"
    if found.count != found.standard:
        title += f", or {found.standard:,} by the standard"
    notes = [f'<div style="margin:8px 0 0">{note}</div>' for note in _notes(found) if note]
    body = "white-space:pre-wrap;overflow-wrap:anywhere;max-width:42em;margin:8px 0;line-height:1.6"
    shown = f'<div dir="auto" style="{body}">{marked(found)}</div>'
    return cards.box(title, "".join([shown, _rules(found, cleaned), _replaceable(found), *notes]))


def marked(found: Segments) -> str:
    """Give a text as HTML, its dear characters marked and what can't be seen named."""
    pieces = [
        _mark(piece, dear) if dear else escape(piece.replace("\f", "␌").replace("\r", ""))
        for piece, dear in _pieces(found)
    ]
    return "".join(pieces) + _more(found)


def _counts(found: Segments) -> str:
    published = f"count={found.count} ({found.encoding}, {found.left} left)"
    return f"{published} standard={found.standard} ({found.standard_encoding}, {found.standard_left} left)"


def _more(found: Segments) -> str:
    return f" … and {len(found.text) - _SHOWN:,} more characters" if len(found.text) > _SHOWN else ""


def _pieces(found: Segments) -> Iterator[tuple[str, list[Dear]]]:
    """Cut a text where dear characters begin and end, so that a word or a family of emoji stays in one piece."""
    dear = {each.position: each for each in found.dear}
    for is_dear, places in groupby(range(min(len(found.text), _SHOWN)), dear.__contains__):
        at = list(places)
        yield found.text[at[0] : at[-1] + 1], [dear[each] for each in at] if is_dear else []


def _seen(piece: str) -> Iterator[tuple[str, bool]]:
    """Give each character as it can be seen, and whether that is a code in its place."""
    before = ""
    for character in piece:
        is_code = not _is_seen(character, before)
        yield f"U+{ord(character):04X}" if is_code else character, is_code
        before = "" if is_code else character


def _is_seen(character: str, before: str) -> bool:
    """Say whether something is seen of a character: of accents and joiners, what they do to the one before."""
    kind, kind_before = unicodedata.category(character), unicodedata.category(before) if before else ""
    if character in _JOINERS:
        return kind_before[:1] in ("S", "M") or kind_before == "Lo"
    if kind.startswith("M"):
        return kind_before[:1] in ("L", "M", "S")
    return character.isprintable() and character not in _BLANK


def _mark(piece: str, dear: list[Dear]) -> str:
    said = [_name(each) + _hint(each) for each in _kinds(dear)]
    more = f"; and {len(said) - _NAMED} more" if len(said) > _NAMED else ""
    seen = [_CODE.format(shown) if is_code else escape(shown) for shown, is_code in _seen(piece)]
    return _MARK.format(escape("; ".join(said[:_NAMED]) + more), "".join(seen))


def _kinds(dear: Iterable[Dear]) -> dict[Dear, list[int]]:
    """Gather characters that are the same, and where each stands."""
    found: dict[Dear, list[int]] = {}
    for each in dear:
        found.setdefault(each._replace(position=0), []).append(each.position)
    return found


def _name(dear: Dear) -> str:
    return dear.name.lower().replace("u+", "U+")


def _plainly(dear: Dear) -> str:
    return {"": "nothing", " ": "a space", "\n": "a new line"}.get(dear.replacement or "", dear.replacement or "")


def _hint(dear: Dear) -> str:
    return "" if dear.replacement is None else f": write {_plainly(dear)} instead"


def _table(head: list[str], rows: list[list[str]]) -> str:
    """Make a table of cells that are HTML already."""
    top = "".join(f'<th scope="col" style="{_CELL};{_FAINT}">{cell}</th>' for cell in head)
    body = "".join(
        f'<tr style="background:none"><th scope="row" style="{_CELL}">{first}</th>'
        + "".join(f'<td style="{_CELL};font-variant-numeric:tabular-nums">{cell}</td>' for cell in rest)
        + "</tr>"
        for first, *rest in rows
    )
    return (
        '<table style="border:0;margin:8px 0 0"><thead style="border:0"><tr style="background:none">'
        f"{top}</tr></thead><tbody>{body}</tbody></table>"
    )


def _rules(found: Segments, cleaned: Segments) -> str:
    shown = [found] if cleaned.text == found.text else [found, cleaned]
    published = [f"<strong>{each.count:,}</strong> · {each.encoding}, {each.left} left" for each in shown]
    standard = [
        f"<strong>{each.standard:,}</strong> · {each.standard_encoding}, {each.standard_left} left" for each in shown
    ]
    rows = [["by Flowroute's published rule", *published], ["by the 3GPP standard", *standard]]
    return _table(["segments", "as it is", "cleaned"][: len(shown) + 1], rows)


def _replaceable(found: Segments) -> str:
    rows = []
    for dear, at in _kinds(each for each in found.dear if each.replacement is not None).items():
        places = ", ".join(map(str, at[:_PLACES])) + (", …" if len(at) > _PLACES else "")
        style = _LETTERS if (dear.replacement or "").strip() else _FAINT
        plainly = f'<span style="{style}">{escape(_plainly(dear))}</span>'
        rows.append([_mark(dear.character, [dear]), plainly, escape(_name(dear)), places, _RULES[dear.rule]])
    if not rows:
        return ""
    more = f'<div style="{_FAINT}">and {len(rows) - _LISTED} more</div>' if len(rows) > _LISTED else ""
    return _table(["dear", "plainly", "name", "at", "dear by"], rows[:_LISTED]) + more


def _notes(found: Segments) -> Iterator[str]:
    stuck = _kinds(each for each in found.dear if each.replacement is None)
    if stuck:
        more = f" and {len(stuck) - _LISTED} more" if len(stuck) > _LISTED else ""
        yield f"No plain way to write {' '.join(_mark(each.character, [each]) for each in list(stuck)[:_LISTED])}{more}"
    if found.standard_encoding == "GSM-7":
        double = [escape(character) for character in EXTENSION.strip() if character in found.text]
        yield f"Two places each by the standard: {' '.join(double)}" if double else ""
    if found.count != found.standard:
        yield f'<span style="{_FAINT}">No source proves which of them is billed.</span>'
