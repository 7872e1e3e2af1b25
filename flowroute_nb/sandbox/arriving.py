"""A message arrives from outside: it is checked, kept, and told of."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from flowroute_nb.errors import InputError
from flowroute_nb.sandbox import media
from flowroute_nb.sandbox.addresses import is_url, phone_number, short_code
from flowroute_nb.sandbox.clock import micros
from flowroute_nb.sandbox.message import Message

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from flowroute_nb.sandbox.clock import Clock
    from flowroute_nb.sandbox.postman import Postman
    from flowroute_nb.sandbox.state import State

__all__ = ["Arriving"]


class Arriving:
    """Takes what others send to the account.

    Parameters
    ----------
    state, clock, postman
        What is remembered, what time it is, and who tells of it.
    numbers : list of str
        The account's numbers, digits.
    quirks : dict
        Name to value.
    seed : int
        Makes ids the same for the same story.

    """

    def __init__(
        self,
        state: State,
        clock: Clock,
        postman: Postman,
        numbers: list[str],
        quirks: Mapping[str, str],
        seed: int,
    ) -> None:
        self._state, self._clock, self._postman, self._numbers = state, clock, postman, numbers
        self._kind = "mdr1" if quirks["callback_version"] == "v2" else "mdr2"
        self._story = f"{seed} {clock.start.isoformat()}"

    def take(
        self, sender: str | int, recipient: str | int, body: str | None, media_urls: Sequence[str] | None, base: str
    ) -> str:
        """Take a message, and give its id; its record can be read at once."""
        theirs, ours = _number("from_", sender), _number("to", recipient)
        if ours not in self._numbers:
            raise InputError(
                f"to ({_shown(recipient)}) is no number of this sandbox. Give one of {', '.join(self._numbers)}."
            )
        urls = _urls(media_urls)
        _check_body(body, urls)
        unique = uuid.uuid5(uuid.NAMESPACE_URL, f"{self._story} arrival {self._state.next_number()}").hex
        message = Message(
            id=f"{self._kind}-{unique}",
            at=micros(self._clock.now()),
            direction="inbound",
            sender=theirs,
            recipient=ours,
            body=body,
            mms=bool(urls),
            amount=0,
            code=None,
            media=media.named(unique, len(urls)),
        )
        self._postman.arrived(self._state.arrive(message), urls, base)
        return message.id


def _number(name: str, given: str | int) -> str:
    text = "" if isinstance(given, bool) else str(given)
    number = phone_number(text) or (short_code(text) if name == "from_" else None)
    if number is None:
        short = ", or a short code of 3 to 8 digits" if name == "from_" else ""
        raise InputError(
            f"{name} ({_shown(given)}) is no phone number. Give + and 7 to 15 digits, or 11 to 15 digits such as "
            f"'15305557784'{short}."
        )
    return number


def _shown(given: object) -> str:
    return f"{type(given).__name__}, …{str(given)[-4:]}"


def _check_body(body: str | None, urls: list[str]) -> None:
    if body is None and not urls:
        raise InputError("A message that arrives has a body= or media_urls=, or both. Give one.")
    if not isinstance(body, str | None):
        raise InputError(f"body is a {type(body).__name__}, and a message is text. Give a str.")
    halves = [at for at, c in enumerate(body or "") if "\ud800" <= c <= "\udfff"]
    if halves:
        raise InputError(f"body has half a character at {halves[0]}, which can't be sent. Give whole ones.")


def _urls(given: Sequence[str] | None) -> list[str]:
    try:
        urls = [] if given is None else list(given)  # once: it may be read only once
    except TypeError:
        urls = [""]
    if isinstance(given, str) or not all(map(is_url, urls)):
        raise InputError(
            f"media_urls={given!r} is no list of addresses. Give one such as ['https://example.com/1.png']."
        )
    return urls
