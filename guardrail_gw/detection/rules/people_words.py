"""Words for several people, behind which the names of a list stand."""

_ENGLISH = """
attendees participants present absent excused apologies authors editors reviewers
contributors speakers panelists panellists organizers organisers founders cofounders
owners shareholders directors managers trustees executives employees colleagues coworkers
teammates supervisors interviewers interviewees interpreters translators friends guests invitees
neighbours neighbors roommates flatmates children kids sons daughters brothers sisters siblings
cousins nieces nephews grandchildren grandsons granddaughters parents grandparents uncles aunts
students pupils classmates teachers tutors professors coaches players candidates applicants nominees
winners finalists witnesses victims suspects defendants plaintiffs claimants survivors heirs
beneficiaries passengers drivers patients nurses doctors physicians surgeons therapists judges
lawyers attorneys tenants landlords actors singers musicians dancers artists writers researchers
scientists engineers developers designers inventors volunteers
"""
_GERMAN = """
anwesend anwesende abwesend entschuldigt teilnehmer teilnehmerinnen teilnehmende autoren autorinnen
herausgeber redner referenten gründer mitgründer inhaber gesellschafter geschäftsführer mitarbeiter
mitarbeiterinnen kollegen kolleginnen freunde freundinnen gäste nachbarn mitbewohner kinder söhne
töchter brüder schwestern geschwister enkel eltern großeltern schüler schülerinnen studenten
studierende lehrer lehrerinnen spieler kandidaten bewerber bewerberinnen gewinner zeugen opfer erben
patienten patientinnen ärzte mieter schauspieler sänger künstler forscher entwickler
"""
_FRENCH = """
présents absents excusés participants participantes auteurs autrices éditeurs intervenants
fondateurs cofondateurs propriétaires associés directeurs employés salariés collègues amis amies
invités voisins colocataires enfants fils filles frères sœurs cousins neveux nièces parents élèves
étudiants professeurs joueurs candidats lauréats témoins victimes héritiers passagers patients
médecins infirmières locataires acteurs chanteurs artistes chercheurs
"""
_SPANISH = """
presentes ausentes asistentes participantes autores autoras editores ponentes fundadores
cofundadores propietarios socios directores empleados compañeros compañeras colegas amigos amigas
invitados vecinos hijos hijas hermanos hermanas primos sobrinos nietos padres abuelos alumnos
alumnas estudiantes profesores jugadores candidatos ganadores testigos víctimas herederos pasajeros
pacientes médicos inquilinos actores cantantes artistas investigadores
"""
_ITALIAN = """
presenti assenti partecipanti autori relatori fondatori soci dirigenti dipendenti colleghi colleghe
amici amiche ospiti vicini figli figlie fratelli sorelle cugini nipoti genitori nonni alunni
studenti professori giocatori candidati vincitori testimoni vittime eredi passeggeri pazienti medici
inquilini attori cantanti artisti ricercatori
"""
_DUTCH = """
aanwezig aanwezigen afwezig deelnemers auteurs sprekers oprichters eigenaren aandeelhouders
medewerkers vrienden vriendinnen gasten buren kinderen zonen dochters broers zussen neven
nichten kleinkinderen ouders leerlingen studenten leraren spelers kandidaten winnaars getuigen
slachtoffers erfgenamen passagiers patiënten artsen huurders acteurs zangers kunstenaars
"""

PEOPLE = frozenset(f"{_ENGLISH} {_GERMAN} {_FRENCH} {_SPANISH} {_ITALIAN} {_DUTCH}".split())
"""In lower case."""
