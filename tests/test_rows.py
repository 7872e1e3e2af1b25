"""A frame as a table shows it, and the table's side of the talk with its views; what they look like is in browser/."""

import datetime as dt
import gc
import threading
import weakref
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

import flowroute_nb as fr
from flowroute_nb.widgets.rows import Order, Rows


def told(values, **options):
    """Say how a column reads."""
    return [row[0] for row in Rows(pd.DataFrame({"x": values}, **options)).block(Order(), 0, 100)[1]]


def order(frame, **wanted):
    """Give the places in which the rows stand."""
    return Rows(frame).places(Order(**wanted)).tolist()


# ------------------------------------------------------------------ how values read


@pytest.mark.parametrize(
    ("values", "read"),
    [
        (["0.0040", "0.00395", None, "-1.5"], ["0.00400", "0.00395", None, "-1.50000"]),
        (["1E+2", "0E-9"], ["100.000000000", "0.000000000"]),
        (["12345678901234567890123456789012345678.000000001", "0"],
         ["12,345,678,901,234,567,890,123,456,789,012,345,678.000000001", "0.000000000"]),
        ([None, None], [None, None]),
    ],
)  # fmt: skip
def test_decimals_are_exact_with_one_number_of_decimals_a_column(values, read):
    assert told([each and Decimal(each) for each in values], dtype=object) == read


@pytest.mark.parametrize("name", ["cost", "base_rate", "charged_cost", "total_cost", "Cost"])
def test_amounts_are_dollars_with_at_least_two_decimals(name):
    sums = pd.DataFrame({name: pd.Series([Decimal("1234.5"), 0, Decimal("-0.5"), None], dtype=object)})
    assert Rows(sums).block(Order(), 0, 9)[1] == [["$1,234.50"], ["$0.00"], ["-$0.50"], [None]]


def test_other_values_read_as_one_writes_them():
    moments = pd.to_datetime(["2026-10-01T00:00:26.478Z", None], utc=True)
    assert told(moments) == ["2026-10-01 00:00:26", None]
    assert told(moments.tz_convert("America/New_York")) == ["2026-09-30 20:00:26", None]
    assert told(pd.to_datetime(["2026-10-01", "2026-10-02"])) == ["2026-10-01", "2026-10-02"]  # all of them midnights
    assert told(pd.array([2**53 + 1, None], dtype="Int64")) == ["9007199254740993", None]
    assert told([True, False]) == ["yes", "no"]
    assert told(pd.array([True, None], dtype="boolean")) == ["yes", None]
    assert told([0.5, 0.25, np.nan, 1e-9, 1 / 3]) == ["0.500000", "0.250000", None, "1e-09", "0.333333"]
    assert told([0.0, 12.0]) == ["0", "12"]
    assert told(["text", "", None]) == ["text", "", None]
    assert told([["https://example.com/a.png"], []]) == ["['https://example.com/a.png']", "[]"]
    assert told(pd.Categorical(["b", None])) == ["b", None]
    assert told([dt.date(2026, 10, 31), None]) == ["2026-10-31", None]
    assert told(pd.Series(["half \ud83d"], dtype=object)) == ["half ?"]


def test_the_header_says_the_zone_and_how_wide_a_column_is():
    moments = pd.to_datetime(["2026-10-01T00:00:26Z"])
    frame = pd.DataFrame({"at": moments, "here": moments.tz_convert("Europe/Berlin"), "number": ["12065550100"]})
    frame["body"] = "é" * 90
    at, here, number, body = (column.facts() for column in Rows(frame).columns.values())
    assert (at["unit"], here["unit"]) == ("UTC", "Europe/Berlin")
    assert (number["chars"], number["long"]) == (11, False)
    assert (body["chars"], body["long"]) == (91, True)


# ------------------------------------------------------------------ which columns, in what order


def test_of_a_record_one_sees_what_one_reads_and_cost_before_body():
    names = list(Rows(fr.read([])).columns)
    assert names[:5] == ["timestamp", "direction", "number", "contact", "cost"]
    assert names.index("cost") < names.index("body")
    assert not set(names) & {"price_details", "delivery_receipts", "other", "amount_nanodollars"}
    assert list(Rows(fr.read([]), ["id", "other"]).columns) == ["id", "other"]


def test_of_another_frame_all_columns_and_the_keys_of_its_index():
    index = pd.MultiIndex.from_tuples([("12065550100", 1), ("12065550101", 2)], names=["number", None])
    frame = pd.DataFrame([[1, 2, 3], [4, 5, 6]], index=index, columns=["a", "a", ("b", 1)])
    rows = Rows(frame)
    assert [column.title for column in rows.columns.values()] == ["number", "a", "a", "b · 1"]
    assert rows.block(Order(), 0, 9)[1] == [["12065550100", "1", "2", "3"], ["12065550101", "4", "5", "6"]]
    assert len(set(rows.columns)) == 4
    assert next(iter(Rows(frame.reset_index(drop=True)).columns)) == "a"


