"""What an account has besides messages, against servers that answer as documented, otherwise, or not at all."""

import copy
import json
from decimal import Decimal
from fractions import Fraction

import pandas as pd
import pytest
from faulty import Faulty, answer, close, cut, reset, silence
from hypothesis import given, settings
from hypothesis import strategies as st
from test_answers import ANY, changed, places

import flowroute_nb as fr
from flowroute_nb import resources, schema, wire

KEYS = {"access_key": "AK1234567", "secret_key": "planted-secret"}
V21 = ["sms_callback", "mms_callback", "sms_dlr_callback", "mms_dlr_callback", "dlr_callback"]
V22 = V21[:4]
URL = "https://example.com/sms"
DTYPES = {"decimal": "object"}  # the others are pandas' own names


def of(server, **options):
    account = fr.Account(**{**KEYS, "base_url": server.url, "timeout": (1, 0.3), **options})
    account._client._sleep = lambda _: None
    return account


def said(*data, links=None):
    return answer(body=json.dumps({"data": list(data), "links": links or {}}).encode())


def number(name, **attributes):
    return {"type": "number", "id": name, "attributes": {"value": name, **attributes}}


def group(date, **attributes):
    return {"type": "message-stats", "id": date, "attributes": {"date": date, **attributes}}


def callback(**attributes):
    return answer(body=json.dumps({"data": {"type": "callback", "attributes": attributes}}).encode())


def cells(frame):
    """Give the cells of a frame row by row, missing as None."""
    return [[None if pd.isna(value) else value for value in row] for row in frame.itertuples(index=False)]


TABLES = {"stats": schema.STATS, "numbers": schema.NUMBERS, "callbacks": schema.CALLBACKS}
READS = list(TABLES)
NOTHING = {"stats": said(), "numbers": said(), "callbacks": answer("404 Not Found")}
SOMETHING = {
    "stats": said(group("2026")),
    "numbers": said(number("12065550100")),
    "callbacks": callback(callback_url=URL),
}


# ------------------------------------------------------------------ frames


@pytest.mark.parametrize("verb", READS)
@pytest.mark.parametrize("answers", [NOTHING, SOMETHING], ids=["empty", "filled"])
def test_a_frame_has_its_table_s_columns_and_types_also_when_it_is_empty(verb, answers):
    with Faulty(answers[verb]) as server:
        frame = getattr(of(server), verb)()
    assert len(frame) == 0 or answers is SOMETHING
    assert {name: str(dtype) for name, dtype in frame.dtypes.items()} == {
        column.name: DTYPES.get(column.dtype, column.dtype) for column in TABLES[verb]
    }


@pytest.mark.parametrize("api", ["v2", "v2.1", "v2.2"])
def test_stats_and_numbers_are_asked_of_v2_whatever_the_account_speaks(api):
    with Faulty(said()) as server:
        of(server, api=api).stats()
        of(server, api=api).numbers()
        assert server.taken == ["GET /v2/message-stats", "GET /v2/numbers?limit=200&offset=0"]


def test_a_group_is_of_the_period_its_date_has_the_shape_of_and_groups_stay_in_their_order():
    dates = {"2026": "year", "2025": "year", "2026-10": "month", "2026-10-31": "day", "lifetime": "lifetime"}
    with Faulty(said(*map(group, dates))) as server:
        stats = of(server).stats()
    assert dict(zip(stats.date, stats.period, strict=True)) == dates
    assert stats.date.tolist() == list(dates)


@pytest.mark.parametrize("amount", [0, 1, 4_000_000, 1_200_000_000, 123_456_789_123_456_789, -7_000_000])
@pytest.mark.parametrize("spelled", [int, str])
def test_money_is_exact_and_has_four_decimals_at_least(amount, spelled):
    with Faulty(said(group("2026", amount_nanodollars=spelled(amount), amount_display="$9.9999"))) as server:
        row = of(server).stats().iloc[0]
    assert type(row.cost) is Decimal
    assert Fraction(row.cost) == Fraction(amount, 10**9)
    assert len(f"{row.cost:f}".partition(".")[2]) >= 4
    assert row.amount_nanodollars == amount


