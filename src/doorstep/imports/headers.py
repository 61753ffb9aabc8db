"""What columns are called in voter files, member lists and address registers of many places.

Collected from exports of VAN and MiniVAN, NationBuilder, L2, TargetSmart, Aristotle, PDI, CiviCRM,
Action Network and Zetkin, from the voter files of a dozen states of the USA, from the registers of
the United Kingdom and the French Base Adresse Nationale; in other languages as lists have them.
"""

import re
import unicodedata

from doorstep.imports.model import Field

# Case, accents, spaces and marks do not matter. Of several columns that fit a field, the one whose
# name stands first is taken.
_NAMES = {
    Field.EXTERNAL_ID: """
        externalid voterfilevanid vanid mycvanid myvvanid voterid lalvoterid voterbaseid
        statevoterid statefileid sosvoterid ncid vuid sboeid nationbuilderid pdiid civicrmid
        civicrmidcontact contactid zetkinid personid memberid electornumber elector rollnumber
        voterregnum registrationnumber regnum registrantid countyidnumber idnumber extid uuid
        customerid constituentid supporterid henkilonumero henkiloid jasennumero jasenid
        mitgliedsnummer mitgliednr wahlernummer personennummer numeroelecteur numerodelecteur
        nelecteur numeroadherent medlemsnummer medlemsid numerosocio idelector idvotante id
    """,
    Field.ADDRESS_EXTERNAL_ID: """
        addressexternalid addressid addrid addresspointid locationid uprn parcelid apn idban
        cleinterop idadresse osoiteid pysyvarakennustunnus rakennustunnus egid buildingid adressid
        adressenid iddireccion
    """,
    Field.DOOR_EXTERNAL_ID: "doorexternalid doorid dwellingid unitid huoneistoid lagenhetsid",
    Field.ADDRESS: """
        address fulladdress streetaddress addressline1 addressline address1 addr1 line1 vaddress
        resstreetaddress residentialaddress1 residentialaddress residenceaddressline1
        residenceaddress regaddress1 registeredaddress1 primaryaddress1 primaryaddress
        fullstreetaddress mainaddress homeaddress canaddress useraddress physicaladdress katuosoite
        lahiosoite kayntiosoite osoite anschrift adresse strasseundhausnummer strassehausnummer
        strassenr strasseundnr strassenundhausnummer gatuadress besoksadress adress gateadresse
        adressecomplete numeroetrue direccion domicilio indirizzo adres
    """,
    Field.STREET: """
        streetname street stname strname rstreetname rstname roadname road stn sstreetname
        thoroughfare katu kadunnimi katunimi tie strassenname strasse str gatunamn gata gatenavn
        vagnamn nomvoie nomdevoie libellevoie libelledevoie libelledelavoie voie rue nombrevia
        nombrecalle calle via straatnaam straat
    """,
    Field.HOUSE_NUMBER: """
        housenumber streetno streetnumber houseno housenum streetnum stnum stno addressnumber
        addrnum hsenum hno number raddnumber rhnum bhnum shousenum primarynumber talonumero talonro
        osoitenumero katunumero hausnummer hausnr hnr nr gatunummer husnummer husnr numero
        numerovoie numerodevoie numerodanslavoie nvoie ndevoie nderue numerovia portal huisnummer
        civico
    """,
    Field.UNIT: """
        unit unitnumber unitno unitnum apartment apartmentnumber apartmentnum apartmentno aptnumber
        aptnum aptno apt flat flatnumber flatno suite secondarynumber streetunit rapartment runum
        sunitnum secondaryaddr secondaryaddress secondaryunit extraaddressline addressline2 address2
        addr2 supplementaladdress1 asunto asuntonumero huoneisto huoneistonumero wohnung
        wohnungsnummer whg lagenhet lagenhetsnummer lgh leilighet appartement appt porte
        complement complementadresse puerta departamento
    """,
    Field.FLOOR: """
        floor floornumber storey level kerros etage stockwerk stock vaning etasje piso planta
    """,
    Field.POSTCODE: """
        postcode postalcode zip zipcode zip5 zipcode5 rzip5 rzip zipplus4 postinumero postinro plz
        postleitzahl postnummer postnr codepostal cp codigopostal cpostal cap eircode
    """,
    Field.CITY: """
        city town municipality locality posttown citydesc cityusps cityname rcity kaupunki kunta
        postitoimipaikka paikkakunta ort wohnort stadt gemeinde postort stad tatort poststed kommun
        ville commune nomcommune ciudad municipio localidad poblacion plaats gemeente
    """,
    Field.LONGITUDE: """
        longitude lon lng long xcoord coordx geolon geolongitude pituusaste langengrad laengengrad
        longitud x
    """,
    Field.LATITUDE: """
        latitude lat ycoord coordy geolat geolatitude leveysaste breitengrad latitud y
    """,
    Field.NAME: """
        name fullname votername displayname personname contactname sortname nimi kokonimi vollname
        namn nomcomplet nometprenom nomprenom prenomnom nombrecompleto nombreyapellidos navn naam
    """,
    Field.GIVEN_NAME: """
        givenname firstname namefirst first fname forename firstnm etunimi kutsumanimi etunimet
        vorname rufname fornamn tilltalsnamn fornavn prenom prenoms nombre nombres primernombre
        voornaam
    """,
    Field.FAMILY_NAME: """
        familyname lastname namelast last lname surname lastnm sukunimi nachname familienname zuname
        efternamn etternavn nomdusage nomusage nomdefamille nomdenaissance nom apellidos apellido
        primerapellido achternaam
    """,
    Field.BIRTH_YEAR: """
        birthyear yearofbirth yob bornyear syntymavuosi geburtsjahr jahrgang fodelsear fodselsar
        anneedenaissance anneenaissance anodenacimiento anonacimiento
    """,
    Field.BIRTH_DATE: """
        birthdate dateofbirth dob calculatedbirthdate birthday bornat datebirth syntymaaika
        syntymapaiva geburtsdatum geburtstag fodelsedatum fodselsdato datedenaissance datenaissance
        fechadenacimiento fechanacimiento
    """,
    Field.PHONE: """
        phone preferredphone phonenumber telephone telephonenumber tel phone1 mobile mobilenumber
        mobilephone cellphone cell fullphone fullphonenumber cellphoneformatted landline
        landlineformatted homephone daytimephonenumber daytimephone altphone workphone puhelin
        puhelinnumero matkapuhelin puh telefon telefonnummer handy mobil mobilnummer mobiltelefon
        portable telephoneportable telmobile telefono movil celular telefoon
    """,
    Field.EMAIL: """
        email preferredemail emailaddress email1 primaryemail mail emailaddr sahkoposti
        sahkopostiosoite emailadresse mailadresse epost epostadress courriel mel adressemail
        adresseemail correo correoelectronico
    """,
    Field.LANGUAGE: """
        language preferredlanguage languagecode lang languagepref spokenlanguage kieli asiointikieli
        aidinkieli sprache muttersprache sprak langue idioma lengua taal
    """,
    Field.PRECINCT: """
        precinct precinctname precinctcode precinctabbrv precinctdesc precinctno pct pctname vtd
        votingprecinct votingdistrict electdist electiondistrict pollingdistrict aanestysalue
        wahlbezirk stimmbezirk wahllokal valdistrikt valkrets bureaudevote bureauvote
        seccionelectoral colegioelectoral seccion
    """,
    Field.TAGS: """
        tags taglist tag groups labels tunnisteet ryhmat schlagworte stichworte etiketter etiquettes
        etiquetas
    """,
    Field.UPDATED_AT: """
        updatedat lastupdated dateupdated updated modifiedat lastmodified modifieddate datemodified
        modified datechanged lastchanged paivitetty muokattu aktualisiert geandert uppdaterad andrad
        misajour datedemaj modifiele actualizado
    """,
}  # fmt: skip