@pytest.mark.parametrize("ascending", [True, False])
def test_equal_rows_stay_in_order_and_missing_ones_come_last_both_ways(ascending):
    chance = np.random.default_rng(1)
    amounts = [None, *map(Decimal, ("0.0040", "0.00395", "0.0120", "10", "9"))]
    values = [amounts[n] for n in chance.integers(0, len(amounts), 500)]
    there = [n for n, value in enumerate(values) if value is not None]
    wanted = sorted(there, key=lambda n: values[n] if ascending else -values[n])
    missing = [n for n, value in enumerate(values) if value is None]
    assert (
        order(pd.DataFrame({"x": pd.Series(values, dtype=object)}), sort="x", ascending=ascending) == wanted + missing
    )


def test_everything_is_sorted_by_what_it_is():
    def by(values, **options):
        return order(pd.DataFrame({"x": pd.Series(values, **options)}), sort="x")

    assert by([2**53 + 1, 2**53, None], dtype="Int64") == [1, 0, 2]
    assert by(["b", "A", None, "a", "B"], dtype="str") == [1, 3, 0, 4, 2]
    assert by(["b", "A", None, "a"], dtype=object) == [1, 3, 0, 2]
    assert by([10, 9.5, np.nan, -1]) == [3, 1, 0, 2]
    assert by([dt.date(2026, 10, 2), None, dt.date(2026, 9, 30)], dtype=object) == [2, 0, 1]
    assert by(pd.Categorical(["low", "high", "low"], ["low", "high"], ordered=True)) == [0, 2, 1]
    assert by([["b"], ["a"]], dtype=object) == [1, 0]  # lists have no order in pandas: as they read
    assert by(pd.to_timedelta([100, 20], unit="D")) == [1, 0]
    assert order(pd.DataFrame({"x": [2, 1]}), sort="of another frame") == [0, 1]


def test_what_one_sees_is_what_one_finds_whatever_its_case():
    frame = pd.DataFrame({"body": ["Straße (50%)", "a.b", None], "cost": [Decimal("0.0040"), None, Decimal("0.12")]})
    finds = {"straße (": [0], "A.B": [1], "$0.0040": [0], "$0.1200": [2], "axb": [], "none": [], "nan": []}
    assert {text: order(frame, find=text) for text in finds} == finds
    assert order(frame, sort="cost", ascending=False, find="0") == [2, 0]


def test_a_block_is_as_long_as_there_are_rows():
    rows = Rows(pd.DataFrame({"n": range(250)}))
    assert rows.block(Order(), 200, 100)[0] == list(range(200, 250))
    assert rows.block(Order(), 300, 100) == ([], [])
    assert Rows(pd.DataFrame()).block(Order(), 0, 100) == ([], [])


# ------------------------------------------------------------------ the table


@pytest.fixture
def table():
    """Give a table that has heard nothing yet, and what it will say."""
    made = fr.widgets.Table(pd.DataFrame({"id": ["a", "b", "c"], "body": ["one", "two", "three"]}))
    made.said = []
    made.widget.send = made.said.append
    return made


def ask(table, version=None, **wanted):
    question = {"view": "v", "generation": 1, "version": version, "start": 0, "size": 100}
    table._hear(table.widget, {"ask": {**question, "sort": None, "ascending": True, "find": "", **wanted}}, [])
    return table.said[-1]


def choose(table, version, row):
    table._hear(table.widget, {"choose": {"view": "v", "version": version, "row": row}}, [])


def test_a_view_gets_what_it_asks_for_and_the_columns_once(table):
    answer = ask(table)
    assert (answer["view"], answer["generation"], answer["start"]) == ("v", 1, 0)
    assert answer["rows"] == [[0, "a", "one"], [1, "b", "two"], [2, "c", "three"]]
    assert [column["title"] for column in answer["columns"]] == ["id", "body"]
    again = ask(table, answer["version"], sort="body", find="t")
    assert "columns" not in again
    assert (again["total"], again["all"]) == (2, 3)
    assert [row[1] for row in again["rows"]] == ["c", "b"]
    assert len(ask(fr_table(10_000), size=10_000)["rows"]) == 500


def fr_table(count):
    made = fr.widgets.Table(pd.DataFrame({"n": range(count)}))
    made.said = []
    made.widget.send = made.said.append
    return made


def test_no_row_is_in_the_widget_s_state(table):
    ask(table)
    choose(table, 1, 2)
    state = table.widget.get_state()
    assert "_esm" in state
    assert "three" not in repr(state)


def test_what_is_chosen_is_the_row_and_those_who_asked_are_told(table):
    heard = []
    table.on_choose(heard.append)
    assert table.chosen is None
    choose(table, 1, 1)
    assert table.chosen.to_dict() == heard[0].to_dict() == {"id": "b", "body": "two"}
    assert table.said[-1] == {"what": "chosen", "view": "v", "row": 1}
    choose(table, 1, 3)  # no such row
    choose(table, 7, 0)  # no such frame
    assert table.chosen["id"] == "b"


