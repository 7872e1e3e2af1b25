"""What a form has sent, and what has become of it since: looked up again and again until it is settled."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import pandas as pd

from flowroute_nb.errors import FlowrouteError
from flowroute_nb.records import read

if TYPE_CHECKING:
    from collections.abc import Callable

    from flowroute_nb.account import Account
    from flowroute_nb.sent import Sent
    from flowroute_nb.widgets.work import Job

__all__ = ["Outgoing"]

_SETTLED = ("delivered", "failed")  # a record with one of these changes no more
_PATIENCE = 60.0  # seconds after its send that a message is watched: many are never said to have been delivered
_PAUSE, _LONGEST = 0.5, 3.0  # seconds between two looks


class Outgoing:
    """Messages on their way.

    Parameters
    ----------
    account : Account
        Who looks.
    told : callable
        Is given the id of each message that there is news of, in the thread that watches.

    """

    def __init__(self, account: Account, told: Callable[[str], None]) -> None:
        self._account, self._told = account, told
        self.is_sandbox = account.is_sandbox
        self._media: dict[str, tuple[str, ...]] = {}
        self._lock = threading.Lock()
        self._frames: dict[str, pd.DataFrame] = {}
        self._known: set[str] = set()  # whose record has come
        self._matched: set[str] = set()  # known only by a record that matches a lost message
        self._until: dict[str, float] = {}
        self._watched = False

    def frame(self) -> pd.DataFrame:
        """Give all of them, a row each, in the order they were sent."""
        with self._lock:
            frames = list(self._frames.values())
        return pd.concat(frames, ignore_index=True) if frames else read([])

    def record(self, record_id: str) -> pd.DataFrame:
        """Give one as it is known now, a frame of one row."""
        return self._frames[record_id]

    def media(self, record_id: str) -> tuple[str, ...]:
        """Give the links that were sent with one, as far as this form knows them."""
        return self._media.get(record_id, ())

    def known(self, record_id: str) -> bool:
        """Say whether its record has come."""
        return record_id in self._known

    def pending(self, record_id: str) -> bool:
        """Say whether there is more to come of it."""
        return record_id in self._until

    @property
    def ids(self) -> list[str]:
        """The ids of all of them."""
        return list(self._frames)

    def matched(self, record_id: str) -> bool:
        """Whether it is known only by a record that matches a message whose answer was lost."""
        return record_id in self._matched

    def add(self, sent: Sent) -> bool:
        """Take one that was just sent, and say whether somebody must begin to watch."""
        self._media[sent.id] = tuple(sent.media_urls or ())
        return self._add(sent.id, _before_its_record(sent), known=False)

    def adopt(self, record: pd.DataFrame) -> bool:
        """Take a record that matches a message whose answer was lost, likewise."""
        record_id = str(record.id.iloc[0])
        self._matched.add(record_id)
        return self._add(record_id, record, known=True)

    def _add(self, record_id: str, frame: pd.DataFrame, *, known: bool) -> bool:
        with self._lock:
            self._frames[record_id] = frame
            self._until[record_id] = time.monotonic() + _PATIENCE
            if known:
                self._known.add(record_id)
            begin, self._watched = not self._watched, True
        return begin

    def watch(self, job: Job) -> None:
        """Look until nothing more is to come; if that goes wrong, the next one that is sent is watched all the same."""
        mine = self._account.branch()
        job.when_stopped(mine.close)
        try:
            self._watch(job, mine)
        except BaseException:
            with self._lock:
                self._watched = False
            raise
        finally:
            mine.close()

    def _watch(self, job: Job, mine: Account) -> None:
        pause, seen = _PAUSE, 0
        while not job.over:
            with self._lock:
                waiting = list(self._until)
                self._watched = bool(waiting)
            if not waiting:
                return
            if len(waiting) > seen:
                pause = _PAUSE
            seen = len(waiting)
            self._look(mine, waiting)
            job.sleep(pause)
            pause = min(pause * 1.3, _LONGEST)

    def _look(self, mine: Account, waiting: list[str]) -> None:
        """Read their records, and let go of those that are settled or have been watched for long enough."""
        try:
            found = mine.lookup(waiting, errors="keep")
        except FlowrouteError as error:  # the next look may fare better; what could be read is taken
            found = error.partial if error.partial is not None else read([])
        now = time.monotonic()
        for record_id in waiting:
            row = found[(found.id == record_id) & found.direction.notna()]
            news = len(row) == 1 and not row.equals(self._frames[record_id])
            with self._lock:
                if len(row) == 1:
                    self._frames[record_id] = row
                    self._known.add(record_id)
                if now > self._until[record_id] or (len(row) == 1 and row.delivery.iloc[0] in _SETTLED):
                    del self._until[record_id]
                    news = True
            if news:
                self._told(record_id)


def _before_its_record(sent: Sent) -> pd.DataFrame:
    """Make the row of a message whose record can't be read yet, of what is known of it."""
    said = {
        "from": sent.from_,
        "to": sent.to,
        "body": sent.body,
        "direction": "outbound",
        "timestamp": sent.at.isoformat(),
        "is_mms": bool(sent.media_urls),
    }
    return read({"data": [{"type": "message", "id": sent.id, "attributes": said}]})