# Columns that make a field together with the one above: what stands around a street's name.
_PARTS = {
    Field.STREET: """
        streetprefix prefixdirection residenceaddressesprefix predir predirectional predirection
        streetpredirection streetdir streetdirprefix streetdircd stpredir rpredirection
        sstreetprefix rdesig designator
        streettype streettypecode streettypecd sttype rsttype streetsuffix streetsufxcd
        streetdirsuffix suffixdirection postdir postdirectional postdirection streetpostdirection
        stpostdir rstsfx rpostdirection sstreetsuffix typevoie typedevoie tipovia tipodevia
    """,
    Field.HOUSE_NUMBER: """
        streetnohalf housenumberhalf housenumhalf housenumberfraction halfcode rhalfcode
        housenumbersuffix housenosuffix streetnumbersuffix numbersuffix housenumberaddition
        hausnummerzusatz hausnrzusatz rep indicederepetition indicerepetition
    """,
    Field.UNIT: """
        apttype apartmenttype unittype unitdesignator rapartmenttype rutype secondarydesignator
        porras rappu escalera
    """,
}  # fmt: skip

# What programs put before the names of their columns, or of those about one address.
_PREFIXES = (
    "votersfile", "voterbase", "votertelephones", "voters", "voter", "vbtsmart", "vbvoterbase",
    "vbvf", "vbreg", "vb", "tsmart", "residenceaddresses", "residential", "residence",
    "registered", "registration", "res", "reg", "primary", "permanent", "perm", "can2user", "can2",
    "can", "contact", "user", "person", "home", "current", "elector", "physical", "main",
    "street", "addr", "address",
)  # fmt: skip

