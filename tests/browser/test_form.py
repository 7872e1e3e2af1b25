"""The frame of the forms on real pages, by a form that has everything."""

import re

from playwright.sync_api import expect

from browser.hands import button, tab_to
from browser.trial import HOSTILE

SHOWN = "from browser.trial import Trial\nform = Trial()\nform"


def test_what_is_typed_and_pressed_reaches_the_form_and_what_it_says_comes_back_as_words(lab):
    page = lab.open(SHOWN, width=600)
    out = page.output(0)
    out.get_by_label("Name").fill("A" * 200)
    out.get_by_label("Kind").select_option(label="Inbound")
    out.get_by_label("Day").fill("2026-10-31")
    out.get_by_label("There").check()
    out.get_by_label("Words").fill(f"café {HOSTILE}")
    out.get_by_label("I am sure").check()
    out.get_by_label("Key", exact=True).fill("secret")
    expect(out.locator("mark")).to_have_text("é")
    button(out, "Go").click()
    expect(out.get_by_role("region", name="Ready to go")).to_be_focused()
    expect(out.get_by_label("Key", exact=True)).to_have_value("")
    expect(out.locator(".fr-bubble")).to_have_text(f"café {HOSTILE}")
    assert out.locator("img, script").count() == 0
    assert page.tab.evaluate("window.ran") is None
    assert page.wide(out, apart="input") == []
    button(out, "Again").click()
    expect(out.get_by_role("status")).to_have_text("Gone 1 times.")
    expect(out.get_by_label("Name")).to_be_focused()
    button(out, "Show the Python").click()
    expect(out.get_by_label("The Python that does the same")).to_contain_text('day="2026-10-31"')
    assert out.get_by_text("needs a notebook with its kernel").is_hidden()
    said = page.run("form.values, form.taken")
    wanted = {"name": "A" * 200, "kind": "inbound", "day": "2026-10-31", "where": "there"}
    wanted |= {"words": f"café {HOSTILE}", "sure": True}
    assert re.sub(r"\s+", " ", said) == str((wanted, "secret"))


def test_it_is_clear_to_read_in_light_and_dark(notebook):
    page = notebook.open(SHOWN)
    for theme in ("light", "dark"):
        page.wear(theme)
        out = page.output(0)
        out.get_by_label("Name").fill("")
        button(out, "Go").click()
        expect(out.get_by_label("Name")).to_be_focused()
        button(out, "Break").click()
        expect(out.get_by_role("alert")).to_be_visible()
        out.get_by_label("Name").fill("Ann")
        button(out, "Go").click()
        expect(button(out, "Again")).to_be_enabled()
        assert page.faults(".fr-form") == [], theme
        button(out, "Back").click()
        expect(button(out, "Again")).to_have_count(0)


def test_everything_can_be_done_by_keyboard_in_the_order_in_which_it_stands(lab):
    page = lab.open(SHOWN)
    out, keys = page.output(0), page.tab.keyboard
    out.get_by_label("Name").focus()
    keys.type("Ann")
    tab_to(page, out.get_by_label("Kind"))
    keys.press("ArrowDown")
    tab_to(page, out.get_by_label("Day"))
    tab_to(page, out.get_by_role("radio", name="Here costs"))
    keys.press("ArrowDown")
    tab_to(page, out.get_by_label("Words"))
    keys.type("b a")  # JupyterLab has uses of its own for these letters, and for Enter
    keys.press("Enter")
    keys.type("dd")
    expect(out.get_by_label("Words")).to_have_value("b a\ndd")
    expect(button(out, "Make it loud")).to_be_visible()
    tab_to(page, button(out, "Make it loud"))
    keys.press("Enter")
    expect(out.get_by_label("Words")).to_have_value("B A\nDD")
    tab_to(page, out.get_by_label("I am sure"))
    keys.press("Space")
    tab_to(page, out.get_by_label("Key", exact=True))
    tab_to(page, button(out, "Go"))
    keys.press("Enter")
    expect(out.get_by_role("region", name="Ready to go")).to_be_focused()
    expect(button(out, "Again")).to_be_enabled()
    tab_to(page, button(out, "Again"))
    keys.press("Space")
    expect(out.get_by_role("status")).to_have_text("Gone 1 times.")
    expect(out.get_by_label("Name")).to_be_focused()
    keys.press("Enter")  # in a field: the main button
    expect(out.get_by_role("region", name="Ready to go")).to_be_focused()
    keys.press("Control+s")
    expect(page.tab.get_by_text("Saving completed")).to_be_visible()
    with page.busy():  # a form is alive while a cell runs
        keys.press("Tab")
        expect(button(out, "Again")).to_be_enabled()
        button(out, "Again").click()
        expect(out.get_by_role("status")).to_have_text("Gone 2 times.")
    assert page.run("form.values['kind'], form.values['where'], form.values['sure']") == "('inbound', 'there', True)"
    assert len(page.said) == 3  # no key has run, added or removed a cell


