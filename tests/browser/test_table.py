"""The table of all forms: long, exact and complete, by mouse and by keyboard, and private."""

import json
import re

from playwright.sync_api import expect

MADE = """
import flowroute_nb as fr, pandas as pd
from browser.frames import records
"""
LONG = f"{MADE}table = fr.widgets.Table(records(100_000), label='Messages')\ntable"
SHORT = LONG.replace("100_000", "1_204")


def shown(page, cell=0):
    """Give a table on the page, once its rows are there."""
    found = page.output(cell).locator(".fr-table")
    expect(found.locator(".fr-body [role=row]").first).to_be_visible()
    return found


def says(table, words):
    expect(table.locator(".fr-count")).to_have_text(words)


def begins(table, *texts):
    """Check what the first rows are, once the first is what it should be."""
    rows = table.locator(".fr-body [role=row]")
    expect(rows.first).to_contain_text(texts[0])
    assert [each.split(":")[0] + ":" for each in column(table, "body", len(texts))] == list(texts)


def column(table, title, count):
    """Give the first values of a column, as they are shown."""
    titles = [each.split()[0] for each in table.get_by_role("columnheader").all_inner_texts()]
    rows = table.locator(".fr-body [role=row]").all()[:count]
    return [row.locator("> div").nth(titles.index(title)).inner_text() for row in rows]


def grid(table):
    return table.get_by_role("grid", name="Messages")


def chosen(page):
    """Give the body of the row that is chosen in the kernel, to its colon."""
    return page.run("'' if table.chosen is None else table.chosen.body.split(':')[0]").strip("'")


def test_a_hundred_thousand_rows_are_there_from_first_to_last_sorted_and_found(front):
    page = front.open(LONG)
    table = shown(page)
    says(table, "1–15 of 100,000")
    assert column(table, "cost", 4) == ["$0.00400", "$0.00395", "$0.00800", "–"]
    assert column(table, "timestamp", 2) == ["2026-10-01 00:00:00", "2026-10-01 00:00:26"]
    grid(table).press("End")
    expect(grid(table).get_by_text("text 99999:")).to_be_visible()
    says(table, "99,986–100,000 of 100,000")
    assert abs(table.locator(".fr-heads").bounding_box()["y"] - grid(table).bounding_box()["y"]) < 2  # it stays above

    by_cost = table.get_by_role("button", name="cost")
    by_cost.click()  # the cheapest first, and those that are equal in the order in which they stood
    begins(table, "text 6:", "text 13:", "text 20:")
    by_cost.click()
    begins(table, "text 5:", "text 12:", "text 19:")
    assert column(table, "cost", 1) == ["$1.00000"]
    grid(table).press("End")  # what is missing comes last, both ways
    expect(grid(table).get_by_text("text 99998:")).to_be_visible()

    find = table.get_by_role("searchbox", name="Find in these rows")
    find.fill("TEXT 4242")
    says(table, "11 found in 100,000")  # 4242 and 42420 to 42429
    begins(table, "text 42425:", "text 42424:")  # still the dearest first: 42425 % 7 is 5, a dollar
    find.fill("$0.00395")
    says(table, "1–15 of 14,286 found in 100,000")  # 1, 8, … 99996
    find.fill("nobody said this")
    expect(table.get_by_text("Nothing found for “nobody said this”")).to_be_visible()
    says(table, "0 found in 100,000")
    by_cost.click()
    find.fill("")
    says(table, "1–15 of 100,000")
    begins(table, "text 0:", "text 1:")
    assert not [error for error in page.errors if "fr-" in error or "anywidget" in error]


SMALL = """import flowroute_nb as fr, pandas as pd
fr.widgets.Table(pd.DataFrame({"number": [2, 3, 1], "text": ["a", "b", "c"]}))"""


