"""The form that sends, without a page: reviewed, sent once, and watched, on a sandbox over real HTTP."""

import threading
import time

import pandas as pd
import pytest
from conftest import hurried, until
from faulty import RECORD as RECORD_OF_ONE
from faulty import SENT, Faulty, answer

import flowroute_nb as fr
from flowroute_nb.schema import RECORD

TO, FROM, TEXT = "15305557784", "12065550100", "Gee, nice marmot!"


@pytest.fixture(scope="module")
def shared():
    with fr.Sandbox(today="2026-10-31", messages=50, rate=0, quirks={"lag": "none"}) as running:
        yield hurried(running)


@pytest.fixture
def make(shared):
    """Make forms that end with the test."""
    made = []

    def one(sandbox=shared, **options):
        form = fr.widgets.Send(sandbox.account(**options))
        made.append(form)
        form.heard = form._heard  # what a page says
        form.told = []
        form._face.tell = form.told.append  # what a page is told
        until(lambda: "Reading your" not in form.fields["from_"].hint)
        return form

    yield one
    for each in made:
        each.close()


@pytest.fixture
def form(make):
    return make()


def posts(sandbox):
    return int((sandbox.log.method == "POST").sum())


def review(form, **values):
    form.fill(**{"to": "(530) 555-7784", "body": TEXT, **values})
    form.press("review")
    return form.panel


def told(panel):
    """Give all the words of a panel."""

    def words(said):
        return said if isinstance(said, str) else "".join(piece[0] for piece in said)

    parts = [str(words(panel.title))]
    for part in panel.parts:
        for name in ("text", "bubble"):
            parts += [words(part[name])] if name in part else []
        parts += [f"{name}: {words(said)}" for name, said in part.get("rows", [])]
        parts += [f"{mark}|{words(what)}|{words(more)}" for mark, what, more in part.get("steps", [])]
    return "\n".join(parts)


def send(form, **values):
    review(form, **values)
    form.press("send")
    form.wait()


# ------------------------------------------------------------------ what is filled in


def test_the_account_s_numbers_can_be_chosen_and_its_own_is(form, shared):
    from_ = form.fields["from_"]
    assert [value for value, _ in from_.options] == shared.account().numbers().number.tolist()
    assert (from_.value, dict(from_.options)[FROM]) == (FROM, "+1 206 555 0100")


def test_without_a_number_of_its_own_one_is_chosen(make, shared):
    form = make(from_=None)
    assert form.fields["from_"].options[0] == ("", "Choose a number")
    review(form)
    assert (form.panel, form.fields["from_"].error) == (None, "Choose the number to send from.")
    assert review(form, from_=shared.numbers[1]) is not None


def test_where_the_numbers_can_t_be_read_one_is_typed(make, shared):
    with shared.fault("redirect", on="GET /numbers"):
        form = make()
    from_ = form.fields["from_"]
    assert (from_.kind, from_.value) == ("tel", FROM)
    assert from_.hint.startswith("One of your numbers. They could not be listed: ")
    send(form, from_="+1 (206) 555-0101")
    assert form.sent["from"].tolist() == [shared.numbers[1]]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", ""),
        (" \n ", ""),
        ("x" * 160, "1 segment by both rules, 0 characters left"),
        ("x" * 161, "2 segments by Flowroute's rule, 119 characters left\n2 segments by the standard, 145 characters"),
        ("é" * 70, "1 segment by Flowroute's rule, 0 characters left\n1 segment by the standard, 90 characters"),
        ("Ж" * 71, "2 segments by Flowroute's rule, 69 characters left\n2 segments by the standard, 63 characters"),
    ],
)
def test_as_one_types_it_says_how_many_segments_and_what_is_left(form, text, said):
    form.fill(body=text)
    assert "".join(piece[0] for piece in form.fields["body"].note).startswith(said)


def test_dear_letters_are_marked_and_replaced(form):
    form.fill(body="“Café”…")
    note = form.fields["body"].note
    assert "".join(piece[0] for piece in note).endswith("4 dear characters: “Café”…")
    assert [piece[0] for piece in note if piece[1] == "dear"] == ["“", "é", "”", "…"]
    form.press("replace")
    assert form.values["body"] == '"Cafe"...'
    assert [each.label for each in form.fields["body"].offers] == ["Put them back"]


