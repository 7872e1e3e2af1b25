"""A form that sends one text: filled in, reviewed, sent once, then watched until it is delivered."""

from __future__ import annotations

import datetime as dt
import itertools
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, ClassVar

from flowroute_nb import costs
from flowroute_nb.errors import FlowrouteError, InputError, OutcomeUnknown, Refused, Unreachable, keywords
from flowroute_nb.settlement import LostSend, read_baseline, settle
from flowroute_nb.text import LONGEST, curly, plain_quotes, segments
from flowroute_nb.widgets import wording
from flowroute_nb.widgets.filling import checked, choices, fields, goes_to, links, too_long
from flowroute_nb.widgets.form import Form
from flowroute_nb.widgets.outgoing import Outgoing
from flowroute_nb.widgets.parts import Action, Panel, bubble, rows, text, written
from flowroute_nb.widgets.results import whose
from flowroute_nb.wire import look_up_call

if TYPE_CHECKING:
    import pandas as pd

    from flowroute_nb.account import Account
    from flowroute_nb.estimating import Estimate
    from flowroute_nb.sent import Sent
    from flowroute_nb.settlement import Settlement
    from flowroute_nb.text import Segments
    from flowroute_nb.widgets.parts import Secrets, Words
    from flowroute_nb.widgets.work import Job
    from flowroute_nb.wire import Message

__all__ = ["Send"]

_DAYS = 30  # of past whose prices are told
_REVIEW, _BACK = Action("review", "Review", "main"), Action("back", "Back")
_LOOK = Action("look", "Look for it in the records", "main")
_AGAIN = Action("again", "Write it again")
_QUOTES = Action("quotes", "Replace the quotes")
_AS_MMS: list[tuple[str, ...]] = [("Goes as an MMS, which has no segments.", "")]
_UNKNOWN = "It may or may not have been sent"
_INSIDE = (
    "Something went wrong inside this form ({}) while it was sending, so that it may have been sent. Look for it in "
    "the records."
)
_RECORDS_COME = dt.timedelta(minutes=1)  # within this time of a send


@dataclass
class Lost(LostSend):
    """A message of which nobody knows whether it was sent, and what the form shows of it."""

    text: str = ""
    parts: list[dict[str, Any]] = field(default_factory=list)
    can_retry: bool = False


