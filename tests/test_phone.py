import numpy as np
import pandas as pd
import pytest

import flowroute_nb as fr


@pytest.mark.parametrize(
    "spelling",
    [
        "12065550100",
        "2065550100",
        "(206) 555-0100",
        "206.555.0100",
        "+1 206 555 0100",
        "1-206-555-0100",
        " 206 555 0100 ",
        12065550100,
        2065550100,
        np.int64(2065550100),
        2065550100.0,
    ],
)
def test_every_spelling_of_a_number_becomes_the_same_digits(spelling):
    assert fr.normalize_number(spelling) == "12065550100"


def test_ten_digits_with_a_plus_are_another_country_s():
    assert fr.normalize_number("+47 21 03 05 00") == "+4721030500"


def test_a_number_of_another_country_keeps_its_country_code():
    assert fr.normalize_number("+44 20 7946 0958") == "+442079460958"


@pytest.mark.parametrize("documented", ["15305557784", "18444205700", "12061231234", "12012673227", "12061232634"])
def test_the_documentation_s_own_examples_are_possible(documented):
    assert fr.normalize_number(documented) == documented


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("206555010", "is too short (9 digits)"),
        ("442079460958", "is too long (12 digits)"),
        ("40", "is too short (2 digits)"),
        ("555-0100", "has no area code (7 digits)"),
        ("+1 555 0100", "has no area code (8 digits)"),
        ("1530555778", "an area code never begins with 1. Is a digit missing?"),
        (1530555778, "an area code never begins with 1. Is a digit missing?"),
        ("(153) 055-5778", "an area code never begins with 1. Is a digit missing?"),
        ("0000000000", "an area code never begins with 0. Is a digit missing?"),
        ("2060550100", "what follows the area code never begins with 0. Is a digit missing?"),
        ("2061550100", "what follows the area code never begins with 1. Is a digit missing?"),
        (2061550100, "what follows the area code never begins with 1. Is a digit missing?"),
        ("0205550100", "an area code never begins with 0. Is a digit missing?"),
        ("1205550100", "an area code never begins with 1. Is a digit missing?"),
        ("206 055 0100", "what follows the area code never begins with 0. Is a digit missing?"),
        ("206 155 0100", "what follows the area code never begins with 1. Is a digit missing?"),
        ("+999 123 456 789", "is no phone number"),
        ("1-800-FLOWERS", "has a letter, 'F', at position 6"),
        ("", "the text is empty"),
        (float("nan"), "missing (nan)"),
        (None, "missing (None)"),
        (pd.NA, "missing (<NA>)"),
        (-2065550100, "negative"),
        (True, "a bool"),
        (b"12065550100", "a bytes"),
        (2065550100.5, "has a fraction"),
    ],
)
def test_what_can_t_be_a_number_is_refused_in_a_sentence(given, said):
    with pytest.raises(fr.InputError) as refused:
        fr.normalize_number(given)
    assert said in str(refused.value)
    assert "'+1 206 555 0100'" in str(refused.value)


def test_an_error_shows_no_more_of_a_number_than_its_last_four_digits():
    with pytest.raises(fr.InputError) as refused:
        fr.normalize_number("+1 206 555 0100 99")
    assert "2065550" not in str(refused.value).replace(" ", "").replace("'+12065550100'", "")
    assert "…0099" in str(refused.value)


def test_a_series_keeps_its_index_its_name_and_its_gaps():
    given = pd.Series(["(206) 555-0100", None, "2065550101"], index=[3, 5, 7], name="to")
    expected = pd.Series(["12065550100", None, "12065550101"], index=[3, 5, 7], name="to", dtype="str")
    pd.testing.assert_series_equal(fr.normalize_number(given), expected)


def test_a_series_of_floats_with_a_gap_is_read_as_whole_numbers():
    assert fr.normalize_number(pd.Series([2065550100, np.nan])).tolist()[0] == "12065550100"


@pytest.mark.parametrize("dtype", ["float16", "float32", "Float32", "float[pyarrow]", "category"])
def test_a_column_whose_floats_round_numbers_is_refused(dtype):
    column = pd.Series([404.0, None], dtype="float32").astype(dtype)
    with pytest.raises(fr.InputError, match=r"has the type .*, which rounds them\. Read the column as text"):
        fr.normalize_number(column)


def test_an_empty_series_stays_a_series_of_text():
    assert fr.normalize_number(pd.Series([], dtype="str")).dtype == "str"


@pytest.mark.parametrize(
    "number", ["1.20656E+10", "1,20656e10", "2E+9", "12065550100.0", "2065550100.00", "1530555778.0", "+4930901820.0"]
)
def test_a_number_that_a_spreadsheet_or_a_float_has_rewritten_is_refused(number):
    with pytest.raises(fr.InputError, match="may have lost digits") as refused:
        fr.normalize_number(pd.Series(["2065550100", number], index=["a", "b"]))
    assert str(refused.value).startswith("Row 'b': ")
    assert "dtype=str" in str(refused.value)


@pytest.mark.parametrize(
    "numbers", [["2065550100"], pd.DataFrame({"to": ["2065550100", "1"]}), np.array([2065550100]), {}, {"a"}]
)
def test_several_numbers_that_are_not_a_series_are_refused_by_their_type(numbers):
    with pytest.raises(
        fr.InputError, match=rf"this is a {type(numbers).__name__}\. Pass one number or a pandas Series"
    ):
        fr.normalize_number(numbers)
