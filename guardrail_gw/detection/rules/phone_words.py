"""Words that stand beside telephone numbers, in the languages of the EU, EEA and Switzerland."""

from guardrail_gw.detection.rules.context import listed

NAMED = listed(
    "phone, phones, telephone, telephones, tel, mobile, cell, cellphone, fax, whatsapp, sms, "
    "pager, landline, "
    "hotline, helpline, phone number, "
    "telefon, telefonnummer, telefonnr, handy, handynummer, mobil, mobilnummer, festnetz, "
    "rufnummer, "
    "mobiltelefon, téléphone, téléphonique, portable, télécopie, teléfono, telefono, teléfonos, "
    "móvil, telefoon, telefoonnummer, mobiel, mobiele, gsm, telefone, telemóvel, telefax, "
    "cellulare, numero di telefono, recapito telefonico, komórka, komórkowy, telefonu, "
    "telefonie, telefonul, telefoane, mobilul, puhelin, puhelinnumero, puh, gsm, matkapuhelin, "
    "mobilní, mobilného, mobilný, telefónne, telefonní, telefonszám, telefonszáma, mobilszám, "
    "τηλέφωνο, τηλέφωνό, τηλεφώνου, τηλ, κινητό, κινητού, φαξ, телефон, телефона, тел, мобилен, "
    "факс, telefono numeris, telefonas, tālrunis, tālruņa, tālr, mobilais, mob, telefoninumber, "
    "mobiiltelefon, faks, telefonska, telefonska številka, mobitel, mobitela, gsm številka, "
    "telefonnúmer, sími, farsími, símanúmer, fón, guthán, uimhir theileafóin, uimhir "
    "ghutháin, telefown, "
    "numru tat-telefon, mowbajl, handynr, natel, mobilnr, tlf, tlf nr, mobiltelefonnummer, "
    "callback, call back, voicemail, voice mail, answering machine, anrufbeantworter, "
    "messagerie vocale, répondeur, contestador, buzón de voz, segreteria telefonica"
)
"""What names a telephone."""

CALLING = listed(
    "call, called, calling, dial, ring, reach, contact, text me, text, message, "
    "call me, appelez, appeler, joindre, joignable, llame, llámame, llamar, chiama, "
    "chiamare, chiami, anrufen, ruf, rufen, erreichen, erreichbar, bel, bellen, bereikbaar, "
    "ligue, ligar, contacto, contato, zadzwoń, dzwonić, numer, nummer, número, numero, numéro, "
    "číslo, számon, hívjon, hívj, volejte, zavolejte, volajte, zavolajte, sunați, sună, apelați, "
    "numărul, pokličite, kličite, nazovite, pozovite, broj, обадете, обади, номер, καλέστε, "
    "αριθμό, soita, soittakaa, numerosta, ring, helista, helistage, zvaniet, zvani, numurs, "
    "skambinkite, skambink, numeris, hringdu, glaoigh, ċempel, kontakt, contatto, recapito, "
    "joindre au, answer, answers, answered, answering, messages, picks up, picked up, reachable, "
    "répond, répondre, contesta, contestan, risponde, rispondono, atende, neemt op, odbiera, "
    "svarar, svarer, vastaa, nimmt ab"
)
"""What people do with one; all of them mean other things as well."""
