"""Texts that no message can hold are refused before anything is done with each of their characters."""

import time

import pandas as pd
import pytest

import flowroute_nb as fr

TO, PICTURE = "15305557784", "https://example.com/a.gif"
MEGABYTE = {
    "emoji": "😀" * 262_144,
    "ASCII": "x" * 1_048_576,
    "curly quotes": "“" * 349_525,
    "surrogates": "\ud83d" * 10**6,
}
# The longest texts of 255 segments by one of the two rules, and one character more.
LONGEST = {"ASCII": ("x", 255 * 153), "GSM-7, two septets": ("[", 255 * 140), "Cyrillic": ("Ж", 255 * 70)}
AT_ONCE = 1.0  # seconds of computing; it took three to twenty


class computing:  # noqa: N801  used as a context
    """Fail if what is done takes long, however busy the machine is."""

    def __enter__(self):
        self.start = time.process_time()

    def __exit__(self, kind, *_):
        if kind is None:
            assert time.process_time() - self.start < AT_ONCE


@pytest.fixture
def form(account):
    made = fr.widgets.Send(account)
    made.fill(to=TO)
    yield made
    made.close()


def requests(sandbox):
    return len(sandbox.log)


@pytest.mark.parametrize("text", MEGABYTE)
@pytest.mark.parametrize("call", ["send", "estimate", "segments", "send as MMS"])
def test_a_megabyte_of_text_is_refused_at_once_with_the_limit(sandbox, account, call, text):
    body, before = MEGABYTE[text], requests(sandbox)
    calls = {
        "send": lambda: account.send(to=TO, body=body),
        "estimate": lambda: account.estimate(body),
        "segments": lambda: fr.segments(body),
        "send as MMS": lambda: account.send(to=TO, body=body, is_mms=True),
    }
    limit = "an MMS has at most 767,840" if call == "send as MMS" else "at most 39,015: 255 segments of 153"
    with computing(), pytest.raises(fr.InputError, match=limit) as refused:
        calls[call]()
    assert requests(sandbox) == before
    assert len(str(refused.value)) < 250


@pytest.mark.parametrize("characters", LONGEST)
def test_the_longest_text_of_255_segments_by_either_rule_is_accepted_and_a_longer_one_refused(
    sandbox, account, characters
):
    character, longest = LONGEST[characters]
    sent = account.send(to=TO, body=character * longest)
    assert sandbox.taken.id.iloc[-1] == sent.id
    for call in (lambda body: account.send(to=TO, body=body), account.estimate):
        with pytest.raises(fr.InputError, match="at most 255|255 segments"):
            call(character * (longest + 1))
    assert sandbox.taken.id.iloc[-1] == sent.id


def test_an_mms_is_limited_by_its_bytes_and_not_by_segments(sandbox, account):
    longest = "😀" * (767_840 // 4)
    assert account.send(to=TO, body=longest, media_urls=[PICTURE]).id == sandbox.taken.id.iloc[-1]
    with pytest.raises(fr.InputError, match="The text has 767,841 bytes"):
        account.send(to=TO, body=longest + "x", media_urls=[PICTURE])


def test_a_replaced_text_is_checked_as_it_would_be_sent(account):
    body = "“" + "…" * 17_849  # 255 segments; replaced by three times as many full stops
    with pytest.raises(fr.InputError, match="at most 39,015"):
        account.send(to=TO, body=body, smart_quotes="replace")


def test_texts_of_a_column_are_counted_whatever_their_length():
    counts = fr.segments(pd.Series([MEGABYTE["ASCII"], "x"]))
    assert counts["count"].tolist() == [7_490, 1]  # 1,048,576 characters, 140 a part


@pytest.mark.parametrize("text", ["emoji", "ASCII", "curly quotes"])
@pytest.mark.parametrize("media", ["", PICTURE])
def test_a_megabyte_pasted_into_the_send_form_is_refused_at_once(form, sandbox, text, media):
    before = len(sandbox.taken)
    with computing():
        form.fill(body=MEGABYTE[text], media_urls=media)
        form.press("review")
    assert "at most" in form.fields["body"].error
    assert "at most" in "".join(piece[0] for piece in form.fields["body"].note)
    assert form.panel is None
    assert len(sandbox.taken) == before
    form.fill(body="Gee, nice marmot!", media_urls="")
    form.press("review")
    assert form.fields["body"].error == ""
    assert form.panel is not None


def test_a_long_text_of_an_mms_does_not_hold_the_form_up(form, sandbox):
    body = "“" + "😀" * 150_000
    with computing():
        form.fill(body=body, media_urls=PICTURE)
        form.press("review")
    assert "curly quotes" in form.fields["body"].error
    with computing():
        form.press("quotes")
        form.press("review")
    form.press("send")
    form.wait()
    assert sandbox.taken.body.iloc[-1] == '"' + body[1:]