def test_quotes_alone_can_be_replaced_and_what_was_replaced_can_be_put_back(form):
    text = "“Café”, 5 €"
    form.fill(body=text)
    assert [each.label for each in form.fields["body"].offers] == ["Replace the quotes", "Replace them"]
    form.press("quotes")
    assert form.values["body"] == '"Café", 5 €'
    form.press("replace")
    assert form.values["body"] == '"Cafe", 5 EUR'
    assert [each.label for each in form.fields["body"].offers] == ["Put them back"]
    form.press("undo")
    assert form.values["body"] == text
    form.fill(body="é")
    assert [each.label for each in form.fields["body"].offers] == ["Replace it"]
    form.press("replace")
    form.fill(body="another")
    assert form.fields["body"].offers == []


def test_a_review_says_what_it_will_cost_once_past_records_say_so(make):
    form = make()
    form.fill(body=TEXT)
    until(lambda: form._rates is not None)
    said = told(review(form, body="x" * 161))
    assert "nothing: a sandbox only reckons. It would be about $0.0080: 2 segments at 0.0040, seen " in said


def test_where_it_costs_money_a_review_says_so_with_or_without_an_amount(form, monkeypatch):
    form.fill(body=TEXT)
    until(lambda: form._rates is not None)
    monkeypatch.setattr(fr.Account, "is_sandbox", False)
    said = told(review(form))
    assert "It costs: about $0.0040: 1 segment at 0.0040, seen " in said
    assert said.endswith("; it can't be taken back")
    form.press("back")
    form._rates = None
    assert told(review(form)).endswith("It costs: money, which can't be taken back")


def test_where_prices_can_t_be_read_none_are_said(make, shared):
    with shared.fault("redirect", on="GET /messages"):
        form = make()
        form.fill(body=TEXT)
        until(lambda: not [each for each in threading.enumerate() if each.name == "flowroute form"])
    assert "It costs: nothing: a sandbox only reckons" in told(review(form)).splitlines()
    assert form.problem == ""


def test_what_was_said_of_the_last_text_is_not_said_while_the_next_is_reviewed(form):
    send(form)
    assert TO[-4:] in form.status
    review(form, body="another")
    assert form.status == ""


def test_the_result_of_an_mms_says_that_it_was_one_and_its_links(form):
    send(form, body="", media_urls="https://example.com/a.gif")
    assert "Media: https://example.com/a.gif" in told(form.panel)
    until(lambda: "Sent as: MMS" in told(form.panel))


def test_media_make_it_an_mms_which_has_no_segments(form):
    form.fill(body="é", media_urls="https://example.com/a.gif\n\n https://example.com/b.gif ")
    assert form.fields["body"].note == [("Goes as an MMS, which has no segments.", "")]
    assert "It will be: 1 MMS with 2 attachments" in told(review(form))


WRONG = [
    ({"to": ""}, "to", "Give the number to send to."),
    ({"to": "555-7784"}, "to", "has no area code"),
    ({"to": "1-800-FLOWERS"}, "to", "has a letter, 'F'"),
    ({"body": ""}, "body", "Write a text, or give a media link."),
    ({"body": "“Gee”"}, "body", "Flowroute is known to refuse curly quotes: “, ”. Replace them with the button below."),
    ({"body": "   "}, "body", "Write a text, or give a media link."),
    ({"media_urls": "https://example.com/a.gif https://example.com/b.gif"}, "media_urls", "Give one link a line."),
    ({"body": "half \ud83d"}, "body", "half a character"),
    ({"media_urls": "https://example.com/a.gif\nexample.com/b.gif"}, "media_urls", "Line 2 is no http or https link"),
]


@pytest.mark.parametrize(("values", "field", "said"), WRONG, ids=[f"{name}-{said[:12]}" for _, name, said in WRONG])
def test_a_mistake_is_said_at_its_field_and_nothing_is_asked(form, shared, values, field, said):
    before = posts(shared)
    assert review(form, **values) is None
    errors = {name: each.error for name, each in form.fields.items() if each.error}
    assert list(errors) == [field]
    assert said in errors[field]
    assert form.told[-1]["focus"][2] == field
    assert posts(shared) == before