def test_the_third_click_on_a_header_restores_the_order_of_the_frame(lab):
    table = shown(lab.open(SMALL))
    number, text = (table.get_by_role("columnheader", name=re.compile(f"^{name}")) for name in ("number", "text"))
    for _ in range(2):  # and so again
        for order, said in (("123", "ascending"), ("321", "descending"), ("231", "none")):
            number.get_by_role("button").click()
            expect(number).to_have_attribute("aria-sort", said)
            expect(table.get_by_role("rowheader")).to_have_text(list(order))
    number.get_by_role("button").dblclick()
    text.get_by_role("button").click()  # another column is ascending first
    expect(text).to_have_attribute("aria-sort", "ascending")
    expect(number).to_have_attribute("aria-sort", "none")
    expect(table.get_by_role("rowheader")).to_have_text(list("231"))


SAID = ["inbound", "12065550102", "14255550129", "$0.00395", "3", "unknown"]  # what row 29 says after its time


def copied(table):
    """Give what Ctrl+C would put on the clipboard."""
    return grid(table).evaluate("""e => {
        const event = new ClipboardEvent('copy', {clipboardData: new DataTransfer(), bubbles: true, cancelable: true});
        e.dispatchEvent(event);
        return event.clipboardData.getData('text/plain');
    }""")


def test_a_text_without_room_is_read_whole_below_by_keyboard(lab):
    long = "'é' * 5 + ' <b>marmot</b>' * 30"
    page = lab.open(f"{MADE}fr.widgets.Table(records(1_204).assign(body={long}), label='Messages')", width=600)
    table = shown(page)
    whole = table.locator(".fr-full")
    expect(whole).to_be_hidden()
    grid(table).press("ArrowDown")
    expect(whole.locator("> div")).to_have_text(["body ééééé" + " <b>marmot</b>" * 30, f"id mdr2-{0:032x}"])
    assert page.wide(page.output(0), apart=".fr-grid") == []
    page.shot("table-full", page.output(0))
    table.get_by_role("searchbox").fill("nowhere")
    expect(whole).to_be_empty()


def test_everything_is_done_by_keyboard_alone(lab):
    page = lab.open(SHORT, width=600)
    table = shown(page)
    keys = page.tab.keyboard
    table.get_by_role("searchbox").focus()
    keys.press("Tab")
    expect(grid(table)).to_be_focused()
    for key, range_ in [
        ("ArrowDown", "1–15"),
        ("End", "1,190–1,204"),
        ("ArrowUp", "1,190–1,204"),
        ("PageUp", "1,189–1,203"),
        ("Control+Home", "1–15"),
        ("Control+End", "1,190–1,204"),
        ("Home", "1–15"),
        ("PageDown", "1–15"),
        ("PageDown", "15–29"),
        ("ArrowDown", "16–30"),
    ]:
        keys.press(key)
        says(table, f"{range_} of 1,204")
    expect(table.get_by_role("row", selected=True)).to_contain_text("text 29:")
    assert copied(table).split("\t")[:7] == ["2026-10-01 00:12:34", *SAID]
    keys.press("x")  # would cut the cell, if JupyterLab took it
    keys.press("Tab")
    keys.press("Tab")
    expect(table.get_by_role("button", name="direction")).to_be_focused()
    keys.press("Enter")
    expect(table.get_by_role("columnheader", name="direction")).to_have_attribute("aria-sort", "ascending")
    begins(table, "text 1:", "text 3:")
    keys.press("Space")
    begins(table, "text 0:", "text 2:")
    table.get_by_role("searchbox").focus()
    keys.type("text 77:")
    says(table, "1 found in 1,204")
    keys.press("Enter")
    expect(grid(table)).to_be_focused()
    keys.press("Enter")
    expect(table.get_by_role("row", selected=True)).to_contain_text("text 77:")
    assert chosen(page) == "text 77"
    assert len(page.said) == 2  # no cell was cut, and one was made just now