def test_a_total_may_be_text_and_what_is_not_said_is_missing():
    said_ = said(group("2026", message_inbound=1, message_outbound="2", message_total="3"), group("2025"))
    with Faulty(said_) as server:
        assert cells(of(server).stats()) == [
            ["2026", "year", 1, 2, 3, None, None],
            ["2025", "year", None, None, None, None, None],
        ]


def test_a_group_without_a_date_has_the_date_of_its_id():
    with Faulty(said({"id": "2026-10", "attributes": {}})) as server:
        assert cells(of(server).stats())[0][:2] == ["2026-10", "month"]


def test_every_attribute_of_a_number_has_its_column_or_stands_in_other():
    full = {
        "alias": "Front desk",
        "number_type": "longcode",
        "rate_center": "seattle",
        "state": "wa",
        "cnam_lookups_enabled": False,
        "messaging_enabled": True,
        "status": "active",
        "iso_country": "US",
        "billing_method": {"plan": [1, None]},
        "note": "x",
    }
    with Faulty(said(number("12065550100", **full))) as server:
        (row,) = cells(of(server).numbers())
    assert row[:-1] == ["12065550100", "Front desk", True, "active", "longcode", "seattle", "wa", "US", False]
    assert row[-1] == '{"billing_method":{"plan":[1,null]},"note":"x"}'


@pytest.mark.parametrize("spelled", ["12065550100", "+12065550100", 12065550100])
def test_a_number_is_digits_however_it_is_said_and_merges_with_records(spelled):
    with Faulty(said({"id": spelled, "attributes": {"value": spelled, "alias": "Desk"}})) as server:
        numbers = of(server).numbers()
    record = fr.read({"id": "mdr2-1", "to": "12065550100", "from": "12065550101", "body": "Hello"})
    assert record.merge(numbers, on="number").alias.tolist() == ["Desk"]


def test_a_number_that_says_no_value_is_its_id():
    with Faulty(said({"id": "12065550100", "attributes": {}})) as server:
        assert of(server).numbers().number.tolist() == ["12065550100"]


def test_frames_go_through_parquet_and_concat_with_the_same_values(tmp_path):
    answers = said(number("12065550100", alias="Desk", messaging_enabled=True)), said()
    with Faulty(*answers) as server:
        frame, empty = of(server).numbers(), of(server).numbers()
    frame.to_parquet(tmp_path / "numbers.parquet")
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "numbers.parquet"), frame)
    pd.testing.assert_frame_equal(pd.concat([empty, frame], ignore_index=True), frame)


# ------------------------------------------------------------------ all pages, and nobody else's


def test_every_page_of_numbers_is_followed_and_repeats_are_dropped_by_id():
    one, two, three = number("12065550100", alias="old"), number("12065550101"), number("12065550102")
    again = number("12065550100", alias="new")
    steps = [
        said(one, two, links={"self": "/x", "next": "/v2/numbers?limit=200&offset=200"}),
        said(again, three, links={"self": "/x"}),
    ]
    with Faulty(*steps) as server:
        numbers = of(server).numbers()
        assert server.taken == ["GET /v2/numbers?limit=200&offset=0", "GET /v2/numbers?limit=200&offset=200"]
    assert numbers.number.tolist() == ["12065550100", "12065550101", "12065550102"]
    assert numbers.alias.tolist()[0] == "new"


@pytest.mark.parametrize(
    ("link", "why"),
    [
        ("https://evil.example/v2/numbers?offset=200", "leads to another host"),
        ("//evil.example/v2/numbers", "leads to another host"),
        ("http://user:pw@127.0.0.1/v2/numbers", "leads to another host"),
        ("/v2/numbers?limit=200&offset=0", "leads back to one already read"),
    ],
)
def test_a_next_page_that_is_foreign_or_was_read_is_an_error_with_what_was_read(link, why):
    with Faulty(said(number("12065550100"), links={"next": link})) as server:
        with pytest.raises(fr.errors.ServiceBroken, match=why) as stopped:
            of(server).numbers()
        assert len(server.taken) == 1
    assert stopped.value.partial.number.tolist() == ["12065550100"]
    assert str(stopped.value).endswith("What was read before, 1 number, is in .partial.")


