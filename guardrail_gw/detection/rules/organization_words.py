"""Legal forms of companies, and words for institutions, in the languages of the EU.

Source: Directive (EU) 2017/1132, Annexes I and II, and the abbreviations of national registers. A
word for an institution is here if most names with it in the training corpora are organizations.
"""

FORMS = (
    r"Ltd\.?|LTD\.?|Limited|LLC|L\.L\.C\.|LLP|L\.L\.P\.|PLC|plc|P\.L\.C\.|Inc\.?|INC\.?|"
    r"Incorporated|Corp\.?|CORP\.?|Corporation|CORPORATION|Co\.,? (?:Ltd|LTD|Inc)\.?|DAC|CLG|"
    r"Teoranta|GmbH(?: & Co\.? KG(?:aA)?)?|gGmbH|mbH|KGaA|OHG|e\.V\.|e\.G\.|eGbR|GbR|"
    r"SARL|S\.?à\.? ?r\.?l\.?|S\.A\.R\.L\.|S\.A\.S\.|SASU|EURL|S\.A\.|S\.p\.A\.|SpA|S\.P\.A\.|"
    r"S\.r\.l\.|Srl|S\.R\.L\.|S\.L\.U?\.?|S\.A\.U\.|S\.L\.L\.|Lda\.?|Ltda\.?|B\.V\.|N\.V\.|BVBA|"
    r"SPRL|V\.O\.F\.|ApS|A/S|ASA|Oyj|OÜ|UAB|[Ss]p\. ?z ?o\. ?o\.|[Ss]p\. ?[jk]\.|s\.r\.o\.|"
    r"s\. r\. o\.|a\.s\.|v\.o\.s\.|spol\. s r\.o\.|Kft\.?|Zrt\.?|Nyrt\.?|Kkt\.|d\. ?o\. ?o\.|"
    r"d\.d\.|j\.d\.o\.o\.|ЕООД|ООД|ЕАД|ΕΠΕ|"
    r"\u0391\.\u0395\.|\u0395\.\u03a0\.\u0395\.|\u0399\u039a\u0395|ehf\.?|hf\.|Pty\.? Ltd\.?|"
    r"K\.K\.|\u041e\u041e\u041e|\u041e\u0410\u041e"
)
SHORT_FORMS = ("AG", "KG", "SA", "BV", "NV", "AB", "Oy", "SIA", "АД")
"""Words of something else as well: only behind a word that is not in capitals, before a sign."""
SUFFIXES = (
    "[Uu]niversity|UNIVERSITY|[Hh]ospital|HOSPITAL|Institute|INSTITUTE|College|Foundation|"
    "Association|Society|Orchestra|Holdings|Partners|Services|Technologies|Solutions|Airlines|"
    "Airways|Pharmaceuticals|Academy|Clinic|Club|Industries|Enterprises|Federation|Committee|"
    "Department|School|Group|Motors|Insurance|Associates|Consulting|Healthcare|Alliance|Foods|"
    "Laborator(?:y|ies)|Universität|Klinikum|Krankenhaus|Gesellschaft|Stiftung|Universiteit|"
    "Ziekenhuis|Universitet|Universitetet|Sjukhus|Yliopisto|Egyetem|Kórház"
)
"""Stand behind the name."""
PREFIXES = (
    "University|Universität|Université|Universidad|Universidade|Università|Universiteit|"
    "Uniwersytet|Univerzita|Univerzitet|Sveučilište|Universitatea|[Mm]inistry(?= of)|Ministère|"
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
OPENERS = (
    "the a an in at by from for with of and or to on as our your my his her their this that these "
    "those dear when while if is was are were has had be but not no so he she it we they i its "
    "der die das den dem des ein eine la le les un une el los las il lo gli een het de mr mrs ms "
    "each every all any such both either what which who whose where why how new following other"
)
"""Capital words at the beginning of a sentence that no name begins with."""

SMALL = "& and of the de du des la le les et y e und der die das für van voor di del a och og ja"
"""Words within a name that are not in capitals."""

MARKS = (
    *(
        "ltd",
        "limited",
        "llc",
        "l.l.c",
        "llp",
        "l.l.p",
        "plc",
        "p.l.c",
        "inc",
        "corp",
        "co.",
        "dac",
    ),
    *(
        "clg",
        "teoranta",
        "gmbh",
        "mbh",
        "kgaa",
        "ohg",
        "e.v.",
        "e.g.",
        "egbr",
        "gbr",
        "sarl",
        "s.à",
    ),
    *("sà", "s.a", "sasu", "eurl", "s.p.a", "spa", "s.r.l", "srl", "s.l.", "lda", "ltda", "b.v."),
    *("n.v.", "bvba", "sprl", "v.o.f", "aps", "a/s", "asa", "oyj", "oü", "uab", "sp.", "s.r.o"),
    *("s. r. o", "a.s.", "v.o.s", "s r.o", "kft", "zrt", "nyrt", "kkt", "d.o.o", "d. o", "d.d."),
    *("еоод", "оод", "еад", "επε", "\u03b1.\u03b5.", "\u03b5.\u03c0.\u03b5", "\u03b9\u03ba\u03b5"),
    *("ehf", "hf.", "k.k.", "\u043e\u043e\u043e", "\u043e\u0430\u043e"),
    *("universi", "univerzit", "hospital", "institut", "istitut", "instytut", "college"),
    *("foundation", "associa", "society", "orchestra", "holdings", "partners", "services"),
    *("technologies", "solutions", "airlines", "airways", "pharmaceuticals", "academ", "clinic"),
    *("club", "industries", "enterprises", "federa", "fédération", "committee", "department"),
    *("school", "group", "motors", "insurance", "consulting", "healthcare", "alliance", "foods"),
    *("laborator", "klinikum", "krankenhaus", "gesellschaft", "stiftung", "ziekenhuis"),
    *("sjukhus", "yliopisto", "egyetem", "kórház", "uniwersyt", "sveučili", "minist", "hôpital"),
    *("ospedale", "szpital", "nemocni", "bolnica", "spitalul", "bank", "banque", "banca"),
    *("akadem", "accadem", "asocia", "stowarzysz", "funda", "fonda", "consiliul"),
    *("comisia", "societatea", "agen", "partidul", "tribunalul"),
    *(f" {form.lower()}{sign}" for form in SHORT_FORMS for sign in " ,.;:)\n"),
)
"""One of these, in lower case, stands in each legal form and each word above."""
