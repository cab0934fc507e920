"""Numbers of all countries, read as `phonenumbers` reads them."""

import phonenumbers
from hypothesis import given, strategies as st

from guardrail_gw.detection.rules.phone_plans import international, is_valid

CODES = st.sampled_from([str(code) for code in phonenumbers.COUNTRY_CODE_TO_REGION_CODE])
REST = st.text(st.sampled_from("0123456789"), min_size=1, max_size=17)


@given(digits=st.one_of(REST, st.builds(str.__add__, CODES, REST)))
def test_a_number_is_what_the_library_reads(digits: str) -> None:
    """With and without a known country code, trunk zeros and too many digits among them."""
    try:
        read = phonenumbers.parse(f"+{digits}")
    except phonenumbers.NumberParseException:
        read = None

    assert international(digits) == read


EXAMPLES = st.sampled_from(
    [
        example.national_number
        for regions in phonenumbers.COUNTRY_CODE_TO_REGION_CODE.values()
        for region in regions
        for kind in phonenumbers.PhoneNumberType.values()
        if (example := phonenumbers.example_number_for_type(region, kind))
    ]
)


@given(
    code=st.sampled_from([*phonenumbers.COUNTRY_CODE_TO_REGION_CODE, 999]),
    number=st.one_of(EXAMPLES, st.integers(1, 10**14)),
)
def test_a_number_is_valid_where_the_library_says_so(code: int, number: int) -> None:
    """For every country code, with examples of every kind, also of other countries."""
    written = phonenumbers.PhoneNumber(country_code=code, national_number=number)

    assert is_valid(written) == phonenumbers.is_valid_number(written)


def test_a_country_knows_its_own_numbers() -> None:
    """An example of each kind in each country is as valid here as there."""
    for code, regions in phonenumbers.COUNTRY_CODE_TO_REGION_CODE.items():
        for region in regions:
            for kind in phonenumbers.PhoneNumberType.values():
                if example := phonenumbers.example_number_for_type(region, kind):
                    assert is_valid(example) == phonenumbers.is_valid_number(example), code
