"""Segments by both rules, against the sheet's table and a reference that knows nothing of the package."""

import pickle
import unicodedata
from dataclasses import FrozenInstanceError

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import flowroute_nb as fr
from flowroute_nb.alphabet import plain
from flowroute_nb.text import Dear, curly, straight

# ------------------------------------------------------------------ the reference: character by character

GSM_NAMES = """
POUND SIGN, YEN SIGN, CURRENCY SIGN, SECTION SIGN, INVERTED EXCLAMATION MARK, INVERTED QUESTION MARK,
LATIN SMALL LETTER E WITH GRAVE, LATIN SMALL LETTER E WITH ACUTE, LATIN SMALL LETTER U WITH GRAVE,
LATIN SMALL LETTER I WITH GRAVE, LATIN SMALL LETTER O WITH GRAVE, LATIN SMALL LETTER A WITH GRAVE,
LATIN CAPITAL LETTER C WITH CEDILLA, LATIN CAPITAL LETTER E WITH ACUTE, LATIN SMALL LETTER SHARP S,
LATIN CAPITAL LETTER O WITH STROKE, LATIN SMALL LETTER O WITH STROKE, LATIN CAPITAL LETTER A WITH RING ABOVE,
LATIN SMALL LETTER A WITH RING ABOVE, LATIN CAPITAL LETTER AE, LATIN SMALL LETTER AE,
LATIN CAPITAL LETTER A WITH DIAERESIS, LATIN SMALL LETTER A WITH DIAERESIS, LATIN CAPITAL LETTER O WITH DIAERESIS,
LATIN SMALL LETTER O WITH DIAERESIS, LATIN CAPITAL LETTER U WITH DIAERESIS, LATIN SMALL LETTER U WITH DIAERESIS,
LATIN CAPITAL LETTER N WITH TILDE, LATIN SMALL LETTER N WITH TILDE,
GREEK CAPITAL LETTER DELTA, GREEK CAPITAL LETTER PHI, GREEK CAPITAL LETTER GAMMA, GREEK CAPITAL LETTER LAMDA,
GREEK CAPITAL LETTER OMEGA, GREEK CAPITAL LETTER PI, GREEK CAPITAL LETTER PSI, GREEK CAPITAL LETTER SIGMA,
GREEK CAPITAL LETTER THETA, GREEK CAPITAL LETTER XI
"""
TWO_SEPTETS = set("^{}\\[~]|\f") | {unicodedata.lookup("EURO SIGN")}
GSM = TWO_SEPTETS | {chr(n) for n in range(0x20, 0x7F) if n != 0x60} | {"\n", "\r"}
GSM |= {unicodedata.lookup(" ".join(name.split())) for name in GSM_NAMES.split(",")}


def filled(sizes, alone, part):
    """Fill parts with characters of these sizes, one after another: how many, and what the last has left."""
    if sum(sizes) <= alone:
        return 1, alone - sum(sizes)
    count, left = 1, part
    for size in sizes:
        if size > left:
            count, left = count + 1, part
        left -= size
    return count, left


def reference(text):
    """Count a text by both rules."""
    is_ascii = all(ord(c) < 128 for c in text)
    is_gsm = all(c in GSM for c in text)
    count, left = filled([1] * len(text), *((160, 140) if is_ascii else (70, 70)))
    if is_gsm:
        standard, standard_left = filled([1 + (c in TWO_SEPTETS) for c in text], 160, 153)
    else:
        standard, standard_left = filled([1 + (ord(c) > 0xFFFF) for c in text], 70, 67)
    dear = sum(ord(c) >= 128 or c not in GSM for c in text)
    encodings = "ASCII" if is_ascii else "UCS-2", "GSM-7" if is_gsm else "UCS-2"
    return count, encodings[0], left, standard, encodings[1], standard_left, dear


def counts(found):
    one, two = (found.count, found.encoding, found.left), (found.standard, found.standard_encoding, found.standard_left)
    return *one, *two, len(found.dear)


