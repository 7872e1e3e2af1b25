"""Every number that the package returns can be passed back to it and means the same."""

import json

import pandas as pd
import phonenumbers
import pytest
from faulty import SENT, Faulty, answer
from hypothesis import example, given, settings
from hypothesis import strategies as st

import flowroute_nb as fr

OURS = "12065550100"
#: Valid as +1 659 234 5678 and as +65 9234 5678.
AMBIGUOUS = "6592345678"
ARABIC = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")
E164 = phonenumbers.PhoneNumberFormat.E164


def _examples():
    types = sorted(phonenumbers.PhoneNumberType.values())
    for region in sorted(phonenumbers.SUPPORTED_REGIONS):
        for kind in types:
            if number := phonenumbers.example_number_for_type(region, kind):
                yield region, number
    for code in phonenumbers.COUNTRY_CODES_FOR_NON_GEO_REGIONS:
        yield str(code), phonenumbers.example_number_for_non_geo_entity(code)


EXAMPLES = list(_examples())
WRITTEN = sorted({phonenumbers.format_number(number, E164) for _, number in EXAMPLES})


def as_written(e164):
    """Write a number with its + as the package should."""
    return e164[1:] if e164.startswith("+1") and len(e164) == 12 else e164


def records(contacts):
    """Read a page of one inbound message from each of these."""
    attributes = [{"direction": "inbound", "from": contact, "to": OURS, "body": "Hello"} for contact in contacts]
    page = [{"type": "message", "id": f"mdr2-{n}", "attributes": each} for n, each in enumerate(attributes)]
    return fr.read({"data": page})


def contacts_of(numbers):
    """Read numbers of records; what is missing is None."""
    return [None if pd.isna(contact) else contact for contact in records(numbers).contact]


def test_there_is_an_example_of_every_country():
    assert {region for region, _ in EXAMPLES} >= phonenumbers.SUPPORTED_REGIONS
    assert len(WRITTEN) > 1000


def test_an_example_of_every_type_of_every_country_has_one_spelling():
    spoken = phonenumbers.PhoneNumberFormat.INTERNATIONAL
    for _, number in EXAMPLES:
        expected = as_written(phonenumbers.format_number(number, E164))
        assert fr.normalize_number(phonenumbers.format_number(number, E164)) == expected
        assert fr.normalize_number(phonenumbers.format_number(number, spoken)) == expected
        assert fr.normalize_number(expected) == expected
    expected = [as_written(number) for number in WRITTEN]
    assert contacts_of(WRITTEN) == expected
    assert contacts_of(expected) == expected


@given(st.one_of(st.from_regex(r"\+?[0-9]{1,17}", fullmatch=True), st.text("+0123456789 ()-.aZé", max_size=16)))
@settings(max_examples=300, deadline=None)
@example("+4402079460958")
@example("+386000000")
@example("+5215512345678")
@example("40404")
def test_a_number_that_was_written_once_is_written_the_same_again(spelling):
    try:
        written = fr.normalize_number(spelling)
    except fr.InputError:
        return
    assert fr.normalize_number(written) == written
    assert contacts_of([written]) == [written]


@given(st.lists(st.from_regex(r"\+?[0-9]{3,15}", fullmatch=True) | st.text(max_size=11), min_size=20, max_size=50))
@settings(max_examples=30, deadline=None)
def test_a_number_of_a_record_is_written_the_same_when_it_is_read_again(numbers):
    once = contacts_of(numbers)
    assert contacts_of(once) == once


