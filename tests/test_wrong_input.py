"""Wrong input, in a table: the whole sentence (what was given, what is expected, what to do), and no request at all."""

import pandas as pd
import pytest
from faulty import Faulty, answer

import flowroute_nb as fr

KEYS = {"access_key": "AK1234567", "secret_key": "planted-secret"}

# Each sentence was written to be read aloud by whoever made the mistake.
WRONG = [
    (
        "fr.Account(access_key='', secret_key='x')",
        "CredentialsError",
        "The access key is empty. Give it as it is shown. Flowroute shows both keys in manage.flowroute.com under Preferences > API Control.",
    ),
    (
        "fr.Account(access_key='AK')",
        "CredentialsError",
        "No secret key was found: not as secret_key=, not in the environment variable FLOWROUTE_SECRET_KEY, not in the keyring (service 'flowroute', user 'secret_key'). Flowroute shows both keys in manage.flowroute.com under Preferences > API Control. To try without an account: fr.Sandbox().account().",
    ),
    (
        "fr.Account(access_key='AK', secret_key='a b')",
        "CredentialsError",
        "The secret key has a space or a line break in it. Give it as it is shown. Flowroute shows both keys in manage.flowroute.com under Preferences > API Control.",
    ),
    (
        "fr.Account(access_key='AK', secret_key=5)",
        "CredentialsError",
        "The secret key is int, not text. Give it as it is shown. Flowroute shows both keys in manage.flowroute.com under Preferences > API Control.",
    ),
    (
        "fr.Account(**KEYS).lookup(pd.DataFrame({'id': ['mdr2-1']}))",
        "InputError",
        "ids is a whole frame. Give its column of ids: account.lookup(df.id).",
    ),
    (
        "fr.Account(**KEYS, api='v3')",
        "InputError",
        "api='v3' is not a version of Flowroute's API. Give one of 'v2', 'v2.1', 'v2.2'.",
    ),
    (
        "fr.Account(**KEYS, tz='Mars/Olympus')",
        "InputError",
        "tz='Mars/Olympus' is no time zone. Give a name such as 'UTC' or 'America/Los_Angeles'.",
    ),
    (
        "fr.Account(**KEYS, from_='555')",
        "InputError",
        "from_: The number … is too short (3 digits). Give 10 or 11 digits for the US and Canada, or + and the country code, as in '+1 206 555 0100'.",
    ),
    (
        "fr.Account(**KEYS, base_url='http://api.flowroute.com')",
        "InputError",
        "base_url='http://api.flowroute.com' would send the keys unencrypted; http is for this machine only. Give https://api.flowroute.com, or http://127.0.0.1:PORT of a sandbox.",
    ),
    (
        "fr.Account(**KEYS, base_url='https://me:pw@api.flowroute.com')",
        "InputError",
        "base_url has a user or password in it, which would be written into logs. Give https://api.flowroute.com, or http://127.0.0.1:PORT of a sandbox.",
    ),
    (
        "fr.Account(**KEYS, base_url='ftp://api.flowroute.com')",
        "InputError",
        "base_url='ftp://api.flowroute.com' does not begin with https:// and a host. Give https://api.flowroute.com, or http://127.0.0.1:PORT of a sandbox.",
    ),
    (
        "fr.Account(**KEYS, base_url='https://api.flowroute.com/v2.1')",
        "InputError",
        "base_url='https://api.flowroute.com/v2.1' has more than a host; the version is given as api=. Give https://api.flowroute.com, or http://127.0.0.1:PORT of a sandbox.",
    ),
    (
        "fr.Account(**KEYS, base_url='https://[::1')",
        "InputError",
        "base_url can't be read as an address. Give https://api.flowroute.com, or http://127.0.0.1:PORT of a sandbox.",
    ),
    (
        "fr.Account(**KEYS, acces_key='AK')",
        "TypeError",
        "Account() has no keyword 'acces_key'. Did you mean 'access_key'?",
    ),
    (
        "fr.Account(**KEYS, timeout=0)",
        "InputError",
        "timeout=0 is no pair of seconds above 0. Give seconds to connect and to wait: (5, 30).",
    ),
    (
        "fr.Account(**KEYS, timeout=(5, -1))",
        "InputError",
        "timeout=(5, -1) is no pair of seconds above 0. Give seconds to connect and to wait: (5, 30).",
    ),
    (
        "a.send(to='206555010', body='x')",
        "InputError",
        "to: The number …5010 is too short (9 digits). Give 10 or 11 digits for the US and Canada, or + and the country code, as in '+1 206 555 0100'.",
    ),
    (
        "a.send(to='1-800-FLOWERS', body='x')",
        "InputError",
        "to: The number … has a letter, 'F', at position 6; a phone number is digits, spaces and + - . ( ). Give 10 or 11 digits for the US and Canada, or + and the country code, as in '+1 206 555 0100'.",
    ),
    (
        "a.send(to=float('nan'), body='x')",
        "InputError",
        "to: A phone number is text or a whole number, and this is missing (nan). Give 10 or 11 digits for the US and Canada, or + and the country code, as in '+1 206 555 0100'.",
    ),
    (
        "a.send(to=['12065550101'], body='x')",
        "TypeError",
        "send(to=…) was given several recipients, and one request has one. Send to each in a loop.",
    ),
    (
        "a.send(to='12065550101', from_='', body='x')",
        "InputError",
        "from_: A phone number is missing: the text is empty. Give 10 or 11 digits for the US and Canada, or + and the country code, as in '+1 206 555 0100'.",
    ),
    (
        "nofrom.send(to='12065550101', body='x')",
        "InputError",
        "The number to send from is missing. Give from_= to send() or to Account(): one of your numbers.",
    ),
    (
        "a.send(to='12065550101')",
        "InputError",
        "The body is empty and there are no media_urls. Give a text, or media_urls= for an MMS.",
    ),
    (
        "a.send(to='12065550101', body='')",
        "InputError",
        "The body is empty and there are no media_urls. Give a text, or media_urls= for an MMS.",
    ),
    ("a.send(to='12065550101', body=5)", "InputError", "The body is of type int, not text. Give it as text."),
    (
        "a.send(to='12065550101', body='She said “no”')",
        "InputError",
        "The body has 2 curly quotes: “ at 9, ” at 12. Flowroute is known to refuse them. Send with smart_quotes='replace' (the error's .cleaned shows it), or 'keep' to try all the same.",
    ),
    (
        "a.send(to='12065550101', body='cut \\ud83d off')",
        "InputError",
        "The body has half a character (a lone surrogate) at position 4, which can't be sent. It comes from text that was cut or decoded wrongly: mend it where it is read.",
    ),
    (
        "a.send(to='12065550101', body='x', boddy='y')",
        "TypeError",
        "Account.send() has no keyword 'boddy'. Did you mean 'body'?",
    ),
    (
        "a.send(to='12065550101', media_urls='https://example.com/a.gif')",
        "InputError",
        "media_urls is of type str. Give a list of URLs, as in ['https://example.com/a.gif'].",
    ),
    (
        "a.send(to='12065550101', media_urls=['ftp://example.com/a.gif'])",
        "InputError",
        "media_urls has something that is no http or https URL: 'ftp://example.com/a.gif'. Give a whole public URL.",
    ),
    (
        "a.send(to='12065550101', body='x', dlr_callback='example.com')",
        "InputError",
        "dlr_callback has something that is no http or https URL: 'example.com'. Give a whole public URL.",
    ),
    (
        "a.send(to='12065550101', body='x', is_mms='yes')",
        "InputError",
        "is_mms='yes' is neither True nor False. Leave it out unless a text should go as an MMS.",
    ),
    (
        "a.send(to='12065550101', body='x', smart_quotes='drop')",
        "InputError",
        "smart_quotes='drop' is none of 'refuse', 'replace', 'keep'. Give one of these.",
    ),
    (
        "v2.send(to='12065550101', media_urls=['https://example.com/a.gif'])",
        "InputError",
        "Version v2 of the API has no MMS (media_urls=, is_mms=True). Use an account with api='v2.1' or 'v2.2'.",
    ),
    (
        "readonly.send(to='12065550101', body='x')",
        "InputError",
        "This account was made with read_only=True, so it does not send. Make one without it to send.",
    ),
    (
        "a.lookup('')",
        "InputError",
        "A record's id is text such as 'mdr2-39cadeace66e11e7aff806cd7f24ba2d', and this is an empty text. Give one.",
    ),
    ("a.lookup(5)", "InputError", "ids is of type int. Give one id as text, or a list of ids."),
    (
        "a.lookup('mdr2-1/2')",
        "InputError",
        "'mdr2-1/2' can't be a record's id: one has no spaces, slashes or any of ? # %. Give one id as text, or a list of ids.",
    ),
    (
        "a.lookup('mdr2-1?x=1')",
        "InputError",
        "'mdr2-1?x=1' can't be a record's id: one has no spaces, slashes or any of ? # %. Give one id as text, or a list of ids.",
    ),
    (
        "a.lookup('mdr2-1#x')",
        "InputError",
        "'mdr2-1#x' can't be a record's id: one has no spaces, slashes or any of ? # %. Give one id as text, or a list of ids.",
    ),
    (
        "a.lookup('sms_callback')",
        "InputError",
        "'sms_callback' is the name of a callback, not a record's id. Give an id that a send returned.",
    ),
    (
        "a.lookup(['mdr2-1', None])",
        "InputError",
        "A record's id is text such as 'mdr2-39cadeace66e11e7aff806cd7f24ba2d', and this is of type NoneType. Give one.",
    ),
    (
        "a.lookup('mdr2-1', errors='ignore')",
        "InputError",
        "errors='ignore' is neither 'raise' nor 'keep'. Give one of these.",
    ),
    ("a.lookup('mdr2-1', workers=0)", "InputError", "workers=0 is no number from 1 to 32. Give one such as workers=4."),
    (
        "a.lookup('mdr2-1', error='keep')",
        "TypeError",
        "Account.lookup() has no keyword 'error'. Did you mean 'errors'?",
    ),
    (
        "a.messages()",
        "InputError",
        'A range of time is missing. Give a month, account.messages("2026-10"), two dates, account.messages("2026-10-01", "2026-10-31"), or days=30, the last 30 x 24 hours.',
    ),
    (
        "a.messages('2026-13')",
        "InputError",
        '\'2026-13\' is no year, month, date or ISO datetime that exists. Give a month, account.messages("2026-10"), two dates, account.messages("2026-10-01", "2026-10-31"), or days=30.',
    ),
    (
        "a.messages('2026-02-30')",
        "InputError",
        '\'2026-02-30\' is no year, month, date or ISO datetime that exists. Give a month, account.messages("2026-10"), two dates, account.messages("2026-10-01", "2026-10-31"), or days=30.',
    ),
    (
        "a.messages('2026-10-31', '2026-10-01')",
        "InputError",
        "The range begins at 2026-10-31 and ends at 2026-10-01: it is empty. Give the earlier one first; a date as end includes its day, a datetime as end is excluded.",
    ),
    (
        "a.messages('2027-03')",
        "InputError",
        "The range begins at 2027-03-01 00:00 UTC, and now is 2026-10-31 12:00 UTC. Give a range that has begun.",
    ),
    (
        "a.messages('2026-10', days=3)",
        "InputError",
        "days=3 is a range by itself, and a start or an end was given too. Give one of them.",
    ),
    ("a.messages(days=0)", "InputError", "days=0 is no number of days. Give one above 0, as in days=30."),
    (
        "a.messages('2026-10', tz='Mars/Olympus')",
        "InputError",
        "tz='Mars/Olympus' is no time zone. Give a name such as 'UTC' or 'America/Los_Angeles'.",
    ),
    (
        "a.messages(pd.NaT)",
        "InputError",
        'A moment of the range is missing (NaT). Give a month, account.messages("2026-10"), two dates, account.messages("2026-10-01", "2026-10-31"), or days=30.',
    ),
    (
        "a.messages(20261001)",
        "InputError",
        'A moment of the range is of type int. Give a month, account.messages("2026-10"), two dates, account.messages("2026-10-01", "2026-10-31"), or days=30, a pandas Period or datetimes.',
    ),
    (
        "a.messages('2026-10', workers='four')",
        "InputError",
        "workers='four' is no number from 1 to 32. Give one such as workers=4.",
    ),
    (
        "a.pages()",
        "InputError",
        'A range of time is missing. Give a month, account.messages("2026-10"), two dates, account.messages("2026-10-01", "2026-10-31"), or days=30, the last 30 x 24 hours.',
    ),
    ("a.messages(day=3)", "TypeError", "Account.messages() has no keyword 'day'. Did you mean 'days'?"),
    (
        "fr.read('month.ods')",
        "InputError",
        "'month.ods' is neither JSON text nor a path that ends in .json, .csv, .parquet or .xlsx. Give one of these, or bytes, a dict or a list.",
    ),
    (
        "fr.read(b'<html>')",
        "InputError",
        "The payload: this is not the JSON that Flowroute says (JSON is malformed: invalid character (byte 0)). Expected a record, a page of records, or the body of a webhook.",
    ),
    (
        "fr.read({'errors': []})",
        "InputError",
        "The payload is an error that the service gave, not a record: look at its status and reason.",
    ),
    (
        "fr.expand(fr.read(b'{\"data\":[]}'), 'receipts')",
        "InputError",
        "expand() has no column 'receipts'. Give one of 'delivery_receipts', 'price_details', 'media', 'other'.",
    ),
    (
        "fr.write(fr.read(b'{\"data\":[]}'), 'x.ods')",
        "InputError",
        "'x.ods' ends in none of .parquet, .csv, .json, .xlsx. Give the file one of these endings.",
    ),
    (
        "fr.segments(5)",
        "InputError",
        "segments() counts a str or a Series of them, and was given int. Give it one text, or a column, as in fr.segments(df.body).",
    ),
    (
        "fr.segments(pd.Series(['x', 5]))",
        "InputError",
        "segments() counts texts, and the value at position 1 of the Series is of type int. Give a Series of str, in which some may be missing.",
    ),
    (
        "fr.dollars('1.50')",
        "InputError",
        "dollars() makes floats of Decimals, and was given str. Give df.cost, or sums of it.",
    ),
    (
        "fr.normalize_number('')",
        "InputError",
        "A phone number is missing: the text is empty. Give 10 or 11 digits for the US and Canada, or + and the country code, as in '+1 206 555 0100'.",
    ),
    (
        "a.numbers(starts_with=206)",
        "InputError",
        "starts_with is of type int. Give digits as text, or leave it out.",
    ),
    (
        "a.numbers(contains='')",
        "InputError",
        "contains is an empty text. Give digits as text, or leave it out.",
    ),
    (
        "a.numbers(contains='555-01')",
        "InputError",
        "contains has '-' at position 3. Give digits as text, or leave it out.",
    ),
    (
        "a.numbers(starts_with='1+206')",
        "InputError",
        "starts_with has '+' at position 1. Give digits as text, or leave it out.",
    ),
    (
        "a.numbers(ends_with='+44')",
        "InputError",
        "ends_with has '+' at position 0. Give digits as text, or leave it out.",
    ),
    (
        "a.numbers(alias='x' * 65)",
        "InputError",
        "alias has 65 characters. Give the alias of a number in full, up to 64 characters, or leave it out.",
    ),
    (
        "a.numbers(alias='cut \\ud83d off')",
        "InputError",
        "alias has '\\ud83d' at position 4. Give the alias of a number in full, up to 64 characters, or leave it out.",
    ),
    (
        "a.numbers(start_with='206')",
        "TypeError",
        "Account.numbers() has no keyword 'start_with'. Did you mean 'starts_with'?",
    ),
    (
        "a.stats(days=3)",
        "TypeError",
        "Account.stats() has no keyword 'days'. It takes none.",
    ),
    (
        "v2.callbacks()",
        "InputError",
        "Version v2 of the API has no callbacks. Use an account with api='v2.1' or 'v2.2'.",
    ),
    (
        "v2.set_callback('sms_callback', 'https://example.com/sms')",
        "InputError",
        "Version v2 of the API has no callbacks. Use an account with api='v2.1' or 'v2.2'.",
    ),
    (
        "v2.set_callback('sms_callback', 'https://example.com/sms', number='12065550100')",
        "InputError",
        "Version v2 of the API has no callbacks. Use an account with api='v2.1' or 'v2.2'.",
    ),
    (
        "v2.remove_callback('sms_callback')",
        "InputError",
        "Version v2 of the API has no callbacks. Use an account with api='v2.1' or 'v2.2'.",
    ),
    (
        "readonly.set_callback('sms_callback', 'https://example.com/sms')",
        "InputError",
        "This account was made with read_only=True, so it sets no callbacks. Make one without it to do so.",
    ),
    (
        "readonly.remove_callback('sms_callback')",
        "InputError",
        "This account was made with read_only=True, so it removes no callbacks. Make one without it to do so.",
    ),
    (
        "a.set_callback('sms', 'https://example.com/sms')",
        "InputError",
        "type='sms' is no callback of version v2.1. Give one of 'sms_callback', 'mms_callback', 'sms_dlr_callback', 'mms_dlr_callback', 'dlr_callback'.",
    ),
    (
        "v22.set_callback('dlr_callback', 'https://example.com/sms')",
        "InputError",
        "type='dlr_callback' is no callback of version v2.2. Give one of 'sms_callback', 'mms_callback', 'sms_dlr_callback', 'mms_dlr_callback'.",
    ),
    (
        "a.set_callback('dlr_callback', 'https://example.com/sms', number='12065550100')",
        "InputError",
        "type='dlr_callback' is no callback of a number. Give one of 'sms_callback', 'mms_callback', 'sms_dlr_callback', 'mms_dlr_callback'.",
    ),
    (
        "a.remove_callback('dlr_callback')",
        "InputError",
        "type='dlr_callback' is no callback that can be removed. Give one of 'sms_callback', 'mms_callback', 'sms_dlr_callback', 'mms_dlr_callback'.",
    ),
    (
        "a.set_callback('https://example.com/sms?token=secret', 'sms_callback')",
        "InputError",
        "type is no callback of version v2.1. Give one of 'sms_callback', 'mms_callback', 'sms_dlr_callback', 'mms_dlr_callback', 'dlr_callback'.",
    ),
    (
        "a.remove_callback(['sms_callback'])",
        "InputError",
        "type is no callback that can be removed. Give one of 'sms_callback', 'mms_callback', 'sms_dlr_callback', 'mms_dlr_callback'.",
    ),
    (
        "a.set_callback('sms_callback', None)",
        "InputError",
        "url is missing. Give a whole public URL, as in 'https://example.com/sms'; account.remove_callback(type) removes a callback.",
    ),
    (
        "a.set_callback('sms_callback', '')",
        "InputError",
        "url is missing. Give a whole public URL, as in 'https://example.com/sms'; account.remove_callback(type) removes a callback.",
    ),
    (
        "a.set_callback('sms_callback', 'example.com/sms')",
        "InputError",
        "url has something that is no http or https URL: 'example.com/sms'. Give a whole public URL.",
    ),
    (
        "a.set_callback('sms_callback', 'https://example.com/a b')",
        "InputError",
        "url has something that is no http or https URL: 'https://example.com/a b'. Give a whole public URL.",
    ),
    (
        "a.set_callback('sms_callback', 'https://example.com:99999/sms')",
        "InputError",
        "url has something that is no http or https URL: 'https://example.com:99999/sms'. Give a whole public URL.",
    ),
    (
        "a.set_callback('sms_callback', 'https://example.com/cut\\ud83d')",
        "InputError",
        "url has something that is no http or https URL: 'https://example.com/cut\\ud83d'. Give a whole public URL.",
    ),
    (
        "a.set_callback('sms_callback', b'https://example.com/sms')",
        "InputError",
        "url has something that is no http or https URL: \"b'https://example.com/sms'\". Give a whole public URL.",
    ),
    (
        "a.set_callback('sms_callback', 'https://me:pw@example.com/sms')",
        "InputError",
        "url has a user or password in it, which would be written into logs. Give it without.",
    ),
    (
        "a.set_callback('sms_callback', 'ftp://me:pw@example.com/sms')",
        "InputError",
        "url has something that is no http or https URL: not shown, as a password may stand in it. Give a whole public URL.",
    ),
    (
        "a.set_callback('sms_callback', 'https://example.com/sms', number='555')",
        "InputError",
        "number: The number … is too short (3 digits). Give 10 or 11 digits for the US and Canada, or + and the country code, as in '+1 206 555 0100'.",
    ),
    (
        "a.set_callback('sms_callback', 'https://example.com/sms', '12065550100')",
        "TypeError",
        "set_callback() takes 3 positional arguments but 4 were given",
    ),
    (
        "a.set_callback('sms_callback', uri='https://example.com/sms')",
        "TypeError",
        "Account.set_callback() has no keyword 'uri'. Did you mean 'url'?",
    ),
    (
        "a.set_callback('sms_callback')",
        "TypeError",
        "set_callback() missing 1 required positional argument: 'url'",
    ),
    ("a.send(body='x')", "TypeError", "Account.send() missing 1 required keyword-only argument: 'to'"),
]


def test_there_are_enough_of_them():
    assert len({call for call, _, _ in WRONG}) == len(WRONG) >= 60


@pytest.mark.parametrize(("call", "kind", "sentence"), WRONG, ids=[call for call, _, _ in WRONG])
def test_wrong_input_is_answered_with_the_whole_sentence_and_no_request(call, kind, sentence):
    with Faulty(answer()) as server, fr.Sandbox(today="2026-10-31", messages=0) as sandbox:
        at = {**KEYS, "base_url": server.url, "clock": sandbox.now}
        names = {
            "a": fr.Account(**at, from_="12065550100"),
            "v2": fr.Account(**at, from_="12065550100", api="v2"),
            "v22": fr.Account(**at, from_="12065550100", api="v2.2"),
            "readonly": fr.Account(**at, from_="12065550100", read_only=True),
            "nofrom": fr.Account(**at),
        }
        with pytest.raises((fr.FlowrouteError, TypeError)) as wrong:
            eval(call, {"fr": fr, "pd": pd, "KEYS": KEYS, **names})  # noqa: S307  the table's own calls
        assert server.taken == []
    assert (type(wrong.value).__name__, str(wrong.value)) == (kind, sentence)
