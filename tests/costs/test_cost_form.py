"""The form that shows what messages cost, without a page: on a sandbox over real HTTP, and on frames."""

import datetime as dt
import threading
from fractions import Fraction

import pandas as pd
import pytest
from conftest import until

import flowroute_nb as fr
from flowroute_nb.errors import InputError
from flowroute_nb.ruling import rules
from flowroute_nb.widgets.exploring import Asked


@pytest.fixture(scope="module")
def sandbox():
    with fr.Sandbox(today="2026-10-31", messages=2_000, days=70, rate=0) as running:
        yield running


@pytest.fixture(scope="module")
def everything(sandbox):
    return sandbox.account().messages("2026", progress=False)


@pytest.fixture
def make():
    """Make forms that end with the test."""
    made = []

    def one(given, **options):
        made.append(fr.widgets.CostExplorer(given, **options))
        made[-1].wait()
        return made[-1]

    yield one
    for each in made:
        each.close()


def plain(words):
    return words if isinstance(words, str) else "".join(piece for piece, *_ in words)


def about(form):
    return {name: plain(words) for name, words in form.panel.parts[0]["rows"]}


def dollars(records):
    """Add up what records cost, as a fraction."""
    return sum((Fraction(each) for each in records.cost if each is not None), Fraction())


def run(form, **given):
    """Run the lines a form shows as one would in the next cell, and give what they make."""
    names = {"fr": fr, **given}
    *lines, drawn = form.python.splitlines()
    exec("\n".join(lines), names)  # noqa: S102  our own lines
    return names["df"], names["summary"], eval(drawn, names)  # noqa: S307  likewise


def asked(sandbox):
    return int((sandbox.log.method == "GET").sum())


# ------------------------------------------------------------------ before the first click


def test_before_the_first_click_it_says_what_this_month_cost_on_what_and_what_the_last_one_did(
    make, sandbox, everything
):
    form = make(sandbox.account())
    assert (form.values["start"], form.values["end"]) == ("2026-10-01", "2026-10-31")
    october = everything[everything.timestamp >= "2026-10-01"]
    september = everything[(everything.timestamp >= "2026-09-01") & (everything.timestamp < "2026-10-01")]
    assert plain(form.panel.title) == f"${october.cost.sum():f} · {len(october):,} messages"
    sent = october[october.direction == "outbound"]
    part = float(dollars(sent) / dollars(october))
    assert about(form)["Most of it"] == f"outbound  ${sent.cost.sum():f}, {part:.0%}"
    change = dollars(october) / dollars(september) - 1
    more = f"now {abs(float(change)):.0%} {'more' if change > 0 else 'less'}"
    assert about(form)["Before"] == f"${september.cost.sum():f} in 1 to 30 September 2026; {more}"
    assert sum(map(Fraction, form.summary.cost)) == dollars(october)
    assert "<svg" in form._sight._svg


def test_a_frame_is_explored_as_of_its_last_day_and_nothing_is_asked(make, sandbox, everything):
    before = asked(sandbox)
    form = make(everything[everything.timestamp < "2026-10-15"])
    assert (form.values["start"], form.values["end"]) == ("2026-10-01", "2026-10-14")
    assert about(form)["Before"].split(" in ")[1].startswith("1 to 14 September 2026")
    assert form.actions == []
    assert asked(sandbox) == before


def test_a_day_that_stands_out_is_named_in_the_days_that_hold_it(make):
    with fr.Sandbox(today="2026-10-31", days=60, rate=0) as sandbox:
        day = sandbox.story.odd_day
        form = make(sandbox.account())
    form.fill(start="2026-09-02", end="2026-10-31")
    until(lambda: "Stands out" in about(form))
    assert about(form)["Stands out"].startswith(f"{day.day} {day:%B %Y}: ")
    form.fill(direction="outbound")
    assert "Stands out" not in about(form)
    form.fill(direction="", start="2026-10-31")
    assert "Stands out" not in about(form)


# ------------------------------------------------------------------ what is chosen