def test_a_bare_number_of_a_record_is_completed_only_if_one_reading_is_valid():
    for e164, contact in zip(WRITTEN, contacts_of([number[1:] for number in WRITTEN]), strict=True):
        bare = e164[1:]
        if len(bare) <= 8 or as_written(e164) == bare:
            assert contact == bare
            continue
        american = len(bare) == 10 and phonenumbers.is_valid_number(phonenumbers.parse(f"+1{bare}"))
        assert contact == (bare if american else e164)


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        ("442079460958", "+442079460958"),  # only with +
        ("61412345678", "+61412345678"),  # eleven digits of which the first is not 1
        ("+61412345678", "+61412345678"),
        ("2065550100", "12065550100"),  # only with 1
        (AMBIGUOUS, AMBIGUOUS),  # both
        ("999123456789", "999123456789"),  # neither
        ("12065550100", "12065550100"),
        ("+12065550100", "12065550100"),
        ("12061231234", "12061231234"),  # an example of Flowroute's documentation that is not valid
        ("+6592345678", "+6592345678"),
        ("40404", "40404"),
        ("12345", "12345"),
        ("65923456", "65923456"),
        ("Delivery", "Delivery"),
        ("3M", "3M"),
        ("", ""),
        (12065550100, "12065550100"),
        (442079460958, "+442079460958"),
    ],
)
@pytest.mark.parametrize("shape", ["page", "record", "v2", "bare webhook", "flat webhook"])
def test_a_record_writes_numbers_in_one_way_wherever_it_comes_from(shape, number, expected):
    attributes = {"direction": "outbound", "from": OURS, "to": number, "body": "Hello"}
    resource = {"type": "message", "id": "mdr2-1", "attributes": attributes}
    if shape == "v2":
        resource = {"type": "message", "id": "mdr1-1", "attributes": attributes | {"has_mms": False}}
    shapes = {
        "page": {"data": [resource, resource | {"id": "mdr2-2"}]},
        "record": {"data": resource},
        "v2": {"data": resource},
        "bare webhook": resource,
        "flat webhook": {"id": "mdr2-1", "to": OURS, "from": number, "body": "Hello"},
    }
    row = fr.read(json.dumps(shapes[shape])).iloc[0]
    assert (row.contact, row.number) == (expected, OURS)
    assert row["from" if shape == "flat webhook" else "to"] == expected


def test_many_spellings_on_one_page_keep_their_rows():
    numbers = ["+12065550100", None, "442079460958", "40404", "12065550101", None, AMBIGUOUS, "Delivery"]
    expected = ["12065550100", None, "+442079460958", "40404", "12065550101", None, AMBIGUOUS, "Delivery"]
    assert contacts_of(numbers) == expected


# ------------------------------------------------------------------------------------------------ typed


@pytest.mark.parametrize("number", [AMBIGUOUS, "6465550100", 6592345678, 6592345678.0])
def test_ten_bare_digits_that_a_person_typed_are_a_number_of_the_us_or_canada(number):
    assert fr.normalize_number(number) == f"1{int(number)}"


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        ("442079460958", "is too long (12 digits)"),
        ("22345678901", "does not begin with 1 and has no + (11 digits)"),
        ("011 65 9234 5678", "is too long (13 digits)"),
        ("659234567", "is too short (9 digits)"),
        ("555-0100", "has no area code (7 digits)"),
        ("6555-0100", "has no area code (8 digits)"),
        ("1 020 555 0100", "an area code never begins with 0"),
        ("+1 120 555 0100", "an area code never begins with 1"),
        ("++6592345678", "has '+' at position 1"),
        ("65+92345678", "has '+' at position 2"),
        ("+65 9234 5678, +65 9234 5679", "has ',' at position 13"),
        ("+4912345678901234567", "is too long"),
        ("1234567A", "has a letter, 'A', at position 7"),
        ("206555O100", "has a letter, 'O', at position 6"),
        ("Delivery Ltd", "has a letter, 'D', at position 0"),
    ],
)
def test_any_other_bare_number_is_an_error(number, reason):
    with pytest.raises(fr.InputError) as refused:
        fr.normalize_number(number)
    assert reason in str(refused.value)


@pytest.mark.parametrize(
    "number", ["123", "40404", "12345678", 40404, "Delivery", "3M", "T-Mobile", "Café", "AMAZON SHOP", "123456A"]
)
def test_short_codes_and_alphanumeric_senders_stay_as_they_are(number):
    assert fr.normalize_number(number) == str(number)