def test_pages_that_bring_nothing_new_for_ever_are_stopped():
    steps = [said(number("12065550100"), links={"next": f"/v2/numbers?offset={n}"}) for n in range(1, 30)]
    with Faulty(*steps) as server, pytest.raises(fr.errors.ServiceBroken, match="5 pages in a row"):
        of(server).numbers()


def test_a_service_that_stops_between_two_pages_leaves_what_was_read_in_partial():
    one = said(*(number(f"1206555{n:04d}") for n in range(100, 120)), links={"next": "/v2/numbers?offset=200"})
    with Faulty(one, answer("502 Bad Gateway", b"<html>oops</html>")) as server:
        with pytest.raises(fr.errors.ServiceBroken, match=r"\(502, without a reason\).*20 numbers, is in") as stopped:
            of(server).numbers()
        assert len(server.taken) == 7  # the second page is asked for six times
    assert (len(stopped.value.partial), stopped.value.status) == (20, 502)


@pytest.mark.parametrize(
    "api", [pytest.param(v, marks=pytest.mark.fidelity("one number", v, "library", "reading")) for v in wire.VERSIONS]
)
def test_numbers_are_asked_for_as_they_are_to_match(api):
    wanted = {"starts_with": "+44", "contains": "555", "ends_with": "00", "alias": "Front desk & co"}
    with Faulty(said()) as server:
        of(server, api=api).numbers(**wanted)
        asked = server.taken[0]
    assert asked == (
        "GET /v2/numbers?starts_with=%2B44&contains=555&ends_with=00&alias=Front+desk+%26+co&limit=200&offset=0"
    )


def test_an_alias_of_exactly_64_characters_is_allowed_and_one_more_is_not():
    with Faulty(said()) as server:
        account = of(server)
        account.numbers(alias="x" * 64)
        with pytest.raises(fr.InputError, match="alias has 65 characters"):
            account.numbers(alias="x" * 65)
        assert [line.count("x") for line in server.taken] == [64]


# ------------------------------------------------------------------ what can't be understood is named

GROUP = group(
    "2026", message_inbound=1, message_outbound=2, message_total="3", amount_nanodollars=4, amount_display="$0"
)
NUMBER = number(
    "12065550100",
    **dict.fromkeys(("alias", "number_type", "rate_center", "state", "status", "iso_country"), "x"),
    cnam_lookups_enabled=True,
    messaging_enabled=None,
)
GOOD = {"stats": (GROUP, group("lifetime")), "numbers": (NUMBER, number("12065550199"))}
COUNTS = ("message_inbound", "message_outbound", "message_total")
TEXTS = ("alias", "number_type", "rate_center", "state", "status", "iso_country")
WRONG = [
    *(("stats", name, value) for name in COUNTS for value in (True, 1.5, "many", "1e3", [], {}, -1, 10**19, "")),
    *(("stats", "amount_nanodollars", value) for value in (True, 0.004, "$1", [], {}, 10**19, -(10**19))),
    *(
        ("stats", "date", value)
        for value in (2026, "2026-13", "2026-10-32", "2026-1", "yesterday", "Lifetime", [], "٢٠٢٦")
    ),
    *(("numbers", name, value) for name in TEXTS for value in (5, True, [], {})),
    *(("numbers", name, value) for name in ("cnam_lookups_enabled", "messaging_enabled") for value in (1, "yes", [])),
    *(("numbers", "value", value) for value in (True, 1.5, [], "1-206", "x", "+", "٢٠٦")),
]


@pytest.mark.parametrize(("verb", "attribute", "value"), WRONG, ids=[f"{v} {a}={x!r}" for v, a, x in WRONG])
def test_a_wrong_value_is_an_error_that_names_the_id_and_the_attribute_and_keeps_the_others(verb, attribute, value):
    first, second = GOOD[verb]
    spoilt = {**first, "attributes": {**first["attributes"], attribute: value}}
    with Faulty(said(spoilt, second)) as server, pytest.raises(fr.errors.BadRecords) as wrong:
        getattr(of(server), verb)()
    assert list(wrong.value.bad) == [first["id"]]
    assert wrong.value.bad[first["id"]].startswith(attribute)
    assert attribute in str(wrong.value)
    assert first["id"][-4:] in str(wrong.value)
    assert wrong.value.partial.iloc[:, 0].tolist() == [second["id"]]


