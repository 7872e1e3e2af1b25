"""What the Send form says of a message whose answer was lost: only a record that cannot be older counts."""

import contextlib
import datetime as dt
import re

import pytest
from conftest import hurried

import flowroute_nb as fr

TO, TEXT = "15305557784", "Gee, nice marmot!"
NOON = dt.datetime(2026, 10, 31, 12, tzinfo=dt.UTC)
PICTURE = "https://example.com/a.gif"
# How far the service's clock is ahead of the notebook's.
AHEAD = {"behind": dt.timedelta(minutes=-7), "equal": dt.timedelta(), "ahead": dt.timedelta(minutes=7)}
SETTLED = ("Delivered", "Found in the records")


class Service:
    """A sandbox whose clock a test sets."""

    def __init__(self, **options):
        self.time, self.step = NOON, dt.timedelta()
        self.sandbox = hurried(fr.Sandbox(**{"messages": 0, **options}, rate=0, clock=self.clock))

    def clock(self):
        self.time += self.step
        return self.time

    def wait(self, **parts):
        self.time += dt.timedelta(**parts)

    def ids(self):
        return self.sandbox.taken.id.tolist()

    def send_by_other_code(self, api="v2.1", **values):
        return self.sandbox.account(api=api).send(to=TO, **{"body": TEXT, **values}).id


@pytest.fixture
def closing():
    with contextlib.ExitStack() as stack:
        yield stack


@pytest.fixture
def make_service(closing):
    def make(**options):
        service = Service(**options)
        closing.callback(service.sandbox.stop)
        return service

    return make


@pytest.fixture
def make_form(closing):
    def make(service, ahead=AHEAD["equal"], **options):
        form = fr.widgets.Send(service.sandbox.account(clock=lambda: service.time - ahead, **options))
        closing.callback(form.close)
        return form

    return make


def shown(form):
    """Give all words of the form's panel."""

    def words(value):
        return value if isinstance(value, str) else "".join(piece[0] for piece in value)

    parts = [words(form.panel.title)]
    for part in form.panel.parts:
        parts += [words(part[kind]) for kind in ("text", "bubble") if kind in part]
        parts += [f"{name} {words(value)}" for name, value in part.get("rows", [])]
        parts += [f"{words(what)} {words(more)}" for _, what, more in part.get("steps", [])]
    return "\n".join(parts)


def offered(form):
    return [action.label for action in form.panel.actions]


def send(form, **values):
    form.fill(**{"to": TO, "body": TEXT, **values})
    form.press("review")
    form.press("send")
    form.wait()


def lose(form, service, fault, **values):
    """Send a message whose answer is lost: ``drop_before`` it is accepted, or only ``drop_answer``."""
    with service.sandbox.fault(fault, on="POST /messages"):
        send(form, **values)
    assert shown(form).startswith("It may or may not have been sent")


def look(form):
    form.press("look")
    form.wait()
    return shown(form)


def look_without_success(form):
    """Look for a lost message, check that no record is taken for it, and return what the form shows."""
    message = look(form)
    assert not message.startswith(SETTLED)
    assert len(form.sent) == 0
    return message


@pytest.mark.parametrize("ahead", AHEAD)
@pytest.mark.parametrize("minutes", [0.05, 4, 60])
def test_an_identical_text_sent_earlier_by_other_code_proves_nothing(make_service, make_form, ahead, minutes):
    service = make_service()
    form = make_form(service, AHEAD[ahead])
    older = service.send_by_other_code()
    service.wait(minutes=minutes)  # its record can be read now
    lose(form, service, "drop_before")
    service.wait(minutes=2)
    message = look_without_success(form)
    assert older not in message
    assert "most likely it was not taken" in message
    form.press("again")
    form.press("review")
    form.press("send")
    form.wait()
    assert len(service.ids()) == 2


@pytest.mark.parametrize("ahead", AHEAD)
@pytest.mark.parametrize("api", ["v2", "v2.1", "v2.2"])
def test_a_lost_message_is_found_though_the_service_s_clock_is_minutes_apart(make_service, make_form, ahead, api):
    service = make_service()
    form = make_form(service, AHEAD[ahead], api=api)
    older = service.send_by_other_code(api=api)
    service.wait(minutes=4)
    lose(form, service, "drop_answer")
    service.wait(minutes=1)
    message = look(form)
    older_again, lost = service.ids()
    assert older_again == older
    assert form.sent.id.tolist() == [lost]
    assert lost in message
    assert older not in message