CHARACTERS = st.sampled_from("x \n[€^`éñçΔ’…–🎉\u00a0\u200b\u200d\ufe0f\u0301½™ﬁ℃Ж\t\0") | st.characters()
RUNS = st.tuples(
    CHARACTERS | st.just("\ud83d"), st.sampled_from([1, 1, 1, 2, 66, 67, 69, 70, 76, 139, 140, 152, 153, 160])
)
QUIET = settings(deadline=None)
TEXTS = st.lists(RUNS, max_size=8).map(lambda runs: "".join(character * times for character, times in runs))


@QUIET
@given(TEXTS)
@example("x" * 152 + "[" + "x" * 152)  # a character of two septets where one is left
@example("Ж" * 66 + "🎉" + "Ж" * 60)  # a pair of units where one is left
@example("[" * 80)
@example("[" * 81)
@example("\x1b")  # the escape itself is no character of the alphabet
def test_segments_are_those_of_a_count_character_by_character(text):
    assert counts(fr.segments(text)) == reference(text)


@settings(max_examples=30, deadline=None)
@given(st.lists(TEXTS | st.none(), max_size=6))
def test_a_series_is_counted_as_each_of_its_texts(texts):
    index = [f"row {n // 2}" for n in range(len(texts))]  # labels may repeat
    found = fr.segments(pd.Series(texts, index=index, dtype=object))
    assert found.index.tolist() == index
    for text, row in zip(texts, found.itertuples(index=False), strict=True):
        assert pd.isna(list(row)).all() if text is None else tuple(row) == counts(fr.segments(text))


def test_the_alphabet_is_that_of_the_standard():
    characters = pd.Series([chr(n) for n in range(0x20000)], dtype=object)
    found = fr.segments(characters)
    assert set(characters[found["standard_encoding"] == "GSM-7"]) == GSM
    assert set(characters[found["standard_left"] == 158]) == TWO_SEPTETS
    assert len(GSM - TWO_SEPTETS) == 127  # and the escape


def test_many_texts_are_counted_as_few():
    texts = [character * length for length in range(0, 700, 70) for character in "x[é`🎉"]
    expected = [list(reference(text)) for text in texts]
    assert fr.segments(pd.Series(texts * 500)).values.tolist() == expected * 500


# ------------------------------------------------------------------ what the sheet says


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 1),
        ("x", 1),
        ("x" * 160, 1),
        ("x" * 161, 2),
        ("x" * 280, 2),
        ("x" * 281, 3),
        ("x" * 306, 3),
        ("x" * 420, 3),
        ("x" * 421, 4),
        ("x" * 561, 5),
        ("é", 1),
        ("é" * 70, 1),
        ("é" * 71, 2),
        ("é" * 140, 2),
        ("é" * 141, 3),
        ("x" * 79 + "é", 2),  # "an 80-character UCS-2 text is charged as two SMS"
        ("😀" * 70, 1),  # code points, not UTF-16 units
        ("😀" * 71, 2),
    ],
)
def test_segments_follow_flowroute_s_published_rule(text, count):
    assert fr.segments(text).count == count


@pytest.mark.parametrize(
    ("character", "first", "last", "published", "standard"),
    [
        ("x", 161, 280, 2, 2),
        ("x", 281, 306, 3, 2),
        ("x", 307, 420, 3, 3),
        ("x", 421, 459, 4, 3),
        ("x", 561, 561, 5, 4),
        ("Ж", 71, 134, 2, 2),
        ("Ж", 135, 140, 2, 3),
        ("Ж", 202, 210, 3, 4),
    ],
)
def test_where_the_two_rules_disagree_both_are_told(character, first, last, published, standard):
    found = fr.segments(pd.Series([character * length for length in range(first, last + 1)]))
    assert found["count"].unique().tolist() == [published]
    assert found["standard"].unique().tolist() == [standard]


