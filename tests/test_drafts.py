import pytest

import flowroute_nb as fr
from flowroute_nb.drafts import draft

GOOD = {
    "to": "15305557784",
    "from_": "18444205700",
    "body": "Gee, nice marmot!",
    "media_urls": None,
    "is_mms": None,
    "dlr_callback": None,
    "smart_quotes": "refuse",
}


def test_a_text_is_an_sms():
    assert not draft(**GOOD).mms


def test_a_picture_makes_it_an_mms():
    made = draft(**GOOD | {"body": None, "media_urls": ["https://example.com/37.gif"]})
    assert made.mms
    assert made.is_mms is True


@pytest.mark.parametrize("recipients", [["15305557784"], ("15305557784",), {"15305557784"}])
def test_several_recipients_are_a_type_error_that_says_how(recipients):
    with pytest.raises(TypeError, match="one request has one. Send to each in a loop"):
        draft(**GOOD | {"to": recipients})


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"from_": None}, "Give from_= to send() or to Account()"),
        ({"to": "206555010"}, "to: The number …5010 is too short (9 digits)"),
        ({"from_": "nobody"}, "from_: The number … has a letter, 'n', at position 0"),
        ({"body": None}, "The body is empty and there are no media_urls"),
        ({"body": ""}, "The body is empty and there are no media_urls"),
        ({"body": float("nan")}, "The body is of type float, not text"),
        ({"body": b"bytes"}, "The body is of type bytes, not text"),
        ({"body": "cut \ud83d off"}, "half a character (a lone surrogate) at position 4"),
        ({"is_mms": "true"}, "is_mms='true' is neither True nor False"),
        ({"media_urls": "https://example.com/37.gif"}, "media_urls is of type str. Give a list of URLs"),
        ({"media_urls": ["ftp://example.com/37.gif"]}, "media_urls has something that is no http or https URL"),
        ({"media_urls": ["https://example.com/3 7.gif"]}, "Give a whole public URL"),
        ({"dlr_callback": "example.com/dlr"}, "dlr_callback has something that is no http or https URL"),
        ({"smart_quotes": "drop"}, "smart_quotes='drop' is none of 'refuse', 'replace', 'keep'"),
    ],
)
def test_what_can_t_be_sent_is_refused_in_a_sentence(wrong, said):
    with pytest.raises(fr.InputError) as refused:
        draft(**GOOD | wrong)
    assert said in str(refused.value)


CURLY = "She said “no” – twice…"


def test_curly_quotes_are_refused_with_their_places_and_the_cleaned_text():
    with pytest.raises(fr.InputError, match="2 curly quotes: “ at 9, ” at 12") as refused:
        draft(**GOOD | {"body": CURLY})
    assert refused.value.cleaned == 'She said "no" - twice...'
    assert "She said" not in str(refused.value)


def test_a_long_dash_alone_is_no_reason_to_refuse():
    assert draft(**GOOD | {"body": "no – yes…"}).body == "no – yes…"


def test_curly_quotes_are_replaced_or_kept_when_asked():
    assert draft(**GOOD | {"body": CURLY, "smart_quotes": "replace"}).body == 'She said "no" - twice...'
    assert draft(**GOOD | {"body": CURLY, "smart_quotes": "keep"}).body == CURLY


def test_a_draft_shows_neither_its_text_nor_a_whole_number():
    assert repr(draft(**GOOD)) == "<Message to …7784 from …5700>"