def test_in_another_frame_the_row_with_the_same_id_is_chosen(table):
    ask(table)
    choose(table, 1, 1)
    table.frame = table.frame[::-1].reset_index(drop=True).drop(2)
    assert table.said[-1] == {"what": "changed"}
    assert table.chosen["body"] == "two"
    choose(table, 1, 2)  # of the frame that the view still shows: it has c there
    assert table.chosen["id"] == "c"
    assert ask(table, 1)["chosen"] == 0
    table.frame = table.frame.drop(columns="id")
    assert table.chosen is None
    assert ask(table)["rows"] == [[0, "three"], [1, "two"]]


def test_a_frame_can_be_put_in_from_another_thread(table):
    frames = [pd.DataFrame({"id": list("abc")[:n]}) for n in (1, 2, 3)]
    worker = threading.Thread(target=lambda: [setattr(table, "frame", frame) for frame in frames])
    worker.start()
    worker.join()
    assert table.frame is frames[-1]
    assert ask(table)["total"] == 3


def test_a_table_says_what_it_is_where_nothing_can_be_drawn(table):
    text = "<Table of 3 rows: id, body. A notebook shows it; .frame is the frame.>"
    assert repr(table) == text
    data = table._repr_mimebundle_()[0]
    assert data["text/plain"] == text
    assert data["application/vnd.jupyter.widget-view+json"]["model_id"] == table.widget.model_id
    assert "three" not in repr(data)


def test_a_table_that_is_closed_is_let_go_and_its_frame_with_it():
    table = fr.widgets.Table(pd.DataFrame({"n": range(3)}))
    frame = weakref.ref(table.frame)
    table.widget.close()
    del table
    gc.collect()
    assert frame() is None


@pytest.mark.parametrize(
    ("given", "error", "says"),
    [
        ({"frame": [1]}, fr.InputError, "A table shows a pandas DataFrame, and was given list."),
        ({"frame": pd.Series([1])}, fr.InputError, "Of a Series, .to_frame() makes one."),
        ({"columns": ["bdy"]}, fr.InputError, "The frame has no column 'bdy'. Did you mean 'body'?"),
        ({"columns": ["x"]}, fr.InputError, "The frame has no column 'x'. It has id, body."),
        ({"rows": 0}, fr.InputError, "rows=0 is no number of rows. Give one from 1 on, such as rows=15."),
        ({"rows": True}, fr.InputError, "rows=True is no number of rows."),
        ({"row": 5}, TypeError, "Table() has no keyword 'row'. Did you mean 'rows'?"),
    ],
)
def test_wrong_input_is_answered_in_a_sentence(table, given, error, says):
    arguments = {"frame": table.frame, **given}
    with pytest.raises(error) as wrong:
        fr.widgets.Table(arguments.pop("frame"), **arguments)
    assert says in str(wrong.value)


def test_another_frame_that_can_t_be_shown_leaves_the_table_as_it_is(table):
    with pytest.raises(fr.InputError):
        table.frame = "a file"
    assert len(table.frame) == 3
    assert table.said == []


@pytest.mark.parametrize(
    ("times", "shown"),
    [
        (["2026-10-01", None, "2026-10-02"], ["2026-10-01", None, "2026-10-02"]),  # midnights are days
        (["2026-10-01", "2026-10-02T00:00:01"], ["2026-10-01 00:00:00", "2026-10-02 00:00:01"]),
        ([None, None], [None, None]),
    ],
)
def test_a_column_of_midnights_reads_as_days_also_where_some_are_missing(times, shown):
    values = pd.Series(pd.to_datetime(times, format="ISO8601", utc=True)).astype("datetime64[us, UTC]")
    _, rows = Rows(pd.DataFrame({"day": values})).block(Order(), 0, len(times))
    assert [row[0] for row in rows] == shown


def test_any_number_of_columns_may_have_the_same_name():
    frame = pd.DataFrame([[1, 2, 3, 4]], columns=["n", "n", "n", "m"])
    rows = Rows(frame)
    assert rows.block(Order(), 0, 1) == ([0], [["1", "2", "3", "4"]])
    assert [column.title for column in rows.columns.values()] == ["n", "n", "n", "m"]


@pytest.mark.parametrize(("characters", "long"), [(23, False), (24, True)])
def test_a_text_of_24_characters_shares_the_room_that_is_left(characters, long):
    (column,) = Rows(pd.DataFrame({"t": ["x" * characters]})).columns.values()
    assert column.facts()["long"] == long


def test_an_order_is_the_same_whenever_it_is_asked_for():
    frame = pd.DataFrame({f"c{n}": [(n + 1) * at % 7 for at in range(7)] for n in range(9)})
    rows = Rows(frame)
    orders = [Order(column, ascending=way) for column in frame for way in (True, False)]
    first = [rows.block(order, 0, 7) for order in orders]
    assert [rows.block(order, 0, 7) for order in orders] == first
    assert first[0][0] == frame["c0"].sort_values(kind="stable").index.tolist()