@pytest.mark.parametrize(
    ("text", "encoding", "count", "standard_encoding", "standard"),
    [
        ("", "ASCII", 1, "GSM-7", 1),
        ("é" * 160, "UCS-2", 3, "GSM-7", 1),  # in the phones' alphabet, not in ASCII
        ("äñ£" * 50, "UCS-2", 3, "GSM-7", 1),
        ("{}" * 80, "ASCII", 1, "GSM-7", 3),  # 320 septets, 76 characters a part
        ("€" * 80, "UCS-2", 2, "GSM-7", 1),
        ("`" * 71, "ASCII", 1, "UCS-2", 2),  # in ASCII, not in the alphabet
        ("\t" + "x" * 70, "ASCII", 1, "UCS-2", 2),
        ("Ç" * 71, "UCS-2", 2, "GSM-7", 1),
        ("ç" * 71, "UCS-2", 2, "UCS-2", 2),
        ("😀" * 36, "UCS-2", 1, "UCS-2", 2),  # 72 units, 33 pairs a part
        ("“Wait…”", "UCS-2", 1, "UCS-2", 1),
    ],
)
def test_a_text_may_be_dear_by_one_rule_alone(text, encoding, count, standard_encoding, standard):
    found = fr.segments(text)
    assert (found.encoding, found.count) == (encoding, count)
    assert (found.standard_encoding, found.standard) == (standard_encoding, standard)


def test_what_takes_two_places_is_never_split():
    assert fr.segments("x" * 152 + "[" + "x" * 151).standard == 2
    assert fr.segments("x" * 152 + "[" + "x" * 152).standard == 3
    assert fr.segments("Ж" * 66 + "😀" + "Ж" * 65).standard == 2  # 133 units, and one stays empty
    assert fr.segments("Ж" * 66 + "😀" + "Ж" * 66).standard == 3


# ------------------------------------------------------------------ the dear characters, and what to write instead


def test_each_dear_character_is_told_with_its_place_its_name_and_a_plain_one():
    assert fr.segments("a’é`🎉").dear == (
        Dear(1, "’", "RIGHT SINGLE QUOTATION MARK", "'", "both"),
        Dear(2, "é", "LATIN SMALL LETTER E WITH ACUTE", "e", "published"),
        Dear(3, "`", "GRAVE ACCENT", "'", "standard"),
        Dear(4, "🎉", "PARTY POPPER", None, "both"),
    )
    assert fr.segments("\t\ud83d\ue000").dear == (
        Dear(0, "\t", "CONTROL CHARACTER U+0009", " ", "standard"),
        Dear(1, "\ud83d", "HALF A CHARACTER U+D83D", None, "both"),
        Dear(2, "\ue000", "PRIVATE CHARACTER U+E000", None, "both"),
    )


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("“Wait…” it’s 9–5 — ok", '"Wait..." it\'s 9-5 - ok'),
        ("José café Straße Łódź Ærø", "Jose cafe Strasse Lodz AEro"),
        ("e\u0301te\u0301", "ete"),
        ("a\u00a0b\u2009c\u3000d\te", "a b c d e"),
        ("\ufeffa\u200bb\u00adc\u202ed", "abcd"),
        ("• one ‣ two", "- one - two"),
        ("ＦＵＬＬ ﬁne", "FULL fine"),
        ("Acme™ © ®", "Acme(TM) (C) (R)"),
        ("©\ufe0f", "(C)"),
        ("2½ cups, ½ cup", "2 1/2 cups, 1/2 cup"),
        ("€5 or £4", "EUR5 or GBP4"),
        ("¿Qué?", "Que?"),
        ("line\u2028two", "line\ntwo"),
        ("bell\x07 `tick`", "bell 'tick'"),
        ("1ª, 2º, nº 3, xⁿ", "1a, 2o, no 3, xn"),  # raised letters, unlike raised digits, say the same on the line
    ],
)
def test_cleaned_is_the_text_written_plainly(text, cleaned):
    found = fr.segments(text)
    assert found.cleaned == cleaned
    assert fr.segments(cleaned).dear == ()


@pytest.mark.parametrize(
    "text",
    [
        "10²",  # not 102
        "a ≠ b",  # not a = b
        "72°F",
        "👨\u200d👩\u200d👧 ❤\ufe0f 1\ufe0f\u20e3 🇺🇸",  # each is one picture
        "क्\u200dषेत्र",
        "שלום\u200f",
        "Привет",
        "①②",
        "a\u037ab",  # an accent of its own, not a space
    ],
)
def test_what_would_say_something_else_stays_as_it_is(text):
    assert fr.segments(text).cleaned == text