def test_a_stranger_s_text_is_text_only_wherever_it_stands(voila):
    page = voila.open(
        MADE,
        """
evil = "<img src=x onerror='window.ran = true'><script>window.ran = true</script>"
df = records(3)
df.loc[0, "body"], df.loc[1, "delivery"], df.loc[2, "id"] = evil, evil, evil
fr.widgets.Table(df, label=evil, rows=2)
""",
        "fr.widgets.Table(pd.DataFrame({evil: [evil] * 2}, index=pd.Index([evil] * 2, name=evil)), rows=1)",
    )
    for cell in (1, 2):
        table = shown(page, cell)
        expect(table.get_by_text("<img src=x").first).to_be_visible()
        table.get_by_role("searchbox").fill("<img src=y onerror=window.ran=true>")
        expect(table.get_by_text("Nothing found for “<img src=y")).to_be_visible()
        assert table.locator("img, script").count() == 0
    assert page.tab.evaluate("window.ran") is None


def kept(text):
    """Give what of the rows, or of what is planted beside them, can be found in a text."""
    return re.findall(r"text \d+:|1425555\d{4}|1206555010\d|mdr2-\w+|0\.00395|2026-10-01|planted", text)


def test_the_saved_notebook_has_none_of_the_rows_even_with_the_state_of_all_widgets(lab):
    page = lab.open(SHORT)
    table = shown(page)
    table.get_by_role("button", name="body").click()
    table.get_by_role("searchbox").fill("text 77")
    begins(table, "text 770:")
    grid(table).get_by_text("text 771:").click()
    assert chosen(page) == "text 771"
    page.run("import ipywidgets")
    saved = page.save()
    (state,) = json.loads(saved)["metadata"]["widgets"].values()
    assert [each for each in state["state"].values() if "_esm" in each["state"]]  # the table's own state is there
    assert kept(re.sub(r"text 771$", "", saved, flags=re.MULTILINE).replace("'text 771'", "")) == []
    page.run("ipywidgets.HTML('plan' + 'ted ' + table.chosen.id)")
    assert {each[:5] for each in kept(page.save())} == {"plant", "mdr2-"}


def test_a_frame_that_grows_stays_where_one_looks_and_keeps_what_is_chosen(notebook):
    page = notebook.open(f"{MADE}df = records(5_000)\ntable = fr.widgets.Table(df.head(300), label='Messages')\ntable")
    table = shown(page)
    grid(table).get_by_text("text 3:").click()
    grid(table).evaluate("e => e.scrollTop = 200 * 26")
    says(table, "201–215 of 300")
    page.run("table.frame = df[::-1].reset_index(drop=True)")  # as when newer ones come before
    says(table, "201–215 of 5,000")
    expect(grid(table).get_by_text("text 4799:")).to_be_visible()
    assert chosen(page) == "text 3"
    grid(table).press("End")
    expect(table.get_by_role("row", selected=True)).to_contain_text("text 0:")
    grid(table).press("Enter")
    assert chosen(page) == "text 0"
    page.run("for count in range(300, 5_001, 100): table.frame = df.head(count)")
    says(table, "4,986–5,000 of 5,000")
    expect(grid(table).get_by_text("text 4999:")).to_be_visible()
    page.run("table.frame = df.head(20)")
    says(table, "6–20 of 20")
    page.run("table.frame = pd.DataFrame({'other': [1.5, 2.25, None]})")
    expect(table.get_by_role("columnheader")).to_have_text(["other"])
    says(table, "3 rows")
    assert table.locator(".fr-cell").all_inner_texts() == ["1.50", "2.25", "–"]
    assert page.run("table.chosen is None") == "True"