def test_all_mistakes_are_said_at_once_and_go_when_they_are_mended(form):
    review(form, to="", body="", media_urls="x")
    assert [name for name, each in form.fields.items() if each.error] == ["to", "media_urls"]
    assert review(form, media_urls="") is not None
    assert not any(each.error for each in form.fields.values())


# ------------------------------------------------------------------ reviewed, and sent once


def test_the_review_shows_exactly_what_will_be_sent_and_sends_nothing(form, shared):
    before = posts(shared)
    form._rates = None  # not read yet
    panel = review(form, body="  two lines,\n<b>é</b> ")
    assert told(panel) == (
        "Send this?\nFrom: +1 206 555 0100\nTo: +1 530 555 7784\n  two lines,\n<b>é</b> \n"
        "It will be: 1 SMS of 1 segment\nIt costs: nothing: a sandbox only reckons"
    )
    assert all(each.frozen for each in form.fields.values())
    form.press("back")
    assert form.panel is None
    assert not any(each.frozen for each in form.fields.values())
    assert form.values["body"] == "  two lines,\n<b>é</b> "
    assert posts(shared) == before


def test_what_was_reviewed_is_sent_whatever_is_typed_meanwhile(form, shared):
    review(form)
    form.heard({"view": "b", "typed": {"body": "something else", "to": "5305557785"}})
    form.fill(body="something else")
    form.press("send")
    form.wait()
    last = shared.taken.iloc[-1]
    assert (last.body, last.to, last["from"]) == (TEXT, TO, FROM)


def test_it_is_sent_once_however_often_it_is_pressed_and_from_wherever(form, shared):
    before = posts(shared)
    review(form)
    token = form.panel.actions[0].token
    with shared.fault("slow", seconds=0.5, on="POST /messages"):
        press = {"press": "send", "token": token}
        views = [threading.Thread(target=form.heard, args=({"view": view, **press},)) for view in "abcdefgh"]
        for each in views:
            each.start()
        for each in views:
            each.join()
        form.wait()
    form.heard({"view": "a", **press})
    with pytest.raises(fr.InputError, match="There is no 'send' to press now"):
        form.press("send")
    assert posts(shared) == before + 1
    assert len(form.sent) == 1


def test_a_late_click_on_the_draft_before_sends_nothing(form, shared):
    before = posts(shared)
    review(form)
    old = form.panel.actions[0].token
    form.press("back")
    form.heard({"view": "a", "press": "send", "token": old})
    review(form, body="another")
    form.heard({"view": "a", "press": "send", "token": old})
    assert posts(shared) == before
    form.press("send")
    form.wait()
    assert posts(shared) == before + 1


def test_a_slow_answer_is_waited_for_and_the_form_says_so(form, shared):
    with shared.fault("slow", seconds=1, on="POST /messages"):
        review(form)
        began = time.monotonic()
        form.press("send")
        assert time.monotonic() - began < 0.5
        assert (form.status, form.panel.title) == ("Sending …", "Sending …")
        assert form.told[-1]["busy"]
        assert [each["name"] for each in form.told[-1]["actions"] if not each["frozen"]] == []
        form.wait()
    assert form.panel.title == "Sent"
    assert len(form.sent) == 1


def test_once_it_is_sent_its_fields_are_empty_and_id_record_and_receipts_come(make):
    with fr.Sandbox(messages=0, rate=0) as sandbox:
        form = make(sandbox)
        send(form)
        assert (form.values["to"], form.values["body"], form.values["from_"]) == ("", "", FROM)
        (sent,) = sandbox.taken.itertuples()
        assert f"Id: {sent.id}" in told(form.panel)
        assert "Waiting for its record" in told(form.panel)
        assert form.sent.cost.tolist() == [None]
        until(lambda: "Would cost" in told(form.panel))
        assert "Would cost: $0.0040\nSegments: 1" in told(form.panel)
        assert "|Message has been sent|smsc submit · " in told(form.panel)
        until(lambda: "Waiting" not in told(form.panel) or "code 1003" in told(form.panel))


