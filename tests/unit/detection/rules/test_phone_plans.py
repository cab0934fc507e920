"""Numbers of all countries, read as `phonenumbers` reads them."""

import phonenumbers
from hypothesis import given, strategies as st

from guardrail_gw.detection.rules.phone_plans import international

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