def test_an_error_shows_a_number_by_its_last_four_digits_and_has_it_in_full():
    with Faulty(said(number("12065550123", alias=5))) as server, pytest.raises(fr.errors.BadRecords) as wrong:
        of(server).numbers()
    assert str(wrong.value).startswith("1 number can't be understood: …0123 alias can't be read (")
    assert "2065550123" not in str(wrong.value)
    assert list(wrong.value.bad) == ["12065550123"]


@pytest.mark.parametrize("resource", [5, "x", None, [], {}, {"id": "1"}, {"id": None}, {"id": ["x"], "attributes": {}}])
@pytest.mark.parametrize("verb", ["stats", "numbers"])
def test_a_resource_that_is_none_is_named_by_its_place(verb, resource):
    with Faulty(said(resource, GOOD[verb][0])) as server, pytest.raises(fr.errors.BadRecords) as wrong:
        getattr(of(server), verb)()
    assert len(wrong.value.bad) == 1
    assert len(wrong.value.partial) == 1


@pytest.mark.parametrize("attribute", ["alias", "note"])
def test_a_byte_that_is_no_utf_8_spoils_its_own_number_only(attribute):
    page = json.dumps({"data": [number("12065550100", **{attribute: "?"}), NUMBER | {"id": "12065550101"}]}).encode()
    with Faulty(answer(body=page.replace(b'"?"', b'"\xff"'))) as server, pytest.raises(fr.errors.BadRecords) as wrong:
        of(server).numbers()
    assert list(wrong.value.bad) == ["12065550100"]
    assert wrong.value.bad["12065550100"].startswith(attribute)
    assert len(wrong.value.partial) == 1


@pytest.mark.parametrize("attribute", ["callback_url", "api_version", "product"])
@pytest.mark.parametrize("value", [True, [], {}])
def test_a_wrong_value_of_a_callback_names_its_type_and_the_attribute(attribute, value):
    good = {"callback_url": URL, "api_version": "v2.1", "product": "sms"}
    steps = [callback(**{**good, attribute: value}), callback(**good)]
    with Faulty(*steps) as server, pytest.raises(fr.errors.BadRecords) as wrong:
        of(server).callbacks()
    assert list(wrong.value.bad) == ["sms_callback"]
    assert wrong.value.bad["sms_callback"].startswith(f"{attribute} can't be read")
    assert wrong.value.partial.callback_type.tolist() == V21[1:]


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(["stats", "numbers"]), st.data())
def test_any_json_in_any_place_is_a_row_or_named(verb, data):
    page = {"data": list(GOOD[verb]), "links": {"self": "/x"}}
    path, new = data.draw(st.sampled_from(list(places(page)))), data.draw(ANY)
    payload = changed(copy.deepcopy(page), path, new)
    try:
        found = getattr(resources, verb)(json.dumps(payload).encode(), "The answer")
    except fr.errors.ServiceBroken as broken:
        assert str(broken).endswith(".")  # noqa: PT017  the error is one of two good ends
        return
    assert len(found.rows) + len(found.bad) <= len(payload["data"])
    assert {"12065550199", "lifetime"} & set(found.rows) or path[:2] in ((), ("data",), ("data", 1))


@pytest.mark.parametrize("verb", READS)
@pytest.mark.parametrize(
    "body", [b"<html>oops</html>", b"[]", b"5", b'"x"', b"{", b'{"data":5}', b"[" * 5_000, b"\xff"]
)
def test_an_answer_that_is_no_answer_is_an_error_and_no_empty_frame(verb, body):
    with (
        Faulty(answer(body=body)) as server,
        pytest.raises(fr.errors.ServiceBroken, match="not the JSON that Flowroute"),
    ):
        getattr(of(server), verb)()


@pytest.mark.parametrize("verb", ["stats", "numbers"])
@pytest.mark.parametrize("body", [b"{}", b'{"data":null}', b'{"errors":[]}', b'{"data":{}}', b'{"data":[],"links":5}'])
def test_a_list_that_is_none_is_an_error_and_no_empty_frame(verb, body):
    with Faulty(answer(body=body)) as server, pytest.raises(fr.errors.ServiceBroken):
        getattr(of(server), verb)()