def test_a_message_is_watched_until_it_is_settled_or_nothing_was_said_for_long(make):
    with fr.Sandbox(today="2026-10-31", messages=0, rate=0) as sandbox:
        form = make(hurried(sandbox))
        for n in range(8):
            send(form, body=f"{TEXT} {n}")
        sandbox.tick(minutes=1)
        records = sandbox.account().lookup(form.sent.id)
        accepted = set(records.id[records.delivery == "pending"])  # that is all that will ever be said of them
        assert 0 < len(accepted) < 8
        until(lambda: set(form._outgoing._until) == accepted)
        form._outgoing._until.update(dict.fromkeys(accepted, 0))  # a minute has passed
        until(lambda: not form._outgoing._watched)
        assert not form._outgoing._until
        pd.testing.assert_frame_equal(form.sent, records)


def test_sent_is_typed_when_it_is_empty_and_before_the_record_comes(form, shared):
    shape = {column.name: column for column in RECORD}
    assert list(form.sent.columns) == list(shape)
    assert len(form.sent) == 0
    empty = form.sent.dtypes
    send(form)
    pd.testing.assert_series_equal(form.sent.dtypes, empty)
    assert form.sent[["number", "contact", "direction", "body"]].values.tolist() == [[FROM, TO, "outbound", TEXT]]
    assert pd.concat([form.sent, shared.account().messages(days=1, progress=False)]).dtypes.equals(empty)


# ------------------------------------------------------------------ what goes wrong


@pytest.mark.parametrize("fault", ["drop_answer", "cut_body", "500", "html_502", "drop_before"])
def test_a_lost_answer_is_said_and_that_draft_is_not_offered_again(make, shared, fault):
    form = make()
    before = posts(shared)
    with shared.fault(fault, on="POST /messages"):
        send(form)
    assert isinstance(form.error, fr.OutcomeUnknown)
    said = told(form.panel)
    assert said.startswith("It may or may not have been sent\n")
    assert "account.messages" not in said
    assert "look for it in the records in a minute" in said.replace("Look", "look")
    assert TEXT in said
    assert [each.name for each in form._offered()] == ["review", "look"]
    assert (form.values["to"], form.values["body"], len(form.sent)) == ("", "", 0)
    form.press("review")
    assert form.fields["to"].error == "Give the number to send to."
    assert posts(shared) == before + 1
    assert form.python.startswith('df = account.messages("2026-')


def test_a_message_whose_answer_was_lost_is_found_among_the_records(form, shared):
    text = "the same text twice"
    shared.account().send(to=TO, body=text)  # an older one like it, which is not it
    send(form, body=text)
    with shared.fault("drop_answer", on="POST /messages"):
        send(form, body=text)
    review(form, body="something else")  # what is unknown isn't forgotten over it
    form.press("back")
    assert form.panel.title == "It may or may not have been sent"
    form.press("look")
    form.wait()
    assert form.panel.title == "Found in the records"
    assert form.error is None
    assert form.sent.id.tolist() == shared.taken.id.tolist()[-2:]


def test_a_message_like_it_that_is_older_or_was_sent_by_the_form_is_not_taken_for_it(make):
    with fr.Sandbox(messages=0, rate=0, quirks={"lag": "none"}) as sandbox:
        form = make(sandbox)
        sandbox.account().send(to=TO, body=TEXT)
        sandbox.tick(minutes=10)
        send(form)
        with sandbox.fault("drop_before", on="POST /messages"):
            send(form)
        form.press("look")
        form.wait()
        assert "It is not among the records yet." in told(form.panel)
        assert len(form.sent) == 1


def test_one_that_was_not_taken_is_not_found_and_it_says_when_to_write_it_again(form, shared):
    with shared.fault("drop_before", on="POST /messages"):
        send(form, body="never taken")
    for _ in range(2):
        form.press("look")
        form.wait()
        assert "It is not among the records yet." in told(form.panel)
    with shared.fault("redirect", on="GET /messages"):
        form.press("look")
        form.wait()
    assert "It is not among the records" not in told(form.panel)
    assert form.panel.actions[0].name == "look"