def test_two_views_of_a_table_and_a_second_table_are_alive_and_apart(notebook):
    other = "fr.widgets.Table(records(50), label='Messages')"
    page = notebook.open(SHORT, "table", other)
    one, same, apart = (shown(page, cell) for cell in range(3))
    same.get_by_role("button", name="cost").click()
    begins(same, "text 6:", "text 13:")
    one.get_by_role("searchbox").fill("text 13:")
    begins(one, "text 13:")
    begins(apart, "text 0:", "text 1:")
    one.get_by_text("text 13:").click()  # what is chosen is the table's, in all its views
    for view in (one, same):
        expect(view.get_by_role("row", selected=True)).to_contain_text("text 13:")
    expect(apart.get_by_role("row", selected=True)).to_have_count(0)
    says(apart, "1–15 of 50")


def test_nothing_is_wider_than_the_page_and_axe_finds_no_serious_fault_in_light_or_dark(notebook):
    page = notebook.open(SHORT, f"{MADE}fr.widgets.Table(records(0))")
    for theme in ("light", "dark"):
        page.wear(theme)
        table = shown(page)
        table.get_by_role("button", name="delivery").click()
        begins(table, "text 0:")
        grid(table).get_by_text("text 5:").click()
        grid(table).get_by_text("text 10:").hover()
        table.get_by_role("searchbox").fill("text")
        says(table, "1–15 of 1,204 found in 1,204")
        expect(shown(page, 1).get_by_text("No rows")).to_be_visible()
        assert page.faults(".fr-table") == []
        for width in (1600, 600):
            page.widen(width)
            page.shot(f"table-{theme}-{width}")
            for cell in (0, 1):
                assert page.wide(page.output(cell), apart=".fr-grid") == []
                box, right = shown(page, cell).bounding_box(), "e => e.getBoundingClientRect().right"
                assert shown(page, cell).locator(".fr-grid").evaluate(right) <= box["x"] + box["width"]
        page.widen(1600)
        table.get_by_role("searchbox").fill("")
        table.get_by_role("button", name="timestamp").click()
        begins(table, "text 0:")


def test_in_a_tab_that_was_hidden_it_stands_where_it_stood(lab):
    tabs = "import ipywidgets\nipywidgets.Tab([ipywidgets.HTML('first'), table.widget], titles=['One', 'Two'])"
    page = lab.open(SHORT.removesuffix("table"), tabs)
    show = page.output(1).get_by_role("tab", name="Two").click
    show()
    table = shown(page, 1)
    says(table, "1–15 of 1,204")
    grid(table).evaluate("e => e.scrollTop = 500 * 26")
    says(table, "501–515 of 1,204")
    page.output(1).get_by_role("tab", name="One").click()
    expect(table).to_be_hidden()
    show()
    expect(grid(table).get_by_text("text 507:")).to_be_in_viewport()
    says(table, "501–515 of 1,204")


def test_when_the_kernel_was_restarted_it_says_what_to_do(notebook):
    page = notebook.open(SHORT)
    table = shown(page)
    page.restart()
    grid(table).press("End")
    expect(table.get_by_text("Run the cell again to see them.")).to_be_visible()
    assert "Cannot send" not in page.errors


def test_millions_of_rows_can_be_scrolled_through_to_the_last(notebook):
    page = notebook.open(
        f"{MADE}table = fr.widgets.Table(pd.DataFrame({{'n': range(3_000_000)}}), label='Messages')\ntable"
    )
    table = shown(page)
    grid(table).press("End")
    expect(table.get_by_role("row", selected=True)).to_have_text("2999999")
    says(table, "2,999,986–3,000,000 of 3,000,000")
    grid(table).press("PageUp")
    expect(table.get_by_role("row", selected=True)).to_have_text("2999985")
    expect(table.get_by_role("row", selected=True)).to_be_visible()
    grid(table).evaluate("e => e.scrollTop = (e.scrollHeight - e.clientHeight) / 2")
    expect(table.locator(".fr-count")).to_contain_text("1,499,9")
    grid(table).press("Home")
    expect(table.get_by_role("row", selected=True)).to_have_text("0")
