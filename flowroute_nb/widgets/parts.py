"""What a form is made of: fields, buttons, and the panel beside them. Plain words and values, nothing of the page."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from flowroute_nb.errors import nearest
from flowroute_nb.widgets.days import day

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = [
    "Action",
    "Code",
    "Field",
    "Kind",
    "Mark",
    "Panel",
    "Secrets",
    "Words",
    "bubble",
    "quoted",
    "rows",
    "steps",
    "text",
    "written",
]

#: A text, or pieces of it: ``(text, mark)`` or ``(text, mark, what is said when one points at it)``. The marks are
#: ``""``, ``strong``, ``faint``, ``wait``, ``dear`` and ``mono``.
Words = str | list[tuple[str, ...]]

Mark = Literal["", "ask", "good", "wait", "bad"]
_WHOLE = re.compile("[^\ud800-\udfff]*")  # no half of a character, which can be neither looked for nor a file's name

Kind = Literal["text", "tel", "date", "search", "area", "choice", "radio", "check", "key", "secret"]

_LINE = 72  # characters of Python that one sees without scrolling


@dataclass(frozen=True)
class Action:
    """A button.

    Attributes
    ----------
    name : str
        What the form is told when it is pressed.
    label : str
        What stands on it.
    mark : {"plain", "main"}
        A form has one main action.
    token : int, optional
        Told along: a press with another token than the button has now does nothing.
    careful : bool
        Whether it waits half a second before it can be pressed, so that it doesn't take the second half of a double
        click on what stood there before.
    frozen : bool
        Whether it can't be pressed now.

    """

    name: str
    label: str
    mark: Literal["plain", "main"] = "plain"
    token: int | None = None
    careful: bool = False
    frozen: bool = False


@dataclass
class Field:
    """A field: a label, something to fill in, a hint, and what is wrong with it in words.

    Attributes
    ----------
    name, label : str
    kind : str
        ``text``, ``tel``, ``date``, ``search``, ``area`` (several lines), ``choice``, ``radio``, ``check`` (True or
        False), or ``key`` and ``secret``, whose values are never kept; only a key is seen as one types.
    hint, error, placeholder : str
    note : Words
        What is said about the value as one types.
    offers : list of Action
        Small buttons below it.
    size : {"whole", "half", "third"}
        How much of a line it takes where there is room.
    rows : int
        How many lines of an ``area`` are in sight.
    options : sequence of (value, label) or (value, label, more)
        Of a ``choice`` or ``radio``.
    value : str or bool
    hidden, frozen : bool
    by, version : str, int
        The view in which the value was typed, ``""`` if in none; how many times there was another one.

    """

    name: str
    label: str
    kind: Kind = "text"
    hint: str = ""
    placeholder: str = ""
    size: Literal["whole", "half", "third"] = "whole"
    rows: int = 4
    options: Sequence[tuple[str, ...]] = ()
    value: Any = ""
    error: str = ""
    note: Words = ""
    offers: list[Action] = field(default_factory=list)
    hidden: bool = False
    frozen: bool = False
    by: str = ""
    version: int = 0

    @property
    def kept(self) -> bool:
        """Whether the form may know what stands in it before a button is pressed."""
        return self.kind not in ("key", "secret")

    def set(self, value: Any, by: str = "") -> None:  # noqa: ANN401  text, or whether it is checked
        """Take a value: typed in a view, which then knows it already, or given by the form."""
        self.value, self.by = value, by
        self.version += 1

    def told(self) -> dict[str, Any]:
        """Give it as the page is told."""
        return {**asdict(self), "kept": self.kept, "value": self.value if self.kept else None}

    def fits(self, value: object) -> bool:
        """Say whether this can have been filled in here: a page may say anything."""
        if not self.kept:
            return False
        if self.kind == "check":
            return isinstance(value, bool)
        if not isinstance(value, str):
            return False
        if self.kind in ("choice", "radio"):
            return value in self._choices()
        if self.kind == "date":
            return value == "" or day(value) is not None
        return self.kind == "area" or _WHOLE.fullmatch(value) is not None

    def misfit(self, value: object) -> str:
        """Say that a value can't stand in here, and what can."""
        if not self.kept:  # and is never said
            return f"The field {self.name!r} keeps nothing. Give it with the button: press(…, {self.name}=…)."
        near, wanted = "", "text"
        if self.kind in ("choice", "radio"):
            near, wanted = nearest(value, self._choices()), f"one of {', '.join(map(repr, self._choices()))}"
        elif self.kind == "check":
            wanted = "True or False"
        elif self.kind == "date":
            wanted = "a day that exists, as '2026-10-31', or ''"
        elif isinstance(value, str):
            wanted = "whole characters, without a half of one"
        return f"{value!r} can't stand in the field {self.name!r}.{near} Give {wanted}."

    def _choices(self) -> list[str]:
        return [option[0] for option in self.options]


