"""What the sandbox was asked and what it told others, kept a while; keys and phone numbers show but their ends."""

from __future__ import annotations

import base64
import json
import re
import threading
import time
from collections import deque
from typing import TYPE_CHECKING, Any

from flowroute_nb.errors import InputError

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    import pandas as pd

    from flowroute_nb.sandbox.clock import Clock

__all__ = ["KEPT", "LONGEST", "Entry", "Log", "beginning", "sends_frame"]

KEPT, LONGEST = 10_000, 1_000  # so many entries, the newest; of each text so many characters

_COLUMNS = {
    "at": "datetime64[us, UTC]",
    "who": "str",
    "method": "str",
    "path": "str",
    "status": "Int64",
    "request": "str",
    "answer": "str",
    "seconds": "float64",
    "attempt": "Int64",
}
# Ten digits or more, also as people write them: (206) 555-0100; with + before them, seven or more. It begins with a
# digit or a + so that it is quickly passed by.
_NUMBER = re.compile(r"[0-9]{3}\)?[ .-]?[0-9]{3}[ .-]?[0-9]{4,}|\+[0-9]{7,9}(?![0-9])")
_ID = re.compile(r"[0-9a-f]{32}(-[0-9]+)?|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_OF_AN_ID = "0123456789abcdef-"
_AMOUNT = re.compile(r'"amount_nanodollars": ?"?$')
_ESCAPED = re.compile(r"\\u[0-9a-fA-F]{0,3}$")  # of \\u00e9 these can be digits, and a number may follow


class Entry:
    """One request and its answer; ``status`` is None until there is one, and stays so where none ever comes."""

    __slots__ = ("answer", "at", "attempt", "began", "method", "path", "request", "seconds", "status", "who")

    def __init__(self, at: dt.datetime, who: str, what: tuple[str, str, bytes], attempt: int | None) -> None:
        method, path, request = what
        self.at, self.who, self.attempt, self.method, self.path = at, who, attempt, method, _cut(path)
        self.request = beginning(request)
        self.status: int | None = None
        self.seconds: float | None = None
        self.answer, self.began = "", time.monotonic()

    def end(self, status: int | None, answer: str) -> None:
        """Write down what the answer is, or in words why there is none."""
        self.status, self.answer, self.seconds = status, _cut(answer), time.monotonic() - self.began


class Log:
    """Keeps the newest requests and answers; heads, and with them the keys, it never gets to see.

    Parameters
    ----------
    clock : Clock
        What time it is.
    keys : tuple of str
        The access key and the secret key, which may stand in a body or a path nevertheless.

    """

    def __init__(self, clock: Clock, keys: tuple[str, str]) -> None:
        self._clock, self._lock = clock, threading.Lock()
        self._entries: deque[Entry] = deque(maxlen=KEPT)
        access, secret = keys
        token = base64.b64encode(f"{access}:{secret}".encode()).decode()
        masks = {token: "…", secret: "…", access: f"…{access[-4:]}"}
        self._masks = {key: masks[key] for key in sorted(masks, key=len, reverse=True)}  # one may be a part of another

    def begin(self, who: str, method: str, path: str, request: bytes, attempt: int | None = None) -> Entry:
        """Write down what is asked, before anything is done about it."""
        with self._lock:
            entry = Entry(self._now(), who, (method, path, request), attempt)
            self._entries.append(entry)
        return entry

    def _now(self) -> dt.datetime:
        """Say what time it is, or was at the last entry, if a clock that was given doesn't know any more."""
        try:
            return self._clock.now()
        except InputError:
            return self._entries[-1].at if self._entries else self._clock.start

    def frame(self) -> pd.DataFrame:
        """Show what is kept, oldest first, masked."""
        import pandas as pd  # noqa: PLC0415  the server needs none of it

        with self._lock:
            entries = list(self._entries)
        made = {name: pd.Series([getattr(each, name) for each in entries], dtype=object) for name in _COLUMNS}
        for name in ("path", "request", "answer"):
            made[name] = made[name].map(self._masked)
        made["at"] = pd.to_datetime(made["at"], utc=True)
        return pd.DataFrame(made).astype(
            {name: _text_dtype() if kind == "str" else kind for name, kind in _COLUMNS.items()}
        )

    def _masked(self, text: str) -> str:
        for key, shown in self._masks.items():
            text = text.replace(key, shown)
        if text.endswith("…"):  # where it was cut, half a number may be left
            text = f"{self._whole(text[:-1]).rstrip('0123456789 ().+-')}…"
        return _NUMBER.sub(_last_four, text)

    def _whole(self, text: str) -> str:
        """Take away the half of a key at the end."""
        halves = (key[:length] for key in self._masks for length in range(len(key), 3, -1))
        return text.removesuffix(next((half for half in halves if text.endswith(half)), ""))


def sends_frame(rows: Sequence[tuple[Any, ...]]) -> pd.DataFrame:
    """Return what clients sent, oldest first and unmasked, as stored in the table ``taken`` of the database."""
    import pandas as pd  # noqa: PLC0415  the server needs none of it

    names = ["at", "version", "id", "to", "from", "body", "media_urls"]
    values = [(*row[:6], json.loads(row[6])) for row in rows]
    frame = pd.DataFrame({name: pd.Series([row[n] for row in values], dtype=object) for n, name in enumerate(names)})
    frame["at"] = pd.to_datetime(frame["at"].astype("int64"), unit="us", utc=True).dt.as_unit("us")
    return frame.astype(dict.fromkeys(names[1:6], _text_dtype()))


def _text_dtype() -> Any:  # noqa: ANN401  pandas is imported when a frame is asked for
    """Return pandas' default dtype of text, which is the same under every pandas option."""
    import pandas as pd  # noqa: PLC0415  the server needs none of it

    return pd.StringDtype("pyarrow", na_value=float("nan"))


def beginning(body: bytes) -> str:
    """Read as much of a body as is kept."""
    return _cut(body[: 4 * (LONGEST + 1)].decode(errors="replace"))  # no character has more bytes


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def _last_four(found: re.Match[str]) -> str:
    """Mask what looks like a phone number, unless it is an amount or in an id."""
    text, start, end = found.string, found.start(), found.end()
    while start and text[start - 1] in _OF_AN_ID:
        start -= 1
    while end < len(text) and text[end] in _OF_AN_ID:
        end += 1
    before = text[max(0, found.start() - 24) : found.start()]
    if _ID.fullmatch(text[start:end].removeprefix("1-").removeprefix("2-")) or _AMOUNT.search(before):
        return found[0]
    escaped = _ESCAPED.search(before)
    kept = 6 - len(escaped[0]) if escaped else 0
    return f"{found[0][:kept]}…{found[0][-4:]}"
