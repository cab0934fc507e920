"""The values that fill the slots: names, places, companies, dates and numbers of one language.

Everything is drawn from a seeded generator; where the lists come from stands in pools.py and
places.py.
"""

import random
import re
from collections.abc import Iterable, Sequence
from functools import cache

from models.recipe.places import counties, countries, home, states, towns
from models.recipe.pools import FOREIGN, LOCALES, OTHER_SCRIPTS, Lists, Pool, pool, prose
from models.recipe.slots import Sections, expand, fill, read_sections
from models.recipe.world import Names, People, typed, world

_SCRIPTS, _OWN = 0.015, 0.65
"""Cumulative shares of names in another script, and of the language's own."""
_LISTED, _INVENTED, _MARKED, _HOME = 0.15, 0.30, 0.34, 0.72
"""Ditto of towns in words.txt, invented ones, marked in gold text, real ones where it is spoken."""
_KNOWN, _GOLD, _COMPANY, _SHOP, _BODY = 0.2, 0.26, 0.38, 0.54, 0.64
"""Ditto of organisations in words.txt, marked in gold text, made by Faker, named like a shop, and
institutions; the rest is of the language's own list of patterns."""
_THEIRS = 0.42
"""Cumulative share of people named as where the language is spoken; the others are of anywhere."""
_INVENTED_NAMES, _BLENDED = 0.14, 0.18
"""Cumulative shares of names made letter by letter, and of two: in no list, for nobody has them."""
_BARE = 0.4
"""Share of names without marks on their letters."""


