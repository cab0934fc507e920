"""Numbers of driving licences, beside the licence's name.

Source: field 5 of the licence in Directive 2006/126/EC, annex I; shapes per state from RESPER
(the EU driving licence network) and the issuing authorities.
"""

from guardrail_gw.detection.rules.documents import document_rule

SHAPES = {
    "AT": r"\d{8}",
    "BE": r"\d{10}",
    "BG": r"\d{9}",
    "CH": r"\d{12}",
    "CY": r"\d{6,12}",
    "CZ": r"[A-Z]{2} ?\d{6}",
    "DE": r"[A-Z]\d{2}[A-Z0-9]{6}\d[A-Z0-9]",
    "DK": r"\d{8}",
    "EE": r"[A-Z]{2}\d{6}",
    "ES": r"\d{8}-?[A-Z]|[XYZ]\d{7}[A-Z]",
    "FI": r"\d{6}[-+A]\d{3}[0-9A-Z]",
    "FR": r"\d{12}|\d{2}[A-Z]{2}\d{5}",
    "GB": r"[A-Z9]{5} ?\d{6} ?[A-Z9]{2}[A-Z0-9] ?[A-Z]{2}",
    "GR": r"\d{9}",
    "HR": r"\d{8}",
    "HU": r"[A-Z]{2} ?\d{6}",
    "IE": r"\d{9}|\d{3} ?\d{3} ?\d{3}",
    "IS": r"\d{9}",
    "IT": r"[A-Z]{2}\d{7}[A-Z]|U1[A-Z0-9]{7}[A-Z]",
    "LI": r"\d{6,8}",
    "LT": r"\d{8}",
    "LU": r"\d{6}",
    "LV": r"[A-Z]{2} ?\d{6}",
    "MT": r"\d{6,7}",
    "NL": r"\d{10}",
    "NO": r"\d{2} ?\d{2} ?\d{6} ?\d",
    "PL": r"\d{5}/\d{2}/\d{4}",
    "PT": r"[A-Z]{1,2}-?\d{6,7} ?\d?",
    "RO": r"[A-Z]\d{8}[A-Z]?",
    "SE": r"\d{6}-?\d{4}",
    "SI": r"\d{9}",
    "SK": r"[A-Z]\d{7}",
    "US": r"[A-Z]{1,2}\d{6,8}|[A-Z]\d{3}-\d{4}-\d{4}|[A-Z]\d{12}",
}
_WORDS = (
    "driving licence,driving license,driver license,driver licence,driver's license,"
    "driver's licence,drivers license,drivers licence,führerschein,führerscheinnummer,"
    "fahrerlaubnis,permis de conduire,permis,permiso de conducir,carnet de conducir,patente,"
    "patente di guida,rijbewijs,rijbewijsnummer,carta de condução,prawo jazdy,prawa jazdy,"
    "permis de conducere,permisul de conducere,vezetői engedély,jogosítvány,řidičský průkaz,"
    "řidičského průkazu,vodičský preukaz,vodičského preukazu,vozniško dovoljenje,"
    "vozniškega dovoljenja,vozačka dozvola,vozačke dozvole,шофьорска книжка,свидетелство,"
    "άδεια οδήγησης,δίπλωμα οδήγησης,άδειας οδήγησης,kørekort,kørekortnummer,körkort,"
    "körkortsnummer,førerkort,ajokortti,ajokortin,juhiluba,juhiloa,vairuotojo pažymėjimas,"
    "vairuotojo pažymėjimo,vadītāja apliecība,vadītāja apliecības,liċenzja tas sewqan,ökuskírteini"
)

RULE = document_rule(
    name="driver_license",
    entity="DRIVER_LICENSE",
    shapes=SHAPES,
    words=_WORDS,
    examples=(
        (
            "Führerschein B072RRE2I55",
            "driving licence MORGA657054SM9IJ",
            "driver's license F2557280",
            "patente U1H87K343D",
            "prawo jazdy 12345/10/1234",
            "permis de conduire n° 123456789012",
        ),
        ("part B072RRE2I55", "driving licence needed", "rijbewijs 12345"),
    ),
)
