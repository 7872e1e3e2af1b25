"""The form that sends, on real pages; the sandbox is the test's own and says what it has taken."""

import re

import pytest
from playwright.sync_api import expect

import flowroute_nb as fr
from browser.hands import button, tab_to

TO, TEXT = "15305557784", "Gee, nice marmot!"


@pytest.fixture
def sandbox():
    with fr.Sandbox(messages=20, rate=0, quirks={"lag": "none"}) as running:
        yield running


def cell(sandbox, **options):
    """Write a cell that shows the form, with the account of our sandbox."""
    keys = {"access_key": sandbox.access_key, "secret_key": sandbox.secret_key, "base_url": sandbox.url}
    given = {**keys, "from_": sandbox.numbers[0], **options}
    return f"import flowroute_nb as fr\nform = fr.widgets.Send(fr.Account(**{given!r}))\nform"


def field(out, name):
    return out.get_by_label(name, exact=True)


def fill(out, to="(530) 555-7784", body=TEXT):
    field(out, "To").fill(to)
    field(out, "Text").fill(body)


def reviewed(out):
    """Press Review, and wait until it can be sent."""
    button(out, "Review").click()
    expect(button(out, "Send it")).to_be_enabled()


def test_a_text_is_filled_in_reviewed_sent_and_followed(front, sandbox):
    page = front.open(cell(sandbox), width=600, theme="dark" if front.kind == "notebook" else "light")
    out = page.output(0)
    expect(field(out, "From").get_by_role("option")).to_have_count(4)
    field(out, "From").select_option(label="+1 206 555 0101")
    fill(out, body="Hi “Zoë” <img src=x onerror='window.ran = 1'>")
    expect(out.get_by_text("Goes to +1 530 555 7784")).to_be_visible()
    expect(out.locator("mark")).to_have_text(["“", "ë", "”"])
    assert page.wide(out) == []
    assert page.faults(".fr-form") == []
    button(out, "Replace them").click()
    expect(out.locator("mark")).to_have_count(0)
    reviewed(out)
    panel = out.get_by_role("region", name="Send this?")
    expect(panel).to_be_focused()
    said = "Hi \"Zoe\" <img src=x onerror='window.ran = 1'>"
    numbers = ("+1 206 555 0101", "+1 530 555 7784")
    for words in (said, *numbers, "1 SMS of 1 segment", "nothing: a sandbox only reckons"):
        expect(panel).to_contain_text(words)
    assert page.wide(out) == []
    assert page.faults(".fr-form") == []
    assert len(sandbox.taken) == 0
    button(out, "Send it").click()
    expect(out.get_by_text("Message has been sent")).to_be_visible()
    (taken,) = sandbox.taken.itertuples()
    assert (taken.to, taken.body) == (TO, said)
    expect(out.get_by_text(taken.id)).to_be_visible()
    expect(out.locator(".fr-panel")).to_contain_text("Would cost$0.0040")
    expect(field(out, "To")).to_have_value("")
    expect(field(out, "Text")).to_have_value("")
    assert page.wide(out) == []
    assert page.faults(".fr-form") == []
    assert page.tab.evaluate("window.ran") is None
    if front.kind != "voila":
        assert page.run("form.sent.id.tolist(), form.sent.cost.tolist()") == f"(['{taken.id}'], [Decimal('0.0040')])"


def test_one_message_is_taken_however_often_it_is_clicked_in_two_views_on_a_busy_kernel_with_late_answers(
    notebook, sandbox
):
    page = notebook.open(cell(sandbox), "form")
    one, other = page.output(0), page.output(1)
    fill(one)
    reviewed(one)
    expect(button(other, "Send it")).to_be_enabled()
    with sandbox.fault("slow", times=9, on="POST /messages"):
        with page.busy():
            button(one, "Send it").click(click_count=3)
            button(other, "Send it").dblclick()
        expect(one.get_by_role("status")).to_have_text("Sending …")
        expect(one.get_by_text("Taken", exact=True)).to_be_visible()
        expect(other.get_by_text("Taken", exact=True)).to_be_visible()
        assert page.run("form.wait(); len(form.sent)") == "1"
    assert sandbox.taken.body.tolist() == [TEXT]
    assert (sandbox.log.method == "POST").sum() == 1


#: Press a button at the moment it appears, as the second half of a double click does that falls on its place.
PRESS_AS_IT_APPEARS = """name => new MutationObserver((_, observer) => {
    const button = [...document.querySelectorAll('button')].find(each => each.textContent === name);
    if (!button) return;
    observer.disconnect();
    button.click();
    window.pressed = name;
}).observe(document.body, {childList: true, subtree: true})"""