class Values:
    """Gives a value for a slot, in one language."""

    def __init__(self, lang: str, sections: Sections, lists: Lists, rng: random.Random) -> None:
        """Prepare the pools of `lang`; `rng` decides every draw."""
        self._lang = lang
        self._rng = rng
        self._sections = sections
        self._lists = lists
        self._words = read_sections("words")
        self._own = [pool(locale) for locale in LOCALES[lang]]
        others = {locale: None for locales in LOCALES.values() for locale in locales[:1]}
        latin = [locale for locale in (*FOREIGN, *others) if locale not in OTHER_SCRIPTS]
        self._foreign = [pool(locale) for locale in latin]
        self._scripts = [pool(locale) for locale in OTHER_SCRIPTS]
        self._theirs = [_people(locale) for locale in LOCALES[lang]]
        self._others = [_people(locale) for locale in OTHER_SCRIPTS]
        if "last" in sections:
            self._theirs += [People(Names(sections["first"]), Names(sections["last"]))] * 2
        self._world = world(lists.popular)

    def __call__(self, kind: str) -> str:
        """A value for the slot `kind`."""
        made = getattr(self, f"_{kind}", None)
        if made is not None:
            return str(made())
        return self.filled(self.line(kind))

    def line(self, section: str) -> str:
        """A line of a section of the language, or else of the words for all languages."""
        return self._one(self._sections.get(section) or self._words[section])

    def filled(self, template: str) -> str:
        """`template` with its slots filled, as plain text."""
        return fill(expand(template, self.line), self).text

    def _one(self, choices: Sequence[str]) -> str:
        return self._rng.choice(choices)

    def _chance(self, share: float) -> bool:
        """True in this share of the calls."""
        return self._rng.random() < share

    def _first_of(self, *choices: Iterable[str]) -> str:
        """One value of the first list that is not empty."""
        return next(self._rng.choice(list(some)) for some in choices if some)

    def _pool(self) -> Pool:
        """The language's own pool mostly, one of any other language at times."""
        chance = self._rng.random()
        if chance < _SCRIPTS:
            return self._rng.choice(self._scripts)
        return self._rng.choice(self._own if chance < _OWN else self._foreign)

    def _names(self) -> People:
        """Forenames and surnames of one place in the world."""
        chance = self._rng.random()
        if chance < _SCRIPTS:
            return self._rng.choice(self._others)
        if chance < _THEIRS:
            return self._rng.choice(self._theirs)
        return self._rng.choice(self._world)

    def _first(self) -> str:
        return self._drawn(self._names().firsts)

    def _last(self) -> str:
        return self._drawn(self._names().lasts)

    def _drawn(self, names: Names) -> str:
        """One of `names`; or one like them, or the beginning of one with the end of another."""
        chance = self._rng.random()
        name = self._one(names.listed)
        if chance < _INVENTED_NAMES:
            name = names.letters.draw(self._rng) or name
        elif chance < _BLENDED:
            other = self._one(names.listed)
            if name.isalpha() and other.isalpha():
                name = name[: max(2, len(name) // 2)] + other[len(other) // 2 :].lower()
        return typed(name) if self._chance(_BARE) else name

    def _initials(self) -> str:
        """One to three initials: `J.`, `J. R.`, `JR`."""
        letters = self._rng.choices("ABCDEFGHIJKLMNOPRSTVWZ", k=self._rng.choice([1, 1, 2, 2, 3]))
        return self._one([" ", ""]).join(f"{letter}." for letter in letters)

    def _cited(self) -> str:
        """A person as in a list of references."""
        last, initials = self._last(), self._initials()
        forms = {
            f"{last}, {initials}": 10,
            f"{initials} {last}": 4,
            f"{last} {initials.replace('.', '').replace(' ', '')}": 4,
            f"{last}, {self._first()}": 2,
            f"{last}, {self._first()} {initials[:2]}": 1,
        }
        return self._rng.choices(list(forms), list(forms.values()))[0]

    def _person(self) -> str:
        if self._chance(0.05):
            return self._one(self._lists.real["PERSON"])
        people = self._names()
        first, last = self._drawn(people.firsts), self._drawn(people.lasts)
        firsts, lasts = people.firsts.listed, people.lasts.listed
        forms = {
            f"{first} {last}": 66,
            f"{first} {self._one(firsts)} {last}": 5,
            f"{first} {self._rng.choice('ABCDEFGHJKLMNPRSTW')}. {last}": 5,
            f"{first[0]}. {last}": 4,
            f"{first[0]}.{self._one(firsts)[0]}. {last}": 1,
            f"{first} {last}-{self._one(lasts)}": 3,
            f"{first}-{self._one(firsts)} {last}": 1,
            f"{first} {last} {self._one(lasts)}": 3,
            f"{first} {last}".upper(): 3,
            f"{first} {last.upper()}": 1,
            f"{first} {last}".lower(): 3,
            f"{last} {first}": 2,
            f"{last}, {first}": 2,
            f"{last.upper()} {first}": 1,
            f"{last.upper()}, {first}": 1,
            f"{last}, {first[0]}.": 1,
            f"{first} {last}-{self._one(lasts)} {self._one(lasts)}": 0.5,
            f"{first} {self._one(('de', 'van', 'bin', 'El', 'von', 'da', 'Mc', 'St.'))} {last}": 1,
            f"{first} {last} {self._one(('Jr.', 'Sr.', 'III', 'Jr', 'II'))}": 1,
        }
        return self._rng.choices(list(forms), list(forms.values()))[0]

    def _city(self) -> str:
        chance = self._rng.random()
        if chance < _LISTED:
            return self._one(self._words["city"]) if self._chance(0.6) else self._place()
        if chance < _INVENTED:
            return self._first_of(self._rng.choice(self._own).cities)
        if chance < _MARKED:
            return self._one(self._lists.real["LOCATION"])
        return self._town(home(self._lang) if chance < _HOME else None)

    def _town(self, where: tuple[str, ...] | None) -> str:
        known = towns(where, self._lang if where else "")
        name = known.draw(self._rng)
        return typed(name) if where is None and self._chance(0.5) else name

    def _place(self) -> str:
        """A region, river, mountain, county or quarter."""
        if self._chance(0.2):
            return self._one(counties())
        return self._one(self._words["place"])

    def _realcity(self) -> str:
        return self._one(self._words["city"])

    def _state(self) -> str:
        if self._lang == "en" and self._chance(0.7):
            return self._one(states()[0])
        return self._first_of(self._rng.choice(self._own).states, states()[0])

    def _stateabbr(self) -> str:
        return self._one(states()[1])

    def _country(self) -> str:
        own = self._sections.get("country", [])
        if self._chance(0.3) and own:
            return self._one(own)
        if self._chance(0.6):
            return self._one(countries(self._lang))
        lists = self._own[0].countries, self._words["country"]
        return self._first_of(*(lists if self._chance(0.7) else lists[::-1]))

    def _org(self) -> str:
        chance = self._rng.random()
        if chance < _KNOWN:
            return self._one(self._words["org"])
        if chance < _GOLD:
            return self._one(self._lists.real["ORGANIZATION"])
        if chance < _COMPANY:
            return self._one(self._pool().companies)
        if chance < _SHOP:
            return self._shop()
        if chance < _BODY:
            return self._body()
        return self.filled(self._one(self._sections["org"]))

    def _known(self) -> str:
        """A well-known company or brand."""
        return self._one(self._words["org"])

    def _body(self) -> str:
        """An institution with a name of several words."""
        return self.filled(self._one(self._words["body"]))

    def _brand(self) -> str:
        """An invented company name: two syllables, written in one of several ways."""
        head, tail = (self._one(self._words[k]) for k in ("syllable", "ending"))
        joined = f"{head}{tail}"
        forms = (joined.title(), joined.title(), head.title() + tail.title(), joined)
        return self._one(forms)

    def _shop(self) -> str:
        """A business named with everyday words, and at times with a name."""
        words = [self._everyday().title() for _ in range(self._rng.choice([1, 1, 2, 2, 2, 3]))]
        if self._chance(0.12):
            words[0] = self._rng.choice((self._first, self._last, self._town_of_any))()
        if self._chance(0.15):
            words[0] += self._one(("'s", "s"))
        if self._chance(0.5):
            words.append(self._one(self._words["trade"]))
        if self._chance(0.15):
            words.insert(-1, self._one(("&", "and", "of", "'n'")))
        if self._chance(0.08):
            words.insert(0, self._one(("The", "Mr.", "First", "My", "New", "Le", "El", "Big")))
        return re.sub(r"^(?:(?:&|and|of|'n') )+", "", " ".join(words))

    def _everyday(self) -> str:
        """A word that names nobody."""
        return self._one(self._lists.everyday if self._chance(0.6) else prose()[0])

    def _town_of_any(self) -> str:
        return self._town(None)

    def _heading(self) -> str:
        """One to four capitalised words that name nobody."""
        count = self._rng.choice([1, 2, 2, 3, 4])
        own = self._chance(0.5)
        words = [
            self._one(self._words["titleword"]) if own else self._everyday() for _ in range(count)
        ]
        return self._one([" ", " ", " ", " and ", " & "]).join(word.title() for word in words)

    def _Title(self) -> str:  # noqa: N802 - named like the placeholder it fills
        return self._one(self._words["titleword"])

    def _slogan(self) -> str:
        said = self._one(prose()[1])
        return self._one((said, said.title(), said.lower(), said.capitalize()))

    def _babble(self) -> str:
        """Everyday words in a row, as a text without meaning."""
        count = self._rng.randint(2, 9)
        return " ".join(self._everyday() for _ in range(count))

    def _title(self) -> str:
        """An occupation: no name."""
        if self._chance(0.3):
            return self._one(self._words["title"])
        job = self._first_of(self._rng.choice(self._own).jobs, self._words["title"])
        return self._one((job, job.title(), job.lower()))

    def _street(self) -> str:
        if "street" in self._sections and self._chance(0.5):
            return self.filled(self.line("street"))
        own = self._chance(0.55)
        streets = self._rng.choice(self._own if own else self._foreign).streets
        some = (street.replace("\n", ", ") for street in self._rng.choices(streets, k=5))
        street = next((line for line in some if re.search(r"[^\W\d]{3}", line)), "12 High Street")
        if self._chance(0.08):
            return street + self._one((", ", " ", " - ")) + self._unit()
        return street

    def _unit(self) -> str:
        own = self._rng.choice(self._own).units
        return self._first_of(own if self._chance(0.6) else (), [self.filled(self.line("unit"))])

    def _pobox(self) -> str:
        return self.filled(self.line("pobox"))

    def _postcode(self) -> str:
        return self._first_of(self._rng.choice(self._own).postcodes, ["10115"])

    def _phone(self) -> str:
        return self._first_of(self._pool().phones, ["020 7946 0958"])

    def _email(self) -> str:
        first, last = self._first().lower(), self._last().lower()
        name = re.sub(r"[^a-z.]", "", self._one([f"{first}.{last}", f"{first[0]}{last}"]))
        host = self._one(["gmail.com", "example.org", "web.de", "orange.fr", "firma.eu"])
        return f"{name or 'info'}@{host}"

    def _iban(self) -> str:
        country = self._one(["DE", "FR", "ES", "NL", "IT", "RO", "PL", "GB", "AT"])
        digits = self._digits(16, 24)
        grouped = " ".join(digits[i : i + 4] for i in range(2, len(digits), 4))
        return f"{country}{digits[:2]} {grouped}" if digits[0] > "4" else country + digits

    def _digits(self, low: int, high: int) -> str:
        return "".join(self._rng.choices("0123456789", k=self._rng.randint(low, high)))

    def _id(self) -> str:
        head = self._one(["", "", "INV-", "#", "CASE-", "KD", "A", "TCK-", "RE-2024-"])
        return head + self._digits(4, 11)

    def _amount(self) -> str:
        number = self._one(["49,90", "1.200", "3500", "12,50", "250", "45 000", "1,099.99"])
        return self._one([f"{number} €", f"€{number}", f"{number} EUR", f"${number}"])

    def _int(self) -> str:
        return str(self._rng.choice([0, 1, 2, 3, 5, 8, 10, 42, 64, 80, 100, 200, 404, 443, 8080]))

    def _n1(self) -> str:
        return str(self._rng.randint(1, 9))

    def _n2(self) -> str:
        return str(self._rng.randint(1, 99))

    def _n3(self) -> str:
        return str(self._rng.randint(100, 999))

    def _n4(self) -> str:
        return str(self._rng.randint(1000, 99999))

    def _letter(self) -> str:
        return self._one("ABCDEFGH")

    def _age(self) -> str:
        return str(self._rng.randint(1, 99))

    def _d(self) -> str:
        return str(self._rng.randint(1, 28))

    def _dd(self) -> str:
        return f"{self._rng.randint(1, 28):02}"

    def _m(self) -> str:
        return str(self._rng.randint(1, 12))

    def _mm(self) -> str:
        return f"{self._rng.randint(1, 12):02}"

    def _yyyy(self) -> str:
        return str(self._rng.randint(1938, 2027))

    def _yy(self) -> str:
        return f"{self._rng.randint(0, 99):02}"

    def _year(self) -> str:
        return self._yyyy()

    def _h(self) -> str:
        return str(self._rng.randint(6, 23))

    def _h12(self) -> str:
        return str(self._rng.randint(1, 12))

    def _min(self) -> str:
        return f"{self._rng.choice(range(0, 60, 5)):02}"

    def _ident(self) -> str:
        words = [self._one(self._words["ident"]) for _ in range(self._rng.randint(1, 2))]
        return self._one(["_", "-", "."]).join(words)

    def _Ident(self) -> str:  # noqa: N802 - named like the placeholder it fills
        words = [self._one(self._words["ident"]) for _ in range(self._rng.randint(1, 2))]
        return "".join(word[:1].upper() + word[1:] for word in words)

    def _IDENT(self) -> str:  # noqa: N802 - named like the placeholder it fills
        return self._one(self._words["ident"]).upper()


@cache
def _people(locale: str) -> People:
    names = pool(locale)
    return People(Names(names.firsts), Names(names.lasts))
