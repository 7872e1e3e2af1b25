"""How a counted text shows itself: its dear characters marked, and nothing in it that could do harm or hide."""

import re
import unicodedata
from html.parser import HTMLParser

from hypothesis import given, settings
from hypothesis import strategies as st

import flowroute_nb as fr

ALLOWED = {"div", "strong", "mark", "span", "table", "thead", "tbody", "tr", "th", "td"}
#: What turns, joins or hides the text around it.
HIDING = re.compile(
    "[\u00ad\u061c\u115f\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\u2800\u3164\ufeff\ue000\ud800]"
)


class Page(HTMLParser):
    """Reads HTML as a browser would, and keeps the marked pieces and all that is text."""

    def __init__(self, said):
        super().__init__()
        self.tags, self.attributes, self.open, self.marked, self.titles, self.text = set(), set(), [], [], [], ""
        self.feed(said)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.open.append(tag)
        if tag == "mark":
            self.marked.append("")
            self.titles.append(dict(attrs)["title"])

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data
        if "mark" in self.open:
            self.marked[-1] += data


def shown(text):
    return Page(fr.segments(text)._repr_html_())


def test_a_text_shows_itself_on_three_lines_with_its_dear_characters_marked():
    assert repr(fr.segments("Olá “you”\nthere")) == (
        "<Segments count=1 (UCS-2, 55 left) standard=1 (UCS-2, 55 left)\n"
        " Ol«á» «“»you«”»⏎there\n"
        " cleaned: count=1 (ASCII, 145 left) standard=1 (GSM-7, 145 left)>"
    )
    assert repr(fr.segments("plain")) == "<Segments count=1 (ASCII, 155 left) standard=1 (GSM-7, 155 left)\n plain>"


def test_a_notebook_shows_both_counts_the_marked_text_and_what_to_write_instead():
    page = shown("x" * 150 + " “caffè” 🎉")
    assert page.marked == ["“", "è”", "🎉", "“", "è", "”", "🎉"]
    assert page.titles[1] == (
        'latin small letter e with grave: write e instead; right double quotation mark: write " instead'
    )
    for said in ("3 segments", "3 · UCS-2, 50 left", "No plain way to write 🎉", "the published rule alone"):
        assert said in page.text


def test_a_notebook_says_where_the_rules_disagree_and_what_takes_two_places():
    page = shown("x" * 290 + "{}")
    assert page.text.startswith("3 segments, or 2 by the standard")
    assert "Two places each by the standard: { }" in page.text
    assert "No source proves which of them is billed." in page.text
    assert "Two places" not in shown("x").text


def test_a_family_a_word_and_an_accent_are_marked_as_one_piece():
    pieces = shown("a👨\u200d👩\u200d👧b Привет e\u0301 नमस्ते").marked[:4]
    assert pieces[:2] == ["👨\u200d👩\u200d👧", "Привет"]
    assert pieces[2:] == ["U+0301", "नमस्ते"]


def test_what_cannot_be_seen_is_named():
    text = "a\u200bb\u202ec\u00a0d\x07e\tf\ud800g\u200dh\u3164i1\ufe0f\u20e3"
    codes = ["U+200B", "U+202E", "U+00A0", "U+0007", "U+0009", "U+D800", "U+200D", "U+3164", "U+FE0FU+20E3"]
    assert shown(text).marked[:9] == codes
    assert re.findall("«(.*?)»", repr(fr.segments(text))) == codes
    assert "zero width space: write nothing instead" in shown(text).titles[0]


ODD = st.sampled_from("<>&\"'x \n\r\f“é🎉👩\u200d\ufe0f\u0301\u200b\u202e\u00a0\u3164\u2800\x1b\x00\ud800\ue000")
TEXTS = st.lists(ODD | st.characters(), max_size=40).map("".join)


@settings(deadline=None)
@given(TEXTS)
def test_whatever_somebody_wrote_is_text_in_a_notebook_and_in_a_terminal(text):
    found = fr.segments(text)
    said = found._repr_html_()
    page = Page(said)
    assert page.tags <= ALLOWED
    assert page.attributes <= {"class", "style", "title", "scope", "dir"}
    for each in (said, repr(found)):
        assert not HIDING.search(each)
        assert {c for c in each if unicodedata.category(c) == "Cc"} <= {"\n"}
        each.encode()


def test_a_script_is_shown_and_never_run():
    said = fr.segments("<script>alert(1)</script> <img onerror='x'>")._repr_html_()
    assert "<script" not in said
    assert "<img" not in said
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in said


def test_a_very_long_text_is_shown_in_part_and_says_so():
    found = fr.segments("“" + "x" * 5_000 + "”")
    for said in (repr(found), found._repr_html_()):
        assert len(said) < 6_000
        assert "… and 4,002 more characters" in said
    many = "".join(map(chr, range(0x410, 0x430)))
    assert "No plain way to write А Б В Г Д Е Ж З И Й К Л and 20 more" in shown(many).text
    assert "and 3 more" in shown("àáâãäåèéêëìíîïò").text
