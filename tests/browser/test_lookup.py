"""The form that looks records up, on real pages."""

from playwright.sync_api import expect

from browser.hands import button, in_state, panel, status, tab_to, table
from browser.trial import HOSTILE

MADE = f"""
import flowroute_nb as fr
sandbox = fr.Sandbox(today="2026-10-31", messages=300, rate=0)
account = sandbox.account()
sandbox.receive(from_="15305557784", to=sandbox.numbers[0], body={HOSTILE!r})
df = account.messages("2026-10", progress=False)
form = fr.widgets.Lookup(account)
form
"""
IDS = "print(df.tail(3).to_csv(columns=['timestamp', 'id', 'body'], index=False))"


def test_ids_pasted_in_columns_are_found_and_those_that_are_not_are_listed_with_the_reason(front):
    page = front.open(MADE, IDS, width=600)
    out = page.output(0)
    button(out, "Look up").click()
    expect(out.get_by_label("Ids")).to_be_focused()
    expect(out.get_by_text("There are no ids yet.")).to_be_visible()
    out.get_by_label("Ids").fill(f"{page.output(1).inner_text().strip()}\n2026-10-31,mdr2-<b>nothing,x")
    expect(out.get_by_text("4 ids found in it")).to_be_visible()
    button(out, "Look up").click()
    expect(status(out)).to_have_text("3 of 4 records found.")
    expect(panel(out)).to_contain_text("mdr2-<b>nothing")
    expect(panel(out)).to_contain_text("Found nothing (404")
    expect(table(out).locator(".fr-body [role=row]")).to_have_count(3)
    expect(table(out).get_by_text(HOSTILE)).to_be_visible()
    assert out.locator("img, script, b").count() == 0
    assert page.tab.evaluate("window.ran") is None
    assert page.wide(out, apart="input, .fr-grid, textarea") == []


def test_many_come_as_they_are_found_by_keyboard_and_can_be_cancelled_and_are_not_saved(lab):
    page = lab.open(MADE)
    out, keys = page.output(0), page.tab.keyboard
    page.run("fault = sandbox.fault('slow', on='GET /messages', times=1000, seconds=0.3)")
    page.run("form.fill(ids='\\n'.join(df.id))")
    out.get_by_label("Ids").focus()
    tab_to(page, button(out, "Look up"))
    keys.press("Enter")
    expect(table(out).locator(".fr-body [role=row]").nth(4)).to_be_visible()
    expect(status(out)).to_contain_text("of 301 records")
    button(out, "Cancel").focus()
    keys.press("Space")
    expect(panel(out)).to_contain_text("It was cancelled: ", timeout=3_000)
    expect(button(out, "Look up")).to_be_enabled()
    body = page.run("print(max(form.frame.body.dropna(), key=len))")
    page.tab.evaluate("() => window.jupyterapp.commands.execute('notebook:clear-all-cell-outputs')")
    saved = page.save()
    assert body not in saved
    page.run("import ipywidgets; planted = ipywidgets.HTML(max(form.frame.body.dropna(), key=len)); planted.value[:0]")
    assert in_state(page.save(), body)
