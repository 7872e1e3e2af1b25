"""The form that shows what messages cost, on real pages."""

from playwright.sync_api import expect

from browser.hands import button, in_state, panel, status, tab_to, table
from browser.trial import HOSTILE

MADE = """
import flowroute_nb as fr
sandbox = fr.Sandbox(today="2026-10-31", messages=2_000, days=70, rate=0)
account = sandbox.account()
form = fr.widgets.CostExplorer(account)
form
"""


def picture(out):
    return out.locator(".fr-sight svg")


def test_picture_sum_and_table_answer_before_the_first_click_and_follow_what_is_chosen(front):
    page = front.open(MADE, width=600)
    out = page.output(0)
    expect(panel(out)).to_contain_text("1 to 31 October 2026")
    expect(panel(out)).to_contain_text("in 1 to 30 September 2026")
    expect(picture(out)).to_be_visible()
    said = picture(out).get_attribute("aria-label")
    assert "October 2026" in said
    expect(table(out).get_by_role("columnheader", name="direction")).to_be_visible()
    out.get_by_label("By", exact=True).select_option(label="Our number")
    expect(table(out).get_by_role("columnheader", name="number")).to_be_visible()
    expect(panel(out)).to_contain_text("+1 206 555 0100")
    out.get_by_label("By", exact=True).select_option(label="Weekday")
    expect(picture(out)).not_to_have_attribute("aria-label", said)
    expect(out.get_by_label("Over")).to_be_disabled()
    out.get_by_label("Days", exact=True).select_option(label="Last month")
    expect(panel(out)).to_contain_text("1 to 30 September 2026")
    assert page.wide(out, apart="input, select, textarea, .fr-grid") == []


def test_tags_are_a_stranger_s_text_too_and_everything_is_done_by_keyboard(lab):
    page = lab.open(MADE)
    out, keys = page.output(0), page.tab.keyboard
    expect(picture(out)).to_be_visible()
    out.get_by_label("By", exact=True).focus()
    keys.type("Tags")
    expect(out.get_by_label("Tags")).to_be_visible()
    tab_to(page, out.get_by_label("Tags"), most=12)
    keys.insert_text(f"{HOSTILE}: text order")
    expect(table(out)).to_contain_text(HOSTILE)
    expect(picture(out)).to_contain_text("<img")
    assert out.locator("img, script").count() == 0
    assert page.tab.evaluate("window.ran") is None
    keys.press("Enter")
    keys.type("b")
    expect(out.get_by_text("'b' is no rule.")).to_be_visible()
    expect(table(out)).to_contain_text(HOSTILE)


def test_days_that_are_not_there_are_read_when_one_says_so_and_the_lines_shown_do_the_same(lab):
    page = lab.open(MADE)
    out = page.output(0)
    expect(picture(out)).to_be_visible()
    before = page.run("len(sandbox.log)")
    out.get_by_label("From").fill("2026-08-25")
    out.get_by_label("To, included").fill("2026-08-31")
    expect(status(out)).to_have_text("Press Read to read 25 to 31 August 2026.")
    assert page.run("len(sandbox.log)") == before
    button(out, "Read").click()
    expect(panel(out)).to_contain_text("25 to 31 August 2026")
    button(out, "Show the Python").click()
    code = out.locator(".fr-python code").inner_text()
    assert page.run(f"{code}\nNone\ndf.equals(form.frame), summary.equals(form.summary)").endswith("(True, True)")


def test_two_views_are_alike_and_nothing_of_it_is_in_the_state_of_the_widgets(notebook):
    page = notebook.open(MADE, "form")
    one, other = page.output(0), page.output(1)
    expect(picture(other)).to_be_visible()
    expect(table(one).get_by_role("columnheader", name="direction")).to_be_visible()
    one.get_by_label("By", exact=True).select_option(label="Their number")
    expect(table(one).get_by_role("columnheader", name="contact")).to_be_visible()
    contact = page.run("print(form.summary.contact[0])")
    for view in (one, other):
        expect(table(view)).to_contain_text(contact)
        expect(picture(view)).to_contain_text(contact)
    page.tab.evaluate("() => window.jupyterapp.commands.execute('notebook:clear-all-cell-outputs')")
    assert not in_state(page.save(), contact)
    page.run("import ipywidgets; planted = ipywidgets.HTML(form.summary.contact[0]); planted.value[:0]")
    assert in_state(page.save(), contact)
