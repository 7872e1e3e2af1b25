"""The form that reads a range of days, on real pages."""

from playwright.sync_api import expect

from browser.hands import button, in_state, panel, status, tab_to, table
from browser.trial import HOSTILE

MADE = f"""
import flowroute_nb as fr
sandbox = fr.Sandbox(today="2026-10-31", messages=2_000, rate=0)
account = sandbox.account()
sandbox.receive(from_="15305557784", to=sandbox.numbers[0], body={HOSTILE!r})
form = fr.widgets.Messages(account)
form
"""
CHARGED = "print('charged', sandbox.charged('2026-10'))"


def test_a_month_is_read_added_up_filtered_and_shown_and_strangers_texts_are_text(front):
    page = front.open(MADE, CHARGED, width=600)
    out = page.output(0)
    button(out, "Read").click()
    expect(status(out)).to_have_text("2,001 messages read.")
    cost = page.output(1).inner_text().split()[1]
    expect(panel(out).get_by_role("heading")).to_have_text(f"2,001 messages · ${cost}")
    expect(table(out).locator(".fr-count")).to_contain_text("of 2,001")
    out.get_by_label("Text contains").fill("ONERROR")
    expect(panel(out)).to_contain_text("1 of 2,001 messages")
    expect(table(out).locator(".fr-body [role=row]")).to_have_count(1)
    expect(table(out).get_by_text(HOSTILE)).to_be_visible()
    assert out.locator("img, script").count() == 0
    assert page.tab.evaluate("window.ran") is None
    assert page.wide(out, apart="input, select, .fr-grid") == []
    assert page.wide(page.output(0).locator(".fr-form"), apart="input, select") == []
    out.get_by_label("Text contains").fill("")
    out.get_by_label("Direction").select_option(label="Sent")
    expect(table(out).locator(".fr-body")).not_to_contain_text("inbound")


def test_everything_is_done_by_keyboard_and_no_file_is_replaced_unasked(lab):
    page = lab.open(MADE)
    out, keys = page.output(0), page.tab.keyboard
    (page.path.parent / "mine.csv").write_text("precious")
    out.get_by_label("Days").focus()
    for _ in range(2):
        keys.press("ArrowDown")
    expect(out.get_by_label("From")).to_have_value("2026-10-02")  # the last 30 days
    tab_to(page, out.get_by_label("Direction"), most=12)
    keys.press("ArrowDown")
    tab_to(page, out.get_by_label("Text contains"))
    keys.type("the")
    keys.press("Enter")  # in a field: the main button
    expect(status(out)).to_contain_text("messages read.")
    tab_to(page, button(out, "Save …"))
    keys.press("Enter")
    expect(out.get_by_label("Save as")).to_be_focused()
    keys.type("mine.csv")
    keys.press("Enter")
    expect(out.get_by_label("Save as")).to_have_accessible_description(
        "Ends in .csv, .parquet, .json or .xlsx; what is shown is saved "
        "mine.csv is there already. Replace it, or give another name."
    )
    keys.press("Backspace")
    keys.press("Backspace")
    keys.press("Backspace")
    keys.type("parquet")
    expect(button(out, "Save")).to_be_visible()
    keys.press("Enter")
    expect(status(out)).to_contain_text(str(page.path.parent / "mine.parquet"))
    assert (page.path.parent / "mine.csv").read_text() == "precious"
    assert (
        page.run("fr.read('mine.parquet').equals(form.frame.reset_index(drop=True)), len(form.frame) > 100")
        == "(True, True)"
    )
    button(out, "Show the Python").click()
    code = out.locator(".fr-python code").inner_text()
    assert page.run(f"{code.replace('mine.parquet', 'again.parquet')}\ndf.equals(form.frame)").endswith("True")


def test_rows_come_as_they_are_read_and_a_cancel_ends_it_and_nothing_of_it_is_saved(notebook):
    page = notebook.open(MADE)
    out = page.output(0)
    page.run("fault = sandbox.fault('slow', on='GET /messages', times=1000, seconds=0.6)")
    button(out, "Read").click()
    expect(status(out)).to_contain_text("Reading: ")
    expect(table(out).locator(".fr-body [role=row]").first).to_be_visible()
    expect(button(out, "Read")).to_be_disabled()
    out.get_by_label("Direction").select_option(label="Received")  # the form is alive
    button(out, "Cancel").click()
    expect(status(out)).to_have_text("Cancelled. What was read before is shown.", timeout=3_000)
    expect(panel(out)).to_contain_text("Not whole, because it was cancelled. Not read: ")
    shown = panel(out).get_by_role("heading").inner_text().split()[0]
    expect(table(out).locator(".fr-count")).to_contain_text(f"of {shown}")
    expect(button(out, "Read")).to_be_enabled()

    before = page.run("len(sandbox.log)")  # a mistake is said at its field, before any request
    out.get_by_label("From").fill("2026-10-30")
    out.get_by_label("To, included").fill("2026-10-29")
    button(out, "Read").click()
    expect(out.get_by_label("To, included")).to_be_focused()
    expect(out.get_by_label("To, included")).to_have_attribute("aria-invalid", "true")
    expect(out.get_by_text("This is before 30 October 2026.")).to_be_visible()
    assert page.run("len(sandbox.log)") == before

    body = page.run("print(max(form.read.body.dropna(), key=len))")
    page.tab.evaluate("() => window.jupyterapp.commands.execute('notebook:clear-all-cell-outputs')")
    assert body not in page.save()
    page.run("import ipywidgets; planted = ipywidgets.HTML(max(form.read.body.dropna(), key=len)); planted.value[:0]")
    assert in_state(page.save(), body)


def test_a_service_s_refusal_is_said_in_the_form(notebook):
    page = notebook.open(MADE.replace("sandbox.account()", "sandbox.account(secret_key='not-this-one')"))
    out = page.output(0)
    button(out, "Read").click()
    expect(out.get_by_role("alert")).to_contain_text("was refused (401")
    assert "not-this-one" not in out.inner_text()
    expect(button(out, "Read")).to_be_enabled()
