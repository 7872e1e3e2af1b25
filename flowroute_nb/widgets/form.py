"""The frame of every form: its fields and buttons, what it says, and its one thread."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

import ipywidgets

from flowroute_nb.errors import FlowrouteError, InputError
from flowroute_nb.widgets.face import Face
from flowroute_nb.widgets.parts import Action, Secrets
from flowroute_nb.widgets.shown import Shown, let_go
from flowroute_nb.widgets.work import Job, begun

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from concurrent.futures import Future

    from flowroute_nb.widgets.parts import Field, Panel, Words

__all__ = ["Form"]

T = TypeVar("T")


class Form(Shown):
    """A layout of fields, plus one call.

    A kind of form says what its fields and buttons are, and what is done when one is pressed: a method named
    ``press_…`` for each. What it changes of itself outside of these it changes in ``with self.changing():``.

    Attributes
    ----------
    widget : ipywidgets.Widget
        What can be put into layouts of ipywidgets.
    fields : dict of str to Field
    actions : list of Action
    panel : Panel or None
    status, problem : Words
        What is being done; what went wrong.
    error : Exception or None
        Behind the problem.
    future : concurrent.futures.Future or None
        The latest long work; it is done when the form shows what came of it.

    """

    intro: ClassVar[str] = ""

    def __init__(
        self, fields: Sequence[Field], actions: Sequence[Action], below: Sequence[ipywidgets.Widget] = ()
    ) -> None:
        self.fields = {each.name: each for each in fields}
        self.actions = list(actions)
        self.panel: Panel | None = None
        self.status: Words = ""
        self.problem: Words = ""
        self.error: BaseException | None = None
        self.future: Future[Any] | None = None
        self._lock = threading.RLock()
        self._job: Job | None = None
        self._aside: list[Job] = []
        self._share: float | None = None
        self._stoppable = self._closed = False
        self._view = ""
        self._focus = (0, "", "")  # how many times it was moved, in which view, on what
        self._face = Face(self._heard)
        self.widget = ipywidgets.VBox([self._face, *below])
        if below:
            self.widget.add_class("fr-with-table")

    # ------------------------------------------------------------------ what a kind of form says

    @property
    def python(self) -> str:
        """The exact lines that do the same, without keys."""
        raise NotImplementedError

    def typed(self) -> None:
        """Look at what was filled in: say what there is to say beside the fields."""

    def failed(self, error: Exception) -> None:
        """Show what went wrong in long work."""
        self.fail(error)

    # ------------------------------------------------------------------ what is done with it

    def fill(self, **values: str | bool) -> None:
        """Fill fields in, as one does by typing.

        Raises
        ------
        TypeError
            There is no such field.
        InputError
            A value can't stand in its field.

        """
        with self.changing():
            for name, value in values.items():
                if name not in self.fields:
                    raise TypeError(f"This form has no field {name!r}. It has {', '.join(self.fields)}.")
                if not self.fields[name].fits(value):
                    raise InputError(self.fields[name].misfit(value))
                if not self.fields[name].frozen:
                    self.fields[name].set(value)
            self.typed()

    def press(self, name: str, **secrets: str) -> None:
        """Press a button, as one does by clicking; ``secrets`` are what stands in secret fields.

        Raises
        ------
        InputError
            There is no such button, or it can't be pressed now; or what was given for a secret field is no text.
        TypeError
            There is no such secret field.

        """
        self._check_secrets(secrets)
        if self._closed:
            raise InputError("This form was closed, and does no more. Make a new one.")
        there = {each.name: each for each in self._offered()}
        if name not in there:
            raise InputError(f"There is no {name!r} to press{self._instead(list(there))}")
        with self.changing():
            self._pressed(name, there[name].token, Secrets(secrets))

    def wait(self, timeout: float = 30) -> None:
        """Wait until the form has done what it was told to, and shows what came of it.

        Raises
        ------
        TimeoutError
            It took longer.

        """
        until = time.monotonic() + timeout
        while (latest := self.future) is not None:
            latest.result(max(0, until - time.monotonic()))
            if latest is self.future:
                return

    def close(self) -> None:
        """Stop what it does, and take it off the page."""
        with self._lock:
            self.stop()
            for job in self._aside:
                job.stop()
            self._closed = True
        let_go(self.widget)

    # ------------------------------------------------------------------ for kinds of forms

    @property
    def values(self) -> dict[str, Any]:
        """What stands in each field; in one of a single line without spaces around it."""
        return {
            name: each.value.strip() if isinstance(each.value, str) and each.kind != "area" else each.value
            for name, each in self.fields.items()
            if each.kept
        }

    @contextmanager
    def changing(self) -> Iterator[None]:
        """Change the form: nobody else does meanwhile, and it is shown afterwards."""
        with self._lock:
            try:
                yield
            finally:
                self._show()

    def run(
        self, call: Callable[[Job], T], done: Callable[[T], None], *, saying: Words, stoppable: bool = True
    ) -> None:
        """Do something long in the form's thread, then ``done`` with what it gave, or :meth:`failed`."""
        if self._job is not None:
            raise InputError("This form is still at work. Wait until it has finished, or cancel it.")
        self.problem, self.error, self.status, self._share = "", None, saying, None
        self._job, self._stoppable = Job(), stoppable

        def whole(job: Job) -> T | None:
            try:
                came = call(job)
            except Exception as error:  # noqa: BLE001  whatever it is belongs into the form
                self._end(self.failed, error)
                return None
            self._end(done, came)
            return came

        self.future = begun(whole, self._job)

    def beside(self, call: Callable[[Job], None]) -> None:
        """Do something in the background that nobody waits for: the form goes on, and can be told other things."""

        def whole(job: Job) -> None:
            try:
                call(job)
            except Exception as error:  # noqa: BLE001  whatever it is belongs into the form
                with self.changing():
                    self.fail(error)

        job = Job()
        with self._lock:
            if self._closed:
                return
            self._aside.append(job)
        begun(whole, job)

    def report(self, saying: Words, share: float | None = None) -> None:
        """Say how far long work is, from within it; ``share`` is from 0 to 1."""
        with self.changing():
            if self._job is not None and not self._job.over:
                self.status, self._share = saying, share

    def stop(self) -> None:
        """Ask long work to stop."""
        if self._job is not None:
            self._job.stop()

    def fail(self, error: Exception) -> None:
        """Show an error in words; what nobody foresaw only by its kind, for its words might hold anything."""
        self.error, self.status = error.with_traceback(None), ""
        if isinstance(error, FlowrouteError):
            self.problem = str(error)
            return
        kind = type(error).__name__
        self.problem = f"Something went wrong inside this form ({kind}). Try again; form.error has more to say."

    def focus(self, on: str) -> None:
        """Move the focus to a field, or to the ``"panel"``, in the view where something was done."""
        self._focus = (self._focus[0] + 1, self._view, on)

    # ------------------------------------------------------------------ what a page says and is told

    def press_cancel(self, _secrets: Secrets) -> None:
        """Stop long work."""
        self.stop()
        self.status, self._stoppable = "Stopping …", False

    def _end(self, what: Callable[[Any], None], came: object) -> None:
        """Show what came of long work; if that goes wrong, show so much."""
        with self.changing():
            self._job, self.status, self._share = None, "", None
            try:
                what(came)
            except Exception as error:  # noqa: BLE001  likewise
                self.fail(error)

    def _check_secrets(self, given: dict[str, str]) -> None:
        """Refuse what is no secret field, or no text in one; no word of it is said."""
        there = [name for name, each in self.fields.items() if not each.kept]
        for name, value in given.items():
            if name not in there:
                has = f"It has {', '.join(there)}." if there else "It has none."
                raise TypeError(f"This form has no secret field {name!r}. {has}")
            if not isinstance(value, str):
                raise InputError(f"What stands in {name!r} is text, and {type(value).__name__} was given. Give text.")

    def _heard(self, said: dict[str, Any]) -> None:
        """Take what a page says. Nothing is raised: it would go where nobody looks."""
        if not isinstance(said, dict):
            return
        secrets = Secrets(said.pop("secrets", None))
        with self.changing():
            self._view = str(said.get("view", ""))
            try:
                told = self._take(said.get("typed"))
                if "press" in said:
                    self._pressed(said["press"], said.get("token"), secrets)
                elif told:
                    self.typed()
            except Exception as error:  # noqa: BLE001  it belongs into the form
                self.fail(error)

    def _take(self, typed: object) -> bool:
        """Take what was typed in a view, and say whether anything is new."""
        news = False
        for name, value in typed.items() if isinstance(typed, dict) else ():
            field = self.fields.get(name)
            if field is None or value == field.value:
                continue
            if field.frozen or not field.fits(value):
                field.set(field.value)  # and so the view shows again what it is
            else:
                field.set(value, self._view)
                field.error, news = "", True
        return news

    def _offered(self) -> Iterator[Action]:
        """Give the buttons that can be pressed now."""
        offers = (offer for each in self.fields.values() for offer in each.offers)
        there = [] if self._closed else [*self._shown_actions(), *self._beside(), *offers]
        return (each for each in there if not each.frozen)

    def _instead(self, there: list[str]) -> str:
        """Say what can be pressed instead of a button that is not there."""
        if there:
            return f" now. There is {', '.join(there)}."
        if self._job is not None:
            return " now: the form is at work. Wait until it has finished: form.wait()."
        return ": this form has no button that can be pressed. It answers as soon as something is filled in."

    def _shown_actions(self) -> list[Action]:
        """Give the form's buttons; while it is at work, those that are not and one that stops it."""
        if self._job is None:
            return self.actions
        cancel = [Action("cancel", "Cancel")] if self._stoppable else []
        return [replace(each, frozen=True) for each in self.actions] + cancel

    def _beside(self) -> list[Action]:
        """Give the buttons of the panel, none of which can be pressed while the form is at work."""
        there = self.panel.actions if self.panel else []
        return there if self._job is None else [replace(each, frozen=True) for each in there]

    def _pressed(self, name: str, token: int | None, secrets: Secrets) -> None:
        """Do what a button does, if it is there to be pressed: a click may come late, or twice."""
        if any(each.name == name and each.token == token for each in self._offered()):
            self.typed()
            getattr(self, f"press_{name}")(secrets)

    def _show(self) -> None:
        """Tell every page what the form is now."""
        if self._closed:
            return
        self._face.tell(
            {
                "title": self.title,
                "intro": self.intro,
                "fields": [each.told() for each in self.fields.values()],
                "actions": [vars(each) for each in self._shown_actions()],
                "panel": {**self.panel.told(), "actions": list(map(vars, self._beside()))} if self.panel else None,
                "status": self.status,
                "problem": self.problem,
                "busy": self._job is not None,
                "progress": self._share,
                "python": self.python,
                "focus": self._focus,
            }
        )