WAYS = [
    {"by": "number"},
    {"period": "week"},
    {"by": "", "period": "hour", "start": "2026-10-24", "end": "2026-10-26"},
    {"zone": "America/New_York", "period": "day"},
    {"range": "month", "by": "contact"},
    {"by": "contact_prefix", "direction": "outbound"},
    {"by": "weekday", "direction": ""},
    {"by": "hour", "zone": "Europe/Berlin"},
    {"by": "delivery", "period": "month", "text": 'say "it\'s" \\'},
    {"by": "is_mms", "text": "THE", "zone": "UTC"},
    {"by": "tag", "tags": "Sale: text order\nSeattle: prefix 1206\nours: number (206) 555-0101", "text": ""},
    {"by": "tag", "tags": ""},
    {"by": "message_type", "range": "last"},
]


@pytest.mark.untraced
@pytest.mark.parametrize("of_account", [True, False])
def test_whatever_is_chosen_nothing_is_asked_and_its_lines_give_the_same_frame_summary_and_picture(
    make, sandbox, everything, of_account
):
    account = sandbox.account()
    form = make(account if of_account else everything)
    for way in WAYS:
        before = asked(sandbox)
        form.fill(**way)
        assert asked(sandbox) == before
        df, summary, picture = run(form, account=account, df=everything)
        pd.testing.assert_frame_equal(df, form.frame)
        pd.testing.assert_frame_equal(summary, form.summary)
        assert picture.svg() == form.picture.svg(), way
    assert len(form.frame) > 0


def test_tag_rules_are_read_as_they_are_written_and_the_first_that_fits_wins(make, everything):
    form = make(everything)
    form.fill(by="tag", tags="Seattle: prefix 1206\nCode: TEXT Your Code")
    here = everything[everything.timestamp >= "2026-10-01"]
    seattle = here.contact.str.startswith("1206")
    code = here.body.fillna("").str.lower().str.contains("your code") & ~seattle
    found = form.summary.groupby("tag").messages.sum()
    assert found["Seattle"] == seattle.sum() > 0
    assert found["Code"] == code.sum() > 0
    assert found["untagged"] == (~seattle & ~code).sum()


def test_tags_without_rules_are_said_at_their_field_and_what_was_shown_stays(make, everything):
    form = make(everything)
    before = form.summary
    for nothing in ({"by": "tag"}, {"tags": " \n"}):
        form.fill(**nothing)
        assert form.fields["tags"].error.startswith("Which tags? Write a rule, as in Sale: text half price.")
        assert form.summary is before
    form.fill(tags="Sale: text half price")
    assert form.fields["tags"].error == ""
    assert form.summary.columns[0] == "tag"


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("Sale", "'Sale' is no rule."),
        ("Sale: half price", "'Sale: half price' is no rule."),
        ("Sale: text", "'Sale: text' is no rule."),
        (": text a", "': text a' is no rule."),
        ("A: text a\nA: text b", "There are two rules for 'A'."),
    ],
)
def test_a_rule_that_is_none_is_said_at_its_field(make, everything, said, why):
    form = make(everything)
    form.fill(by="tag", tags=said)
    assert form.fields["tags"].error.startswith(why)
    with pytest.raises(InputError):
        rules(said)


def test_what_a_tag_rule_may_not_ask_is_said_at_its_field_too(make, everything):
    form = make(everything)
    for said in ("half: text \ud83d", "\ud83d: text a", "Seattle: prefix north", "ours: number 12", "untagged: text a"):
        form.fill(by="tag", tags=said)
        assert form.fields["tags"].error, said
        assert form.panel is not None


def test_days_that_can_t_be_are_said_at_their_field_and_what_was_shown_stays(make, everything):
    form = make(everything)
    before = form.summary
    form.fill(start="2026-10-30", end="2026-10-29")
    assert "This is before 30 October 2026" in form.fields["end"].error
    form.fill(start="")
    assert form.fields["start"].error == "Choose a day."
    assert form.summary is before


# ------------------------------------------------------------------ read


