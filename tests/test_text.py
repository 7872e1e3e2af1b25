import pytest

import flowroute_nb as fr
from flowroute_nb.text import curly, straight


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 1),
        ("x", 1),
        ("x" * 160, 1),
        ("x" * 161, 2),
        ("x" * 280, 2),
        ("x" * 281, 3),  # 3GPP says 2: the sheet's section 5
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


def test_only_a_text_can_be_counted():
    with pytest.raises(fr.InputError, match=r"was given float.*Give it one text"):
        fr.segments(float("nan"))


def test_curly_quotes_are_found_where_they_stand():
    assert curly("a“b”c – d…") == {1: "“", 3: "”"}


def test_straight_writes_them_as_a_typewriter_would():
    assert straight("‘a’ “b” – — …") == "'a' \"b\" - - ..."
