"""How forms speak of a message: its numbers, its segments with the dear characters marked, and what became of it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pandas as pd

from flowroute_nb.details import expand
from flowroute_nb.text import segments
from flowroute_nb.widgets.parts import Mark, Panel, bubble, rows, steps, text
from flowroute_nb.wording import count as many

if TYPE_CHECKING:
    import datetime as dt

    from flowroute_nb.estimating import Estimate
    from flowroute_nb.settlement import LostSend, Settlement
    from flowroute_nb.text import Segments
    from flowroute_nb.widgets.outgoing import Outgoing
    from flowroute_nb.widgets.parts import Words
    from flowroute_nb.wire import Message

__all__ = ["counted", "estimated", "kind", "many", "marked", "number", "outcome", "plainly", "settled"]

_TITLES: dict[str, tuple[str, Mark]] = {"delivered": ("Delivered", "good"), "failed": ("Not delivered", "bad")}
_SENT: tuple[str, Mark] = ("Sent", "wait")
_MATCHED = "Found in the records"  # not "Sent": its own answer was lost
_ONLY_MATCH = (
    "This is the only record with these numbers and this text that fits the time of the send. A message that another "
    "program sent at the same time would look the same."
)
_ABSENT_MMS = (
    "It is not among the records. An MMS may have no record, so that proves nothing: ask the recipient whether it "
    "arrived."
)
_ABSENT_YET = (
    "It is not among the records yet. Records come seconds to a minute after the send: look again in a minute. If it "
    "isn't there then, it was not taken, and you can write it again."
)
_ABSENT = (
    "It is not among the records, more than a minute after the send: most likely it was not taken, and you can write "
    "it again."
)
_CANDIDATES = 5  # shown, the newest
_IN_CODE = (
    (r"account\.messages\([^)]*\)", "the records"),
    (r" \(sent\.wait\(\) waits for it\)", ""),
    (r",? at position \d+(?:, \d+)*", ""),
)
_NANP = 11  # digits, the first of them 1
_MARKED = 2_000  # characters: a page that draws a hundred thousand marks stands still
_DELIVERED = 1004  # and above, what went wrong: https://support.flowroute.com/681766-Delivery-Receipt-Response-Codes


def number(digits: object) -> str:
    """Show a number in groups; records may lack one.

    Examples
    --------
    >>> number("12065550100"), number("+442079460958"), number("40404")
    ('+1 206 555 0100', '+442079460958', '40404')

    """
    if not isinstance(digits, str) or not digits:
        return "a number that is not said"
    if len(digits) == _NANP and digits.isdecimal() and digits[0] == "1":
        return f"+1 {digits[1:4]} {digits[4:7]} {digits[7:]}"
    return digits


def marked(text: str) -> list[tuple[str, ...]]:
    """Give a text in pieces, its dear characters marked; of a very long one only those near its beginning."""
    pieces: list[tuple[str, ...]] = []
    done = 0
    for dear in segments(text[:_MARKED]).dear:
        plain = "no plain way to write it" if dear.replacement is None else f"plainly: {dear.replacement or 'nothing'}"
        pieces += [(text[done : dear.position], ""), (dear.character, "dear", f"{dear.name.lower()}, {plain}")]
        done = dear.position + 1
    return [piece for piece in [*pieces, (text[done:], "")] if piece[0]]


def counted(found: Segments) -> list[tuple[str, ...]]:
    """Say how many segments a text is by both rules, and how many characters are left."""
    if not found.text.strip():
        return []  # there is no text yet
    if (found.count, found.left) == (found.standard, found.standard_left):
        return [(many(found.count, "segment"), "strong"), (f" by both rules, {many(found.left, 'character')} left", "")]
    return [
        (many(found.count, "segment"), "strong"),
        (f" by Flowroute's rule, {many(found.left, 'character')} left\n", ""),
        (many(found.standard, "segment"), "strong"),
        (f" by the standard, {many(found.standard_left, 'character')} left", ""),
    ]


def kind(message: Message) -> str:
    """Say what a message will go as."""
    if message.mms:
        media = many(len(message.media_urls), "attachment")
        return f"1 MMS with {media}" if message.media_urls else "1 MMS"
    found = segments(message.body or "")
    more = "" if found.count == found.standard else f" by Flowroute's rule, {found.standard:,} by the standard"
    return f"1 SMS of {many(found.count, 'segment')}{more}"


def plainly(said: str) -> str:
    """Say what the library says to those who write code in the words of a form.

    Examples
    --------
    >>> plainly('Look for it in account.messages("2026-10-30", "2026-11-01").'), plainly("It has 'F' at position 6.")
    ('Look for it in the records.', "It has 'F'.")

    """
    for code, words in _IN_CODE:
        said = re.sub(code, words, said)
    return said


def estimated(found: Estimate) -> str:
    """Say what a message will cost, "" where that is not known."""
    if found.low is None or found.high is None:
        return ""
    cost = f"${found.low:f}" + (f" to ${found.high:f}" if found.high != found.low else "")
    return f"about {cost}: {found.reason}"


def outcome(outgoing: Outgoing, record_id: str) -> Panel:
    """Show a message that was sent: its id, what its record says, its receipts."""
    record, known = outgoing.record(record_id), outgoing.known(record_id)
    row = record.iloc[0]
    title, mark = _TITLES.get(row.delivery, _SENT)
    matched = outgoing.matched(record_id)
    about: dict[str, Words] = {
        "From": number(row["from"]),
        "To": [(number(row["to"]), "strong")],
        "Id": [(record_id, "mono")],
    }
    if row.cost is not None:
        about["Would cost" if outgoing.is_sandbox else "Cost"] = [(f"${row.cost:f}", "strong")]
    if known and row.is_mms is not pd.NA and row.is_mms:
        about["Sent as"] = "MMS"
    media = outgoing.media(record_id)
    if media:
        about["Media"] = "\n".join(media)
    if known and pd.notna(row.segments):
        about["Segments"] = f"{row.segments:,}"
    at = f"{row.timestamp:%H:%M:%S} UTC" if pd.notna(row.timestamp) else ""
    told: list[tuple[str, Words, Words]] = [("good", "Taken", at), *_receipts(record)]
    if outgoing.pending(record_id):
        what = "Waiting for more receipts …" if known else "Waiting for its record, a few seconds as a rule …"
        told.append(("wait", [(what, "faint")], ""))
    elif row.delivery not in _TITLES:
        what = "No more was said within a minute" if known else "Its record could not be read within a minute"
        told.append(("", [(what, "faint")], "Look it up later by its id"))
    said = [bubble(marked(row.body))] if isinstance(row.body, str) and row.body else []
    parts = [rows(about), *said, steps(told)]
    return Panel(_MATCHED, [text(_ONLY_MATCH), *parts], mark=mark) if matched else Panel(title, parts, mark=mark)


def settled(settlement: Settlement, lost: LostSend, *, late: bool) -> tuple[str, list[dict[str, Any]]]:
    """Say what the records tell of a message whose answer was lost, and show those that may be it.

    ``late`` is whether its record should have come by now.
    """
    if settlement.verdict == "absent":
        return _ABSENT_MMS if lost.message.mms else _ABSENT if late else _ABSENT_YET, []
    candidates = settlement.candidates.tail(_CANDIDATES)
    count = len(settlement.candidates)
    have = "1 record has" if count == 1 else f"{count} records have"
    shown = f" The newest {_CANDIDATES} are shown." if count > _CANDIDATES else ""
    message = (
        f"The records cannot tell whether this message was sent: {have} its numbers and its text, and may be of "
        f"another message.{_service_time(lost)}{shown} Look them up by their ids, or ask the recipient."
    )
    times = [_moment(timestamp) for timestamp in candidates.timestamp]
    listed: list[tuple[str, Words, Words]] = [
        ("", [(str(record_id), "mono")], time) for record_id, time in zip(candidates.id, times, strict=True)
    ]
    return message, [steps(listed)]


def _service_time(lost: LostSend) -> str:
    """Say when the message was sent by the service's clock, to be compared with the times of records."""
    service_time = lost.baseline.service_time if lost.baseline is not None else None
    return f" It was sent at {_moment(service_time)} or later, by the service's clock." if service_time else ""


def _moment(timestamp: dt.datetime) -> str:
    return f"{timestamp:%Y-%m-%d %H:%M:%S} UTC" if pd.notna(timestamp) else "no time"


def _receipts(record: pd.DataFrame) -> list[tuple[str, Words, Words]]:
    """Give the receipts of a record as steps, oldest first."""
    told: list[tuple[str, Words, Words]] = []
    each: Any  # a row: its names are the columns'
    for each in expand(record, "delivery_receipts").sort_values(["timestamp", "level"]).itertuples():
        code = None if pd.isna(each.status_code) else int(each.status_code)
        mark = "" if code is None or code < _DELIVERED else "good" if code == _DELIVERED else "bad"
        status = [str(each.status)] if pd.notna(each.status) else []
        what = str(each.status_code_description) if pd.notna(each.status_code_description) else "".join(status)
        at = [f"{each.timestamp:%H:%M:%S} UTC"] if pd.notna(each.timestamp) else []
        said = [*(status if what not in status else []), *([f"code {code}"] if code is not None else []), *at]
        told.append((mark, what, " · ".join(said)))
    return told