class Send(Form):
    """A form that sends one text or MMS to one recipient, once.

    What is filled in is reviewed first: the form shows exactly what will be sent, and asks. Then it is sent once,
    however fast or often one clicks, and the form shows its id, its record and its receipts as they come. Where the
    answer was lost it says so, and offers to look for the message in the records instead of sending it again. Only a
    record that did not exist before the send and that fits its time by the service's clock counts; where several do,
    all are shown. That there is no record proves nothing for an MMS.

    Parameters
    ----------
    account : Account
        Whose numbers can be chosen, and who sends.

    Attributes
    ----------
    sent : pandas.DataFrame
        What this form has sent, a row each: the 20 columns, of which the service says most only with the record.

    Raises
    ------
    InputError
        What was given is no account.

    Examples
    --------
    >>> import flowroute_nb as fr
    >>> with fr.Sandbox(messages=0) as sandbox:
    ...     form = fr.widgets.Send(sandbox.account())
    ...     form.fill(to="(530) 555-7784", body="Gee, nice marmot!")
    ...     form.press("review")
    ...     form.press("send")
    ...     form.wait()
    ...     form.close()
    >>> form.sent.body.tolist()
    ['Gee, nice marmot!']

    """

    title: ClassVar[str] = "Send a text"
    code: ClassVar[str] = 'sent = account.send(to="15305557784", body="Gee, nice marmot!")\nsent.wait()'

    @keywords
    def __init__(self, account: Account) -> None:
        self.account = whose(account, "Send")
        super().__init__(fields(account), [_REVIEW])
        self._outgoing = Outgoing(account, self._news)
        self._draft: Message | None = None  # reviewed, and not sent yet
        self._lost: Lost | None = None  # nobody knows yet whether it was sent
        self._before: tuple[Lost | None, str] = None, ""  # what was said before this one, should it be refused
        self._replaced = "", ""  # the text before and after its characters were replaced
        self._shown_id = self._done = ""  # the id of what the panel shows; the lines that did what was done last
        self._tokens = itertools.count(1)
        self._rates: pd.DataFrame | None = None  # what texts cost, once that was read
        self.typed()
        self.beside(self._read_numbers)
        self.beside(self._read_rates)

    @property
    def sent(self) -> pd.DataFrame:
        """What this form has sent, a row each."""
        return self._outgoing.frame()

    @property
    def unsettled(self) -> bool:
        """Whether something is being sent, or nobody knows whether it was."""
        return self._lost is not None

    # ------------------------------------------------------------------ what is filled in

    @property
    def python(self) -> str:
        """The lines that do the same, with the account this form was given as ``account``."""
        given = self.values
        media = links(given["media_urls"])
        if self._done and not given["to"] and not given["body"] and not media:
            return self._done
        named: dict[str, Any] = {"to": given["to"], "from_": given["from_"], "body": given["body"]}
        kept = {name: said for name, said in named.items() if said or name == "to" or (name == "body" and not media)}
        return f"sent = {written('account.send', **kept, **({'media_urls': media} if media else {}))}\nsent.wait()"

    def typed(self) -> None:
        """Say where it goes, and how many segments the text is."""
        to, body = self.fields["to"], self.fields["body"]
        to.note = goes_to(self.values["to"])
        mms = bool(links(self.values["media_urls"]))
        if refusal := too_long(body.value, mms=mms):
            body.note, body.offers = [(refusal, "strong")], []
            return
        if len(body.value) > LONGEST:  # only an MMS can be that long
            body.note = _AS_MMS
            body.offers = [_QUOTES] if curly(body.value) and not body.frozen else []
            return
        found = segments(body.value)
        body.note = _AS_MMS if mms else wording.counted(found)
        if found.dear and not mms:
            count = wording.many(len(found.dear), "dear character")
            body.note = [*body.note, (f"\n{count}: ", ""), *wording.marked(body.value)]
        body.offers = [] if body.frozen else self._offered_for(body.value, found, mms=mms)

    def _offered_for(self, body: str, found: Segments, *, mms: bool) -> list[Action]:
        """Offer to write its dear characters plainly, its quotes alone, and to undo that."""
        quotes, offers = curly(body), list[Action]()
        if found.cleaned != body and (not mms or quotes):
            if quotes and len(found.dear) > len(quotes):
                offers.append(_QUOTES)
            offers.append(Action("replace", "Replace it" if len(found.dear) == 1 else "Replace them"))
        if self._replaced[1] == body != self._replaced[0]:
            offers.append(Action("undo", "Put them back"))
        return offers

    def press_replace(self, _secrets: Secrets) -> None:
        """Write the dear characters plainly."""
        self._rewrite(segments(self.fields["body"].value).cleaned)

    def press_quotes(self, _secrets: Secrets) -> None:
        """Write curly quotes plainly, and nothing else."""
        self._rewrite(plain_quotes(self.fields["body"].value))

    def press_undo(self, _secrets: Secrets) -> None:
        """Put back what was written plainly."""
        self._rewrite(self._replaced[0], undone=True)

    def _rewrite(self, anew: str, *, undone: bool = False) -> None:
        body = self.fields["body"]
        # Of two replacements one after the other, both are undone.
        first = self._replaced[0] if body.value == self._replaced[1] else body.value
        self._replaced = ("", "") if undone else (first, anew)
        body.set(anew)
        body.error = ""
        self.typed()
        self.focus("body")

    def _read_numbers(self, _job: Job) -> None:
        """Let one choose among the account's numbers; where they can't be read, type one."""
        field = self.fields["from_"]
        try:
            found = self.account.numbers()
        except FlowrouteError as error:
            why = str(error)
            with self.changing():
                field.kind, field.hint = "tel", f"One of your numbers. They could not be listed: {why}"
            return
        with self.changing():
            field.hint, field.options = "One of your numbers", choices(found, self.account.from_)
            if not field.fits(field.value):
                field.set(field.options[0][0])

    # ------------------------------------------------------------------ reviewed

    def press_review(self, _secrets: Secrets) -> None:
        """Check every field; if all is well, show what will be sent and ask."""
        self.problem = ""
        self._draft, wrong = checked(self.values)
        for name, each in self.fields.items():
            each.error = wrong.get(name, "")
        if self._draft is None:
            self.focus(next(iter(wrong)))
            return
        self._shown_id = self.status = ""  # what was said of the last one is not said of this
        self._freeze(frozen=True)
        self.panel = Panel("Send this?", self._asked(self._draft), [_BACK], mark="ask")
        if self.account.read_only:
            self.panel.title = "This would be sent"
            self.panel.parts.append(
                text("This account only reads, as was chosen when it was made: it sends nothing.", "wait")
            )
        else:
            send = Action("send", "Send it", "main", token=next(self._tokens), careful=True)
            self.panel.actions = [send, _BACK]
        self.focus("panel")

    def press_back(self, _secrets: Secrets) -> None:
        """Go back to the fields; nothing was sent."""
        self._fill_again()

    def _fill_again(self) -> None:
        self._draft, self.panel = None, None
        self._freeze(frozen=False)
        if self._lost is not None:
            self._show_last()
        self.focus("body")

    def _shown(self, message: Message) -> list[dict[str, Any]]:
        """Show a message exactly as it goes."""
        told: dict[str, Words] = {
            name: [(wording.number(digits), "strong")] for name, digits in (("From", message.from_), ("To", message.to))
        }
        if message.media_urls:
            told["Media"] = "\n".join(message.media_urls)
        return [rows(told), *([bubble(wording.marked(message.body))] if message.body else [])]

    def _asked(self, message: Message) -> list[dict[str, Any]]:
        """Show it, what it will be, and that it costs."""
        will: dict[str, Words] = {"It will be": [(wording.kind(message), "strong")], "It costs": self._costs(message)}
        return [*self._shown(message), rows(will)]

    def _costs(self, message: Message) -> str:
        """Say what it costs, as far as past records say so already: nobody waits for them."""
        about = ""
        if self._rates is not None:
            found = self._estimated(message, self._rates)
            about = wording.estimated(found) if found is not None else ""
        if self.account.is_sandbox:
            return "nothing: a sandbox only reckons" + (f". It would be {about}" if about else "")
        return f"{about}; it can't be taken back" if about else "money, which can't be taken back"

    def _estimated(self, message: Message, rates: pd.DataFrame) -> Estimate | None:
        try:
            return self.account.estimate(
                message.body,
                to=message.to,
                from_=message.from_,
                media_urls=list(message.media_urls) or None,
                rates=rates,
            )
        except FlowrouteError:  # better nothing than something wrong
            return None

    def _read_rates(self, job: Job) -> None:
        """Read what texts have cost lately, once; of an account where that fails nothing is said."""
        mine = self.account.branch()
        job.when_stopped(mine.close)
        with suppress(Exception):
            self._rates = costs.rates(mine.messages(days=_DAYS, progress=False))
        mine.close()

    def _freeze(self, *, frozen: bool) -> None:
        for each in self.fields.values():
            each.frozen = frozen
            each.set(each.value)  # and so every view shows what is reviewed
        self.actions = [replace(_REVIEW, frozen=frozen)]
        self.typed()

    # ------------------------------------------------------------------ sent, once

    def press_send(self, _secrets: Secrets) -> None:
        """Send what was reviewed. The draft is taken here, under the form's lock: none is left for a second press."""
        message, self._draft = self._draft, None
        if message is None:
            return
        self._before = self._lost, self._done
        lost = self._lost = Lost(message, self.account.now())  # until there is an answer
        self._done = self.python
        self.panel = Panel("Sending …", self._shown(message), mark="wait")
        self.run(lambda _job: self._send(lost), self._taken, saying="Sending …", stoppable=False)

    def _send(self, lost: Lost) -> Sent:
        message, lost.baseline = lost.message, read_baseline(self.account)
        with lost.timed():
            return self.account.send(
                to=message.to, from_=message.from_, body=message.body, media_urls=list(message.media_urls) or None
            )

    def _taken(self, sent: Sent) -> None:
        """Empty the fields, and watch what becomes of it."""
        self._empty()
        self._settle(sent.id, begin=self._outgoing.add(sent))

    def failed(self, error: Exception) -> None:
        """Show that it was not sent, or that nobody knows."""
        self.fail(error)
        if isinstance(error, (Refused, Unreachable, InputError)):
            self._shown_id, (self._lost, self._done) = "", self._before
            self.problem = [("Not sent. ", "strong"), (str(error), "")]
            self._fill_again()
            return
        # Whatever else went wrong went wrong while it was being sent: this draft is not offered a second time.
        self._empty()
        sent_at = getattr(error, "at", None) or self.account.now()
        self._done = f"df = {look_up_call(sent_at)}  # look for it here"
        self.problem = ""
        if self._lost is not None:
            self._lost.sent_at = getattr(error, "at", self._lost.sent_at)
            known = isinstance(error, OutcomeUnknown)
            self._lost.text = wording.plainly(str(error)) if known else _INSIDE.format(type(error).__name__)
        self._show_last()
        self.focus("panel")

    def _empty(self) -> None:
        """Empty the fields: what stood in them is gone, and not to go again by a click."""
        for name in ("to", "body", "media_urls"):
            self.fields[name].set("")
        self._freeze(frozen=False)

    # ------------------------------------------------------------------ what became of it

    def _news(self, record_id: str) -> None:
        """Show what is new of a message, if it is the one that is shown."""
        with self.changing():
            if record_id == self._shown_id and self._draft is None and self._lost is None:
                self._show_last()

    def _show_last(self) -> None:
        """Show what became of the last message, as far as it is known."""
        if self._lost is not None:
            actions = [_LOOK, _AGAIN] if self._lost.can_retry else [_LOOK]
            parts = [text(self._lost.text), *self._shown(self._lost.message), *self._lost.parts]
            self.panel = Panel(_UNKNOWN, parts, actions, mark="bad")
            self.status = f"{_UNKNOWN}."
        elif self._shown_id:
            self.panel = wording.outcome(self._outgoing, self._shown_id)
            to = self._outgoing.record(self._shown_id)["to"].iloc[0]
            self.status = f"{self.panel.title}: the text to {wording.number(to)}."

    def _settle(self, record_id: str, *, begin: bool) -> None:
        """Show a message that was sent, and begin to watch what becomes of it unless that is done already."""
        self._lost, self._shown_id = None, record_id
        self._show_last()
        self.focus("panel")
        if begin:
            self.beside(self._outgoing.watch)

    def press_look(self, _secrets: Secrets) -> None:
        """Look for the message whose answer was lost among the records."""
        lost = self._lost
        if lost is not None:
            self.run(lambda job: self._look(job, lost), self._looked, saying="Looking …", stoppable=False)

    def _look(self, job: Job, lost: Lost) -> Settlement | FlowrouteError:
        """Read the records and judge; an error of the service is a result too, for the message is still unknown."""
        branch = self.account.branch()
        job.when_stopped(branch.close)
        try:
            return settle(branch, lost, self._outgoing.ids)
        except FlowrouteError as error:
            return error
        finally:
            branch.close()

    def press_again(self, _secrets: Secrets) -> None:
        """Fill the fields with the message that most likely was not taken; it is reviewed like any other."""
        if self._lost is None:
            return
        gone = self._lost.message
        told = {"from_": gone.from_, "to": gone.to, "body": gone.body or "", "media_urls": "\n".join(gone.media_urls)}
        for name, value in told.items():
            self.fields[name].set(value)
        self.typed()
        self.focus("body")

    def _looked(self, settlement: Settlement | FlowrouteError) -> None:
        """Show what became of it, or that it is still unknown."""
        lost = self._lost
        if lost is None:
            return
        if isinstance(settlement, FlowrouteError):
            lost.text, lost.parts, lost.can_retry = str(settlement), [], False
        elif settlement.verdict == "found":
            record_id = str(settlement.candidates.id.iloc[0])
            self._settle(record_id, begin=self._outgoing.adopt(settlement.candidates))
            return
        else:
            late = self.account.now() - lost.sent_at > _RECORDS_COME
            lost.text, lost.parts = wording.settled(settlement, lost, late=late)
            lost.can_retry = late and settlement.verdict == "absent" and not lost.message.mms
        self._show_last()
        self.focus("panel")
