"""Ids out of whatever somebody pastes."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

import flowroute_nb as fr
from flowroute_nb.pasted import ids

ONE, TWO, THREE = (f"mdr2-{n}9cadeace66e11e7aff806cd7f24ba2d" for n in "345")
PAGE = {
    "data": [
        {
            "type": "message",
            "id": ONE,
            "attributes": {"body": f"about {THREE}"},
            "relationships": {"media": {"data": [{"type": "media", "id": "9"}]}},
        },
        {"type": "message", "id": TWO},
    ],
    "included": [{"type": "media", "id": "9"}],
    "links": {"next": "https://api.flowroute.com/v2.1/messages?offset=2"},
}
SHAPES = {
    "an answer": json.dumps(PAGE),
    "an answer, printed wide": json.dumps(PAGE, indent=4),
    "one of its records": json.dumps({"data": PAGE["data"][0]}) + "\n" + json.dumps(PAGE["data"][1]),
    "records alone": json.dumps(PAGE["data"]),
    "records, one a line": "\n".join(map(json.dumps, PAGE["data"])),
    "flat webhooks": json.dumps([{"to": "12065550100", "body": TWO, "id": ONE}, {"id": TWO}]),
    "a list": json.dumps([ONE, TWO]),
    "a list, with spaces": json.dumps([f" {ONE}", TWO]),
    "a column as pandas writes it": json.dumps({"body": {"0": "a", "1": "b"}, "id": {"0": ONE, "1": TWO}}),
    "a column as a list": json.dumps({"id": [ONE, TWO]}),
    "rows as pandas writes them": json.dumps([["2026", ONE], ["2026", TWO]]),
    "an object of lists": json.dumps({"failed": [ONE, TWO]}),
    "lines": f"{ONE}\n{TWO}\n",
    "lines of another system": f"\ufeff{ONE}\r\n\r\n{TWO}",
    "lines with blanks and repeats": f"\n {ONE} \n\n{ONE}\n\t{TWO}\n{ONE}",
    "commas": f"{ONE}, {TWO}",
    "commas and quotes": f"'{ONE}', \"{TWO}\",",
    "a list of Python": f"['{ONE}', '{TWO}']",
    "curly quotes": f"“{ONE}”\n“{TWO}”",
    "a bulleted list": f"- {ONE}\n* {TWO}",
    "columns with a header": f"timestamp,ID,body\n2026,{ONE},about {THREE}\n2026,{TWO},b",
    "columns with tabs": f"body\tMDR id\na {THREE}\t{ONE}\nb\t{TWO}",
    "columns with semicolons": f"id;body\n{ONE};a\n{TWO};b",
    "columns with quotes and lines in them": f'body,id\n"a, ""b""\n{THREE}",{ONE}\nb,"{TWO}"',
    "a table of Markdown": f"| body | id |\n|------|----|\n| a | {ONE} |\n| b | {TWO} |",
    "one column with a header": f"id\n{ONE}\n{TWO}",
    "columns without a header": f"2026-10-31\tdelivered\t{ONE}\n2026-10-31\tfailed\t{TWO}",
    "a frame as it is printed": f"   timestamp  id\n0  2026-10-31 12:00  {ONE}\n1  2026-10-31 13:00  {TWO}",
    "a letter": f"Hello, please look at {ONE} and ({TWO}). Thanks!",
    "JSON that broke off": json.dumps(PAGE["data"])[:-2].replace(THREE, ""),
}


@pytest.mark.parametrize("text", SHAPES.values(), ids=SHAPES)
def test_ids_are_found_in_any_shape_each_once_and_in_order(text):
    assert ids(text) == [ONE, TWO]


def test_a_file_of_ours_gives_the_ids_of_its_rows(tmp_path):
    texts = ["plain", f"a line\nand, {THREE}", "", "“quoted”", f"id\n{THREE}"]
    shapes = [
        {"id": f"mdr2-{n}", "body": body, "to": "12065550100", "from": "12065550101"} for n, body in enumerate(texts)
    ]
    df = fr.read(shapes)
    for ending in ("csv", "json"):
        said = fr.write(df, tmp_path / f"some.{ending}").read_text()
        assert ids(said) == df.id.tolist(), ending
    assert ids(df.to_csv(sep="\t")) == df.id.tolist()
    assert ids(df.head(1).to_string()) == ["mdr2-0"]


def test_ids_of_any_look_are_taken_where_nothing_else_stands():
    assert ids("abc\ndef") == ["abc", "def"]
    assert ids('["abc", "def"]') == ["abc", "def"]
    assert ids("id\nabc") == ["abc"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "There are no ids yet"),
        (" \n", "There are no ids yet"),
        ("Hello there", "No id was found in 'Hello there'. Paste ids such as mdr2-"),
        ("x" * 30 + " " + "y" * 30, "yyy…'"),
        ("{}", "No id was found"),
        ('[["a", "b"], 7, null]', "No id was found"),
        ("https://example.com/a", "No id was found"),
        ("timestamp,id\n", "No id was found"),
    ],
)
def test_what_has_none_gets_a_sentence(text, said):
    with pytest.raises(fr.InputError, match=said):
        ids(text)


NESTED = st.recursive(st.text() | st.none(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner))


@given(st.text() | NESTED.map(json.dumps))
def test_whatever_is_pasted_gives_texts_or_a_sentence(text):
    try:
        found = ids(text)
    except fr.InputError:
        return
    assert found == list(dict.fromkeys(found))
    assert all(isinstance(each, str) and each for each in found)
