"""Which characters made texts dearer: in how many messages each is, and how many segments these have more for it."""

from __future__ import annotations

import re
import unicodedata
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, get_args

import pandas as pd

from flowroute_nb import engines, sheet
from flowroute_nb.alphabet import named, plain
from flowroute_nb.counting import NOT_ASCII, NOT_GSM, kinds
from flowroute_nb.errors import InputError, keywords
from flowroute_nb.ranks import Rank, ranked
from flowroute_nb.text import segments
from flowroute_nb.validation import whole_number
from flowroute_nb.wording import RULES, count, dollars

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from flowroute_nb.picture import Picture

__all__ = ["dear_characters"]

Rule = Literal["published", "standard"]
_FORCES = {"published": (NOT_ASCII, "count"), "standard": (NOT_GSM, "standard")}
_MOST, _LONGEST = 60, 34  # characters in a picture, and letters of a name
_LATIN = 0x24F  # up to here every font has the letters


class Written(NamedTuple):
    """A text: how many messages said it, what they cost, and how many segments it has more for its characters."""

    body: str
    messages: int
    nanodollars: int
    segments: int = 0
    more: int = 0
    dear: str = ""


class Dearer(NamedTuple):
    """A character: in how many messages it is, and the segments these have more, for it alone or others too."""

    character: str
    messages: int
    alone: int
    together: int


@keywords
def dear_characters(
    frame: Any,  # noqa: ANN401  a frame of any engine, or texts
    *,
    n: int = 9,
    rule: Rule = "published",
) -> Picture:
    """Draw which characters made texts dearer, and how many segments more they became for them.

    A text with a character that forces the dearer encoding is compared with one that has a plain character in each such
    place. Where several different ones force it together, the segments are shown at each of them, in another colour.

    Parameters
    ----------
    frame : frame of any engine, str, pandas.Series or list of str
        Messages, of which the outbound texts are looked at, such as those of a campaign; or texts.
    n : int
        How many characters.
    rule : str
        Whose encoding and counting: Flowroute's ``"published"`` rule or the 3GPP ``"standard"``.

    Returns
    -------
    Picture
        Its title says how many segments they added to all messages and, of priced messages, about what that cost:
        a segment's share of what its message cost.

    Raises
    ------
    InputError
        ``n`` or ``rule`` is none, or what was given is neither messages nor texts.

    Examples
    --------
    >>> picture = dear_characters(["x" * 80 + "—", "x" * 80 + "—", "plain"])
    >>> picture.alt.split(". ")[0]
    'Dear characters added 2 segments, most for — em dash'

    """
    if rule not in get_args(Rule):
        raise InputError(f"rule={rule!r} is neither 'published' nor 'standard'. Give one of them.")
    if not 0 < (whole_number(n) or 0) <= _MOST:
        raise InputError(f"n={n!r} is no number of characters. Give one from 1 to {_MOST}, as in n=9.")
    texts, unpriced, what = _texts(frame)
    if not texts:
        return sheet.nothing(f"with an {what} in what was given" if what != "text" else "in what was given")
    many = sum(text.messages for text in texts)
    under = f"{count(many, what)} · segments beyond those of a plain text, by {RULES[rule]}"
    under += f" · {unpriced:,} of the messages without a price" if unpriced else ""
    found = list(_counted(texts, rule))
    dear = sorted(_dear(found), key=lambda each: (-each.alone - each.together, -each.messages, each.character))
    if not dear:
        return sheet.notice(f"No character makes {'this text' if many == 1 else f'these {many:,} texts'} dearer", under)
    legend = [("by it alone", sheet.look(0)), ("with others in the same text", sheet.look(1))]
    legend = legend if any(each.together for each in dear[:n]) else []
    shown = ([each for each in dear if each.alone + each.together] or dear)[:n]
    rest = dear[len(shown) :]
    ranks = list(map(_rank, shown)) + ([_rest(rest)] if rest else [])
    return ranked(_title(found, dear[0]), under, ranks, legend=legend)


