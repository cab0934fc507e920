"""Words of postal addresses, by the place they take in one.

Source: the Universal Postal Union's addressing systems per country (S42); the postal operators' own
pages on how to write an address. In lower case; an abbreviation keeps its full stop.
"""

import re

_BEFORE_NAME = """
rue av. avenue boulevard bd bd. boul. place chemin ch. allée allee impasse quai route cours square
passage faubourg sentier ruelle via viale v.le piazza p.zza piazzale corso c.so largo vicolo strada
contrada lungomare lungotevere borgo salita località calle c/ avenida avda. av plaza pza. paseo pº
carrer camino carretera ctra. ronda travesía glorieta cañada avinguda passeig rua travessa trav.
praça praceta estrada alameda calçada beco ulica ul. aleja aleje al. plac pl. osiedle os. rondo
ulice nám. náměstí námestie třída tř. trg cesta šetalište str. bulevardul b-dul calea șoseaua
soseaua șos. aleea splaiul intrarea drumul piața ул. улица бул. булевард пл. площад ж.к. жк οδός
οδ. λεωφόρος λεωφ. λεωφ πλατεία πλ. triq sqaq pjazza sráid bóthar ascaill
"""
BEFORE_NAME = frozenset(_BEFORE_NAME.split())
"""Stand before the street's name: rue de la Paix, via Roma, ul. Długa."""

VAGUE_BEFORE_NAME = frozenset({"canale", "stretto", "incrocio", "rotonda", "pot"})
"""The same, and common words as well; they count only with a postcode or a town."""

_AFTER_NAME = """
straße strasse str. gasse weg platz allee ring damm ufer chaussee steig pfad promenade straat
laan plein kade gracht singel gate gata gatan vei veien vej gade väg vägen allé plads tie katu
kuja tänav tn. tee pst. puiestee iela bulvāris prospekts gatvė g. prospektas pr. alėja utca u.
út útja útca tér tere krt. körút körútja rkp. rakpart sétány köz sor ulice ulica cesta třída
nám. náměstí námestie nábřeží trg vijenac prečac naselje drevored stolba
"""
AFTER_NAME = frozenset(_AFTER_NAME.split())
"""Stand behind it as a word of their own: Lange Straße, Brīvības iela, Váci utca."""

VAGUE_AFTER_NAME = frozenset({"pot", "put"})
"""The same, and common words in other languages; they count only with a postcode or a town."""

ENDINGS = (
    "straße",
    "strasse",
    "str.",
    "gasse",
    "straat",
    "gatan",
    "gata",
    "gränd",
    "vägen",
    "veien",
    "vegen",
    "vænget",
    "stræde",
    "vej",
    "katu",
    "kuja",
    "weg",
    "platz",
    "allee",
    "chaussee",
    "plein",
    "laan",
    "gracht",
    "singel",
    "ufer",
    "damm",
    "steig",
    "promenade",
    "torget",
    "plads",
)
"""End the street's name without a space: Hauptstraße, Storgatan."""

WEAK_ENDINGS = (
    "gade",
    "gate",
    "gaten",
    "tie",
    "polku",
    "kaari",
    "ring",
    "hof",
    "dijk",
    "kade",
    "allé",
    "väg",
    "park",
    "vei",
    "pfad",
    "graben",
    "götu",
    "vegur",
    "gata",
    "braut",
    "stígur",
    "dreef",
    "steeg",
    "baan",
    "pad",
    "plantsoen",
    "boulevard",
)
"""End streets' names and other words alike; they count only with a postcode or a town."""

ENGLISH = """
street st road rd avenue ave lane ln drive dr court ct boulevard blvd way place pl square sq
terrace ter crescent cres close gardens gdns grove hill mews row walk parkway pkwy highway hwy
circle cir trail trl crossing green crossroad esplanade quay wharf rise parade loop turnpike
plaza alley
"""
"""Stand behind the name of a street that its number goes before: 123 Main Street."""

UNITS = """
apartment apt nr no suite ste unit flat room floor fl building bldg block wohnung whg top stiege
appartement appt bâtiment bât étage escalier piso planta puerta esc interno int scala appartamento
piano andar fração lokal lok apartament ap bloc scara sc etaj byt lakás emelet em huoneisto as
lejlighed leilighet lägenhet lgh korter dzīvoklis dz butas bus bte kat stan ап вх ет διαμ όροφος
"""
"""Name a part of a building, with a number or letter behind."""

MILITARY = r"(?:APO|FPO|DPO),? A[AEP] [0-9]{5}(?:-[0-9]{4})?(?![\w-])"
"""The post office of the armed forces of the USA, which stands for a town."""

FLOORS = (
    "floor|étage|etage|stock|og|obergeschoss|verdieping|planta|piso|andar|piano|emelet|poschodie|"
    "podlaží|patro|piętro|kerros|krs|vån|våning|etasje|sal|korrus|stāvs|aukštas|kat|nadstropje|"
    "етаж|όροφος"
)
"""Follow the number of a floor."""

