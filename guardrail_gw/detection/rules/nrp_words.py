"""Nationalities, peoples, religions and parties, as adjectives and nouns.

Source: ISO 3166-1 for the states; the Interinstitutional Style Guide of the EU, Annex A5, for their
inhabitants and adjectives. English (the language first of all) and what is another word as well
(Latin, Turkey, Pole) are left out.
"""

from collections.abc import Iterator

_ENGLISH = """
Afghani?s? Alawites? Albanians? Algerians? Americans? Andorrans? Anglicans? Angolans? Arabs?
Argentineans? Argentines? Argentinians? Armenians? Asians? Atheists Australians? Austrians?
Azerbaijanis? Bahamians? Bahrainis? Bangladeshis? Baptists? Barbadians? Basques? Belarusians?
Belgians? Belizeans? Bolivians? Bosnians? Brazilians? British Britons? Bruneians? Buddhists?
Bulgarians? Burmese Calvinists? Cambodians? Cameroonians? Canadians? Catalans? Catholics?
Chechens? Chileans? Chinese Christians? Colombians? Communists? Congolese Cossacks? Croatians?
Croats? Cubans? Cypriots? Czechs? Danes Danish Democrats Druze Dutch Dutchm[ae]n Ecuadoreans?
Ecuadorians? Egyptians? Englishm[ae]n Eritreans? Estonians? Ethiopians? Europeans? Fascists?
Fijians? Filipinos? Finnish Finns French Frenchm[ae]n Gambians? Georgians Germans? Ghanaians?
Greeks? Greenlanders? Guatemalans? Haitians? Hindus? Hondurans? Hungarians? Icelanders?
Icelandic Indians Indonesians? Iranians? Iraqis? Irish Irishm[ae]n Islamists? Israelis?
Italians? Jamaicans? Japanese Jewish Jews? Jordanians? Kazakhs? Kenyans? Koreans? Kosovars?
Kurdish Kurds? Kuwaitis? Kyrgyz Labourites? Laotians? Latvians? Lebanese Liberians? Libyans?
Lithuanians? Lutherans? Luxembourgers? Macedonians? Malaysians? Malians? Maltese Maoists?
Marxists? Mauritians? Methodists? Mexicans? Moldovans? Mongolians? Montenegrins? Mormons?
Moroccans? Moslems? Muslims? Namibians? Nazis? Nepalese Nepalis? Nicaraguans? Nigerians?
Norwegians? Omanis? Pakistanis? Palestinians? Panamanians? Paraguayans? Persians? Peruvians?
Poles Polish Portuguese Protestants? Qataris? Republicans Romanians? Russians? Rwandans? Saudis?
Scots Scotsm[ae]n Scottish Senegalese Serbians? Serbs? Shia Shiis? Sikhs? Singaporeans?
Slovakian Slovaks? Slovenes? Slovenians? Socialists? Somalis? Soviets? Spaniards? Spanish
Sudanese Sunnis? Surinamese Swedes? Swedish Swiss Syrians? Taiwanese Tajiks? Tanzanians? Thais?
Tibetans? Tories Tory Trotskyists? Tunisians? Turkish Turkmens? Turks Ugandans? Ukrainians?
Uruguayans? Uzbeks? Venezuelans? Vietnamese Welsh Welshm[ae]n Yemenis? Yugoslavs? Zambians?
Zimbabweans? Zionists?
"""
"""With a capital; `?` behind a letter that may be missing, `[ae]` for either."""

_NO_SMALL_WORDS = """
Asians? Arabs? Baptists? Atheists British Britons? Chinese Czechs? Danes Danish Democrats Druze
Dutch Europeans? Finnish Finns French Georgians Germans? Greeks? Icelandic Irish Italians?
Japanese Koreans? Laotians? Mexicans? Nepalis? Poles Polish Portuguese Republicans Scots Scottish
Shia Slovaks? Spanish Swedes? Swedish Swiss Thais? Tories Tory Turkish Turks Welsh Vietnamese
Persians? Indians Russians? Somalis? Malians? Omanis? Communists? Fascists? Socialists? Nazis?
Latvians? Soviets?
"""
_NO_SMALL = frozenset(_NO_SMALL_WORDS.split())
"""What in small letters is a language, or another word."""
_IN_SMALL = (
    *(word.lower() for word in _ENGLISH.split() if word not in _NO_SMALL),
    *("asians", "arabs", "britons", "europeans", "germans", "greeks", "italians", "koreans"),
    *("mexicans", "russians", "communists", "fascists", "socialists", "nazis", "turks", "finns"),
    *("latvians", "danes"),
)
"""As prompts are written: `we are proud canadians`."""