def test_a_number_has_at_most_fifteen_digits():
    assert fr.normalize_number("+49 15123 45678 901") == "+491512345678901"
    for number in ("+49 15123 45678 9012", "+49 15123 45678 90123"):
        with pytest.raises(fr.InputError, match="too long"):
            fr.normalize_number(number)


def test_a_column_with_short_codes_is_read():
    column = pd.Series(["40404", None, "+65 9234 5678", "Delivery", 2065550100], index=list("abcde"))
    expected = pd.Series(["40404", None, "+6592345678", "Delivery", "12065550100"], index=list("abcde"), dtype="str")
    pd.testing.assert_series_equal(fr.normalize_number(column), expected)


def test_a_bad_number_of_a_column_is_named_by_its_row():
    column = pd.Series(["12065550100", "+65 9234", None, "206555010", "206555010"], index=[10, 20, 30, 40, 50])
    with pytest.raises(fr.InputError) as refused:
        fr.normalize_number(column)
    assert "first row 20: The number …9234" in str(refused.value)
    assert "3 values" in str(refused.value)
    assert "6555010" not in str(refused.value)
    assert list(refused.value.bad) == ["20", "40", "50"]
    assert refused.value.bad["50"].startswith("The number …5010 is too short")
    with pytest.raises(fr.InputError, match=r"^Row 'x': The number …5010 is too short"):
        fr.normalize_number(pd.Series(["206555010"], index=["x"]))


# ------------------------------------------------------------------------------------------------ sent and read again


@pytest.fixture(scope="module")
def sandbox():
    with fr.Sandbox(messages=0, rate=0) as sandbox:
        yield sandbox


def account_of(sandbox, **options):
    account = sandbox.account(**options)
    account._client._sleep = lambda _: (
        None
    )  # the client paces its sends at 5 a second, and this sandbox takes any number
    return account


@pytest.mark.parametrize(
    ("api", "quirks"),
    [
        ("v2", {}),
        ("v2.1", {}),
        ("v2.2", {}),
        ("v2.2", {"numbers_said": "plus", "plus": "required"}),
        ("v2.1", {"foreign_numbers": "digits"}),
        ("v2.2", {"foreign_numbers": "digits"}),
    ],
)
def test_a_text_to_every_country_goes_to_the_same_number_when_its_contact_is_sent_to_again(api, quirks):
    numbers = {"GB": "+442079460958", "SG": "+6592345678"}
    for region, number in EXAMPLES[:: 1 if (api, quirks) == ("v2.1", {}) else 12]:
        if len(written := phonenumbers.format_number(number, E164)) > 7:  # E.164 has no shorter one
            numbers.setdefault(region, written)
    with fr.Sandbox(messages=0, rate=0, quirks=quirks) as sandbox:
        account = account_of(sandbox, api=api)
        sent = {account.send(to=number, body="Hello").id: number for number in numbers.values()}
        sandbox.tick(minutes=1)
        rows = account.lookup(list(sent))
        expected = {record_id: as_written(number) for record_id, number in sent.items()}
        bare = rows[[contact != expected[name] for name, contact in zip(rows.id, rows.contact, strict=True)]]
        assert bool(len(bare)) == (quirks.get("foreign_numbers") == "digits")
        for row in bare.itertuples():
            assert f"+{row.contact}" == expected[row.id]
            with pytest.raises(fr.InputError, match="ambiguous|short code"):
                account.send(to=row.contact, body="Hello again")
        for row in rows.drop(bare.index).itertuples():
            assert account.send(to=row.contact, body="Hello again").to == expected[row.id]


@pytest.mark.parametrize("api", ["v2", "v2.1", "v2.2"])
@pytest.mark.parametrize(
    "number", ["+6592345678", "+442079460958", "+2907123", "+6834002", "+491512345678901", "15305557784"]
)
def test_who_texted_us_can_be_answered(sandbox, api, number):
    account = account_of(sandbox, api=api)
    row = account.lookup(sandbox.receive(from_=number, to=sandbox.numbers[0], body="Hello"))
    assert row.contact == number
    assert account.send(to=row.contact, body="Hello").to == number


