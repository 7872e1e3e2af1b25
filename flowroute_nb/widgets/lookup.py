"""A form that looks records up by their ids, pasted in any shape."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import TYPE_CHECKING, Any, ClassVar

import pandas as pd

from flowroute_nb import pasted, wire
from flowroute_nb.errors import BadRecords, FlowrouteError, InputError, NotFound, keywords
from flowroute_nb.records import read
from flowroute_nb.widgets.form import Form
from flowroute_nb.widgets.parts import Action, Field, Panel, quoted, rows, steps, text
from flowroute_nb.widgets.results import Below, cost, whose
from flowroute_nb.widgets.wording import many, plainly

if TYPE_CHECKING:
    from concurrent.futures import Future

    from flowroute_nb.account import Account
    from flowroute_nb.widgets.parts import Mark, Secrets
    from flowroute_nb.widgets.work import Job

__all__ = ["Lookup"]

_WORKERS = 4
_PACE = 0.25  # seconds between two times that what has come is shown
_LISTED = 20  # of those that failed


class Lookup(Form):
    """A form that looks records up by their ids.

    Paste one id or many, in any shape: JSON, columns of a table, lines. The records are shown as they come, and beside
    them which ids have none, and why.

    Parameters
    ----------
    account : Account
        Whose records they are.

    Attributes
    ----------
    frame : pandas.DataFrame
        The records that were found, in the order of their ids: the 20 columns, also when there is none.
    missing : dict of str to str
        The ids of which there is no record, and why.

    Raises
    ------
    InputError
        What was given is no account.

    Examples
    --------
    >>> import flowroute_nb as fr
    >>> account = fr.Sandbox(messages=100).account()
    >>> form = fr.widgets.Lookup(account)
    >>> form.fill(ids=" ".join([*account.messages(days=30).id.head(2), "mdr2-none"]))
    >>> form.press("find")
    >>> form.wait()
    >>> len(form.frame), list(form.missing)
    (2, ['mdr2-none'])

    """

    title: ClassVar[str] = "Look records up"
    intro: ClassVar[str] = "By their ids, one or many."
    code: ClassVar[str] = 'df = account.lookup(["mdr2-39cadeace66e11e7aff806cd7f24ba2d"])'

    @keywords
    def __init__(self, account: Account) -> None:
        self.account = whose(account, "Lookup")
        self.frame, self.missing = read([]), dict[str, str]()
        self._ids: list[str] = []  # in the field now
        self._askable: list[str] = []  # those of them that an account looks up: the others are said to be none
        self._asked: list[str] = []  # looked up last
        self._read = ""  # what the field said when the ids were taken out of it
        self._below = Below("Records found")
        hint = "JSON, columns of a table, or one a line: whatever you have"
        field = Field("ids", "Ids", kind="area", hint=hint, rows=5, placeholder="mdr2-39cadeace66e11e7aff806cd7f24ba2d")
        super().__init__([field], [Action("find", "Look up", "main")], below=[self._below.widget])

    @property
    def python(self) -> str:
        """The lines that do the same, with the account this form was given as ``account``."""
        if not self._askable:
            return self.code
        listed = [quoted(each) for each in self._askable]
        inside = ", ".join(listed) if len(listed) == 1 else "\n" + "".join(f"    {each},\n" for each in listed)
        call = f"df = account.lookup([{inside}])"
        if self._ids != self._asked or self.missing.keys().isdisjoint(self._askable):
            return call
        tried = call.replace("\n", "\n    ")
        return (
            f"try:\n    {tried}\nexcept fr.FlowrouteError as error:  # error.missing says which\n    df = error.partial"
        )

    def typed(self) -> None:
        """Say how many ids there are in what was pasted."""
        field = self.fields["ids"]
        if field.value == self._read:
            return
        self._read = field.value
        try:
            self._ids = pasted.ids(field.value)
        except InputError:
            self._ids = []
        self._askable = [each for each in self._ids if _askable(self.account.api, each)]
        field.note = [(many(len(self._ids), "id"), "strong"), (" found in it", "")] if self._ids else ""

    # ------------------------------------------------------------------ looked up

    def press_find(self, _secrets: Secrets) -> None:
        """Look up every id that was pasted."""
        field = self.fields["ids"]
        try:
            self._asked = pasted.ids(field.value)
        except InputError as wrong:
            field.error = str(wrong)
            self.focus("ids")
            return
        self.frame, self.missing, self.panel, field.error = read([]), {}, None, ""
        self._below.show(self.frame)
        asked = self._asked
        self.run(lambda job: self._look(job, asked), self._looked, saying=f"Looking up {many(len(asked), 'record')} …")

    def _look(self, job: Job, asked: list[str]) -> FlowrouteError | None:
        """Look up each by itself, a few at once; give what stopped it, if anything did."""
        mine = self.account.branch()
        job.when_stopped(mine.close)
        threads = ThreadPoolExecutor(_WORKERS, thread_name_prefix="flowroute form")
        found, shown = list[pd.DataFrame](), time.monotonic()
        try:
            tasks = {threads.submit(mine.lookup, [each]): each for each in asked}
            for count, task in enumerate(as_completed(tasks), 1):
                stopped = self._came(tasks[task], task, found)
                if stopped is not None:
                    return None if job.over else stopped
                if time.monotonic() - shown > _PACE:
                    self._show_found(found)
                    self.report(f"{count:,} of {many(len(asked), 'record')}", count / len(asked))
                    shown = time.monotonic()
            return None
        finally:
            mine.close()
            threads.shutdown(cancel_futures=True)
            self._show_found(found)

    def _came(self, record_id: str, task: Future[pd.DataFrame], found: list[pd.DataFrame]) -> FlowrouteError | None:
        """Take what came of one; an error that is not its own is given back."""
        try:
            found.append(task.result())
        except (NotFound, InputError) as error:
            self.missing[record_id] = _of_it(record_id, str(error))
        except BadRecords as error:
            self.missing[record_id] = f"It can't be understood: {error.bad.get(record_id, str(error))}."
        except FlowrouteError as error:
            return error
        return None

    def _show_found(self, found: list[pd.DataFrame]) -> None:
        """Put what has come into the table, in the order in which it was asked for."""
        if not found:
            return
        places = {each: at for at, each in enumerate(self._asked)}
        frame = pd.concat(found)
        found[:] = [frame]
        with self.changing():
            order = pd.Series([places[each] for each in frame["id"]]).argsort()  # no frame holds some ids
            self.frame = frame.iloc[order].reset_index(drop=True)
            self._below.show(self.frame)

    # ------------------------------------------------------------------ what came of it

    def _looked(self, stopped: FlowrouteError | None) -> None:
        self.missing = {each: self.missing[each] for each in self._asked if each in self.missing}
        left = len(self._asked) - len(self.frame) - len(self.missing)
        if stopped is not None:
            self.fail(stopped)
        self.panel = self._outcome(left, stopped)
        self.status = f"{self._title()}."

    def _title(self) -> str:
        return f"{len(self.frame):,} of {many(len(self._asked), 'record')} found"

    def _outcome(self, left: int, stopped: FlowrouteError | None) -> Panel | None:
        if stopped is not None and not len(self.frame) and not self.missing:
            return None  # the problem says it
        parts: list[dict[str, Any]] = []
        if left:
            why = "Reading stopped before it was whole" if stopped is not None else "It was cancelled"
            parts.append(text(f"{why}: {many(left, 'id')} {'was' if left == 1 else 'were'} not looked up.", "wait"))
        if len(self.frame):
            parts.append(rows({"Cost": [(f"${cost(self.frame):f}", "strong"), (" in all", "faint")]}))
        if self.missing:
            listed = list(self.missing.items())
            parts.append(steps([("bad", [(each, "mono")], why) for each, why in listed[:_LISTED]]))
            if len(listed) > _LISTED:
                parts.append(text(f"And {len(listed) - _LISTED:,} more: form.missing has them all.", "faint"))
        mark: Mark = "bad" if not len(self.frame) else "wait" if left or self.missing else "good"
        return Panel(self._title(), parts, mark=mark)


def _askable(api: str, record_id: str) -> bool:
    try:
        wire.record(api, record_id)
    except InputError:
        return False
    return True


def _of_it(record_id: str, said: str) -> str:
    """Say what went wrong with one, beside its id."""
    said = plainly(said.removeprefix(f"The look-up of {record_id} "))
    return said[:1].upper() + said[1:]