def test_two_views_show_the_same_a_mistake_is_said_at_its_field_and_clicks_on_a_busy_kernel_count_once(notebook):
    page = notebook.open(SHOWN, "form")
    one, other = page.output(0), page.output(1)
    name, status = one.get_by_label("Name"), one.get_by_role("status")

    button(one, "Go").click()
    expect(name).to_be_focused()
    expect(name).to_have_attribute("aria-invalid", "true")
    expect(name).to_have_accessible_description(re.compile("Any name .* A name is missing. Give one."))
    name.press_sequentially("Ann")
    expect(name).to_have_accessible_description(re.compile("Any name .*script>$"))
    expect(other.get_by_label("Name")).to_have_value("Ann")

    button(one, "Go").click()  # clicks on a busy kernel count once
    expect(button(other, "Again")).to_be_enabled()
    with page.busy():
        button(one, "Again").click(click_count=3)
        button(other, "Again").click()
        expect(status).to_have_text("Waiting for the kernel. This is done as soon as it is free.")
    expect(status).to_have_text("Gone 1 times.")
    expect(other.get_by_role("status")).to_have_text("Gone 1 times.")

    with page.busy():  # and bring what the page showed
        one.get_by_label("Words").fill("the very last word")
        button(one, "Go").dblclick()
    expect(other.locator(".fr-bubble")).to_have_text("the very last word")
    page.idle()
    assert page.run("form.count") == "1"


def test_long_work_goes_on_beside_it_and_can_be_cancelled_and_a_restart_leaves_a_form_that_says_so(lab):
    page = lab.open(SHOWN)
    out = page.output(0)
    button(out, "Take long").click()
    expect(out.get_by_role("progressbar")).to_be_visible()
    expect(out.get_by_role("status")).to_contain_text("of 200")
    out.get_by_label("Words").fill("meanwhile")
    expect(out.get_by_text("9 letters")).to_be_visible()
    expect(button(out, "Go")).to_be_disabled()
    button(out, "Cancel").click()
    expect(out.get_by_role("status")).to_have_text("It has stopped.")
    button(out, "Take long").click()
    expect(out.get_by_role("status")).to_contain_text("of 200")
    page.restart()
    expect(out.get_by_role("alert")).to_contain_text("The kernel behind this form has gone. Run its cell again.")
    expect(button(out, "Go")).to_be_disabled()
    page.run_all()
    expect(button(out, "Go")).to_be_enabled()
    expect(out.get_by_role("alert")).to_have_count(0)
    assert page.run("import threading; [t.name for t in threading.enumerate() if t.name == 'flowroute form']") == "[]"


def test_a_page_that_is_loaded_anew_shows_the_form_as_it_is_and_without_its_kernel_says_so(lab):
    page = lab.open(SHOWN)
    out = page.output(0)
    out.get_by_label("Name").fill("Ann")
    button(out, "Go").click()
    expect(button(out, "Again")).to_be_enabled()
    said = page.save()
    assert "Ann" not in said
    page.tab.reload()
    expect(out.get_by_label("Name")).to_have_value("Ann")
    button(out, "Again").click()
    expect(out.get_by_role("status")).to_have_text("Gone 1 times.")
    page.save()
    lab.end_kernels()
    page.tab.reload()
    expect(out.get_by_role("alert")).to_contain_text("This form has not heard from its kernel.")