def test_after_a_minute_it_most_likely_was_not_taken_and_can_be_written_again(make):
    with fr.Sandbox(messages=0, rate=0, quirks={"lag": "none"}) as sandbox:
        form = make(sandbox)
        with sandbox.fault("drop_before", on="POST /messages"):
            send(form, body="never taken", from_=sandbox.numbers[1])
        form.press("look")
        form.wait()
        assert [each.name for each in form.panel.actions] == ["look"]
        sandbox.tick(minutes=2)
        form.press("look")
        form.wait()
        assert "most likely it was not taken" in told(form.panel)
        form.press("again")
        assert (form.values["to"], form.values["body"]) == (TO, "never taken")
        assert form.values["from_"] == sandbox.numbers[1]
        form.press("review")
        form.press("send")
        form.wait()
        assert sandbox.taken.body.tolist() == ["never taken"]


def test_a_refusal_stays_in_the_form_with_status_and_what_to_do_and_can_be_mended(make):
    with fr.Sandbox(messages=0, rate=0, quirks={"provisioned": "long_codes"}) as sandbox:
        form = make(sandbox)
        send(form, from_=sandbox.numbers[3])
        words = "".join(piece[0] for piece in form.problem)
        assert words.startswith("Not sent. ")
        assert "403" in words
        assert (form.panel, form.values["body"], len(sandbox.taken)) == (None, TEXT, 0)
        form.fill(from_=sandbox.numbers[0])
        form.press("review")
        assert form.problem == ""
        form.press("send")
        form.wait()
        assert len(sandbox.taken) == 1


def test_whatever_else_goes_wrong_while_it_is_sent_it_may_have_been_sent(form):
    def breaks(**_):
        raise ValueError("a secret")

    form.account.send = breaks
    send(form)
    assert form.panel.title == "It may or may not have been sent"
    assert "ValueError" in told(form.panel)
    assert "a secret" not in told(form.panel)
    assert [each.name for each in form._offered()] == ["review", "look"]


def test_an_account_that_only_reads_shows_what_would_be_sent(make):
    form = make(read_only=True)
    panel = review(form)
    assert panel.title == "This would be sent"
    assert "only reads, as was chosen when it was made: it sends nothing." in told(panel)
    assert [each.name for each in form._offered()] == ["back"]


def test_what_is_no_account_is_refused_and_a_wrong_keyword_too():
    with pytest.raises(fr.InputError, match="Send\\(\\) was given NoneType, which is no account. Give it"):
        fr.widgets.Send(None)
    with pytest.raises(TypeError, match="Send\\(\\) has no keyword 'acount'. Did you mean 'account'"):
        fr.widgets.Send(acount=None)


# ------------------------------------------------------------------ the Python that it shows

EVERY_WAY = [
    {},
    {"from_": "14255550103"},
    {"to": "+1 (530) 555-7785"},
    {"to": "15305557786", "body": "both ' and \" \\ \n a tab\t"},
    {"body": " é 🎉 \u202e{x}%s"},
    {"body": "", "media_urls": "https://example.com/a.gif"},
    {"body": "with media", "media_urls": "https://example.com/a.gif\nhttps://example.com/b.gif?x='"},
]


@pytest.mark.parametrize("api", ["v2", "v2.1", "v2.2"])
def test_the_lines_it_shows_send_the_same(make, shared, api):
    form = make(api=api)
    assert form.fields["media_urls"].hidden == (api == "v2")
    for values in EVERY_WAY:
        if api == "v2" and "media_urls" in values:
            continue
        review(form, **{"media_urls": "", **values})
        lines = form.python
        form.press("send")
        form.wait()
        assert form.python == lines  # also when the fields are empty again
        space = {"account": shared.account(api=api)}
        exec(lines, space)  # noqa: S102  our own lines
        one, other = (shared.taken.iloc[at].drop(["id", "at"]).to_dict() for at in (-2, -1))
        assert one == other
        assert form.sent.id.iloc[-1] == shared.taken.id.iloc[-2]
        assert space["sent"].id == shared.taken.id.iloc[-1]


