"""The forms that read records, without a page: what they ask, show, keep and say, on a sandbox over real HTTP."""

import datetime as dt
import json
import threading
import time

import pandas as pd
import pytest
from conftest import until
from faulty import Faulty, answer
from ipywidgets.widgets.widget import _instances as widgets

import flowroute_nb as fr
from flowroute_nb.widgets.tabs import App

OCTOBER = {"start": "2026-10-01", "end": "2026-10-31"}


@pytest.fixture
def messages(account):
    form = fr.widgets.Messages(account)
    yield form
    form.close()


@pytest.fixture
def lookup(account):
    form = fr.widgets.Lookup(account)
    yield form
    form.close()


@pytest.fixture(scope="module")
def october(sandbox):
    return sandbox.account().messages("2026-10", progress=False)


def done(form, press):
    form.press(press)
    form.wait()


def run(form, folder=None):
    """Run the lines a form shows as one would in the next cell, and give the frame they make."""
    names = {"account": form.account, "fr": fr}
    exec(form.python.replace('fr.write(df, "', f'fr.write(df, "{folder}/'), names)  # noqa: S102  our own lines
    return names["df"]


def asked(sandbox):
    return int(sandbox.log.path.str.contains("/messages").sum())


def no_thread():
    return [each for each in threading.enumerate() if each.name.startswith(("flowroute form", "flowroute_nb"))] == []


# ------------------------------------------------------------------ a range of days


def test_it_reads_all_of_a_range_and_says_how_many_messages_there_are_and_what_they_cost(messages, october, sandbox):
    messages.fill(range="30")
    done(messages, "read")
    want = october[october.timestamp >= pd.Timestamp("2026-10-02", tz="UTC")]
    pd.testing.assert_frame_equal(messages.read, want.reset_index(drop=True))
    messages.fill(**OCTOBER)
    done(messages, "read")
    pd.testing.assert_frame_equal(messages.frame, october)
    assert messages.read.attrs["flowroute"] == {**OCTOBER, "complete": True}
    said = dict(messages.panel.parts[0]["rows"])
    charged = sandbox.charged("2026-10")
    assert "".join(text for text, *_ in messages.panel.title) == f"{len(october):,} messages · ${charged:f}"
    assert said["Days"] == "1 to 31 October 2026"
    assert said["Sent"].startswith(f"{(october.direction == 'outbound').sum():,} · $")


def test_before_anything_is_read_the_frame_is_empty_and_typed(messages, lookup, october):
    for form in (messages, lookup):
        assert form.frame.dtypes.equals(october.dtypes)
        assert len(form.frame) == 0


@pytest.mark.parametrize(
    ("name", "start", "end"),
    [
        ("today", "2026-10-31", "2026-10-31"),
        ("month", "2026-10-01", "2026-10-31"),
        ("last", "2026-09-01", "2026-09-30"),
        ("30", "2026-10-02", "2026-10-31"),
    ],
)
def test_quick_ranges_fill_the_days_in_and_days_choose_the_range(messages, name, start, end):
    messages.fill(range="today")
    messages.fill(range=name)
    assert (messages.values["start"], messages.values["end"]) == (start, end)
    messages.fill(start="2026-08-15")
    assert messages.values["range"] == "own"
    messages.fill(start=start)
    assert messages.values["range"] == name
    messages.fill(range="own")
    assert (messages.values["start"], messages.values["end"]) == (start, end)


def test_days_that_were_chosen_and_not_read_yet_are_said_to_be_still_to_read(messages):
    messages.fill(range="month")
    messages.press("read")
    messages.wait()
    messages.fill(start="2026-10-05", end="2026-10-07")
    assert messages.status == "Press Read to read 5 to 7 October 2026."
    messages.fill(start="2026-10-01", end="2026-10-31")
    assert messages.status == ""


def test_today_is_the_day_in_the_account_s_zone(sandbox):
    east = sandbox.account(tz="Pacific/Auckland", clock=lambda: dt.datetime(2026, 10, 31, 12, 30, tzinfo=dt.UTC))
    form = fr.widgets.Messages(east)
    form.fill(range="today")
    assert form.values["start"] == "2026-11-01"
    assert east.now().isoformat() == "2026-11-01T01:30:00+13:00"
    form.close()