def test_days_that_were_not_read_are_read_when_one_says_so(make, sandbox, everything):
    form = make(sandbox.account())
    before, shown = asked(sandbox), form.summary
    form.fill(start="2026-08-25", end="2026-08-31")
    assert form.status == "Press Read to read 25 to 31 August 2026."
    assert form.summary is shown
    assert asked(sandbox) == before
    form.press("read")
    form.wait()
    there = everything[(everything.timestamp >= "2026-08-25") & (everything.timestamp < "2026-09-01")]
    assert form.frame.id.tolist() == there.id.tolist() != []
    assert asked(sandbox) > before


def test_a_refusal_is_said_and_no_empty_sum_stands_for_it(make, sandbox):
    form = make(sandbox.account(secret_key="not-this-one"))
    assert "was refused (401" in form.problem
    assert form.panel is None


def test_a_refusal_after_a_cancel_that_came_too_late_is_said(make, sandbox):
    form = make(sandbox.account(secret_key="not-this-one"))
    form._cancelled = True  # as it is when everything has been read by then
    form.press("read")
    form.wait()
    assert "was refused (401" in form.problem


def test_reading_can_be_cancelled_and_half_a_month_is_not_shown(sandbox):
    with sandbox.fault("slow", on="GET /messages", times=100, seconds=20):
        form = fr.widgets.CostExplorer(sandbox.account())
        form.press("cancel")
        form.wait(5)
    assert form.status == "Cancelled. What was read is not shown, because it would not be whole."
    assert form.panel is None
    form.press("read")
    form.wait()
    assert form.panel is not None
    form.close()
    until(lambda: not [each for each in threading.enumerate() if each.name.startswith("flowroute form")])


# ------------------------------------------------------------------ what it is given


def test_a_frame_s_form_has_no_button_and_says_so(make, everything):
    with pytest.raises(InputError, match="'go' to press: this form has no button that can be pressed. It answers as"):
        make(everything).press("go")


def test_in_words_the_form_of_a_frame_shows_the_frame_s_own_lines(make, sandbox, everything):
    form = make(everything)
    form.fill(by="number", period="week")
    assert "account" not in repr(form) + form._repr_html_()
    assert "fr.costs.by(" in repr(form)
    assert '"number"' in repr(form)
    assert "df = account.messages(" in repr(make(sandbox.account()))


def test_what_is_neither_an_account_nor_messages_is_said(everything):
    with pytest.raises(InputError, match="was given str"):
        fr.widgets.CostExplorer("2026-10")
    with pytest.raises(InputError, match="no column body"):
        fr.widgets.CostExplorer(everything.drop(columns="body"))
    for times in (everything.timestamp.dt.tz_localize(None), everything.timestamp.astype("str")):
        with pytest.raises(InputError, match="of moments in a zone"):
            fr.widgets.CostExplorer(everything.assign(timestamp=times))
    with pytest.raises(TypeError, match="zone"):
        fr.widgets.CostExplorer(everything, zone="UTC")
    with pytest.raises(InputError, match="Nowhere"):
        fr.widgets.CostExplorer(everything, tz="Nowhere/There")


def test_no_messages_at_all_are_no_error(make):
    form = make(fr.read([]))
    assert plain(form.panel.title) == "$0.0000 · 0 messages"
    assert form._below.widget.layout.display == "none"


@pytest.mark.parametrize(
    ("days", "before"),
    [
        (("2026-03-01", "2026-03-31"), ("2026-02-01", "2026-02-28")),  # a whole month: the whole one before
        (("2026-03-01", "2026-03-30"), ("2026-02-01", "2026-02-28")),  # the same days, as far as there are
        (("2026-05-01", "2026-05-12"), ("2026-04-01", "2026-04-12")),
        (("2026-02-01", "2026-02-28"), ("2026-01-01", "2026-01-31")),
        (("2026-05-10", "2026-05-16"), ("2026-05-03", "2026-05-09")),
        (("2026-05-10", "2026-05-10"), ("2026-05-09", "2026-05-09")),
    ],
)
def test_days_are_compared_with_the_same_ones_of_the_month_before_else_with_as_many_before(days, before):
    start, end = map(dt.date.fromisoformat, days)
    assert Asked(start, end, "UTC", "", "day", {}).before() == tuple(map(dt.date.fromisoformat, before))
