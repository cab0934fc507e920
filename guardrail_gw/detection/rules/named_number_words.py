"""What states and people call national identifiers, where the name says that a number follows.

Source: the context words of rules/national, without those that say more than one thing ("nie",
"rente", "pass") and those that are no name of a number ("finanzamt").
"""

NAMES = (
    # at, ch, de, li
    "sozialversicherungsnummer,sozialversicherungsnr,sv-nummer,sv-nr,svnr,"
    "rentenversicherungsnummer,rentenversicherungsnr,rvnr,versicherungsnummer,versicherungsnr,"
    "krankenversichertennummer,krankenversicherungsnummer,kvnr,versichertennummer,"
    "steueridentifikationsnummer,steuer-identifikationsnummer,identifikationsnummer,steuer-id,"
    "steuerid,steuer-idnr,steueridnr,steuernummer,steuernr,steuer-nr,abgabenkontonummer,"
    "ahv-nummer,ahv-nr,ahv,ahvn13,personenidentifikationsnummer,"
    # nl, be, lu
    "burgerservicenummer,bsn,bsn-nummer,sofinummer,rijksregisternummer,rijksregister,insz,"
    "nationalregisternummer,numéro de registre national,registre national,niss,"
    "matricule national,numéro de matricule,numéro d'identification national,"
    # fr, it, es, pt
    "numéro de sécurité sociale,numéro de sécu,n° de sécurité sociale,n° de sécu,n° ss,"
    "numéro insee,nir,numéro fiscal,n° fiscal,numéro spi,numéro avs,identifiant fiscal,"
    "codice fiscale,cod fiscale,cod fisc,numero avs,"
    "dni,d.n.i.,nif,n.i.f.,número de la seguridad social,número de seguridad social,nuss,"
    "número de identificación fiscal,número de identidad de extranjero,"
    "número de contribuinte,nº de contribuinte,número de utente,nº de utente,nº utente,"
    "número da segurança social,número de segurança social,cartão de cidadão,"
    # da, sv, nb, is, fi
    "cpr,cpr-nummer,cpr-nr,personnummer,personnr,samordningsnummer,fødselsnummer,fødselsnr,fnr,"
    "d-nummer,kennitala,kennitalan,henkilötunnus,henkilötunnukseni,hetu,sotu,personbeteckning,"
    # pl, cs, sk, sl, hr, hu, ro
    "pesel,numer pesel,nr pesel,nip,numer nip,numer identyfikacji podatkowej,rodné číslo,"
    "rodne cislo,rodného čísla,emšo,emso,jmbg,matična številka,davčna številka,oib,matični broj,"
    "osobni identifikacijski broj,taj,taj szám,taj-szám,taj száma,tajszám,személyi szám,"
    "személyi száma,adóazonosító,adóazonosító jel,adóazonosító jele,adóazonosítója,adószám,"
    "cnp,cnp-ul,cnp-ul meu,c.n.p.,cod numeric personal,codul numeric personal,"
    # et, lv, lt
    "isikukood,isikukoodi,personas kods,personas koda,asmens kodas,asmens kodą,"
    # bg, el
    "егн,единен граждански номер,личен номер,лнч,αφμ,α.φ.μ.,αριθμός φορολογικού μητρώου,αμκα,"
    "α.μ.κ.α.,αριθμός ταυτότητας,αρ. ταυτότητας,αδτ,"
    # en, ga
    "national insurance number,national insurance no,ni number,ni no,nino,nhs number,nhs no,"
    "chi number,unique taxpayer reference,utr,pps number,pps no,ppsn,uimhir psp,"
    "personal public service number,social security number,social security no,ssn,tax id,"
    "tax identification number,tax number,personal identity number,personal identity code,"
    "personal identification number,national id,national id number,national identity number,"
    "eori,eori-nummer,numéro eori"
)
"""With commas between; a phrase stands as it is, but for what stands between its words."""

FILLERS = (
    "nr,no,number,num,numer,nummer,numero,número,numéro,číslo,broj,szám,номер,αριθμός,lautet,"
    "is,ist,est,es,è,jest,je,är,er,on,este,είναι,е"
)
"""Words between a name and its number."""
