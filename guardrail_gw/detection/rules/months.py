"""Names of the months in the official languages of the EU, and Norwegian and Icelandic.

Source: Unicode CLDR, calendars/gregorian (wide and abbreviated names, format and stand-alone), with
the cases that dates are written in. Languages in the
order of their English names.
"""

_FORMS = """
януари ян февруари февр фев март мар април апр май юни юли август авг септември септ октомври
окт ноември ноем декември дек
siječanj siječnja sij veljača veljače velj ožujak ožujka ožu travanj travnja tra svibanj svibnja
svi lipanj lipnja lip srpanj srpnja srp kolovoz kolovoza kol rujan rujna ruj listopad listopada
lis studeni studenoga studenog stu prosinac prosinca pro
leden ledna lednu led únor února únoru úno březen března březnu bře duben dubna dubnu dub květen
května květnu kvě červen června červnu čvn červenec července červenci čvc srpen srpna srpnu srp
září zář říjen října říjnu říj listopad listopadu lis prosinec prosince prosinci pro
januar jan februar feb marts mar april apr maj juni jun juli jul august aug september sep sept
oktober okt november nov december dec
januari jan februari feb maart mrt april apr mei juni jun juli jul augustus aug september sep
sept oktober okt november nov december dec
january jan february feb march mar april apr may june jun july jul august aug september sep sept
october oct november nov december dec
jaanuar jaanuaril jaanuari jaan veebruar veebruaril veebruari veebr märts märtsil märtsi aprill
aprillil aprilli mai mail juuni juunil juuli juulil august augustil augusti aug september
septembril septembri sept oktoober oktoobril oktoobri okt november novembril novembri nov
detsember detsembril detsembri dets
tammikuu tammikuuta tammikuun tammi helmikuu helmikuuta helmikuun helmi maaliskuu maaliskuuta
maaliskuun maalis huhtikuu huhtikuuta huhtikuun huhti toukokuu toukokuuta toukokuun touko
kesäkuu kesäkuuta kesäkuun kesä heinäkuu heinäkuuta heinäkuun heinä elokuu elokuuta elokuun elo
syyskuu syyskuuta syyskuun syys lokakuu lokakuuta lokakuun loka marraskuu marraskuuta marraskuun
marras joulukuu joulukuuta joulukuun joulu
janvier janv février févr fév mars avril avr mai juin juillet juil août septembre sept octobre
oct novembre nov décembre déc
januar jänner jan februar feber feb märz mär april apr mai juni jun juli jul august aug
september sep sept oktober okt november nov dezember dez
ιανουάριος ιανουαρίου ιαν φεβρουάριος φεβρουαρίου φεβ μάρτιος μαρτίου μαρ απρίλιος απριλίου απρ
μάιος μαΐου μαϊ ιούνιος ιουνίου ιουν ιούλιος ιουλίου ιουλ αύγουστος αυγούστου αυγ σεπτέμβριος
σεπτεμβρίου σεπ οκτώβριος οκτωβρίου οκτ νοέμβριος νοεμβρίου νοε δεκέμβριος δεκεμβρίου δεκ
január jan február febr március márc április ápr május máj június jún július júl augusztus aug
szeptember szept október okt november nov december dec
eanáir ean feabhra feabh márta aibreán aib bealtaine beal meitheamh meith iúil lúnasa lún
meán_fómhair deireadh_fómhair samhain samhna samh nollaig nollag noll
gennaio gen febbraio feb marzo mar aprile apr maggio mag giugno giu luglio lug agosto ago
settembre set sett ottobre ott novembre nov dicembre dic
janvāris janvārī janvāra janv februāris februārī februāra febr marts martā marta aprīlis aprīlī
aprīļa apr maijs maijā maija jūnijs jūnijā jūnija jūlijs jūlijā jūlija augusts augustā augusta
aug septembris septembrī septembra sept oktobris oktobrī oktobra okt novembris novembrī novembra
nov decembris decembrī decembra dec
sausis sausio vasaris vasario kovas kovo balandis balandžio gegužė gegužės birželis birželio
liepa liepos rugpjūtis rugpjūčio rugsėjis rugsėjo spalis spalio lapkritis lapkričio gruodis
gruodžio
jannar jan frar fra marzu mar april apr mejju mej ġunju ġun lulju lul awwissu aww settembru set
ottubru ott novembru nov diċembru diċ
styczeń stycznia styczniu sty luty lutego lutym lut marzec marca marcu mar kwiecień kwietnia
kwietniu kwi maj maja maju czerwiec czerwca czerwcu cze lipiec lipca lipcu lip sierpień sierpnia
sierpniu sie wrzesień września wrześniu wrz październik października październiku paź listopad
listopada listopadzie lis grudzień grudnia grudniu gru
janeiro jan fevereiro fev março mar abril abr maio mai junho jun julho jul agosto ago setembro
set outubro out novembro nov dezembro dez
ianuarie ian februarie feb martie mar aprilie apr mai iunie iun iulie iul august aug septembrie
sept octombrie oct noiembrie noi nov decembrie dec
január januára januári jan február februára februári feb marec marca marci mar apríl apríla
apríli apr máj mája máji jún júna júni júl júla júli august augusta auguste aug september
septembra septembri sep október októbra októbri okt november novembra novembri nov december
decembra decembri dec
januar januarja januarju jan februar februarja februarju feb marec marca marcu mar april aprila
aprilu apr maj maja maju junij junija juniju jun julij julija juliju jul avgust avgusta avgustu
avg september septembra septembru sep oktober oktobra oktobru okt november novembra novembru nov
december decembra decembru dec
enero ene febrero feb marzo mar abril abr mayo may junio jun julio jul agosto ago septiembre
setiembre sept sep octubre oct noviembre nov diciembre dic
januari jan februari feb mars mar april apr maj juni jun juli jul augusti aug september sep sept
oktober okt november nov december dec
januar jan februar feb mars mar april apr mai juni jun juli jul august aug september sep sept
oktober okt november nov desember des
janúar febrúar mars apríl maí júní júlí ágúst september október nóvember desember
"""  # noqa: RUF001 - Greek and Bulgarian letters are meant

MONTHS = frozenset(form.replace("_", " ") for form in _FORMS.split())
"""Every form of every name, in lower case, without the full stop of an abbreviation."""
