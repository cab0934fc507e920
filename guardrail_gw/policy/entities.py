"""Kinds of personal data that policies speak of, each in one line.

Names are Presidio's where Presidio has one. What is detected follows from the configuration
(`Vocabulary.detectable`); this list explains the words.
"""

from collections.abc import Mapping
from types import MappingProxyType

from guardrail_gw.core.text import Entity

_LINES = {
    # people and places
    "PERSON": "A person's name",
    "ADDRESS": "A postal address or a part of it",
    "LOCATION": "A place: city, region, country, landmark",
    "ORGANIZATION": "A company, authority or association",
    "NRP": "A nationality, religious or political group",
    "DATE_TIME": "A date or a time",
    "AGE": "An age",
    # reaching someone
    "EMAIL_ADDRESS": "An e-mail address",
    "PHONE_NUMBER": "A telephone number",
    "URL": "An internet address",
    "IP_ADDRESS": "An IPv4 or IPv6 address",
    "MAC_ADDRESS": "A network card's address",
    # money
    "IBAN_CODE": "An international bank account number",
    "BIC_CODE": "A bank's SWIFT code",
    "CREDIT_CARD": "A payment card number",
    "CRYPTO": "A wallet address of a crypto currency",
    "VAT_ID": "A value-added-tax number",
    # secrets
    "API_KEY": "A key or access token of a service",
    "JWT": "A signed web token",
    "PRIVATE_KEY": "A private cryptographic key",
    "PASSWORD": "A password beside its label, or in an address",
    # identifiers by country
    "NATIONAL_ID": "A national identifier of a person",
    "TAX_ID": "A tax number of a person",
    "SOCIAL_SECURITY_NUMBER": "A social security number",
    "PASSPORT": "A passport number",
    "DRIVER_LICENSE": "A driving licence number",
    "MEDICAL_LICENSE": "A licence number of a physician",
    "VEHICLE_ID": "A vehicle identification number",
    "AT_SVNR": "Austria: social insurance number",
    "BE_NATIONAL_NUMBER": "Belgium: national register number",
    "BG_EGN": "Bulgaria: personal number",
    "CH_AHV": "Switzerland: old-age insurance number",
    "CZ_BIRTH_NUMBER": "Czechia: birth number",
    "DE_ID_CARD": "Germany: identity card number",
    "DE_PASSPORT": "Germany: passport number",
    "DE_SOCIAL_SECURITY": "Germany: social insurance number",
    "DE_TAX_ID": "Germany: tax identification number",
    "DK_CPR": "Denmark: personal number",
    "EE_ISIKUKOOD": "Estonia: personal code",
    "ES_NIE": "Spain: foreigner identity number",
    "ES_NIF": "Spain: tax identification number",
    "FI_PERSONAL_IDENTITY_CODE": "Finland: personal identity code",
    "FR_NIR": "France: social security number",
    "GR_AMKA": "Greece: social security number",
    "HR_OIB": "Croatia: personal identification number",
    "IE_PPS": "Ireland: personal public service number",
    "IT_FISCAL_CODE": "Italy: fiscal code",
    "LT_ASMENS": "Lithuania: personal code",
    "LV_PK": "Latvia: personal code",
    "NL_BSN": "Netherlands: citizen service number",
    "NO_FODSELSNUMMER": "Norway: birth number",
    "PL_PESEL": "Poland: personal number",
    "PT_NIF": "Portugal: tax number",
    "RO_CNP": "Romania: personal number",
    "SE_PERSONNUMMER": "Sweden: personal number",
    "SI_EMSO": "Slovenia: personal number",
    "SK_BIRTH_NUMBER": "Slovakia: birth number",
    "UK_NHS": "United Kingdom: health service number",
    "UK_NINO": "United Kingdom: national insurance number",
    "US_ITIN": "United States: individual taxpayer number",
    "US_SSN": "United States: social security number",
}

ENTITIES: Mapping[Entity, str] = MappingProxyType(
    {Entity(name): line for name, line in _LINES.items()}
)
"""Name -> what it is."""

SURROGATES: frozenset[Entity] = frozenset(
    map(
        Entity,
        (
            *("CREDIT_CARD", "EMAIL_ADDRESS", "IBAN_CODE", "IP_ADDRESS"),
            *("ORGANIZATION", "PERSON", "PHONE_NUMBER", "URL"),
        ),
    )
)
"""Kinds for which a value can be invented; `surrogate` means a placeholder for every other."""
