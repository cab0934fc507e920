"""Words for numbers that institutions give to persons and their affairs.

Source: forms of hospitals, insurers, schools, courts and authorities in the languages of the EU.
"""

NUMBER = (
    r"numbers?|no\.?|nos\.?|n[°º]\.?|nrs?\.?|num(?:ber)?\.?|id|ids|identifier|#|numéro|nº|número|"
    r"numero|nummer|numer|număr(?:ul)?|číslo|broj|številka|szám(?:a)?|numurs|numeris|номер|"
    r"αριθμό[ςσ]|uimhir|numru|numero"
)
WHOSE = (
    r"patients?|medical records?|health records?|hospital|chart|members?|membership|customer|"
    r"client|subscriber|employee|staff|personnel|payroll|student|pupil|matriculation|enrolment|"
    r"enrollment|insurance|policy ?holder|insured|social security|social insurance|"
    r"national insurance|health insurance|tax(?:payer)?|claim|case|file|docket|complaint|"
    r"application|petition|applicant|beneficiary|driver'?s? licen[cs]e|driving licen[cs]e|"
    r"residence permit|visa|badge|library card|loyalty|frequent flyer|voter|licen[cs]e|"
    r"bank account|identity card|identity|identification|"
    # fr
    r"de (?:client|dossier|patient|sécurité sociale|salarié|adhérent|matricule|contrat|"
    r"sinistre|étudiant|permis|compte|requête|séjour)|requêtes?|dossier|"
    # es, pt
    r"de (?:cliente|expediente|historia(?: clínica)?|paciente|seguridad social|afiliación|"
    r"afiliado|socio|colegiado|empleado|alumno|matrícula|póliza|utente|beneficiário|processo|"
    r"segurança social|aluno|sócio|contrato|permiso)|demandas?|expediente|historia|episodio|"
    # it
    r"(?:di )?(?:cliente|paziente|pratica|cartella|tessera|polizza|matricola|socio|"
    r"iscrizione|protocollo)|ricorso|"
    # pl, cs, sk, hr, sl
    r"klienta|pacjenta|pacienta|ubezpieczenia|sprawy|albumu|zákazníka|zákazníku|pojištěnce|"
    r"spisu|poistenca|bolesnika|osiguranika|predmeta|pacijenta|stranke|zavarovanca|zadeve|"
    # ro, bg, el
    r"de (?:client|pacient|dosar|asigurat)|dosar(?:ul)?|клиентски|на пациент|на дело|πελάτη|"
    r"ασθενού[ςσ]|υπόθεση[ςσ]|μητρώου"
)
COMPOUNDS = (
    r"(?:kunden|patienten|mitglieds|versicherten|versicherungs|personal|mitarbeiter|matrikel|"
    r"vertrags|akten|fall|vorgangs|kassen|schüler|konto|führerschein|ausweis|beschwerde|antrags|"
    r"klant|patiënt|lid(?:maatschaps)?|dossier|zaak|polis|verzekerden|personeels|student(?:en)?|"
    r"kund|patient|medlems|anställnings|ärende|försäkrings|kunde|medlems|sags|journal|"
    r"forsikrings|ansatt|saks|asiakas|potilas|jäsen|henkilöstö|ügyfél|beteg|tag(?:sági)?|"
    r"kliendi|patsiendi|toimiku)[- ]?(?:nummern?|nr\.?|numero|szám|number|id|zeichen)"
)
ABBREVIATIONS = (
    r"ssn|mrn|nhc|nass|nss|cipa?|nuhsa|n[ºo°]? ?col(?:egiado)?\.?|matricule|aktenzeichen|"
    r"geschäftszeichen|az\.|sygn\. akt|sygnatura|spis\. zn\.|č\. ?j\.|zaaknummer|rolnummer|"
    r"episodio|iktatószám|numéro fiscal|n° ?dossier|application nos?\.?|requête nos?|kennziffer"
)
