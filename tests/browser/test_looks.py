"""Every form as people see it, in either theme and narrow or wide: photographed, and nothing about it amiss."""

from playwright.sync_api import expect

FORMS = {
    "connect": """
import flowroute_nb as fr
form = fr.widgets.Connect()
form.press("test")
form.wait()
account = form.account
form""",
    "send": """
form = fr.widgets.Send(account)
form.fill(to="15305557784", body="Merci Zoë, see you tomorrow, and bring the marmot 🐾")
form.press("review")
form""",
    "mistaken": """
form = fr.widgets.Send(account)
form.fill(to="555-7784", body="Merci “Zoë” – until tomorrow")
form.press("review")
form""",
    "lookup": """
df = account.messages(days=10, progress=False)
form = fr.widgets.Lookup(account)
form.fill(ids="\\n".join([*df.id.tail(3), "mdr2-none"]))
form.press("find")
form.wait()
form""",
    "messages": """
form = fr.widgets.Messages(account)
form.fill(range="month")
form.press("read")
form.wait()
form""",
    "costs": """
form = fr.widgets.CostExplorer(account)
form.wait()
form""",
    "app": "fr.widgets.app(account)",
}
TABLES = ("lookup", "messages")
SCROLL = "input, select, textarea, .fr-grid"  # what may hold more than it shows


def test_every_form_is_neat_in_light_and_dark_narrow_and_wide(front):
    page = front.open(*FORMS.values())
    for theme in ("light", "dark"):
        page.wear(theme)
        for width in (600, 1600):
            page.widen(width)
            for cell, name in enumerate(FORMS):
                out = page.output(cell)
                expect(out.get_by_role("heading").first).to_be_visible()
                if name in TABLES:
                    expect(out.locator(".fr-body [role=row]").first).to_be_visible()
                page.shot(f"{name}-{front.kind}-{theme}-{width}", out)
                assert page.wide(out, apart=SCROLL) == [], (name, theme, width)
        assert page.faults(".fr-form, .fr-table, .fr-app") == [], theme
