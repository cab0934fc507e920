"""Legal forms of companies, and words for institutions, in the languages of the EU.

Source: Directive (EU) 2017/1132, Annexes I and II, and the abbreviations of national registers. A
word for an institution is here if most names with it in the training corpora are organizations.
"""

import re

FORMS = (
    r"Ltd\.?|LTD\.?|Limited|LLC|L\.L\.C\.|LLP|L\.L\.P\.|PLC|P\.L\.C\.|Inc\.?|INC\.?|"
    r"Incorporated|Corp\.?|CORP\.?|Corporation|CORPORATION|Co\.,? (?:Ltd|LTD|Inc)\.?|DAC|"
    r"CLG|Teoranta|GmbH(?: & Co\.? KG(?:aA)?)?|KGaA|OHG|GbR|SARL|S\.?à\.? ?r\.?l\.?|"
    r"S\.A\.R\.L\.|S\.A\.S\.|SASU|EURL|S\.A\.|S\.p\.A\.|SpA|S\.P\.A\.|S\.r\.l\.|Srl|"
    r"S\.R\.L\.|S\.L\.U?\.?|S\.A\.U\.|S\.L\.L\.|Lda\.?|Ltda\.?|B\.V\.|N\.V\.|BVBA|SPRL|"
    r"V\.O\.F\.|ApS|A/S|ASA|Oyj|OÜ|UAB|Kft\.?|Zrt\.?|Nyrt\.?|Kkt\.|ЕООД|ООД|ЕАД|ΕΠΕ|"
    r"\u0391\.\u0395\.|\u0395\.\u03a0\.\u0395\.|\u0399\u039a\u0395|Pty\.? Ltd\.?|K\.K\.|"
    r"\u041e\u041e\u041e|\u041e\u0410\u041e"
)
SMALL_FORMS = (
    r"plc|gGmbH|mbH|e\.V\.|e\.G\.|eGbR|[Ss]p\. ?z ?o\. ?o\.|[Ss]p\. ?[jk]\.|s\.r\.o\.|"
    r"s\. r\. o\.|a\.s\.|v\.o\.s\.|spol\. s r\.o\.|d\. ?o\. ?o\.|d\.d\.|j\.d\.o\.o\.|"
    r"ehf\.?|hf\."
)
"""Those that begin with a small letter."""
SHORT_FORMS = ("AG", "KG", "SA", "BV", "NV", "AB", "Oy", "SIA", "АД")
"""Words of something else as well: only behind a word that is not in capitals, before a sign."""
SUFFIXES = (
    "University|UNIVERSITY|Hospital|HOSPITAL|Institute|INSTITUTE|College|Foundation|"
    "Association|Society|Orchestra|Holdings|Partners|Services|Technologies|Solutions|Airlines|"
    "Airways|Pharmaceuticals|Academy|Clinic|Club|Industries|Enterprises|Federation|Committee|"
    "Department|School|Group|Motors|Insurance|Associates|Consulting|Healthcare|Alliance|Foods|"
    "Laboratory|Laboratories|Universität|Klinikum|Krankenhaus|Gesellschaft|Stiftung|Universiteit|"
    "Ziekenhuis|Universitet|Universitetet|Sjukhus|Yliopisto|Egyetem|Kórház"
)
"""Stand behind the name."""
PREFIXES = (
    "University|Universität|Université|Universidad|Universidade|Università|Universiteit|"
    "Uniwersytet|Univerzita|Univerzitet|Sveučilište|Universitatea|Ministry(?= of)|Ministère|"
    "Ministerium|Bundesministerium|Ministerio|Ministério|Ministero|Ministerie|Ministerstwo|"
    "Ministerstvo|Ministarstvo|Ministerul|Institute(?= (?:of|for))|Instituto|Istituto|Instituut|"
    "Instytut|Institutul|Hospital|Hôpital|Ospedale|Krankenhaus|Klinikum|Szpital|Nemocnice|"
    "Nemocnica|Bolnica|Spitalul|Bank(?= of)|Banque|Banca|Department(?= of)|Academy(?= of)|"
    "Académie|Academia|Accademia|Akademia|Akademie|School(?= of)|Association(?= (?:of|for))|"
    "Asociación|Associazione|Associação|Asociația|Stowarzyszenie|Fundacja|Fundación|Fondazione|"
    "Fondation|Fundația|Federation(?= of)|Fédération|Federación|Federazione|Consiliul|"
    "Committee(?= (?:of|for|on))|Comisia|Society(?= (?:of|for))|Societatea|Agenția|Agenzia|"
    "Agencia|Partidul|Tribunalul"
)
"""Stand before it."""

_FORM_WORDS = """
ab ag aps asa bv bvba clg corp corporation dac egbr ehf eurl gbr ggmbh gmbh hf inc incorporated kft
kg kgaa kkt lda limited llc llp ltd ltda mbh nv nyrt ohg oy oyj oü plc sa sarl sasu sia sp spa spol
sprl srl teoranta uab zrt ад еад еоод оао ооо оод επε ικε
"""  # noqa: RUF001 - the letters are meant
FORM_WORDS = frozenset(_FORM_WORDS.split())
"""In lower case, words of which one stands in each legal form,"""
MARKS = ("sà", "s.à", "a/s")
"""or, where it is not written as a word nor in single letters with full stops, one of these."""


def _first_words(alternatives: str) -> frozenset[str]:
    """The word that each of the alternatives begins with, in lower case."""
    split = re.split(r"\|(?![^(]*\))", alternatives)
    return frozenset(re.findall(r"[^\W\d_]+", each)[0].lower() for each in split)


SUFFIX_WORDS, PREFIX_WORDS = _first_words(SUFFIXES), _first_words(PREFIXES)
BEFORE_OF = frozenset({"bank", "ministry"})
"""Of the latter, common words that count only with "of" behind them."""
OPENERS = (
    "the a an in at by from for with of and or to on as our your my his her their this that these "
    "those dear when while if is was are were has had be but not no so he she it we they i its "
    "der die das den dem des ein eine la le les un une el los las il lo gli een het de mr mrs ms "
    "each every all any such both either what which who whose where why how new following other"
)
"""Capital words at the beginning of a sentence that no name begins with."""

SMALL = "& and of the de du des la le les et y e und der die das für van voor di del a och og ja"
"""Words within a name that are not in capitals."""

STOPS = (
    "Avda|Avenida|Av|Calle|Ctra|Carretera|Plaza|Paseo|Servicio|Departamento|Sección|Unidad|Rue|"
    "Avenue|Via|Viale|Piazza|Street|Road|Straße|Email|Mail|Correo|Tel|Fax|Dr|Prof"
)
"""Capital words with which something else begins."""
