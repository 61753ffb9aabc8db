"""How people write the words of addresses in a dozen countries; all lower case without accents.

The English forms follow Publication 28 of the United States Postal Service, appendices B and C;
the others what address files and letters show.
"""


def _forms(table: str) -> dict[str, str]:
    """Every form, by line the word and its other forms."""
    found: dict[str, str] = {}
    for line in table.strip().splitlines():
        word, *others = line.split()
        found |= dict.fromkeys([word, *others], word)
    return found


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


STREET_TYPES = _forms("""
street st str strt strasse straat
avenue ave av aven avn avnue avenida avda avd
boulevard blvd boul bd bvd blv boulv bulevar bulvar
road rd
drive dr drv driv
lane ln la
court ct crt
place pl plc platz
terrace ter terr
circle cir circ crcl
square sq sqr
parkway pkwy pky pkway parkwy pkwys
highway hwy hiway hiwy hway highwy
alley aly ally
trail trl tr
way wy
crescent cres crsnt cr crsent
close cl
grove grv gr
gardens gdns gdn
row
walk wlk
mews mws
loop lp
route rte rt
turnpike tpke tnpk trnpk
expressway expy expwy exp
freeway fwy frwy
extension ext extn extnsn
plaza plz plza pza pzza piazza praca pca pc placa
heights hts ht
bypass byp
causeway cswy
crossing xing crssng
""")
"""At the end of a name, or before it as in "Avenue A"."""

LEADING_TYPES = _forms("""
street strasse str
rue r rua
avenue ave av avenida avda avd
boulevard blvd boul bd bvd bld blv
place pl
plaza plz plza pza pzza piazza praca pca placa
calle c cl cll
paseo pso
carretera ctra crta
camino cno cmno
travesia trav trva
ronda rda
glorieta gta
via v
viale vle
corso cso
largo lgo
vicolo vic
strada
allee all
chemin ch che
impasse imp
quai
cours
route rte
faubourg fbg
square sq
carrer
estrada estr
travessa tv
alameda al
highway hwy
""")
"""Before a name, as Romance languages put it; single letters only where nothing else fits."""

WORDS = _forms("""
mount mt mnt
mountain mtn mntn
fort ft frt
point pt
park pk prk
hill hl
hills hls
lake lk
valley vly
village vlg vill
springs spgs spngs
spring spg
junction jct jctn
bridge brg brdge
station stn
center ctr cntr
general gen gral
colonel col
captain capt cpt
president pres pdt
professor prof
sergeant sgt
doctor docteur doktor
marechal mal
senora sra
nuestra ntra
sainte ste
santa sta
santo sto
saint sankt skt sct sanct
nordre ndr
sondre sdr
gammel gl gml
kongens kgs
eerste 1e
tweede 2e
derde 3e
vierde 4e
vijfde 5e
and &
""")
"""Wherever they stand."""

ENDINGS = (
    ("strasse", "street"),
    ("straat", "street"),
    ("str", "street"),
    ("platz", "place"),
    ("vegen", "veien"),
    ("veg", "vei"),
)
"""Of words grown together, as in Hauptstr; the longest first."""

DOTTED_ENDINGS = (
    (r"(?<=\w{2}n)k", "katu"),
    (r"(?<=\w{2}n)t", "tie"),
    (r"(?<=\w{3})g", "gatan"),
    (r"(?<=\w{3})v", "vagen"),
    (r"(?<=\w{3})pl", "place"),
)
"""Endings cut short with a dot, which only the last word of a name can have."""

GERMAN_ENDINGS = (
    "strasse", "str", "weg", "platz", "gasse", "allee", "ring", "damm", "ufer", "hof", "berg",
    "steig", "markt", "garten", "graben", "stieg", "chaussee",
)  # fmt: skip
NORDIC_ENDINGS = (
    "gade", "vej", "gate", "gata", "gaten", "vei", "veien", "plads", "plass", "torv", "torg",
    "straede", "stien", "bakken", "haven", "veg", "vegen", "alle",
)  # fmt: skip
GERMAN_BEGINNINGS = _set("am im an auf zum zur unter hinter beim vor alte alter")

DIRECTIONS = _forms("""
n north
s south
e east
w west
ne northeast
nw northwest
se southeast
sw southwest
""")
LEADING_DIRECTIONS = DIRECTIONS | {
    "norra": "n", "sodra": "s", "ostra": "e", "vastra": "w",
    "na": "n", "sa": "s", "oa": "e", "va": "w",
}  # fmt: skip
TRAILING_DIRECTIONS = DIRECTIONS | {
    "nord": "n", "sud": "s", "est": "e", "ouest": "w", "o": "w",
    "norte": "n", "sur": "s", "este": "e", "oeste": "w",
}  # fmt: skip
"""Behind a name whose type stands before it, as in "rue Sherbrooke Ouest"."""

_ONES = "first second third fourth fifth sixth seventh eighth ninth"
_TEENS = (
    "tenth eleventh twelfth thirteenth fourteenth fifteenth sixteenth seventeenth eighteenth "
    "nineteenth"
)
_TENS = "twent thirt fort fift sixt sevent eight ninet"
ORDINALS = {
    word: str(number) for number, word in enumerate(f"{_ONES} {_TEENS}".split(), start=1)
} | {f"{stem}ieth": f"{tens}0" for tens, stem in enumerate(_TENS.split(), start=2)}
TENS = {f"{stem}y": f"{tens}0" for tens, stem in enumerate(_TENS.split(), start=2)}

UNIT_WORDS = _set("""
apt apartment apmt unit un suite ste room rm flat no nr num lot space spc trlr trailer
door dr tuer tur wohnung whg we top wohneinheit
appt appartement app apto apartamento aptmt piso puerta pta pto depto dpto departamento
interno int interior interieur logement log porte bte boite bus bureau
asunto as huoneisto huone lagenhet lgh leilighet leil lejlighed sal
rappu porras trappa trapp trappe uppgang stair stairs staircase escalera esc escalier scala
stiege stg sc
""")
"""Words that only say that a unit follows."""

UNIT_FORMS = _forms("""
basement bsmt bsm bmt cellar souterrain untergeschoss ug keller kg cave kellari kallare kjeller
basement kaelder sotano semisotano seminterrato
ground gf erdgeschoss eg rdc parterre bajo bajos planta-baja bottenvaning bv stuen st katutaso
penthouse ph attico atico
attic dachgeschoss dg vind ullakko
floor fl flr story storey stock stockwerk og obergeschoss etage etasje kerros krs
floor vaning van planta
front frnt frt vorderhaus
rear rr hinterhaus
upper uppr upstairs
lower lowr downstairs
left links li lks izquierda izq izqda izda esquerdo esq gauche venstre tv
left sinistra vanster vasen
right rechts re rts derecha dcha dch drcha dta direito dto droite th destra hoger oikea
middle mitte mf
building bldg batiment bat
studio
office ofc
""")

STATES = _set(
    "alabama alaska arizona arkansas california colorado connecticut delaware florida georgia "
    "hawaii idaho illinois indiana iowa kansas kentucky louisiana maine maryland massachusetts "
    "michigan minnesota mississippi missouri montana nebraska nevada new-hampshire new-jersey "
    "new-mexico new-york north-carolina north-dakota ohio oklahoma oregon pennsylvania "
    "rhode-island south-carolina south-dakota tennessee texas utah vermont virginia washington "
    "west-virginia wisconsin wyoming alberta british-columbia manitoba new-brunswick nova-scotia "
    "newfoundland ontario quebec saskatchewan"
)
"""Of North America, in full, with hyphens for spaces."""