_FRENCH = """
afghan albanais algérien allemand américain anglais argentin arménien autrichien azerbaïdjanais
bosniaque bouddhiste britannique brésilien bulgare camerounais canadien catholique chilien
chinois chrétien chypriote colombien congolais coréen croate cubain danois espagnol estonien
finlandais français gallois grec grecqu géorgien hindou hongrois indien irakien iranien
irlandais islandais israélien italien ivoirien jamaïcain japonais jordanien juif juiv kosovar
kurde letton libanais libyen lituanien luxembourgeois macédonien malien maltais marocain
mexicain moldave monténégrin musulman nigérian norvégien néerlandais pakistanais palestinien
polonais portugais protestant péruvien roumain russe rwandais serbe slovaque slovène somalien
soudanais soviétique suiss suédois syrien sénégalais tchèque tchétchène tunisien turc turqu
ukrainien vietnamien vénézuélien yougoslave écossais égyptien éthiopien
"""
"""Without their endings, in lower case."""
_FRENCH_ENDINGS = ("", "e", "s", "es", "ne", "nes", "nee", "nees")

_SPANISH = """
afgan alban american argelin argentin armeni asiátic australian austriac bosni brasileñ británic
budist búlgar católic checoslovac chilen chipriot colombian corean cristian croat cuban
ecuatorian egipci eslovac esloven español estoni georgian grieg húngar italian jamaican kurd
lituan mexican moldav musulman nigerian norueg palestin peruan polac ruman serbi siri soviétic
suec suiz tunecin turc ucranian venezolan
"""
"""Without their endings, in lower case."""
_SPANISH_ENDINGS = ("o", "a", "os", "as")

_SPANISH_WHOLE = """
alemana alemanas alemanes alemán danesa danesas daneses danés escocesa escocesas escoceses
escocés finlandesa finlandés francesa francesas franceses francés holandesa holandeses holandés
inglesa inglesas ingleses inglés iraní iraníes iraquí iraquíes irlandesa irlandesas irlandeses
irlandés islandés israelí israelíes japonesa japonesas japoneses japonés judía judías judío
judíos libanesa libanés maltés marroquí marroquíes musulmán portuguesa portuguesas portugueses
portugués
"""


def _written(word: str) -> Iterator[str]:
    """Each way to write a word of the English list."""
    if "[ae]" in word:
        yield from (word.replace("[ae]", letter) for letter in "ae")
    elif "?" in word:
        before, behind = word.split("?", 1)
        yield from (some + rest for some in (before, before[:-1]) for rest in _written(behind))
    else:
        yield word


GROUPS = frozenset(
    (
        *(form for word in (*_ENGLISH.split(), *_IN_SMALL) for form in _written(word)),
        *(stem + ending for stem in _FRENCH.split() for ending in _FRENCH_ENDINGS),
        *(stem + ending for stem in _SPANISH.split() for ending in _SPANISH_ENDINGS),
        *_SPANISH_WHOLE.split(),
    )
)
"""Every word for a group, as it is written."""

LANGUAGE_BEFORE = (
    "[Ii]n|[Ii]nto|[Ff]rom|speaks?|speaking|spoke|spoken|learn|learns|learning|translate|translated|native|"
    "fluent|to|en|En|le|Le|du|au|parle|parler|habla|hablar"
)
"""Behind these a word of the lists is a language."""
LANGUAGE_BEHIND = (
    "languages?|translations?|notation|texts?|versions?|quotes|quotation|letters?|alphabet|"
    "characters?|grammar|dictionary|words?|phrases?|spelling|speaking|keyboard|locale|subtitles|"
    "numerals|font|lessons?|accent|press|toast|roast|window|calendar|postfix"
)
"""Before these, too, or it belongs to a term."""