@QUIET
@given(TEXTS)
@example("…" * 70)  # three dots each would be two segments
@example("😀" + "…" * 69)
@example("€" * 80)  # EUR is three septets, not two
@example("æ" * 160)
def test_cleaning_never_costs_more(text):
    found = fr.segments(text)
    after = fr.segments(found.cleaned)
    assert after.count <= found.count
    assert after.standard <= found.standard
    assert after.cleaned == found.cleaned
    assert found.dear or found.cleaned == text


def test_where_dots_would_cost_a_segment_the_quotes_go_all_the_same():
    assert fr.segments("“" + "…" * 69).cleaned == '"' + "…" * 69


def test_every_replacement_there_is_is_plain_and_no_dearer_than_one_character_was():
    written = {chr(n): plain(chr(n)) for n in range(0x20000) if n >= 128 or chr(n) not in GSM}
    known = {character: said for character, said in written.items() if said is not None}
    assert len(known) > 1_500
    assert {c: said for c, said in known.items() if not said.isascii() or not set(said) <= GSM} == {}
    assert {c: said for c, said in known.items() if c in GSM and len(said) == 1 and said in TWO_SEPTETS} == {}


def test_curly_quotes_are_found_where_they_stand():
    assert curly("a“b”c – d…") == {1: "“", 3: "”"}


def test_straight_writes_them_as_a_typewriter_would_and_as_cleaned_does():
    assert straight("‘a’ “b” – — …") == fr.segments("‘a’ “b” – — …").cleaned == "'a' \"b\" - - ..."


# ------------------------------------------------------------------ one text, many texts, and neither


def test_what_was_counted_can_be_kept_but_not_changed():
    found = fr.segments("é")
    assert pickle.loads(pickle.dumps(found)) == found  # noqa: S301  our own
    with pytest.raises(FrozenInstanceError):
        found.count = 2


@pytest.mark.parametrize(
    "series",
    [
        pd.Series(["é", None], dtype="str"),
        pd.Series(["é", None], dtype=object),
        pd.Series(["é", np.nan], dtype=object),
        pd.Series(["é", pd.NA], dtype="string"),
        pd.Series(["é", None], dtype="category"),
        pd.Series(["é", None], dtype=pd.ArrowDtype(pa.string())),
    ],
    ids=lambda series: str(series.dtype),
)
def test_any_kind_of_text_column_is_counted_and_what_is_missing_stays_missing(series):
    found = fr.segments(series)
    assert found.iloc[0].tolist() == [1, "UCS-2", 69, 1, "GSM-7", 159, 1]
    assert found.iloc[1].isna().all()


@pytest.mark.parametrize("series", [pd.Series([], dtype="str"), pd.Series([None], dtype=object), pd.Series([np.nan])])
def test_the_frame_is_typed_even_when_nothing_is_in_it(series):
    found = fr.segments(series)
    assert len(found) == len(series)
    assert {name: str(dtype) for name, dtype in found.dtypes.items()} == {
        "count": "Int64",
        "encoding": "str",
        "left": "Int64",
        "standard": "Int64",
        "standard_encoding": "str",
        "standard_left": "Int64",
        "dear": "Int64",
    }


def test_the_columns_of_records_can_be_counted():
    df = fr.read({"data": [{"id": "mdr2-1", "attributes": {"body": "é" * 71}}, {"id": "mdr2-2", "attributes": {}}]})
    assert fr.segments(df.body)["count"].dropna().to_dict() == {0: 2}


@pytest.mark.parametrize("wrong", [5, None, float("nan"), b"x", ["x"]])
def test_only_texts_can_be_counted(wrong):
    with pytest.raises(fr.InputError, match=rf"was given {type(wrong).__name__}\. Give it one text, or a column"):
        fr.segments(wrong)


def test_a_value_that_is_no_text_is_named_by_its_position():
    with pytest.raises(
        fr.InputError, match=r"the value at position 2 of the Series is of type int\. Give a Series of str"
    ):
        fr.segments(pd.Series(["x", None, 5, b"y"], index=[7, 8, 9, 10], dtype=object))