@pytest.mark.parametrize("ahead", AHEAD)
@pytest.mark.parametrize("time", ["12:00", "23:58", "00:03"])
@pytest.mark.parametrize("tz", ["UTC", "Pacific/Kiritimati", "America/Los_Angeles"])
def test_the_call_that_an_unknown_outcome_names_reads_the_record(make_service, ahead, time, tz):
    service = make_service()
    service.time = NOON.replace(hour=int(time[:2]), minute=int(time[3:]))
    account = service.sandbox.account(clock=lambda: service.time - AHEAD[ahead], tz=tz)
    with service.sandbox.fault("drop_answer", on="POST /messages"), pytest.raises(fr.OutcomeUnknown) as lost:
        account.send(to=TO, body=TEXT)
    service.wait(minutes=1)
    start, end = re.search(r'account\.messages\("([\d-]+)", "([\d-]+)"\)', str(lost.value)).groups()
    assert account.messages(start, end).id.tolist() == service.ids()


@pytest.mark.parametrize("ahead", AHEAD)
@pytest.mark.parametrize("time", ["23:58", "00:03"])
def test_around_midnight_an_older_text_is_told_from_the_lost_one(make_service, make_form, ahead, time):
    service = make_service()
    service.time = NOON.replace(hour=int(time[:2]), minute=int(time[3:]))
    form = make_form(service, AHEAD[ahead])
    older = service.send_by_other_code()
    service.wait(seconds=10)
    lose(form, service, "drop_answer")
    service.wait(minutes=1)
    assert older not in look(form)
    assert form.sent.id.tolist() == service.ids()[1:]


@pytest.mark.parametrize("api", ["v2.1", "v2.2"])
@pytest.mark.parametrize("numbers_said", ["digits", "plus"])
@pytest.mark.parametrize("to", ["+6592345678", "+442079460958", "+1 530 555 7784"])
def test_a_lost_message_is_found_however_its_record_writes_the_number(make_service, make_form, to, numbers_said, api):
    service = make_service(quirks={"numbers_said": numbers_said})
    form = make_form(service, api=api)
    lose(form, service, "drop_answer", to=to)
    service.wait(minutes=1)
    look(form)
    assert form.sent.id.tolist() == service.ids()


# The second is assigned to nobody in Egypt, and without its + it reads as a number of Washington.
@pytest.mark.parametrize("to", ["+6592345678", "+2023456789", "+442079460958"])
@pytest.mark.parametrize("api", ["v2", "v2.1", "v2.2"])
def test_a_lost_message_is_found_where_records_leave_out_the_plus(make_service, make_form, to, api):
    service = make_service(quirks={"foreign_numbers": "digits"})
    form = make_form(service, api=api)
    lose(form, service, "drop_answer", to=to)
    service.wait(minutes=2)
    look(form)
    assert form.sent.id.tolist() == service.ids()


def test_a_lost_message_is_found_though_the_service_recorded_it_seconds_after_it_left(make_service, make_form):
    service = make_service()
    form = make_form(service)
    service.step = dt.timedelta(milliseconds=300)  # each time somebody looks at the service's clock
    lose(form, service, "drop_answer")
    service.step = dt.timedelta()
    service.wait(minutes=1)
    look(form)
    assert form.sent.id.tolist() == service.ids()


def test_a_lost_message_is_found_days_later(make_service, make_form):
    service = make_service()
    form = make_form(service)
    lose(form, service, "drop_answer")
    service.wait(days=3)
    assert service.ids()[0] in look(form)
    assert form.sent.id.tolist() == service.ids()


@pytest.mark.parametrize("ahead", [dt.timedelta(days=days) for days in (-400, -3, 3, 400)])
@pytest.mark.parametrize("api", ["v2", "v2.1", "v2.2"])
@pytest.mark.parametrize("readable", [True, False])
def test_a_clock_that_is_days_wrong_is_no_reason_to_send_again(make_service, make_form, ahead, api, readable):
    service = make_service()
    form = make_form(service, ahead, api=api)
    with contextlib.nullcontext() if readable else service.sandbox.fault("redirect", on="GET /messages", times=99):
        lose(form, service, "drop_answer")
    service.wait(minutes=2)
    assert service.ids()[0] in look(form)
    assert "Write it again" not in offered(form)


@pytest.mark.parametrize("ahead", AHEAD)
def test_a_text_sent_a_moment_before_by_other_code_is_shown_as_a_candidate(make_service, make_form, ahead):
    service = make_service()
    form = make_form(service, AHEAD[ahead])
    service.wait(milliseconds=500)
    other = service.send_by_other_code()
    service.wait(milliseconds=800)  # its record can't be read yet, and the service's clock shows the next second
    lose(form, service, "drop_before")
    service.wait(minutes=2)
    message = look_without_success(form)
    assert other in message
    assert "The records cannot tell whether this message was sent" in message
    assert offered(form) == ["Look for it in the records"]