# ------------------------------------------------------------------ callbacks, read


@pytest.mark.parametrize(("api", "types"), [("v2.1", V21), ("v2.2", V22)])
def test_each_type_of_the_version_is_asked_for_once_and_a_404_is_no_row(api, types):
    steps = [answer("404 Not Found")] * (len(types) - 1) + [callback(callback_url=URL, api_version=api, product="dlr")]
    with Faulty(*steps) as server:
        frame = of(server, api=api).callbacks()
        assert server.taken == [f"GET /{api}/messages/{kind}" for kind in types]
    assert cells(frame) == [[types[-1], URL, api, "dlr"]]


@pytest.mark.parametrize(
    "body",
    [
        {"data": {"type": "callback", "attributes": {"callback_url": None}}},
        {"data": {"type": "callback", "attributes": {"callback_url": "", "product": "sms"}}},
        {"data": {"type": "callback", "attributes": None}},
        {"data": None},
    ],
)
def test_a_callback_without_an_address_is_not_set(body):
    with Faulty(answer(body=json.dumps(body).encode())) as server:
        assert len(of(server).callbacks()) == 0


@pytest.mark.parametrize("body", [{}, {"data": {}}, {"errors": []}, {"data": {"attributes": {"product": "sms"}}}])
def test_an_answer_that_says_no_address_is_no_callback_that_is_not_set(body):
    step = answer(body=json.dumps(body).encode())
    with Faulty(step) as server, pytest.raises(fr.errors.BadRecords, match="sms_callback has no callback_url"):
        of(server).callbacks()


@pytest.mark.parametrize("said_", [{"callback_url": URL}, {"data": {"callback_url": URL}}])
def test_a_callback_may_come_without_its_envelopes(said_):
    with Faulty(answer(body=json.dumps(said_).encode())) as server:
        assert cells(of(server, api="v2.2").callbacks()) == [[kind, URL, None, None] for kind in V22]


@pytest.mark.parametrize(("version", "shown"), [("v2.1", "v2.1"), (2.1, "2.1"), (2, "2"), (None, None)])
def test_the_version_of_a_callback_is_text_however_it_is_said(version, shown):
    with Faulty(callback(callback_url=URL, api_version=version)) as server:
        assert cells(of(server, api="v2.2").callbacks())[0][2] == shown


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        ("401 No", "Unauthorized"),
        ("403 No", "Forbidden"),
        ("422 No", "Unprocessable"),
        ("405 No", "Refused"),
        ("429 No", "RateLimited"),
        ("500 No", "ServiceBroken"),
    ],
)
def test_a_failure_that_is_no_404_is_an_error_with_what_was_read_and_no_empty_frame(status, kind):
    with Faulty(callback(callback_url=URL), answer(status)) as server, pytest.raises(fr.FlowrouteError) as stopped:
        of(server).callbacks()
    assert type(stopped.value).__name__ == kind
    assert stopped.value.partial.callback_type.tolist() == ["sms_callback"]
    assert "What was read before, 1 callback, is in .partial." in str(stopped.value)


# ------------------------------------------------------------------ reads are tried again

PASSING = {
    "closed": close,
    "reset": reset,
    "read timeout": silence(0.5),
    "HTML 502": answer("502 Bad Gateway", b"<html>oops</html>"),
    "503": answer("503 Busy", Retry_After=1),
    "408": answer("408 Request Timeout"),
    "429": answer("429 Slow down"),
}


@pytest.mark.parametrize("fault", [*PASSING, "cut"])
@pytest.mark.parametrize("verb", READS)
def test_a_read_whose_answer_is_lost_is_asked_again(verb, fault):
    step = cut(SOMETHING[verb], -3) if fault == "cut" else PASSING[fault]
    with Faulty(step, SOMETHING[verb]) as server:
        assert len(getattr(of(server), verb)()) in (1, len(V21))