_OPINION_TEXT = re.compile(
    r"part(?:y|ies|isan|ei|i|ido)\b|ideolog|support|candidate|endors|affiliation|enrollment|"
    r"politic|puolue|kannatus|afiliacion"
)
_USEFUL_TEXT = re.compile(
    r"gender|sex\b|sexe|sexo|\bage|district|ward|county|neighbou?rhood|precinct|score|model|"
    r"propensity|turnout|vote[ds]?\b|voting|election|history|runoff|"
    r"(?:primary|general|municipal|special)\b.*\d|status|member|volunteer|donor|priority|segment|category|target|household|"
    r"sukupuoli|kon\b|geschlecht|vaalipiiri|kaupunginosa|stadtteil|quartier|barrio|stadsdel|"
    r"\b(?:19|20)\d\d\b"
)
# Data that the law guards as it does opinions, and that no walk needs.
_GUARDED_TEXT = re.compile(
    r"\brace|racial|ethnic|religi|faith|church|union\b|health|disab|orientation|"
    r"uskonto|konfession|herkunft|origen|ursprung"
)
_ELSEWHERE = re.compile(r"(?:mail(?=.)|post(?=addr)|billing|usersubmitted|work|employer)\w*")
_OF_MAIL = re.compile(r"m(?:address|city|state|zip)\w*")
_LETTERS = str.maketrans({"ß": "ss", "æ": "ae", "ø": "o", "ð": "d", "þ": "th", "ł": "l", "œ": "oe"})

_FIELDS = {
    name: (field, rank)
    for field, names in _NAMES.items()
    for rank, name in enumerate(names.split())
}
_FIELDS_OF_PARTS = {name: field for field, names in _PARTS.items() for name in names.split()}
_BEHIND_PREFIX = 100


def plain_header(name: str) -> str:
    """A header without what does not matter in it, its words parted by spaces."""
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)
    apart = unicodedata.normalize("NFKD", words.casefold().translate(_LETTERS))
    marked = "".join(one for one in apart if not unicodedata.combining(one))
    return " ".join(re.sub(r"[\W_]+", " ", marked).split())


def field_of(name: str) -> tuple[Field, int] | None:
    """The field that a column's name says, and how late it comes among those that say it.

    A part of a field, such as a street's direction, has rank -1. None if the name says nothing, or
    speaks of the place where post goes and not of the door.
    """
    whole = plain_header(name).replace(" ", "")
    if whole not in _FIELDS and (_ELSEWHERE.fullmatch(whole) or _OF_MAIL.fullmatch(whole)):
        return None
    for prefix in ("", *_PREFIXES):
        rest = whole.removeprefix(prefix)
        if prefix and (rest in {whole, "id"}):
            continue
        if rest in _FIELDS_OF_PARTS:
            return _FIELDS_OF_PARTS[rest], -1
        if rest in _FIELDS:
            field, rank = _FIELDS[rest]
            # A bare name is meant more surely than one behind a prefix.
            return field, rank + _BEHIND_PREFIX * bool(prefix)
    return None


def is_opinion(name: str) -> bool:
    """Whether a column of this name tells political opinions."""
    return bool(_OPINION_TEXT.search(plain_header(name)))


def is_guarded(name: str) -> bool:
    """Whether a column of this name tells origin, belief, health or the like."""
    return bool(_GUARDED_TEXT.search(plain_header(name)))


def is_useful(name: str) -> bool:
    """Whether people are filtered by a column of this name."""
    return bool(_USEFUL_TEXT.search(plain_header(name)))
