"""Sentences with made-up personal data, by which a running detector shows that it detects.

A kind of data has the first example of its own rule; a name needs a sentence around it, so there is
one in each official language of the European Union. All sentences were written for this file.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from guardrail_gw.core.text import Entity
from guardrail_gw.detection.rules.rule import Rule

PERSON: Final = Entity("PERSON")
EMAIL: Final = Entity("EMAIL_ADDRESS")
MAIL: Final = "canary.doctor@example.org"
SENTENCES: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "bg": ("Казвам се {} и чакам отговор на {}.", "Иван Петров"),
        "cs": ("Jmenuji se {} a čekám na odpověď na {}.", "Jan Novák"),
        "da": ("Mit navn er {}, og jeg venter på svar på {}.", "Lars Jensen"),
        "de": ("Mein Name ist {} und ich warte auf Antwort an {}.", "Anna Schmidt"),
        "el": ("Ονομάζομαι {} και περιμένω απάντηση στο {}.", "Μαρία Παπαδοπούλου"),
        "en": ("My name is {} and I am waiting for an answer to {}.", "Emily Carter"),
        "es": ("Me llamo {} y espero la respuesta en {}.", "Carmen García"),
        "et": ("Minu nimi on {} ja ma ootan vastust aadressile {}.", "Jaan Tamm"),
        "fi": ("Nimeni on {} ja odotan vastausta osoitteeseen {}.", "Matti Virtanen"),
        "fr": ("Je m'appelle {} et j'attends une réponse à {}.", "Claire Dupont"),
        "ga": ("Is mise {} agus táim ag fanacht le freagra ag {}.", "Aoife Murphy"),
        "hr": ("Zovem se {} i čekam odgovor na {}.", "Ivana Horvat"),
        "hu": ("A nevem {}, és választ várok a {} címre.", "Nagy Katalin"),
        "it": ("Mi chiamo {} e aspetto una risposta a {}.", "Giulia Rossi"),
        "lt": ("Mano vardas {} ir aš laukiu atsakymo adresu {}.", "Jonas Kazlauskas"),
        "lv": ("Mani sauc {}, un es gaidu atbildi uz {}.", "Anna Bērziņa"),
        "mt": ("Jisimni {} u qed nistenna tweġiba fuq {}.", "Maria Borg"),
        "nl": ("Mijn naam is {} en ik wacht op antwoord op {}.", "Sanne de Vries"),
        "pl": ("Nazywam się {} i czekam na odpowiedź na {}.", "Anna Kowalska"),
        "pt": ("O meu nome é {} e aguardo resposta em {}.", "Maria Silva"),
        "ro": ("Mă numesc {} și aștept răspuns la {}.", "Andrei Popescu"),
        "sk": ("Volám sa {} a čakám na odpoveď na {}.", "Peter Kováč"),
        "sl": ("Ime mi je {} in čakam na odgovor na {}.", "Marko Novak"),
        "sv": ("Jag heter {} och väntar på svar på {}.", "Erik Johansson"),
    }
)
"""Language, ISO 639-1 -> a sentence with a name and an address of mail, and the name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Canary:
    """One text, and what has to be found in it."""

    entity: Entity
    language: str = ""
    """Empty where the text is of none in particular."""
    text: str = field(repr=False)
    value: str = field(repr=False)
    """Made up, and within the text."""
    country: str = ""
    """Of whose identifiers it is one that is looked for only where a policy asks for them."""


def canaries(
    rules: Iterable[Rule], entities: Iterable[Entity], languages: Iterable[str]
) -> Iterator[Canary]:
    """Yield one for each kind that a rule has an example of, and two for each language.

    Args:
        rules: those that run.
        entities: the kinds that count.
        languages: ISO 639-1; one without a sentence yields nothing.
    """
    wanted = frozenset(entities)
    yield from _of_languages(wanted, languages)
    every = tuple(rules)
    for entity in sorted(wanted):
        found = next(_of_rules(every, entity), None)
        if found is not None:
            yield found


def _of_languages(wanted: frozenset[Entity], languages: Iterable[str]) -> Iterator[Canary]:
    for language in sorted({*languages} & SENTENCES.keys()):
        sentence, name = SENTENCES[language]
        text = sentence.format(name, MAIL)
        for entity, value in ((PERSON, name), (EMAIL, MAIL)):
            if entity in wanted:
                yield Canary(entity=entity, language=language, text=text, value=value)


def _of_rules(rules: tuple[Rule, ...], entity: Entity) -> Iterator[Canary]:
    """The examples of rules of this kind, that which every rule of the kind finds surely first."""
    for rule in rules:
        if entity not in rule.entities:
            continue
        for example in rule.valid:
            for found in rule.find(example):
                if found.entity == entity:
                    yield Canary(
                        entity=entity,
                        text=example,
                        value=example[found.start : found.end],
                        country=rule.country or "",
                    )