@pytest.mark.parametrize("verb", READS)
def test_an_error_says_what_was_being_read_and_nothing_of_sending(verb):
    body = json.dumps({"errors": [{"detail": "no permission", "id": "u-1"}]}).encode()
    with Faulty(answer("403 Forbidden", body)) as server, pytest.raises(fr.errors.Forbidden) as refused:
        getattr(of(server), verb)()
    assert str(refused.value).startswith("Reading ")
    assert "403: no permission" in str(refused.value)
    assert "Send" not in str(refused.value)
    assert refused.value.request_id == "u-1"


@pytest.mark.parametrize("verb", ["stats", "numbers"])
def test_a_404_to_a_list_is_an_error_that_speaks_of_no_record(verb):
    with Faulty(answer("404 Not Found")) as server, pytest.raises(fr.errors.NotFound) as nothing:
        getattr(of(server), verb)()
    assert "record" not in str(nothing.value)


# ------------------------------------------------------------------ callbacks, set and removed

CHANGES = {
    "set": (lambda account: account.set_callback("sms_callback", URL), "PUT /v2.1/messages/sms_callback"),
    "set of a number": (
        lambda account: account.set_callback("sms_callback", URL, number="(206) 555-0100"),
        "POST /v2/numbers/12065550100/relationships/sms_callback",
    ),
    "remove": (lambda account: account.remove_callback("sms_callback"), "DELETE /v2.2/messages/sms_callback"),
}
DONE = answer("204 No Content")


def changes(verb, *steps, **options):
    """Change something at a server that does so; give what was asked, or the error."""
    with Faulty(*steps) as server:
        assert CHANGES[verb][0](of(server, **options)) is None
        return server.taken


@pytest.mark.parametrize("verb", CHANGES)
@pytest.mark.parametrize("done", [DONE, answer("200 OK"), answer("200 OK", b"{}"), answer("200 OK", b"<html>")])
def test_a_change_is_one_request_and_204_or_200_is_done(verb, done):
    assert changes(verb, done) == [CHANGES[verb][1]]


@pytest.mark.parametrize("verb", ["set", "set of a number"])
def test_what_is_set_goes_out_as_json_with_the_head_that_says_so(verb):
    with Faulty(DONE) as server:
        CHANGES[verb][0](of(server))
        (head,), (body,) = server.heads, server.bodies
    assert json.loads(body) == {"callback_url": URL}
    assert b"Content-Type: application/vnd.api+json\r\n" in head
    assert b"Accept: application/vnd.api+json, application/json\r\n" in head


@pytest.mark.parametrize("fault", PASSING)
@pytest.mark.parametrize("verb", CHANGES)
def test_a_change_whose_answer_is_lost_is_asked_again_as_it_does_no_harm(verb, fault):
    assert changes(verb, PASSING[fault], PASSING[fault], DONE) == [CHANGES[verb][1]] * 3


@pytest.mark.parametrize("fault", [name for name in PASSING if name != "429"])
def test_a_removal_whose_answer_was_lost_and_that_then_finds_nothing_is_done(fault):
    assert len(changes("remove", PASSING[fault], answer("404 Not Found"))) == 2


def test_a_removal_that_was_only_put_off_and_finds_nothing_was_not_done():
    with pytest.raises(fr.errors.NotFound):
        changes("remove", answer("429 Slow down"), answer("404 Not Found"))


@pytest.mark.parametrize("verb", ["set", "set of a number"])
def test_setting_what_is_then_not_found_is_no_success(verb):
    with pytest.raises(fr.errors.NotFound):
        changes(verb, close, answer("404 Not Found"))


def test_nothing_to_remove_says_so():
    with pytest.raises(fr.errors.NotFound) as nothing:
        changes("remove", answer("404 Not Found"))
    assert str(nothing.value) == (
        "Removing sms_callback found nothing (404, without a reason). None of this type is set, so there is nothing "
        "to remove: account.callbacks() lists those that are."
    )


@pytest.mark.parametrize("status", ["403 Forbidden", "404 Not Found"])
def test_a_number_that_isn_t_the_account_s_says_where_those_are_that_are(status):
    with pytest.raises(fr.errors.Refused, match=r"Setting sms_callback of …0100 .*account\.numbers\(\)") as refused:
        changes("set of a number", answer(status))
    assert "2065550100" not in str(refused.value)