def test_an_ambiguous_number_of_a_record_is_refused_with_the_reason():
    with fr.Sandbox(messages=0, quirks={"foreign_numbers": "digits"}) as sandbox:
        account = sandbox.account()
        row = account.lookup(sandbox.receive(from_="+6592345678", to=sandbox.numbers[0], body="Hello"))
        assert row.contact == AMBIGUOUS
        for call in (
            lambda: account.send(to=row.contact, body="Hello"),
            lambda: account.send(to=int(row.contact), body="Hello"),
            lambda: account.send(to=float(row.contact), body="Hello"),
            lambda: account.send(to=row.contact.translate(ARABIC), body="Hello"),
            lambda: account.estimate("Hello", to=row.contact),
        ):
            with pytest.raises(fr.InputError, match="…5678 is ambiguous.*with 1 or with"):
                call()
        assert len(sandbox.taken) == 0
        assert account.send(to="659-234-5678", body="Hello").to == "16592345678"
        assert account.send(to="+6592345678", body="Hello").to == "+6592345678"


@pytest.mark.parametrize(("contact", "reason"), [("40404", "is a short code"), ("Delivery", "has a letter, 'D'")])
def test_a_short_code_can_t_be_answered_and_the_error_says_so(sandbox, contact, reason):
    row = records([contact]).iloc[0]
    assert row.contact == contact
    taken = len(sandbox.taken)
    with pytest.raises(fr.InputError, match=reason):
        sandbox.account().send(to=row.contact, body="Hello")
    assert len(sandbox.taken) == taken


def test_a_short_code_can_text_the_sandbox(sandbox):
    account = sandbox.account()
    for number in ("404", "40404", "12345678", 40404):
        row = account.lookup(sandbox.receive(from_=number, to=sandbox.numbers[0], body="Your code is 1234"))
        assert row.contact == str(number)


def test_stop_of_a_number_of_another_country_counts(sandbox):
    account = account_of(sandbox)
    sandbox.receive(from_="+6598765432", to=sandbox.numbers[0], body="STOP")
    with pytest.raises(fr.errors.OptedOut):
        account.send(to="+65 9876 5432", body="Hello")


@pytest.mark.parametrize(
    ("api", "to", "expected"),
    [
        ("v2", "12065550199", "12065550199"),
        ("v2.1", "+12065550199", "12065550199"),
        ("v2.2", "12065550199", "+12065550199"),
        ("v2", "+6592345678", "+6592345678"),
        ("v2.1", "+6592345678", "+6592345678"),
        ("v2.2", "+6592345678", "+6592345678"),
    ],
)
def test_the_request_has_eleven_digits_before_v2_2_and_a_plus_since(api, to, expected):
    with Faulty(answer("202 Accepted", SENT)) as server:
        account = fr.Account(access_key="a", secret_key="b" * 20, base_url=server.url, from_=OURS, api=api)
        account.send(to=to, body="Hello")
    request = json.loads(server.bodies[0])
    request = request.get("data", {}).get("attributes", request)
    assert (request["to"], request["from"]) == (expected, f"+{OURS}" if api == "v2.2" else OURS)


# ------------------------------------------------------------------------------------------------ files, costs, forms


@pytest.mark.parametrize("ending", ["csv", "json", "parquet"])
def test_a_file_keeps_numbers_as_they_are_and_completes_those_of_older_files(tmp_path, ending):
    numbers = ["12065550199", "+442079460958", "+6592345678", "40404", AMBIGUOUS, "Delivery"]
    frame = records(numbers)
    assert frame.contact.tolist() == numbers
    path = fr.write(frame, tmp_path / f"a.{ending}")
    pd.testing.assert_frame_equal(fr.read(path), frame)
    older = frame.assign(contact=frame.contact.str.lstrip("+"), **{"from": frame["from"].str.lstrip("+")})
    read = fr.read(fr.write(older, tmp_path / f"b.{ending}"))
    expected = ["12065550199", "+442079460958", AMBIGUOUS, "40404", AMBIGUOUS, "Delivery"]
    assert read.contact.tolist() == read["from"].tolist() == expected


