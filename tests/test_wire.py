"""Bytes in, values out: requests of each version, and errors of every shape."""

import json

import pytest
from faulty import Faulty, answer

import flowroute_nb as fr
from flowroute_nb import wire
from flowroute_nb.wire import Answer, Message

MESSAGE = Message("12065551234", "12065550101", "hello there")


@pytest.mark.parametrize(
    ("api", "body"),
    [
        ("v2", {"to": "12065551234", "from": "12065550101", "body": "hello there"}),
        (
            "v2.1",
            {
                "data": {
                    "type": "message",
                    "attributes": {"to": "12065551234", "from": "12065550101", "body": "hello there"},
                }
            },
        ),
        (
            "v2.2",
            {
                "data": {
                    "type": "message",
                    "attributes": {"to": "+12065551234", "from": "+12065550101", "body": "hello there"},
                }
            },
        ),
    ],
)
def test_each_version_is_asked_in_its_own_words(api, body):
    request = wire.send(api, MESSAGE)
    assert (request.method, request.path) == ("POST", f"/{api}/messages")
    assert json.loads(request.body) == body
    assert request.headers["Content-Type"] == "application/vnd.api+json"


@pytest.mark.parametrize(
    "more", [{"is_mms": True}, {"media_urls": ("https://example.com/a",)}, {"dlr_callback": "https://e"}]
)
def test_v2_has_no_mms_and_no_callback(more):
    with pytest.raises(fr.InputError, match=r"Use an account with api='v2\.1' or 'v2\.2'"):
        wire.send("v2", Message("12065551234", "12065550101", "x", **more))


def refused(status, body, heads=None):
    said = body if isinstance(body, bytes) else json.dumps(body).encode()
    return wire.refusal(Answer(status, heads or {}, said), "The send to …1234", "my text")


@pytest.mark.parametrize(
    "error",
    [
        {"code": 1110},
        {"code": "1110"},
        {"detail": {"code": 1110}},
        {"detail": {"code": "1110"}},
        {"detail": "error code 1110: user opted out"},
    ],
)
def test_an_opt_out_is_known_wherever_its_code_stands(error):
    assert isinstance(refused(400, {"errors": [error]}), fr.errors.OptedOut)


@pytest.mark.parametrize("error", [{"code": 1111}, {"detail": "call 11100"}, {"detail": ["1110 x"]}])
def test_another_code_is_no_opt_out(error):
    assert type(refused(400, {"errors": [error]})) is fr.errors.Refused


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, "Refused"),
        (401, "Unauthorized"),
        (403, "Forbidden"),
        (404, "NotFound"),
        (405, "Refused"),
        (415, "Refused"),
        (418, "Refused"),
        (422, "Unprocessable"),
        (429, "RateLimited"),
        (301, "ServiceBroken"),
        (500, "ServiceBroken"),
        (503, "ServiceBroken"),
        (599, "ServiceBroken"),
        (100, "ServiceBroken"),
    ],
)
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html><h1>Oops</h1></html>",
        b"[1]",
        b"5",
        b'{"errors":5}',
        b'{"errors":[5]}',
        b"\xff",
        b'{"errors":{"detail":"x"}}',
    ],
)
def test_every_status_has_its_class_whatever_the_body(status, kind, body):
    error = refused(status, body)
    assert (type(error).__name__, error.status) == (kind, status)
    assert f"({status}" in str(error)
    assert str(error).endswith(".")


def test_an_error_may_lack_its_title_or_have_a_nested_detail():
    nested = refused(
        422, {"errors": [{"detail": {"data": {"attributes": {"to": ["is odd", "is short"]}}}, "id": "u-1"}]}
    )
    assert "data.attributes.to: is odd; data.attributes.to: is short" in str(nested)
    assert nested.request_id == "u-1"
    assert "Client Error: no" in str(refused(400, {"errors": [{"title": "Client Error", "detail": "no"}]}))
    assert "just text" in str(refused(400, {"error": "just text"}))


def test_a_reason_shows_neither_a_whole_number_nor_the_text_that_was_sent():
    said = str(
        refused(422, {"errors": [{"detail": "to 12065551234 or +12065551234: 'my text' is bad, over 767840 byte"}]})
    )
    assert "2065551234" not in said
    assert "my text" not in said
    assert "…1234" in said
    assert "767840" in said


def test_requests_answers_and_messages_show_nothing_private():
    shown = repr(wire.send("v2.1", MESSAGE)) + repr(Answer(200, {}, b"hello there")) + repr(MESSAGE)
    assert "hello" not in shown
    assert "2065551234" not in shown


@pytest.mark.parametrize("body", ["hi", "a", "not", "account"])
def test_a_short_word_that_was_sent_leaves_the_service_s_own_words_whole(body):
    said = json.dumps({"errors": [{"status": 403, "detail": "The from number is not on this account."}]}).encode()
    assert "The from number is not on this account" in str(wire.refusal(wire.Answer(403, {}, said), "The send", body))


@pytest.mark.parametrize(("body", "shown"), [("accepted", True), ("forbidden", False)])
def test_a_word_of_up_to_8_letters_is_taken_for_the_service_s_own_and_a_longer_one_is_hidden(body, shown):
    reason = json.dumps({"errors": [{"detail": f"This is {body} here."}]}).encode()
    with Faulty(answer("403 Forbidden", reason)) as server:
        account = fr.Account(access_key="sandboxa", secret_key="b", base_url=server.url, from_="12065550100")
        with pytest.raises(fr.errors.Forbidden) as raised:
            account.send(to="12065550101", body=body)
    assert (f"This is {body} here" in str(raised.value)) == shown
    assert ("This is (the text) here" in str(raised.value)) == (not shown)


@pytest.mark.parametrize("status", [300, 399])
def test_the_first_and_the_last_status_of_a_redirect_are_redirects(status):
    with Faulty(answer(f"{status} Elsewhere", Location="http://127.0.0.1:9/")) as server:
        account = fr.Account(access_key="sandboxa", secret_key="b", base_url=server.url)
        with pytest.raises(fr.errors.ServiceBroken, match=f"redirect \\({status}"):
            account.lookup("mdr2-1")
        assert len(server.taken) == 1


@pytest.mark.parametrize("number", ["+2901234", "+6592345678", "2065550101", "+12065550101", "123456789012345"])
def test_a_reason_shows_a_number_of_any_country_by_its_last_four_digits(number):
    reason = json.dumps({"errors": [{"detail": f"The number {number} is bad."}]}).encode()
    with Faulty(answer("422 No", reason)) as server:
        account = fr.Account(access_key="sandboxa", secret_key="b", base_url=server.url, from_="12065550100")
        with pytest.raises(fr.errors.Unprocessable, match=f"The number …{number[-4:]} is bad") as raised:
            account.send(to="12065550101", body="Gee, nice marmot!")
    assert raised.value.errors == [{"detail": f"The number {number} is bad."}]  # whole, for who asks for it