def test_a_double_click_on_review_on_an_idle_kernel_does_not_press_send(notebook, sandbox):
    page = notebook.open(cell(sandbox), width=600)
    out = page.output(0)
    fill(out)
    page.tab.evaluate(PRESS_AS_IT_APPEARS, "Send it")
    button(out, "Review").dblclick()
    expect(button(out, "Send it")).to_be_enabled()
    assert page.tab.evaluate("window.pressed") == "Send it"
    assert page.run("form.wait(); len(form.sent)") == "0"
    expect(out.get_by_role("region", name="Send this?")).to_be_visible()
    assert (sandbox.log.method == "POST").sum() == 0
    button(out, "Send it").click()  # and a click of its own sends
    expect(out.get_by_text("Taken", exact=True)).to_be_visible()
    assert len(sandbox.taken) == 1


def test_a_kernel_that_restarts_while_it_sends_sends_nothing_twice(lab, sandbox):
    page = lab.open(cell(sandbox))
    out = page.output(0)
    fill(out)
    reviewed(out)
    with sandbox.fault("slow", seconds=1, on="POST /messages"):
        button(out, "Send it").click()
        expect(out.get_by_role("status")).to_have_text("Sending …")
        page.restart()
    expect(out.get_by_role("alert")).to_contain_text("look in the records before you send again")
    expect(button(out, "Review")).to_be_disabled()
    page.run_all()
    expect(field(out, "From").get_by_role("option")).to_have_count(4)
    expect(field(out, "To")).to_have_value("")
    assert len(sandbox.taken) <= 1
    assert (sandbox.log.method == "POST").sum() <= 1


def test_a_text_is_sent_by_keyboard_alone(lab, sandbox):
    page = lab.open(cell(sandbox))
    out, keys = page.output(0), page.tab.keyboard
    expect(field(out, "From").get_by_role("option")).to_have_count(4)
    field(out, "From").focus()
    keys.press("ArrowDown")
    tab_to(page, field(out, "To"), 1)
    keys.type("530 555 7784")
    tab_to(page, field(out, "Text"), 1)
    keys.type("a b")
    keys.press("Enter")
    keys.type("x dd")
    tab_to(page, field(out, "Media links"), 1)
    tab_to(page, button(out, "Review"), 1)
    keys.press("Enter")
    expect(out.get_by_role("region", name="Send this?")).to_be_focused()
    expect(button(out, "Send it")).to_be_enabled()
    tab_to(page, button(out, "Send it"), 1)
    keys.press("Space")
    expect(out.get_by_role("region", name=re.compile("Sent|Delivered"))).to_be_focused()
    assert sandbox.taken[["from", "to", "body"]].values.tolist() == [[sandbox.numbers[1], TO, "a b\nx dd"]]


def test_mistakes_refusals_and_lost_answers_stay_in_the_form(lab, sandbox):
    page = lab.open(cell(sandbox), theme="dark")
    out = page.output(0)
    fill(out, to="555-7784", body="")
    button(out, "Review").click()
    expect(field(out, "To")).to_be_focused()
    expect(field(out, "To")).to_have_accessible_description(re.compile("has no area code"))
    expect(field(out, "Text")).to_have_accessible_description(re.compile("Write a text, or give a media link"))
    assert page.faults(".fr-form") == []

    fill(out)  # back: nothing is sent, everything is as it was
    reviewed(out)
    button(out, "Back").click()
    expect(button(out, "Send it")).to_have_count(0)
    expect(field(out, "Text")).to_have_value(TEXT)
    expect(field(out, "Text")).to_be_focused()

    with sandbox.fault("redirect", on="POST /messages"):  # lost
        reviewed(out)
        button(out, "Send it").click()
        expect(out.get_by_text("It may or may not have been sent", exact=True)).to_be_visible()
    expect(field(out, "Text")).to_have_value("")
    assert page.faults(".fr-form") == []
    assert len(sandbox.taken) == 0
    with sandbox.fault("drop_answer", on="POST /messages"):
        fill(out)
        reviewed(out)
        button(out, "Send it").click()
        expect(out.get_by_text(re.compile("closed the connection without a whole answer"))).to_be_visible()
    assert len(sandbox.taken) == 1
    expect(button(out, "Send it")).to_have_count(0)
    for _ in range(20):  # its record comes within three seconds
        button(out, "Look for it in the records").click()
        expect(out.get_by_text(re.compile("not among the records yet|Taken"))).to_be_visible()
        if out.get_by_text("Taken").is_visible():
            break
    expect(out.get_by_text(sandbox.taken.id[0])).to_be_visible()
    assert len(sandbox.taken) == 1

    sandbox.receive(from_=TO, to=sandbox.numbers[0], body="STOP")  # refused
    fill(out, body="one more")
    reviewed(out)
    button(out, "Send it").click()
    alert = out.get_by_role("alert").filter(has_text="Not sent.")
    expect(alert).to_contain_text("400")
    expect(field(out, "Text")).to_have_value("one more")
    assert page.faults(".fr-form") == []
    assert len(sandbox.taken) == 1