@dataclass
class Panel:
    """What stands beside the fields: a title, parts, and buttons.

    Attributes
    ----------
    title : Words
    parts : list
        Made with :func:`text`, :func:`rows`, :func:`bubble` and :func:`steps`.
    actions : list of Action
    mark : {"", "ask", "good", "wait", "bad"}
        Its colour.

    """

    title: Words
    parts: list[dict[str, Any]] = field(default_factory=list)
    actions: list[Action] = field(default_factory=list)
    mark: Mark = ""

    def told(self) -> dict[str, Any]:
        """Give it as the page is told."""
        return asdict(self)


def text(words: Words, mark: str = "") -> dict[str, Any]:
    """Make a paragraph."""
    return {"text": words, "mark": mark}


def rows(named: dict[str, Words]) -> dict[str, Any]:
    """Make rows of a name and what there is to say."""
    return {"rows": list(named.items())}


def bubble(words: Words) -> dict[str, Any]:
    """Make a message as a phone would show it: every space and line end counts."""
    return {"bubble": words}


def steps(told: list[tuple[str, Words, Words]]) -> dict[str, Any]:
    """Make a list of what happened: each with its mark (``good``, ``bad``, ``wait`` or ``""``), what, and more."""
    return {"steps": told}


class Secrets:
    """What was typed into secret fields, each to be taken once; nothing shows it."""

    __slots__ = ("_has", "_take")

    def __init__(self, typed: object) -> None:
        typed = typed if isinstance(typed, dict) else {}
        kept = {name: value.strip() for name, value in typed.items() if isinstance(value, str) and value.strip()}
        typed.clear()  # so that the message, which others hold too, has none any more
        # Inside functions, so that no view of attributes in a debugger or a traceback finds it.
        self._has: Callable[[str], bool] = lambda name: name in kept
        self._take: Callable[[str], str | None] = lambda name: kept.pop(name, None)

    def has(self, name: str) -> bool:
        """Say whether something was typed there."""
        return self._has(name)

    def take(self, name: str) -> str | None:
        """Take one, or None where nothing was typed."""
        return self._take(name)

    def __repr__(self) -> str:
        return "<Secrets>"


class Code(str):
    """Python that stands in other Python as it is."""

    __slots__ = ()


def written(name: str, /, *first: object, **arguments: object) -> str:
    """Write a call as Python, one argument a line where it is long.

    Examples
    --------
    >>> print(written("account.send", to="12065550100", body="Gee"))
    account.send(to="12065550100", body="Gee")

    """
    given = [*map(quoted, first), *(f"{key}={quoted(value)}" for key, value in arguments.items())]
    line = f"{name}({', '.join(given)})"
    return line if len(line) <= _LINE else "\n".join([f"{name}(", *(f"    {each}," for each in given), ")"])


def quoted(value: object) -> str:
    r"""Write a value as Python, text in double quotes where that needs no more backslashes.

    Examples
    --------
    >>> print(quoted("it's"), quoted('say "a"'), quoted(["a\n"]), quoted(None))
    "it's" 'say "a"' ["a\n"] None

    """
    if isinstance(value, dict):
        return f"{{{', '.join(f'{quoted(key)}: {quoted(each)}' for key, each in value.items())}}}"
    if isinstance(value, (list, tuple)):
        inside = ", ".join(map(quoted, value))
        return f"[{inside}]" if isinstance(value, list) else f"({inside})"
    if isinstance(value, Code):
        return value
    plain = repr(value)
    return f'"{plain[1:-1]}"' if isinstance(value, str) and plain[0] == "'" and '"' not in value else plain