def _texts(given: Any) -> tuple[list[Written], int, str]:  # noqa: ANN401
    """Give each different text, how many messages have no price, and what kind of text they are."""
    if isinstance(given, str | pd.Series | list | tuple):
        said = pd.Series([given] if isinstance(given, str) else given, dtype=object).dropna()
        strange = next((each for each in said if not isinstance(each, str)), None)
        if strange is not None:
            raise InputError(f"dear_characters() was given a {type(strange).__name__} among texts. Give str alone.")
        return [Written(str(body), int(many), 0) for body, many in said.value_counts().items()], 0, "text"
    made = engines.groups(given, ["direction", "is_mms", "body"])
    made = made[(made["direction"] == "outbound") & (made["is_mms"].fillna(value=False) == 0) & made["body"].notna()]
    columns = (made[name] for name in ("body", "messages", "nanodollars"))
    texts = [Written(str(body), int(many), int(amount)) for body, many, amount in zip(*columns, strict=True)]
    return texts, int(made["unpriced"].sum()), "outbound text"


def _counted(texts: Sequence[Written], rule: Rule) -> Iterable[Written]:
    """Count each text as it is, and with a plain character wherever one forces the dearer encoding."""
    bit, column = _FORCES[rule]
    every = "".join(sorted({character for text in texts for character in text.body}))
    forcing = [character for character, kind in zip(every, kinds([every]), strict=True) if kind & bit]
    if not forcing:
        return texts
    dear = re.compile(f"[{re.escape(''.join(forcing))}]")
    there = [text for text in texts if dear.search(text.body)]
    whole, plainly = (
        segments(pd.Series(bodies, dtype=object))[column].tolist()
        for bodies in ([text.body for text in there], [dear.sub("x", text.body) for text in there])
    )
    return [
        text._replace(segments=now, more=now - then, dear="".join(sorted(set(dear.findall(text.body)))))
        for text, now, then in zip(there, whole, plainly, strict=True)
    ]


def _dear(texts: Iterable[Written]) -> Iterable[Dearer]:
    found: dict[str, Dearer] = {}
    for text in texts:
        for character in text.dear:
            so_far = found.get(character, Dearer(character, 0, 0, 0))
            more = text.more * text.messages
            alone, together = (more, 0) if len(text.dear) == 1 else (0, more)
            found[character] = Dearer(
                character, so_far.messages + text.messages, so_far.alone + alone, so_far.together + together
            )
    return found.values()


def _title(found: Sequence[Written], first: Dearer) -> str:
    more = sum(text.more * text.messages for text in found)
    if not more:
        many = sum(text.messages for text in found if text.dear)
        return f"Dear characters are in {count(many, 'message')}, and added no segment"
    cost = sum(Fraction(text.nanodollars * text.more, text.segments) for text in found if text.more)
    about = f", about {dollars(cost)}" if cost else ""
    return f"Dear characters added {count(more, 'segment')}{about}, most for {_named(first.character)}"


def _shown(character: str) -> str:
    """Give a character as it can be seen by itself, else its code."""
    seen = character.isprintable() and not character.isspace() and unicodedata.category(character)[0] != "M"
    return character if seen else f"U+{ord(character):04X}"


def _named(character: str) -> str:
    """Name what would be overlooked in a sentence, or what no font may have."""
    return character if character.isalnum() and ord(character) <= _LATIN else _both(character)


def _both(character: str) -> str:
    name = named(character).lower().replace("u+", "U+")
    return name.removeprefix("control character ") if name.startswith("control") else f"{_shown(character)} {name}"


def _rank(dear: Dearer) -> Rank:
    more = dear.alone + dear.together
    said = f"{_more(more)} in {count(dear.messages, 'message')}"
    instead = plain(dear.character)
    hint = (
        "no plain way to write it"
        if instead is None
        else f"plainly {instead}"
        if instead.strip()
        else "can be left out"
    )
    name = _both(dear.character)
    short = name if len(name) <= _LONGEST else f"{name[: _LONGEST - 1].rpartition(' ')[0]}…"
    return Rank(short, (dear.alone, dear.together), said, f"{name} · {said} · {hint}")


def _more(segments_more: int) -> str:
    return count(segments_more, "segment") if segments_more else "no segment"


def _rest(dear: Sequence[Dearer]) -> Rank:
    most = max(each.alone + each.together for each in dear)
    said = f"at most {_more(most)} each" if most else "no segment"
    return Rank(count(len(dear), "other"), (), said, said)