@pytest.mark.parametrize("verb", CHANGES)
def test_an_answer_that_is_always_lost_leaves_it_open_and_says_that_again_does_no_harm(verb):
    with pytest.raises(fr.errors.Unreachable, match="It may be done all the same; doing it again does no harm"):
        changes(verb, close)


@pytest.mark.parametrize("verb", CHANGES)
def test_a_change_whose_account_is_closed_before_the_response_may_have_been_made(verb):
    def close_account(_connection):
        account.close()

    with Faulty(close_account) as server:
        account = of(server)
        with pytest.raises(fr.errors.Unreachable, match="It may be done all the same"):
            CHANGES[verb][0](account)


@pytest.mark.parametrize("verb", CHANGES)
def test_a_service_that_can_t_be_reached_changed_nothing(verb):
    with Faulty(close) as server:
        pass
    with pytest.raises(fr.errors.Unreachable, match=r"no connection to .* could be made\. Nothing was changed\."):
        CHANGES[verb][0](of(server))


@pytest.mark.parametrize("verb", CHANGES)
@pytest.mark.parametrize("status", ["207 Multi-Status", "202 Accepted", "301 Moved", "500 Broken", "100 Continue"])
def test_an_answer_that_is_neither_done_nor_refused_is_the_service_s_fault(verb, status):
    silent = status.startswith("100")  # more would have to follow
    with pytest.raises(fr.errors.Unreachable if silent else fr.errors.ServiceBroken):
        changes(verb, answer(status), timeout=(1, 0.1 if silent else 5))


@pytest.mark.parametrize("verb", CHANGES)
def test_a_redirect_is_never_followed(verb):
    with Faulty(DONE) as elsewhere:
        with pytest.raises(fr.errors.ServiceBroken, match="redirect"):
            changes(verb, answer("307 Moved", Location=f"{elsewhere.url}/x"))
        assert elsewhere.taken == []


@pytest.mark.parametrize("verb", CHANGES)
def test_a_refused_change_is_asked_once_and_shows_neither_the_address_nor_the_key(verb):
    secret = "https://example.com/hook/planted-token"
    body = json.dumps({"errors": [{"detail": f"{secret} can't be called by AK1234567"}]}).encode()
    with Faulty(answer("422 No", body)) as server:
        account = of(server)
        with pytest.raises(fr.errors.Unprocessable) as refused:
            account.set_callback("sms_callback", secret)
        assert len(server.taken) == 1
        shown = str(refused.value) + repr(account)
    assert "planted" not in shown
    with pytest.raises(fr.errors.Unauthorized) as refused:
        changes(verb, answer("401 No"))
    assert "planted-secret" not in str(refused.value)


def test_a_request_shows_neither_an_address_nor_a_whole_number():
    shown = repr(resources.put_callback("v2.1", "sms_callback", URL, "12065550100"))
    assert shown == "<Request POST /v2/numbers/…0100/relationships/sms_callback>"
    assert "5550100" not in repr(resources.ask_numbers({"starts_with": "12065550100"}, 200))
    assert "5550100" not in repr(resources.numbers(b'{"data":[{"id":"12065550100","attributes":{}}]}', "x"))


@pytest.mark.parametrize("kind", V22)
@pytest.mark.parametrize("api", ["v2.1", "v2.2"])
def test_a_callback_is_set_on_the_account_s_version_and_removed_on_v2_2(api, kind):
    with Faulty(DONE) as server:
        account = of(server, api=api)
        account.set_callback(kind, URL)
        account.remove_callback(kind)
        account.set_callback(kind, URL, number=12065550100)
        assert server.taken == [
            f"PUT /{api}/messages/{kind}",
            f"DELETE /v2.2/messages/{kind}",
            f"POST /v2/numbers/12065550100/relationships/{kind}",
        ]


@pytest.mark.fidelity("set a callback", "v2.1", "library", "sheet")
def test_the_old_name_of_a_callback_is_set_and_read_on_v2_1_alone():
    assert [api for api, types in wire.CALLBACKS.items() if "dlr_callback" in types] == ["v2.1"]
    with Faulty(DONE) as server:
        of(server).set_callback("dlr_callback", URL)
        assert server.taken == ["PUT /v2.1/messages/dlr_callback"]
