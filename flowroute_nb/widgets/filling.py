"""The fields of a message: what they offer, and whether what stands in them can be sent, before any request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flowroute_nb import phone
from flowroute_nb.drafts import draft
from flowroute_nb.errors import InputError
from flowroute_nb.text import check_length, curly
from flowroute_nb.widgets import wording
from flowroute_nb.widgets.parts import Field

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pandas as pd

    from flowroute_nb.account import Account
    from flowroute_nb.widgets.parts import Words
    from flowroute_nb.wire import Message

__all__ = ["checked", "choices", "fields", "goes_to", "links", "too_long"]

_SOME = "12065550100"  # stands for a number that is wrong itself while the rest is checked
_SHOWN = 3  # of the curly quotes


def links(typed: str) -> list[str]:
    """Take media links out of lines."""
    return [line.strip() for line in typed.splitlines() if line.strip()]


def checked(values: Mapping[str, Any]) -> tuple[Message | None, dict[str, str]]:
    """Give the message as it would go, or for each field what is wrong with it."""
    media, body = links(values["media_urls"]), values["body"]
    found = {
        "from_": _wrong(phone.check_number, values["from_"]) if values["from_"] else "Choose the number to send from.",
        "to": _wrong(phone.check_recipient, values["to"]) if values["to"] else "Give the number to send to.",
        "body": "" if body.strip() or media else "Write a text, or give a media link.",
        "media_urls": next(filter(None, (_link(n, url) for n, url in enumerate(media, 1))), ""),
    }
    if body.strip():
        found["body"] = (
            too_long(body, mms=bool(media)) or _curly(body) or _wrong(_draft, body=body, is_mms=bool(media) or None)
        )
    wrong = {name: said for name, said in found.items() if said}
    if wrong:
        return None, wrong
    return _draft(to=values["to"], from_=values["from_"], body=body or None, media_urls=media or None), {}


def _draft(**given: Any) -> Message:  # noqa: ANN401  as they are typed
    usual = {"to": _SOME, "from_": _SOME, "body": None, "media_urls": None, "is_mms": None}
    return draft(**{**usual, **given}, dlr_callback=None, smart_quotes="refuse")


def _wrong(check: Callable[..., object], *typed: str, **given: Any) -> str:  # noqa: ANN401
    """Give the sentence in which something is refused, or nothing."""
    try:
        check(*typed, **given)
    except InputError as wrong:
        return wording.plainly(str(wrong))
    return ""


def too_long(body: str, *, mms: bool) -> str:
    """Give the sentence in which a text is refused that no message can hold, or nothing."""
    return _wrong(check_length, body, mms=mms)


def _link(line: int, url: str) -> str:
    if len(url.split()) > 1:
        return f"Line {line} has a space in it. Give one link a line."
    if not _wrong(_draft, media_urls=[url]):
        return ""
    return f"Line {line} is no http or https link: {url[:80]}. Give a whole public one, as https://example.com/a.gif"


def _curly(body: str) -> str:
    found = curly(body)
    if not found:
        return ""
    shown = ", ".join(list(found.values())[:_SHOWN]) + (", …" if len(found) > _SHOWN else "")
    return f"Flowroute is known to refuse curly quotes: {shown}. Replace them with the button below."


def fields(account: Account) -> list[Field]:
    """Make the fields of a message; which numbers there are to send from is read later."""
    own = [(account.from_, wording.number(account.from_))] if account.from_ else [("", "Reading your numbers …")]
    media = "One public link a line. With media it goes as an MMS."
    return [
        Field("from_", "From", kind="choice", hint="Reading your numbers …", options=own, value=account.from_ or ""),
        Field("to", "To", kind="tel", hint="10 or 11 digits in the US and Canada, else with + and country code"),
        Field("body", "Text", kind="area", rows=5),
        Field("media_urls", "Media links", kind="area", rows=2, hint=media, hidden=account.api == "v2"),
    ]


def goes_to(typed: str) -> Words:
    """Say which number was typed, once it is one."""
    try:
        return [("Goes to ", ""), (wording.number(phone.check_recipient(typed)), "strong")] if typed else ""
    except InputError:
        return ""


def choices(found: pd.DataFrame, own: str | None) -> list[tuple[str, ...]]:
    """Make the choices of the numbers that can send; our own is among them in any case."""
    able = found[found.messaging_enabled.fillna(value=True)]
    names = {str(each.number): each.alias for each in able.itertuples()}
    told = [(own, None)] if own and own not in names else []
    made: list[tuple[str, ...]] = [
        (digits, wording.number(digits) + (f" · {alias}" if isinstance(alias, str) and alias else ""))
        for digits, alias in [*told, *names.items()]
    ]
    return made if own or len(made) == 1 else [("", "Choose a number"), *made]