@pytest.mark.parametrize("kind", ["SMS", "MMS"])
@pytest.mark.parametrize("fault", ["drop_before", "drop_answer"])
def test_with_two_identical_texts_in_flight_both_are_shown_and_neither_is_called_delivered(
    make_service, make_form, kind, fault
):
    service = make_service()
    form = make_form(service)
    media = {"media_urls": [PICTURE]} if kind == "MMS" else {}
    lose(form, service, fault, media_urls=PICTURE if media else "")
    others = [service.send_by_other_code(**media) for _ in range(2)]
    service.wait(minutes=2)
    message = look_without_success(form)
    assert all(record_id in message for record_id in service.ids())
    assert set(others) <= set(service.ids())
    assert "elivered" not in message
    assert offered(form) == ["Look for it in the records"]


def test_a_message_that_the_form_sent_itself_is_no_candidate_for_the_next_one(make_service, make_form):
    service = make_service()
    form = make_form(service)
    send(form)
    lose(form, service, "drop_before")  # the record of the first can't be read yet
    service.wait(minutes=2)
    assert "most likely it was not taken" in look(form)
    assert form.sent.id.tolist() == service.ids()


@pytest.mark.parametrize("fault", ["drop_before", "drop_answer"])
def test_on_a_busy_account_that_lists_oldest_first_an_older_text_proves_nothing(make_service, make_form, fault):
    service = make_service(quirks={"order": "oldest_first"}, days=1, messages=400)
    form = make_form(service, AHEAD["ahead"])
    older = service.send_by_other_code()
    service.wait(minutes=30)
    lose(form, service, fault)
    service.wait(minutes=2)
    assert older not in look(form)
    assert form.sent.id.tolist() == service.ids()[1:]


def test_a_text_sent_long_after_by_other_code_is_shown_as_a_candidate(make_service, make_form):
    service = make_service()
    form = make_form(service)
    lose(form, service, "drop_before")
    service.wait(seconds=40)
    other = service.send_by_other_code()
    service.wait(minutes=2)
    message = look_without_success(form)
    assert other in message


def test_a_message_that_was_found_says_that_another_one_would_look_the_same(make_service, make_form):
    service = make_service()
    form = make_form(service)
    lose(form, service, "drop_answer")
    service.wait(minutes=1)
    message = look(form)
    assert message.startswith("Found in the records")
    assert "another program sent at the same time would look the same" in message


@pytest.mark.parametrize("different", [{"body": "another text"}, {"to": "15305557785"}, {"media_urls": [PICTURE]}])
def test_a_record_with_another_text_number_or_kind_is_no_candidate(make_service, make_form, different):
    service = make_service()
    form = make_form(service)
    lose(form, service, "drop_before")
    service.sandbox.account().send(**{"to": TO, "body": TEXT, **different})
    service.wait(minutes=2)
    assert "most likely it was not taken" in look(form)


@pytest.mark.parametrize("fault", ["drop_before", "drop_answer"])
@pytest.mark.parametrize("body", ["", TEXT])
@pytest.mark.parametrize("wait", [{"seconds": 5}, {"minutes": 5}])
def test_that_an_mms_has_no_record_is_no_reason_to_send_it_again(make_service, make_form, fault, body, wait):
    service = make_service(quirks={"mms_record": "absent"})
    form = make_form(service)
    lose(form, service, fault, body=body, media_urls=PICTURE)
    assert "end again" not in shown(form)
    assert "before you send" not in form.python
    service.wait(**wait)
    message = look(form)
    assert "An MMS may have no record, so that proves nothing" in message
    assert offered(form) == ["Look for it in the records"]
    assert not any(advice in message for advice in ("write it again", "send it again", "not taken"))
    with pytest.raises(fr.InputError):
        form.press("again")


@pytest.mark.parametrize("body", ["", TEXT])
@pytest.mark.parametrize("wordless", ["null", "empty", "absent"])
def test_an_mms_that_has_a_record_is_found(make_service, make_form, body, wordless):
    service = make_service(quirks={"wordless": wordless})
    form = make_form(service)
    lose(form, service, "drop_answer", body=body, media_urls=PICTURE)
    service.wait(minutes=1)
    look(form)
    assert form.sent.id.tolist() == service.ids()


def test_where_nothing_could_be_read_before_the_send_older_records_decide_nothing(make_service, make_form):
    service = make_service()
    form = make_form(service)
    older = service.send_by_other_code()
    service.wait(minutes=4)
    with service.sandbox.fault("redirect", on="GET /messages", times=99):
        lose(form, service, "drop_before")
    service.wait(minutes=2)
    message = look_without_success(form)
    assert older in message


def test_a_service_that_does_not_list_records_does_not_hold_a_send_up(make_service, make_form):
    service = make_service()
    form = make_form(service)
    with service.sandbox.fault("slow", seconds=30, on="GET /messages", times=9):
        form.fill(to=TO, body=TEXT)
        form.press("review")
        form.press("send")
        form.wait(timeout=10)
    assert form.sent.id.tolist() == service.ids()
