"""Names of people as they vary: short forms, spellings that sound alike, names of two parts."""

import re
from collections import defaultdict
from functools import cache, lru_cache
from typing import NamedTuple

from nicknames import NickNamer

from doorstep.algorithms.addresses.keys import fold

# What the English list does not know: forms of one name in other languages of Europe, short and
# long. Each line's names are forms of each other.
_FORMS = """
aleksanteri aleksander aleksi alexander santeri alessandro alejandro sascha
aleksandra alexandra alessandra alejandra sandra
andreas anders andrea antero antti andres andrzej andre andrew
anna anni annika anita ana anne ann annette
anton antonio antoine toni anthony
artturi arturo arthur
bernhard bernardo bernd bernard
elisabet elisabeth elisa elina liisa lisa elise liesel isabel elizabeth
eduard eduardo eetu edvard edward
eero erik eric eerik erkki
emilia emmi emilie emily
ernst ernesto ernest
felipe filip philipp philippe philip
francisca francesca franziska frances
francisco paco pancho francesco franz frans francois francis
friedrich fritz fredrik federico frederik frederick
georg jorge giorgio yrjo jyri jurgen jorg georges george
gerhard gert gerard
gregor gregorio gregory
guillermo guillaume wilhelm ville vilho willem wim wilhelmus william
gunther gunter guenther
gustav kustaa kusti gustaf
hannes johannes hans juhani juha jukka johan johann giovanni juan jean ivan jan jussi janne john
heikki heinrich heinz henrik enrique enrico henri hendrik henry
helena leena helene elena hilkka helen
ignacio nacho
jakob jaakko jacobo jaap jacob
joanna johanna giovanna juana joan
joaquin chimo
jose josef giuseppe pepe beppe jooseppi joseph
kaarle kalle karl carlos carlo charles
karoliina karolina carolina caroline
katariina katharina katarina katja kati catalina kaisa kathrin catherine katherine
konstantin kosta constantin
kristiina kristina christina christine tiina kirsti kirsi
kristoffer kristof christoph cristobal christopher
lars lauri lasse lorenzo laurent laurence lawrence
leo leonhard leonardo leonard
luis luigi ludwig louis ludvig
magdalena magda leni
manuel manolo manu
margareta margarita margit marketta marjatta margot greta gretchen rita margaret
maria mari marie mia maija marja marita mary
markus marcus marco marc markku marko mark
marta martha martta
martin martti martino martijn
matias matti matteo mateo matthias mathias mats matthew
mikael mikko michael miguel michele michel mikhail mika
mohammed muhammad mohamed mohammad muhammed mohamad
niklas niko nikolaus klaus nicolas nils nikolai claus nicholas
olavi olli olaf olov ole
oskar oskari oscar
paavali paavo pauli pablo paolo pavel paul pal
pedro pietro petteri pekka petri peter per peder pierre piotr pieter petrus
raquel rachel
reinhard reino
rikhard riku ricardo riccardo richard
roberto robert rupert roope
salvador chava
sebastian bastian sebastien
sofia sofie sohvi sophie sophia
stefan stephan tapani esteban stefano etienne stephen steven
susanna susanne suzanne sanna susan
teodor theodor theodore
teresa theresa therese teresia
timo timotheus timothee timothy
tomas tuomas tommi tomaso tommaso thomas
valtteri walter
veronika veronica
viktor vittorio victor
viktoria vittoria victoria
vincent vincenzo vicente
"""
_TITLES = frozenset(
    ("mr", "mrs", "ms", "miss", "dr", "prof", "herr", "frau", "sra", "hra", "rva", "monsieur")
)
_SUFFIX = re.compile(r"(?<=[\s,])(jr|junior|sr|senior|ii|iii|iv)\.?$")
_SUFFIXES = {"junior": "jr", "senior": "sr"}
# Words of a family name that tell nothing of the family.
_PARTICLES = frozenset(
    """
    de del della der den di da do dos das la le les el al van von vom zu zum ter ten af av y e of
    the bin ibn abu ben san st o
    """.split()  # noqa: SIM905
)
_WORDS = re.compile(r"[^\W\d_]+")
_SLAVIC = re.compile(r"(?<=\w\w)(?:ova?|(ev|in|yn)a|(?<=[cds])(k)[aiy])$")
# Letters that languages of Europe write for one sound, and then the classes of Soundex
# (Russell and Odell 1918), but for the first letter, which is spelled in as many ways.
_SPELLINGS = (
    ("sch", "s"), ("ph", "f"), ("ck", "k"), ("ch", "k"), ("th", "t"), ("gh", "g"), ("qu", "k"),
    ("wr", "r"), ("cz", "s"), ("sz", "s"), ("tz", "s"), ("ts", "s"), ("x", "ks"),
)  # fmt: skip
_CLASSES = str.maketrans("bfpvwcgkqszdtlmnr", "11111222222334556")


class GivenName(NamedTuple):
    """A given name, taken apart; "" for what it does not have."""

    first: str
    forms: frozenset[str]
    """Names that it may be a form of, itself among them."""
    middle: str
    """The initial of the second name."""


@cache
def _forms() -> dict[str, frozenset[str]]:
    found: defaultdict[str, set[str]] = defaultdict(set)
    for line in _FORMS.strip().splitlines():
        names = line.split()
        for name in names:
            found[name].add(names[-1])
    return {name: frozenset(forms) for name, forms in found.items()}


@cache
def _english() -> NickNamer:
    return NickNamer()


@lru_cache(maxsize=100_000)
def given_name(text: str) -> GivenName:
    """Return a given name taken apart, without case, accents and titles."""
    folded = fold(text).replace("'", "")
    words = _WORDS.findall(_SUFFIX.sub("", folded))
    words = [word for word in words if word not in _TITLES] or words
    first = words[0] if words else ""
    # The list also has the long name as a form of the short: Robert and William both as Bill's.
    english = {form for form in _english().canonicals_of(first) if len(form) >= len(first)}
    return GivenName(
        first,
        frozenset({first, *_forms().get(first, ()), *english} - {""}),
        words[1][0] if len(words) > 1 else "",
    )


def suffix(text: str) -> str:
    """Return what tells father and son apart at the end of a name: "jr", "sr", "ii", or ""."""
    found = _SUFFIX.search(fold(text))
    return _SUFFIXES.get(found[1], found[1]) if found else ""


@lru_cache(maxsize=100_000)
def family_parts(text: str) -> tuple[str, ...]:
    """Return the telling parts of a family name: ("salo", "virta") for "Salo-Virta".

    Feminine endings of Slavic names are put aside, so that Novák and Nováková are one family.
    """
    folded = _SUFFIX.sub("", fold(text).replace("'", ""))
    words = _WORDS.findall(folded)
    telling = [word for word in words if word not in _PARTICLES and len(word) > 1] or words
    return tuple(_SLAVIC.sub(r"\1\2", word) for word in telling)


@lru_cache(maxsize=100_000)
def sound(word: str) -> str:
    """Return what spellings of one folded name share: meyer, maier and mayr sound alike."""
    for spelled, heard in _SPELLINGS:
        word = word.replace(spelled, heard)
    classes = word.translate(_CLASSES)
    heard = "0" if classes[:1].isalpha() else ""
    for one in classes:
        if one.isdigit() and one != heard[-1:]:
            heard += one
    return heard
