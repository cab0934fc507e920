"""What people write around personal data, in the 24 official languages of the European Union.

Each language has one sentence per kind of value, `{}` being the value. `neutral` says nothing about
what its value is. All sentences were written for this file.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple


class Sentences(NamedTuple):
    """One language's carriers."""

    email: str
    phone: str
    iban: str
    card: str
    person: str
    address: str
    neutral: str


LANGUAGES: Mapping[str, Sentences] = MappingProxyType(
    {
        "bg": Sentences(
            "Пишете ми на {} до петък.",
            "Моят телефон е {}, обадете се следобед.",
            "Преведете сумата по IBAN {} днес.",
            "Платих с карта {} вчера.",
            "Казвам се {} и чакам отговор.",
            "Живея на адрес {} от две години.",
            "Запишете {} в дневника.",
        ),
        "cs": Sentences(
            "Napište mi na {} do pátku.",
            "Můj telefon je {}, volejte odpoledne.",
            "Peníze pošlete na IBAN {} ještě dnes.",
            "Včera jsem platil kartou {} v obchodě.",
            "Jmenuji se {} a čekám na odpověď.",
            "Bydlím na adrese {} už dva roky.",
            "Zapište {} do deníku.",
        ),
        "da": Sentences(
            "Skriv til mig på {} inden fredag.",
            "Min telefon er {}, ring om eftermiddagen.",
            "Overfør beløbet til IBAN {} i dag.",
            "Jeg betalte med kort {} i går.",
            "Mit navn er {}, og jeg venter på svar.",
            "Jeg har boet på adressen {} i to år.",
            "Skriv {} i dagbogen.",
        ),
        "de": Sentences(
            "Schreiben Sie mir bis Freitag an {}.",
            "Meine Telefonnummer ist {}, bitte nachmittags anrufen.",
            "Überweisen Sie den Betrag auf die IBAN {} noch heute.",
            "Gestern habe ich mit der Kreditkarte {} bezahlt.",
            "Mein Name ist {} und ich warte auf Antwort.",
            "Ich wohne seit zwei Jahren unter der Adresse {}.",
            "Tragen Sie {} in das Heft ein.",
        ),
        "el": Sentences(
            "Γράψτε μου στο {} έως την Παρασκευή.",
            "Το τηλέφωνό μου είναι {}, καλέστε το απόγευμα.",
            "Στείλτε το ποσό στο IBAN {} σήμερα.",
            "Χθες πλήρωσα με την κάρτα {} στο κατάστημα.",
            "Ονομάζομαι {} και περιμένω απάντηση.",
            "Μένω στη διεύθυνση {} εδώ και δύο χρόνια.",
            "Γράψτε {} στο βιβλίο.",
        ),
        "en": Sentences(
            "Write to me at {} before Friday.",
            "My phone number is {}, please call in the afternoon.",
            "Send the amount to IBAN {} today.",
            "Yesterday I paid with my credit card {} in the shop.",
            "My name is {} and I am waiting for an answer.",
            "I have lived at {} for two years.",
            "Write {} into the book.",
        ),
        "es": Sentences(
            "Escríbame a {} antes del viernes.",
            "Mi teléfono es {}, llámeme por la tarde.",
            "Transfiera el importe al IBAN {} hoy mismo.",
            "Ayer pagué con la tarjeta {} en la tienda.",
            "Me llamo {} y espero una respuesta.",
            "Vivo en {} desde hace dos años.",
            "Anote {} en el cuaderno.",
        ),
        "et": Sentences(
            "Kirjutage mulle aadressil {} enne reedet.",
            "Minu telefon on {}, helistage pärastlõunal.",
            "Kandke summa IBAN-ile {} juba täna.",
            "Eile maksin poes kaardiga {} ja lahkusin.",
            "Minu nimi on {} ja ma ootan vastust.",
            "Olen kaks aastat elanud aadressil {}.",
            "Kirjutage {} vihikusse.",
        ),
        "fi": Sentences(
            "Kirjoittakaa minulle osoitteeseen {} ennen perjantaita.",
            "Puhelinnumeroni on {}, soittakaa iltapäivällä.",
            "Siirtäkää summa tilille, IBAN {} jo tänään.",
            "Maksoin eilen kortilla {} kaupassa.",
            "Nimeni on {} ja odotan vastausta.",
            "Olen asunut kaksi vuotta osoitteessa {}.",
            "Kirjatkaa {} vihkoon.",
        ),
        "fr": Sentences(
            "Écrivez-moi à {} avant vendredi.",
            "Mon numéro de téléphone est le {}, appelez l'après-midi.",
            "Virez la somme sur l'IBAN {} dès aujourd'hui.",
            "Hier j'ai payé avec la carte {} au magasin.",
            "Je m'appelle {} et j'attends une réponse.",
            "J'habite au {} depuis deux ans.",
            "Notez {} dans le cahier.",
        ),
        "ga": Sentences(
            "Scríobh chugam ag {} roimh an Aoine.",
            "Is é {} m'uimhir ghutháin, glaoigh tráthnóna.",
            "Cuir an t-airgead chuig IBAN {} inniu.",
            "D'íoc mé inné le mo chárta creidmheasa {} sa siopa.",
            "Is mise {} agus táim ag fanacht le freagra.",
            "Tá cónaí orm ag {} le dhá bhliain.",
            "Scríobh {} sa leabhar.",
        ),
        "hr": Sentences(
            "Pišite mi na {} do petka.",
            "Moj telefon je {}, nazovite poslijepodne.",
            "Uplatite iznos na IBAN {} još danas.",
            "Jučer sam platio karticom {} u trgovini.",
            "Zovem se {} i čekam odgovor.",
            "Stanujem na adresi {} već dvije godine.",
            "Upišite {} u bilježnicu.",
        ),
        "hu": Sentences(
            "Írjon nekem a {} címre péntekig.",
            "A telefonszámom {}, délután hívjon.",
            "Utalja az összeget a következő IBAN-ra: {} még ma.",
            "Tegnap a {} számú bankkártya terhére fizettem.",
            "A nevem {} és várom a választ.",
            "Két éve lakom itt: {} a ház mellett.",
            "Írja be: {} a füzetbe.",
        ),
        "it": Sentences(
            "Mi scriva a {} entro venerdì.",
            "Il mio telefono è {}, chiami nel pomeriggio.",
            "Versi la somma sull'IBAN {} oggi stesso.",
            "Ieri ho pagato con la carta {} in negozio.",
            "Mi chiamo {} e aspetto una risposta.",
            "Abito in {} da due anni.",
            "Scriva {} nel quaderno.",
        ),
        "lt": Sentences(
            "Parašykite man adresu {} iki penktadienio.",
            "Mano telefonas {}, skambinkite po pietų.",
            "Perveskite sumą į IBAN {} dar šiandien.",
            "Vakar mokėjau kortele {} parduotuvėje.",
            "Mano vardas {} ir aš laukiu atsakymo.",
            "Dvejus metus gyvenu adresu {}.",
            "Įrašykite {} į sąsiuvinį.",
        ),
        "lv": Sentences(
            "Rakstiet man uz {} līdz piektdienai.",
            "Mans tālrunis ir {}, zvaniet pēcpusdienā.",
            "Pārskaitiet summu uz IBAN {} vēl šodien.",
            "Vakar maksāju ar karti {} veikalā.",
            "Mani sauc {} un es gaidu atbildi.",
            "Divus gadus dzīvoju adresē {}.",
            "Ierakstiet {} burtnīcā.",
        ),
        "mt": Sentences(
            "Iktibli fuq {} sal-Ġimgħa.",
            "In-numru tat-telefon tiegħi huwa {}, ċempilli wara nofsinhar.",
            "Ibgħat l-ammont lill-IBAN {} illum.",
            "Il-bieraħ ħallast bil-karta {} fil-ħanut.",
            "Jisimni {} u qed nistenna tweġiba.",
            "Ilni sentejn noqgħod {} mal-familja.",
            "Ikteb {} fil-ktieb.",
        ),
        "nl": Sentences(
            "Schrijf mij vóór vrijdag op {}.",
            "Mijn telefoonnummer is {}, bel in de middag.",
            "Maak het bedrag over naar IBAN {} vandaag nog.",
            "Gisteren betaalde ik met creditcard {} in de winkel.",
            "Mijn naam is {} en ik wacht op antwoord.",
            "Ik woon sinds twee jaar op {}.",
            "Schrijf {} in het schrift.",
        ),
        "pl": Sentences(
            "Proszę pisać na {} do piątku.",
            "Mój telefon to {}, proszę dzwonić po południu.",
            "Proszę przelać kwotę na IBAN {} jeszcze dziś.",
            "Wczoraj zapłaciłem kartą {} w sklepie.",
            "Nazywam się {} i czekam na odpowiedź.",
            "Mieszkam pod adresem {} od dwóch lat.",
            "Proszę wpisać {} do zeszytu.",
        ),
        "pt": Sentences(
            "Escreva-me para {} até sexta-feira.",
            "O meu telefone é {}, ligue à tarde.",
            "Transfira o montante para o IBAN {} ainda hoje.",
            "Ontem paguei com o cartão {} na loja.",
            "Chamo-me {} e aguardo uma resposta.",
            "Moro em {} há dois anos.",
            "Escreva {} no caderno.",
        ),
        "ro": Sentences(
            "Scrieți-mi la {} până vineri.",
            "Telefonul meu este {}, sunați după-amiaza.",
            "Transferați suma în contul IBAN {} chiar azi.",
            "Ieri am plătit cu cardul {} la magazin.",
            "Mă numesc {} și aștept un răspuns.",
            "Locuiesc la adresa {} de doi ani.",
            "Notați {} în caiet.",
        ),
        "sk": Sentences(
            "Napíšte mi na {} do piatku.",
            "Môj telefón je {}, volajte popoludní.",
            "Peniaze pošlite na IBAN {} ešte dnes.",
            "Včera som platil kartou {} v obchode.",
            "Volám sa {} a čakám na odpoveď.",
            "Bývam na adrese {} už dva roky.",
            "Zapíšte {} do zošita.",
        ),
        "sl": Sentences(
            "Pišite mi na {} do petka.",
            "Moj telefon je {}, pokličite popoldne.",
            "Nakažite znesek na IBAN {} še danes.",
            "Včeraj sem plačal s kartico {} v trgovini.",
            "Ime mi je {} in čakam na odgovor.",
            "Na naslovu {} živim že dve leti.",
            "Vpišite {} v zvezek.",
        ),
        "sv": Sentences(
            "Skriv till mig på {} före fredag.",
            "Mitt telefonnummer är {}, ring på eftermiddagen.",
            "För över beloppet till IBAN {} redan i dag.",
            "I går betalade jag med kort {} i affären.",
            "Jag heter {} och väntar på svar.",
            "Jag har bott på {} i två år.",
            "Skriv {} i boken.",
        ),
    }
)
"""ISO 639-1 code -> sentences."""