PREFIXES = {
    "12065550199": "1206",
    "+442079460958": "+442",
    "+2907123": "+290",
    "40404": "40404",
    "12345": "12345",
    "123": "123",
    "12345678": "12345678",
    "Delivery": "Delivery",
    "AMAZON SHOP": "AMAZON SHOP",
    "6592345678": "659",
    "123456789": "1234",
}


def contacts():
    return records(PREFIXES).assign(amount_nanodollars=pd.array([4_000_000] * len(PREFIXES), "Int64"))


def test_contact_prefix_of_a_short_code_is_the_short_code():
    summary = fr.costs.by(contacts(), "contact_prefix")
    assert sorted(summary.contact_prefix) == sorted(PREFIXES.values())


@pytest.mark.parametrize(
    ("prefix", "expected"),
    [
        ("1206", ["12065550199"]),
        ("+1206", ["12065550199"]),
        ("+442", ["+442079460958"]),
        ("44", ["+442079460958"]),
        ("40404", ["40404"]),
        ("+404", []),
        ("123", ["12345", "123", "12345678", "123456789"]),
        ("+123", []),
    ],
)
def test_a_contact_prefix_that_was_given_out_names_its_messages(prefix, expected):
    frame = contacts()
    tagged = frame[fr.costs.tag(frame, {"a": {"contact_prefix": prefix}}) == "a"]
    assert tagged.contact.tolist() == expected


def test_a_tag_takes_numbers_as_frames_have_them():
    frame = pd.DataFrame({"number": ["12065550100", "+442079460958", "+6592345678"]})
    for number in frame.number:
        assert (fr.costs.tag(frame, {"a": {"number": number}}) == "a").tolist() == (frame.number == number).tolist()


def test_an_account_writes_its_numbers_as_records_do(sandbox):
    account = account_of(sandbox)
    for number in account.numbers().number:
        sent = account.send(to="15305557784", from_=number, body="Hello")
        assert sent.from_ == number
        account.set_callback("sms_callback", "https://example.com/sms", number=number)
        assert account.numbers(starts_with=number).number.tolist() == [number]
        assert account.numbers(starts_with=f"+{number}").number.tolist() == [number]
        assert account.numbers(contains=number, ends_with=number).number.tolist() == [number]


def test_the_send_form_refuses_an_ambiguous_number_at_review():
    with fr.Sandbox(messages=0) as own:
        form = fr.widgets.Send(own.account())
        form.wait()
        form.fill(to=AMBIGUOUS, body="Hello")
        form.press("review")
        assert "is ambiguous" in form.fields["to"].error
        form.fill(to="+65 9234 5678", body="Hello")
        form.press("review")
        form.press("send")
        form.wait()
        assert form.sent.contact.tolist() == ["+6592345678"]
        form.close()


@pytest.mark.parametrize("number", ["+2907123", "+6834002", "+6592345678", "12065550199", "+4912345678901"])
def test_a_refusal_shows_a_number_of_any_length_by_its_last_four_digits(number):
    body = json.dumps({"errors": [{"status": 422, "detail": f"{number} can't be reached"}]}).encode()
    with Faulty(answer("422 Unprocessable Entity", body)) as server:
        account = fr.Account(access_key="a", secret_key="b" * 20, base_url=server.url, from_=OURS)
        with pytest.raises(fr.errors.Unprocessable) as refused:
            account.send(to=number, body="Hello")
    assert f"…{number[-4:]} can't be reached" in str(refused.value)
    assert number.lstrip("+") not in str(refused.value)
