"""Which characters a phone's own alphabet has, and how the others can be written plainly."""
# ruff: noqa: RUF001, RUF002  characters that look like others are the point

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

__all__ = ["BASIC", "EXTENSION", "named", "plain", "replacements"]

# The GSM 7 bit default alphabet in the order of its codes, without the escape, and the extension behind the escape:
# 3GPP TS 23.038, 6.2.1 and 6.2.1.1, https://www.etsi.org/deliver/etsi_ts/123000_123099/123038/
#: Characters of one septet. The backtick, the tab and ç are not among them; Ç and ten Greek capitals are.
BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
#: Characters of two septets: the escape and one more.
EXTENSION = "\f^{}\\[~]|€"

_ALIKE = {
    "'": "‘’‚‛′‹›ʹʼˈ´`",
    '"': "“”„‟″«»ʺ",
    "-": "‐‑‒–—―−⁃•‣◦∙·▪●",
    "*": "★☆∗",
    "/": "⁄∕÷",
    "x": "×",
    "|": "¦",
    " ": "\t",
    "\n": "\v\x85\u2028\u2029",
    "": "¡¿\u00ad\u180e\u2060\u2061\u2062\u2063\u2064\ufeff",
    "A": "Ⱥ",
    "D": "ĐÐ",
    "d": "đð",
    "H": "Ħ",
    "h": "ħ",
    "i": "ı",
    "j": "ȷ",
    "L": "Ł",
    "l": "ł",
    "O": "Ø",
    "o": "ø",
    "T": "Ŧ",
    "t": "ŧ",
    "c": "¢",
}
_LONGER = {
    "…": "...",
    "Æ": "AE",
    "æ": "ae",
    "Œ": "OE",
    "œ": "oe",
    "ß": "ss",
    "ẞ": "SS",
    "Þ": "Th",
    "þ": "th",
    "™": "(TM)",
    "℠": "(SM)",
    "©": "(C)",
    "®": "(R)",
    "€": "EUR",
    "£": "GBP",
    "→": "->",
    "←": "<-",
    "⇒": "=>",
    "≤": "<=",
    "≥": ">=",
    "±": "+/-",
}
_PLAIN = {character: written for written, alike in _ALIKE.items() for character in alike} | _LONGER

_KEPT = frozenset(c for c in BASIC + EXTENSION if c.isascii())
_RAISED = ("<super>", "<sub>", "<circle>")  # 10² is not 102
_FRACTION = re.compile("(?<=[0-9])[\u00bc-\u00be\u2150-\u215f\u2189]")  # 2½ is not 21/2
#: Accents, joiners, directions and variants: they do something to their neighbours only.
_LEANING = re.compile("[\u0300-\u036f\u061c\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufe00-\ufe0f]+")
_NAMELESS = {"Cc": "CONTROL CHARACTER", "Cs": "HALF A CHARACTER", "Co": "PRIVATE CHARACTER", "Cn": "UNKNOWN CHARACTER"}


@lru_cache(maxsize=4096)
def plain(character: str) -> str | None:
    """Write one character with ASCII characters, where it says the same to a reader; None where it can't.

    Examples
    --------
    >>> plain("’"), plain("é"), plain("ﬁ"), plain("😀")
    ("'", 'e', 'fi', None)

    """
    if character in _PLAIN:
        return _PLAIN[character]
    if unicodedata.category(character) in ("Zs", "Cc"):
        return " " if unicodedata.category(character) == "Zs" else ""
    parts = unicodedata.normalize("NFKD", character)
    if character.isalpha():  # an accent goes, the stroke through ≠ does not
        parts = "".join(part for part in parts if not unicodedata.combining(part))
    written = "".join(_PLAIN.get(part, part) for part in parts)
    raised = unicodedata.decomposition(character).startswith(_RAISED) and any(map(str.isdigit, written))
    return written if written.isascii() and not raised and written.strip() else None


def replacements(text: str) -> list[str | None]:
    r"""Write each character of a text plainly: None where it can't be.

    What only leans on its neighbours goes where these are plain: the accent of a decomposed é and a joiner between
    letters, not the joiner in a family of emoji nor the vowel sign of another script.

    Examples
    --------
    >>> replacements("2½ e\u0301")
    ['2', ' 1/2', ' ', 'e', '']

    """
    written = [character if character in _KEPT else plain(character) for character in text]
    for found in _FRACTION.finditer(text):
        written[found.start()] = f" {written[found.start()]}"
    for found in _LEANING.finditer(text):
        around = written[max(found.start() - 1, 0) : found.start()] + written[found.end() : found.end() + 1]
        written[found.start() : found.end()] = ["" if None not in around else None] * len(found[0])
    return written


def named(character: str) -> str:
    r"""Give a character's name in Unicode, or what kind of thing it is.

    Examples
    --------
    >>> named("’"), named("\t")
    ('RIGHT SINGLE QUOTATION MARK', 'CONTROL CHARACTER U+0009')

    """
    kind = _NAMELESS.get(unicodedata.category(character), "CHARACTER")
    return unicodedata.name(character, f"{kind} U+{ord(character):04X}")