def test_the_lines_it_shows_give_the_same_frame_whatever_is_filled_in(messages, october, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    number = october.number.value_counts().index[0]
    ways = [
        {"range": "today"},
        {"range": "30"},
        {"range": "month"},
        {"direction": "outbound"},
        {"direction": "inbound", "number": number},
        {"number": number, "text": "THE"},
        {"text": "(.*)"},
        {"text": 'say "it\'s" \\'},
        {"direction": "", "number": "", "text": "é"},
        {"start": "2026-10-03", "end": "2026-10-05", "text": ""},
        {"text": "the", "path": "some.parquet"},
    ]
    for way in ways:
        messages.fill(**way)
        done(messages, "read")
        pd.testing.assert_frame_equal(run(messages, tmp_path), messages.frame)
    assert len(messages.frame) > 0
    assert len(fr.read(tmp_path / "some.parquet")) == len(messages.frame)


def test_filters_work_on_what_was_read_without_asking_again(messages, sandbox, october):
    messages.fill(**OCTOBER)
    done(messages, "read")
    before = asked(sandbox)
    messages.fill(direction="outbound", text="the")
    want = october[(october.direction == "outbound") & october.body.str.lower().str.contains("the")]
    assert messages.frame.id.tolist() == want.id.tolist()
    assert "".join(text for text, *_ in messages.panel.title) == f"{len(want):,} messages · ${want.cost.sum():f}"
    assert dict(messages.panel.parts[0]["rows"])["Shown"] == f"{len(want):,} of {len(october):,} messages"
    assert asked(sandbox) == before
    assert len(messages.read) == len(october)


@pytest.mark.parametrize(
    ("filled", "field", "said"),
    [
        ({"start": ""}, "start", "Choose a day."),
        ({"start": "2026-10-05", "end": "2026-10-04"}, "end", "This is before 5 October 2026. Choose that day or"),
        ({"start": "2026-11-05", "end": "2026-11-06"}, "start", "This day is yet to come."),
        ({"end": ""}, "end", "Choose a day."),
    ],
)
def test_a_wrong_day_is_marked_before_anything_is_asked(messages, sandbox, filled, field, said):
    before = asked(sandbox)
    messages.fill(**filled)
    messages.press("read")
    assert messages.fields[field].error.startswith(said)
    assert messages.future is None
    assert asked(sandbox) == before
    messages.fill(range="today")
    assert messages.fields[field].error == ""


def test_a_cancel_ends_a_slow_reading_at_once_and_says_that_it_is_not_whole(sandbox, messages, october):
    messages.fill(**OCTOBER)
    with sandbox.fault("slow", on="GET /messages", times=500, seconds=1):
        messages.press("read")
        until(lambda: messages._share)
        began = time.monotonic()
        messages.press("cancel")
        messages.wait()
    assert time.monotonic() - began < 1
    assert messages.problem == ""
    assert messages.status == "Cancelled. What was read before is shown."
    assert messages.panel.mark == "wait"
    assert messages.panel.parts[0]["text"].startswith("Not whole, because it was cancelled. Not read: ")
    assert messages.panel.parts[0]["text"].endswith(" to 31 October 2026 (UTC).")
    about, _, rest = messages.python.partition("\n")
    assert about == "# This reads all of them; the form was cancelled before it had read them."
    assert rest.startswith("df = ")
    assert not messages.read.attrs["flowroute"]["complete"]
    pd.testing.assert_frame_equal(messages.read, october.head(len(messages.read)))
    assert no_thread()
    assert len(messages.account.messages("2026-10", progress=False)) == len(october)  # the account goes on


def test_a_service_s_refusal_is_said_in_the_form_with_its_status(sandbox):
    form = fr.widgets.Messages(sandbox.account(secret_key="wrong"))
    done(form, "read")
    assert "401" in form.problem
    assert isinstance(form.error, fr.errors.Unauthorized)
    assert "wrong" not in form.problem
    assert no_thread()
    form.close()


def test_where_reading_fails_half_way_what_came_is_shown_and_said_not_to_be_whole(sandbox, october):
    form = fr.widgets.Messages(sandbox.account())
    form.fill(**OCTOBER)
    real = form.account._client.branch

    def branch():  # the service goes away after some days
        made = real()
        again = made.branch
        made.branch = lambda: failing(again())
        return made

    def failing(client):
        ask = client.read

        def asked(request, doing, advice=None):
            if "2026-10-15" in request.path:
                raise fr.errors.ServiceBroken(f"{doing} failed in the service (503).", status=503)
            return ask(request, doing, advice)

        client.read = asked
        return client

    form.account._client.branch = branch
    done(form, "read")
    assert "503" in form.problem
    assert form.panel.parts[0]["text"].startswith("Not whole, because reading failed. Not read: ")
    assert 0 < len(form.read) < len(october)
    pd.testing.assert_frame_equal(form.read, october.head(len(form.read)))
    form.close()


# ------------------------------------------------------------------ saved


def test_what_is_shown_is_saved_and_read_back_exactly(messages, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    messages.fill(**OCTOBER, direction="inbound")
    done(messages, "read")
    for name in ("some.csv", "some.parquet"):
        messages.press("save")
        messages.fill(path=name)
        done(messages, "write")
        assert messages.saved == tmp_path / name
        assert str(tmp_path / name) in messages.status
        pd.testing.assert_frame_equal(fr.read(messages.saved), messages.frame.reset_index(drop=True))
        assert f'fr.write(df, "{name}")' in messages.python
    assert [action.name for action in messages.actions] == ["read", "save"]


def test_a_file_that_is_there_is_replaced_only_when_asked(messages, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done(messages, "read")
    (tmp_path / "mine.csv").write_text("precious")
    messages.press("save")
    for name, said in {
        "": "Give the file a name",
        "some.txt": "'some.txt' ends in none of",
        "none/some.csv": "The folder 'none' does not exist",
        "mine.csv": "mine.csv is there already. Replace it, or give another name.",
    }.items():
        messages.fill(path=name)
        messages.press("write")
        assert messages.fields["path"].error.startswith(said)
    assert (tmp_path / "mine.csv").read_text() == "precious"
    done(messages, "replace")
    assert len(fr.read(tmp_path / "mine.csv")) == len(messages.frame)


def test_another_name_after_the_warning_is_no_permission_to_replace(messages, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done(messages, "read")
    for name in ("one.csv", "two.csv"):
        (tmp_path / name).write_text("precious")
    messages.press("save")
    messages.fill(path="one.csv")
    messages.press("write")
    messages.fill(path="two.csv")
    with pytest.raises(fr.InputError, match="There is no 'replace' to press now"):
        messages.press("replace")
    messages.press("write")
    assert "two.csv is there already" in messages.fields["path"].error
    messages.press("back")
    assert messages.fields["path"].hidden
    assert (tmp_path / "two.csv").read_text() == "precious"


# ------------------------------------------------------------------ looked up


def test_ids_in_any_shape_are_looked_up_in_their_order(lookup, october, tmp_path):
    some = october.sample(20, random_state=1)
    for said in (
        "\n".join(some.id),
        fr.write(some, tmp_path / "some.csv").read_text(),
        some.drop(columns="timestamp").to_json(orient="records", default_handler=str),
    ):
        lookup.fill(ids=said)
        assert lookup.fields["ids"].note == [("20 ids", "strong"), (" found in it", "")]
        done(lookup, "find")
        pd.testing.assert_frame_equal(lookup.frame, some.reset_index(drop=True))
        pd.testing.assert_frame_equal(run(lookup), lookup.frame)
    assert lookup.panel.title == "20 of 20 records found"
    assert f"${some.cost.sum():f}" in str(lookup.panel.parts)


def test_what_has_no_record_is_listed_with_the_reason_and_the_others_are_there(lookup, october):
    some = october.id.head(3).tolist()
    lookup.fill(ids="\n".join([some[2], "mdr2-none", some[0], "sms_callback", some[1]]))
    done(lookup, "find")
    assert lookup.frame.id.tolist() == [some[2], some[0], some[1]]
    assert list(lookup.missing) == ["mdr2-none", "sms_callback"]
    assert lookup.missing["mdr2-none"].startswith("Found nothing (404")
    assert "is the name of a callback" in lookup.missing["sms_callback"]
    assert lookup.panel.title == "3 of 5 records found"
    lookup.fill(ids="\n".join([some[2], "mdr2-none", some[0]]))
    done(lookup, "find")
    pd.testing.assert_frame_equal(run(lookup), lookup.frame)
    lookup.fill(ids="mdr2-none")
    done(lookup, "find")
    pd.testing.assert_frame_equal(run(lookup), lookup.frame)
    assert len(lookup.frame) == 0


def test_where_there_is_no_id_nothing_is_asked(lookup, sandbox):
    before = asked(sandbox)
    for said, wrong in {"": "There are no ids yet", "Hello there\nAnn": "No id was found in 'Hello there Ann'"}.items():
        lookup.fill(ids=said)
        lookup.press("find")
        assert lookup.fields["ids"].error.startswith(wrong)
        assert lookup.python == lookup.code
    assert asked(sandbox) == before


def test_a_look_up_can_be_cancelled_at_once(lookup, sandbox, october):
    lookup.fill(ids="\n".join(october.id.head(200)))
    with sandbox.fault("slow", on="GET /messages", times=500, seconds=0.5):
        lookup.press("find")
        until(lambda: len(lookup.frame))
        began = time.monotonic()
        lookup.press("cancel")
        lookup.wait()
    assert time.monotonic() - began < 0.5
    assert 0 < len(lookup.frame) < 200
    left = 200 - len(lookup.frame)
    assert lookup.panel.parts[0]["text"] == f"It was cancelled: {left} ids were not looked up."
    assert lookup.problem == ""
    assert no_thread()


def test_wrong_keys_stop_a_look_up_with_one_sentence(sandbox, october):
    form = fr.widgets.Lookup(sandbox.account(secret_key="wrong"))
    form.fill(ids="\n".join(october.id.head(50)))
    done(form, "find")
    assert "401" in form.problem
    assert form.missing == {}
    assert form.panel is None
    form.close()


# ------------------------------------------------------------------ made, and in tabs


@pytest.mark.parametrize("kind", [fr.widgets.Messages, fr.widgets.Lookup, fr.widgets.app])
def test_a_form_needs_an_account_and_knows_its_keywords(kind):
    with pytest.raises(fr.InputError, match=r"was given str, which is no account\. Give it fr\.Sandbox"):
        kind("account")
    with pytest.raises(TypeError, match="has no keyword 'acount'. Did you mean 'account'"):
        kind(acount=None)


def test_without_a_page_it_says_what_it_is(messages, lookup, account):
    for form in (messages, lookup, fr.widgets.app(account)):
        assert "for JupyterLab, Notebook and Voila. The same in Python:" in repr(form)
        assert "account." in repr(form)


def test_the_forms_come_in_tabs_once_there_is_an_account():
    app = fr.widgets.app()
    assert isinstance(app, App)
    assert list(app.forms) == ["Connect"]
    done(app.forms["Connect"], "test")
    assert app._tabs.titles == list(app.forms) == ["Connect", "Send", "Look up", "Messages", "Costs"]
    first = app.forms["Messages"]
    assert first.account is app.account is app.forms["Connect"].account
    done(app.forms["Connect"], "test")
    assert app.forms["Messages"] is not first
    assert first._closed
    app.close()


def test_forms_with_a_table_that_are_closed_leave_no_widget_behind(account):
    for kind in (fr.widgets.Messages, fr.widgets.Lookup, fr.widgets.app):
        before = set(widgets)
        form = kind(account)
        assert set(widgets) > before
        form.close()
        assert set(widgets) == before


def test_a_branch_of_an_account_can_be_closed_and_the_account_goes_on(account):
    mine = account.branch()
    days = mine.pages("2026-10")
    next(days)
    mine.close()
    with pytest.raises(fr.FlowrouteError):
        list(days)
    with pytest.raises(fr.FlowrouteError):
        mine.messages("2026-10", progress=False)
    assert len(account.messages("2026-10", progress=False)) > 0


# ------------------------------------------------------------------ broken on purpose


@pytest.mark.parametrize(
    ("filled", "field", "said"),
    [
        ({"start": "0001-01-01"}, "start", "There were no text messages then. Choose a day from 1993 on."),
        ({"start": "0202-10-01"}, "start", "There were no text messages then."),
        ({"start": "2026-10-01", "end": "9999-12-31"}, "end", "This day is more than a year away."),
    ],
)
def test_a_day_beyond_all_days_is_marked_and_not_asked_for(messages, sandbox, filled, field, said):
    before = asked(sandbox)
    messages.fill(**filled)
    messages.press("read")
    assert messages.fields[field].error.startswith(said)
    assert messages.future is None
    assert asked(sandbox) == before


@pytest.mark.parametrize("day", ["20261001", "2026-W44-6", "2026-10-40", "tomorrow"])
def test_what_is_no_day_or_spelt_otherwise_can_t_stand_in_a_field(messages, day):
    before = messages.values["start"]
    with pytest.raises(
        fr.InputError, match="can't stand in the field 'start'. Give a day that exists, as '2026-10-31'"
    ):
        messages.fill(start=day)
    assert messages.values["start"] == before


def test_a_name_that_no_file_can_have_is_said_at_its_field(messages, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder.csv").mkdir()
    done(messages, "read")
    messages.press("save")
    for name, said in {
        "a\0b.csv": "its name has a character that file names cannot have",
        "x" * 300 + ".csv": "File name too long",
        "x" * 300 + "/a.csv": "File name too long",
        "folder.csv": "it is a folder",
    }.items():
        messages.fill(path=name)
        messages.press("write")
        assert f"can't be written: {said}. Give another path." in messages.fields["path"].error
    assert [action.name for action in messages.actions] == ["write", "back"]
    assert [each.name for each in tmp_path.iterdir()] == ["folder.csv"]


def test_it_says_how_many_messages_are_in_the_file_also_when_others_are_shown_meanwhile(
    messages, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    done(messages, "read")
    count = len(messages.frame)
    messages.press("save")
    messages.fill(path="all.csv")
    with messages.changing():  # so that it is not told what was written before it shows something else
        messages.press("write")
        time.sleep(0.3)
        messages.fill(text="no message says this")
    messages.wait()
    assert len(messages.frame) == 0
    assert len(fr.read(tmp_path / "all.csv")) == count
    assert messages.status.startswith(f"{count:,} messages saved in ")


def test_the_lines_shown_after_a_failure_make_the_same_frame_and_after_mending_the_whole_one():
    def record(name, **more):
        said = {"direction": "outbound", "from": "12065550100", "to": "12065550101", "amount_nanodollars": 4000000}
        return {"id": name, "type": "message", "attributes": {**said, "timestamp": "2026-10-05T10:00:00Z", **more}}

    page = {"data": [record("mdr2-1"), record("mdr2-2", amount_nanodollars="much")], "links": {}}
    with Faulty(answer("200 OK", json.dumps(page).encode())) as server:
        account = fr.Account(access_key="abcdef", secret_key="x", base_url=server.url)
        form = fr.widgets.Messages(account)
        form.fill(start="2026-10-05", end="2026-10-05")
        done(form, "read")
        assert isinstance(form.error, fr.errors.BadRecords)
        assert form.frame.id.tolist() == ["mdr2-1"]
        pd.testing.assert_frame_equal(run(form), form.frame)
        form.fill(end="2026-10-06")
        assert not form.python.startswith("try:")
        form.close()


def test_ids_that_can_be_none_are_listed_and_stand_in_the_way_of_nothing(lookup, october):
    some = october.id.head(2).tolist()
    for junk in ("\ud83d", "a\0b", "sms_callback", "é🎉", "x" * 5_000, ".."):
        lookup.fill(ids="\n".join([some[0], junk, some[1]]))
        done(lookup, "find")
        assert (list(lookup.missing), lookup.frame.id.tolist()) == ([junk], some)
        assert lookup.problem == ""
        pd.testing.assert_frame_equal(run(lookup), lookup.frame)


def test_tabs_that_are_closed_while_they_connect_make_no_forms_any_more():
    app = fr.widgets.app()
    connect = app.forms["Connect"]
    connect.press("test")
    app.close()
    connect.wait()
    assert list(app.forms) == ["Connect"]
    app._show(fr.Sandbox(messages=0).account())
    assert list(app.forms) == ["Connect"]


def test_a_send_whose_outcome_is_still_to_come_keeps_its_tab_when_one_connects_anew():
    app = fr.widgets.app()
    connect = app.forms["Connect"]
    done(connect, "test")
    first, sandbox = app.forms["Send"], connect.account.sandbox
    first.fill(to="15305557784", body="Gee, nice marmot!")
    first.press("review")
    with sandbox.fault("slow", seconds=1, on="POST /messages"):
        first.press("send")
        done(connect, "test")
        assert app._tabs.titles == ["Connect", "Send", "Look up", "Messages", "Costs", "Earlier send"]
        assert app.forms["Earlier send"] is first
        first.wait()
    assert first.panel.title == "Sent"
    assert len(sandbox.taken) == 1
    done(connect, "test")
    assert "Earlier send" not in app.forms
    assert first._closed
    app.close()