def test_two_forms_on_one_account_send_each_its_own(shared):
    account = shared.account()
    one, other = fr.widgets.Send(account), fr.widgets.Send(account)
    review(one, body="one"), review(other, body="other")
    one.press("send"), other.press("send")
    one.wait(), other.wait()
    assert sorted(shared.taken.body.tail(2)) == ["one", "other"]
    assert (one.sent.body.tolist(), other.sent.body.tolist()) == (["one"], ["other"])
    one.close(), other.close()


def test_every_form_is_closed_with_its_threads(shared):
    before = set(threading.enumerate())
    form = fr.widgets.Send(shared.account())
    send(form)
    form.close()
    until(lambda: not [each for each in set(threading.enumerate()) - before if each.name == "flowroute form"])


# ------------------------------------------------------------------ broken on purpose


def test_a_form_closed_while_it_sends_sends_once_knows_what_it_sent_and_leaves_no_thread(shared):
    before, count = set(threading.enumerate()), posts(shared)
    form = fr.widgets.Send(shared.account())
    review(form)
    with shared.fault("slow", seconds=0.3, on="POST /messages"):
        form.press("send")
        form.close()
        form.wait()
    assert len(form.sent) == posts(shared) - count == 1
    until(lambda: not [each for each in set(threading.enumerate()) - before if each.name == "flowroute form"], 2)


def test_a_closed_form_sends_nothing(shared):
    form, before = fr.widgets.Send(shared.account()), posts(shared)
    review(form)
    token = form.panel.actions[0].token
    form.close()
    form._heard({"view": "a", "press": "send", "token": token})
    assert form.future is None
    assert posts(shared) == before


def test_a_second_look_while_the_first_is_under_way_does_nothing(form, shared):
    with shared.fault("drop_answer", on="POST /messages"):
        send(form)
    with shared.fault("slow", seconds=0.5, on="GET /messages", times=5):
        form.press("look")
        form.heard({"view": "a", "press": "look"})
        assert (form.problem, form.status) == ("", "Looking …")
        assert [each["frozen"] for each in form.told[-1]["panel"]["actions"]] == [True]
        form.wait()
    assert form.problem == ""


def test_a_message_that_may_have_been_sent_is_not_forgotten_when_the_next_one_is_refused(form, shared):
    with shared.fault("drop_answer", on="POST /messages"):
        send(form, body="the first")
    lines = form.python
    review(form, body="the second")
    form.account.send = lambda **_: (_ for _ in ()).throw(fr.errors.Forbidden("refused (403)", status=403))
    form.press("send")
    form.wait()
    assert "the first" in told(form.panel)
    assert form.panel.actions[0].name == "look"
    form.fill(to="", body="")
    assert form.python == lines


@pytest.mark.parametrize("said", [b'"timestamp":null', b'"from":null,"to":null'])
def test_a_record_that_lacks_something_is_shown_all_the_same(said):
    record = RECORD_OF_ONE.replace(b'"timestamp":"2026-10-05T10:00:00Z"', b'"status":"x",' + said)
    with Faulty(answer("404 Not Found", b"{}")) as server:
        form = fr.widgets.Send(fr.Account(access_key="abcdef", secret_key="x", base_url=server.url, from_=FROM))
        until(lambda: server.taken)
        server.steps[:] = [answer("202 Accepted", SENT), answer("200 OK", record)]
        send(form)
        until(lambda: form._outgoing._known)
        until(lambda: "Waiting for more receipts" in told(form.panel))
        assert form.problem == ""
        form.close()


def test_where_watching_breaks_the_next_message_is_watched_all_the_same(make, monkeypatch):
    with fr.Sandbox(messages=0, rate=0, quirks={"lag": "none"}) as sandbox:
        form = make(sandbox)
        real = form._outgoing._told
        monkeypatch.setattr(form._outgoing, "_told", lambda _id: 1 / 0)
        send(form)
        until(lambda: form.problem)
        monkeypatch.setattr(form._outgoing, "_told", real)
        send(form, body="another")
        until(lambda: form.sent.cost.notna().all())


def test_a_text_as_long_as_a_book_does_not_hold_the_page_up(form):
    form.fill(body="Ж" * 17_000)
    marks = [piece for piece in form.fields["body"].note if piece[1:2] == ("dear",)]
    assert len(marks) == 2_000
    panel = review(form, body="Ж" * 17_000)
    assert told(panel).count("Ж") == 17_000