BOXES = (
    r"p\.? ?o\.? ?box|post office box|postfach|boîte postale|b\.?p\.?|apartado(?: de "
    r"correos)?|apdo\.?(?: de correos)?|"
    r"casella postale|c\.p\.|caixa postal|postbus|postboks|postbox|box|postilokero|pl|"
    r"skrytka pocztowa|skr\. poczt\.|"
    r"căsuța poștală|pf\.|poštovní schránka|p\. ?o\. ?box|poštanski pretinac|poštni predal|"
    r"пощенска кутия|τ\.?θ\.?|"
    r"psc|locked bag|private bag|general delivery"
)

LABELS = (
    "address|adresse|adress|anschrift|wohnhaft in|dirección|domicilio|indirizzo|residente in|"
    "adres|endereço|morada|zamieszkał[ay]|"
    "adresa|adrese|adresas|cím|lakcím|bydliště|bydlisko|naslov|адрес|διεύθυνση|osoite|"
    "aadress|indirizz|seoladh|heimilisfang|"
    "lives at|live at|lived at|living at|located at|resides at|residing at|"
    "deliver to|delivered to|ship to|shipped to|send (?:it|them|one|a new one) to|moved to|"
    "wohnt in(?: der)?|habite(?: au)?|"
    "demeurant(?: au)?|vive en|abita in"
)

POSTCODES = (
    "zip|zip code|zipcode|postcode|post code|postal code|plz|postleitzahl|code postal|código "
    "postal|codice postale|cap|"
    "kod pocztowy|cod poștal|cod postal|postnummer|postnr|postinumero|postcode|irányítószám|"
    "psč|poštna številka|"
    "poštanski broj|пощенски код|ταχυδρομικός κώδικας|τ\\.?κ\\.?|sihtnumber|pasta indekss|"
    "pašto kodas|eircode|póstnúmer"
)
"""What a postcode is called."""

COUNTRIES = (
    "Österreich|Austria|België|Belgique|Belgium|Bulgaria|България|Hrvatska|Croatia|Cyprus|"
    "Κύπρος|Czechia|Czech Republic|"
    "Česko|Česká republika|Danmark|Denmark|Eesti|Estonia|Suomi|Finland|France|Frankreich|"
    "Deutschland|Germany|Allemagne|"
    "Ελλάδα|Greece|Magyarország|Hungary|Ísland|Iceland|Ireland|Éire|Italia|Italy|Italien|"
    "Latvija|Latvia|Liechtenstein|Lietuva|"
    "Lithuania|Luxembourg|Luxemburg|Malta|Nederland|The Netherlands|Netherlands|Norge|Norway|"
    "Polska|Poland|Portugal|România|"
    "Romania|Slovensko|Slovakia|Slovenija|Slovenia|España|Spain|Spanien|Sverige|Sweden|"
    "Schweiz|Suisse|Svizzera|Switzerland|"
    "United Kingdom|Great Britain|England|Scotland|Wales|Northern Ireland|UK|GB|United "
    "States of America|United States|USA|"
    "U\\.S\\.A\\.|US|Canada|Australia|New Zealand|South Africa|Brazil|Brasil|Mexico|México|"
    "Argentina|Chile|Colombia|Peru|Uruguay|"
    "India|China|Japan|Singapore|Israel|Türkiye|Turkey|Ukraine|Serbia|Greenland|Faroe "
    "Islands|Tunisia|Morocco|Egypt|Russia|"
    "Hong Kong|Taiwan|South Korea|Philippines|Indonesia|Malaysia|Thailand|Vietnam|Saudi "
    "Arabia|United Arab Emirates|"
    "Bosnia and Herzegovina|Montenegro|North Macedonia|Albania|Moldova|Georgia|Armenia|"
    "Monaco|Andorra|San Marino"
)

STATES = (
    "A[AEKLPRSZ]|C[AOT]|D[CE]|FL|GA|GU|HI|I[ADLN]|K[SY]|LA|M[ADEINOST]|N[CDEHJMVY]|O[HKR]|"
    "P[AR]|RI|S[CD]|T[NX]|UT|V[AIT]|W[AIVY]"
)
"""Of the USA, with the armed forces."""


def any_of(words: str) -> str:
    """A pattern for one of `words` (blanks between them), the longest that fits."""
    return "|".join(sorted(words.split(), key=len, reverse=True))


def first_words(pattern: str) -> frozenset[str]:
    """The words, in lower case, that alternatives begin with; groups within them are not nested."""
    found: set[str] = set()
    for alternative in re.split(r"\|(?![^(]*\))", pattern):
        if first := _FIRST_WORD.match(alternative):
            found.update(first[1].lower() + letter for letter in first[2] or [""])
    return frozenset(found)


_FIRST_WORD = re.compile(r"([^\W_]+)(?:\[(\w+)\])?")
