import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorstep.imports.columns import check_mapping, guess, safe_mapping
from doorstep.imports.model import AttributeKind, ColumnUse, Field, Mapping
from doorstep.kit.errors import RefusedError


def guesses(columns, *rows):
    """What a file's columns are guessed to hold, by name; rows are values in order."""
    sample = pl.DataFrame(
        {name: [row[place] for row in rows] for place, name in enumerate(columns)},
        schema=dict.fromkeys(columns, pl.String),
    )
    return {one.use.column: one for one in guess(columns, sample)}


def fields(header, *rows):
    columns = [name.strip() for name in header.split(",")]
    cells = [[cell.strip() or None for cell in row.split(",")] for row in rows]
    found = guesses(columns, *cells)
    return {name: str(one.use.field) for name, one in found.items() if one.use.field}


def of(**columns):
    """Field by column, written the other way round: given_name="First Name"."""
    return {
        name: field
        for field, names in columns.items()
        for name in ([names] if isinstance(names, str) else names)
    }


# The headers are those of real exports and voter files; of long ones, the part that matters.
SYSTEMS = {
    "VAN": (
        (
            "Voter File VANID,LastName,FirstName,MiddleName,Suffix,StreetNo,StreetNoHalf,"
            "StreetPrefix,StreetName,StreetType,StreetSuffix,AptType,AptNo,City,State,Zip5,Zip4,"
            "Preferred Phone,"
            "Home Phone,PreferredEmail,DOB,Sex,Party,PrecinctName,mAddress,mCity,mZip5"
        ),
        of(
            external_id="Voter File VANID", family_name="LastName", given_name="FirstName",
            house_number=["StreetNo", "StreetNoHalf"], unit=["AptType", "AptNo"], city="City",
            street=["StreetPrefix", "StreetName", "StreetType", "StreetSuffix"], postcode="Zip5",
            phone="Preferred Phone", email="PreferredEmail", birth_date="DOB",
            precinct="PrecinctName", attribute=["Sex", "Party"],
        ),
    ),
    "MiniVAN": (
        "VANID,Name,Address,City,State,Zip,Phone,Age,Gender,Latitude,Longitude",
        of(
            external_id="VANID", name="Name", address="Address", city="City", postcode="Zip",
            phone="Phone", latitude="Latitude", longitude="Longitude",
            attribute=["Age", "Gender"],
        ),
    ),
    "NationBuilder": (
        (
            "nationbuilder_id,prefix,first_name,last_name,email1,mobile_number,primary_address1,"
            "primary_address2,primary_city,primary_state,primary_zip,tag_list,party,support_level,"
            "born_at,precinct_name,user_submitted_address1,updated_at"
        ),
        of(
            external_id="nationbuilder_id", given_name="first_name", family_name="last_name",
            email="email1", phone="mobile_number", address="primary_address1",
            unit="primary_address2", city="primary_city", postcode="primary_zip", tags="tag_list",
            attribute=["party", "support_level"], birth_date="born_at", precinct="precinct_name",
            updated_at="updated_at",
        ),
    ),
    "L2": (
        (
            "LALVOTERID,Voters_StateVoterID,Voters_FirstName,Voters_LastName,"
            "Residence_Addresses_AddressLine,Residence_Addresses_City,Residence_Addresses_Zip,"
            "Residence_Addresses_HouseNumber,Residence_Addresses_PrefixDirection,"
            "Residence_Addresses_StreetName,Residence_Addresses_Designator,"
            "Residence_Addresses_ApartmentNum,Residence_Addresses_Latitude,"
            "Residence_Addresses_Longitude,Voters_BirthDate,Voters_Gender,Parties_Description,"
            "VoterTelephones_CellPhoneFormatted,Mailing_Addresses_City,Ethnic_Description"
        ),
        of(
            external_id="LALVOTERID", given_name="Voters_FirstName", family_name="Voters_LastName",
            city="Residence_Addresses_City", postcode="Residence_Addresses_Zip",
            house_number="Residence_Addresses_HouseNumber",
            street=[
                "Residence_Addresses_PrefixDirection", "Residence_Addresses_StreetName",
                "Residence_Addresses_Designator",
            ],
            unit="Residence_Addresses_ApartmentNum", latitude="Residence_Addresses_Latitude",
            longitude="Residence_Addresses_Longitude", birth_date="Voters_BirthDate",
            phone="VoterTelephones_CellPhoneFormatted",
            attribute=["Voters_Gender", "Parties_Description"],
        ),
    ),
    "TargetSmart": (
        (
            "vb.voterbase_id,vb.tsmart_first_name,vb.tsmart_last_name,vb.tsmart_street_number,"
            "vb.tsmart_pre_directional,vb.tsmart_street_name,vb.tsmart_secondary_number,"
            "vb.tsmart_city,vb.tsmart_zip,vb.voterbase_phone,vb.vf_dob,vb.vf_party,"
            "vb.vf_precinct_name,ts.tsmart_partisan_score"
        ),
        of(
            external_id="vb.voterbase_id", given_name="vb.tsmart_first_name",
            family_name="vb.tsmart_last_name", house_number="vb.tsmart_street_number",
            street=["vb.tsmart_pre_directional", "vb.tsmart_street_name"],
            unit="vb.tsmart_secondary_number", city="vb.tsmart_city", postcode="vb.tsmart_zip",
            phone="vb.voterbase_phone", birth_date="vb.vf_dob", precinct="vb.vf_precinct_name",
            attribute=["vb.vf_party", "ts.tsmart_partisan_score"],
        ),
    ),
    "Aristotle": (
        "VoterID,FName,LName,House_Num,Street_Name,Apt_Num,City,Zip,Phone,Yob,Party",
        of(
            external_id="VoterID", given_name="FName", family_name="LName",
            house_number="House_Num", street="Street_Name", unit="Apt_Num", city="City",
            postcode="Zip", phone="Phone", birth_year="Yob", attribute="Party",
        ),
    ),
    "PDI": (
        "PDI ID,First Name,Last Name,House Number,Street,Unit,City,Zip,Email,BirthDate,Precinct",
        of(
            external_id="PDI ID", given_name="First Name", family_name="Last Name",
            house_number="House Number", street="Street", unit="Unit", city="City",
            postcode="Zip", email="Email", birth_date="BirthDate", precinct="Precinct",
        ),
    ),
    "North Carolina": (
        (
            "county_id,county_desc,voter_reg_num,ncid,last_name,first_name,res_street_address,"
            "res_city_desc,state_cd,zip_code,mail_addr1,full_phone_number,race_code,party_cd,"
            "gender_code,birth_year,precinct_abbrv"
        ),
        of(
            external_id="ncid", family_name="last_name", given_name="first_name",
            address="res_street_address", city="res_city_desc", postcode="zip_code",
            phone="full_phone_number", birth_year="birth_year", precinct="precinct_abbrv",
            attribute=["county_id", "county_desc", "party_cd", "gender_code"],
        ),
    ),
    "Ohio": (
        (
            "SOS_VOTERID,COUNTY_NUMBER,LAST_NAME,FIRST_NAME,DATE_OF_BIRTH,PARTY_AFFILIATION,"
            "RESIDENTIAL_ADDRESS1,RESIDENTIAL_SECONDARY_ADDR,RESIDENTIAL_CITY,RESIDENTIAL_ZIP,"
            "PRECINCT_NAME,PRECINCT_CODE,WARD,PRIMARY-03/07/2000"
        ),
        of(
            external_id="SOS_VOTERID", family_name="LAST_NAME", given_name="FIRST_NAME",
            birth_date="DATE_OF_BIRTH", address="RESIDENTIAL_ADDRESS1",
            unit="RESIDENTIAL_SECONDARY_ADDR", city="RESIDENTIAL_CITY",
            postcode="RESIDENTIAL_ZIP", precinct="PRECINCT_NAME",
            attribute=["COUNTY_NUMBER", "PARTY_AFFILIATION", "WARD", "PRIMARY-03/07/2000"],
        ),
    ),
    "Florida": (
        (
            "Voter ID,Name Last,Name First,Residence Address Line 1,Residence Address Line 2,"
            "Residence City (USPS),Residence Zipcode,Birth Date,Party Affiliation,Precinct,"
            "Daytime Phone Number,Email Address"
        ),
        of(
            external_id="Voter ID", family_name="Name Last", given_name="Name First",
            address="Residence Address Line 1", unit="Residence Address Line 2",
            city="Residence City (USPS)", postcode="Residence Zipcode", birth_date="Birth Date",
            precinct="Precinct", phone="Daytime Phone Number", email="Email Address",
            attribute="Party Affiliation",
        ),
    ),
    "Texas": (
        (
            "VUID,LAST NAME,FIRST NAME,DOB,PERM HOUSE NUMBER,PERM DESIGNATOR,PERM STREET NAME,"
            "PERM STREET TYPE,PERM UNIT NUMBER,PERM CITY,PERM ZIPCODE,PCT"
        ),
        of(
            external_id="VUID", family_name="LAST NAME", given_name="FIRST NAME",
            birth_date="DOB", house_number="PERM HOUSE NUMBER",
            street=["PERM DESIGNATOR", "PERM STREET NAME", "PERM STREET TYPE"],
            unit="PERM UNIT NUMBER", city="PERM CITY", postcode="PERM ZIPCODE", precinct="PCT",
        ),
    ),
    "Pennsylvania": (
        (
            "ID Number,Title,Last Name,First Name,Gender,DOB,Voter Status,Party Code,House Number,"
            "House Number Suffix,Street Name,Apartment Number,City,State,Zip,District 1"
        ),
        of(
            external_id="ID Number", family_name="Last Name", given_name="First Name",
            birth_date="DOB", house_number=["House Number", "House Number Suffix"],
            street="Street Name", unit="Apartment Number", city="City", postcode="Zip",
            attribute=["Gender", "Voter Status", "Party Code", "District 1"],
        ),
    ),
    "New York": (
        (
            "SBOEID,LASTNAME,FIRSTNAME,RADDNUMBER,RHALFCODE,RPREDIRECTION,RSTREETNAME,RAPARTMENT,"
            "RCITY,RZIP5,DOB,ENROLLMENT"
        ),
        of(
            external_id="SBOEID", family_name="LASTNAME", given_name="FIRSTNAME",
            house_number=["RADDNUMBER", "RHALFCODE"], street=["RPREDIRECTION", "RSTREETNAME"],
            unit="RAPARTMENT", city="RCITY", postcode="RZIP5", birth_date="DOB",
            attribute="ENROLLMENT",
        ),
    ),
    "CiviCRM": (
        (
            "Contact ID,First Name,Last Name,Street Address,Supplemental Address 1,City,"
            "Postal Code,Country,Email,Phone,Birth Date,Preferred Language"
        ),
        of(
            external_id="Contact ID", given_name="First Name", family_name="Last Name",
            address="Street Address", unit="Supplemental Address 1", city="City",
            postcode="Postal Code", email="Email", phone="Phone", birth_date="Birth Date",
            language="Preferred Language",
        ),
    ),
    "Action Network": (
        (
            "uuid,first_name,last_name,email,can2_phone,can2_user_address,can2_user_city,zip_code,"
            "can2_user_tags"
        ),
        of(
            external_id="uuid", given_name="first_name", family_name="last_name", email="email",
            phone="can2_phone", address="can2_user_address", city="can2_user_city",
            postcode="zip_code", tags="can2_user_tags",
        ),
    ),
    "Zetkin": (
        (
            "id,ext_id,first_name,last_name,email,phone,alt_phone,street_address,co_address,zip_code,"
            "city,country,gender"
        ),
        of(
            external_id="ext_id", given_name="first_name", family_name="last_name", email="email",
            phone="phone", address="street_address", postcode="zip_code", city="city",
            attribute="gender",
        ),
    ),
    "Electoral register (UK)": (
        "Elector Number,Elector Surname,Elector Forename,Address1,Address2,PostCode",
        of(
            external_id="Elector Number", family_name="Elector Surname",
            given_name="Elector Forename", address="Address1", unit="Address2",
            postcode="PostCode",
        ),
    ),
    "Base Adresse Nationale": (
        "id,numero,rep,nom_voie,code_postal,nom_commune,lon,lat",
        of(
            address_external_id="id", house_number=["numero", "rep"], street="nom_voie",
            postcode="code_postal", city="nom_commune", longitude="lon", latitude="lat",
        ),
    ),
    "Finnish": (
        (
            "Jäsennumero,Sukunimi,Etunimi,Syntymävuosi,Katuosoite,Postinumero,Postitoimipaikka,"
            "Puhelin,Sähköposti,Äidinkieli,Äänestysalue,Sukupuoli"
        ),
        of(
            external_id="Jäsennumero", family_name="Sukunimi", given_name="Etunimi",
            birth_year="Syntymävuosi", address="Katuosoite", postcode="Postinumero",
            city="Postitoimipaikka", phone="Puhelin", email="Sähköposti", language="Äidinkieli",
            precinct="Äänestysalue", attribute="Sukupuoli",
        ),
    ),
    "German": (
        (
            "Mitgliedsnummer,Name,Vorname,Straße,Hausnummer,PLZ,Ort,Telefon,E-Mail,Geburtsdatum,"
            "Wahlbezirk,Etage"
        ),
        of(
            external_id="Mitgliedsnummer", family_name="Name", given_name="Vorname",
            street="Straße", house_number="Hausnummer", postcode="PLZ", city="Ort",
            phone="Telefon", email="E-Mail", birth_date="Geburtsdatum", precinct="Wahlbezirk",
            floor="Etage",
        ),
    ),
    "French": (
        (
            "Nom,Prénom,N° de voie,Type de voie,Libellé de voie,Code postal,Commune,Portable,"
            "Courriel,Date de naissance,Bureau de vote"
        ),
        of(
            family_name="Nom", given_name="Prénom", house_number="N° de voie",
            street=["Type de voie", "Libellé de voie"], postcode="Code postal", city="Commune",
            phone="Portable", email="Courriel", birth_date="Date de naissance",
            precinct="Bureau de vote",
        ),
    ),
    "Spanish": (
        (
            "Nombre,Apellidos,Calle,Número,Piso,Puerta,Código Postal,Municipio,Móvil,"
            "Correo electrónico,Fecha de nacimiento,Partido"
        ),
        of(
            given_name="Nombre", family_name="Apellidos", street="Calle", house_number="Número",
            floor="Piso", unit="Puerta", postcode="Código Postal", city="Municipio",
            phone="Móvil", email="Correo electrónico", birth_date="Fecha de nacimiento",
            attribute="Partido",
        ),
    ),
    "Swedish": (
        (
            "Medlemsnummer,Förnamn,Efternamn,Gatuadress,Postnummer,Postort,Mobil,E-post,Födelseår,"
            "Valdistrikt,Kön"
        ),
        of(
            external_id="Medlemsnummer", given_name="Förnamn", family_name="Efternamn",
            address="Gatuadress", postcode="Postnummer", city="Postort", phone="Mobil",
            email="E-post", birth_year="Födelseår", precinct="Valdistrikt", attribute="Kön",
        ),
    ),
}  # fmt: skip


@pytest.mark.parametrize("system", SYSTEMS)
def test_the_columns_of_known_systems_are_recognised(system):
    header, expected = SYSTEMS[system]
    assert fields(header) == expected


@pytest.mark.parametrize("system", SYSTEMS)
def test_what_is_guessed_can_be_imported_as_it_is(system):
    header, _ = SYSTEMS[system]
    columns = header.split(",")
    check_mapping(safe_mapping(list(guesses(columns).values())), columns)


@pytest.mark.parametrize(
    ("header", "row", "expected"),
    [
        ("who,kontakt,wo", "Aino,aino@example.org,12 Main Street", of(address="wo")),
        (
            "name,kontakt,nr,wo", "Aino Salo,aino@example.org,+358 40 1234567,Kaivokatu 1",
            of(name="name", email="kontakt", phone="nr", address="wo"),
        ),
        ("name,address", "Aino,aino@example.org", of(name="name", email="address")),
        ("street,name", "Kaivokatu 12,Aino Salo", of(address="street", name="name")),
        ("street,address", "Kaivokatu,Kaivokatu 12", of(address="address")),
        ("nom,adresse", "Aino Salo,12 rue de la Paix", of(name="nom", address="adresse")),
        ("first name,address", "Aino,1 Main St", of(given_name="first name", address="address")),
        ("id,street,number", "7,Kaivokatu,1", of(
            address_external_id="id", street="street", house_number="number")),
        ("id,street,number,unit", "7,Kaivokatu,1,A", of(
            door_external_id="id", street="street", house_number="number", unit="unit")),
        ("address,phone", "1 Main St,617 555 0100", of(address="address")),
        ("address,lat", "1 Main St,42.3", of(address="address")),
        ("name,address,language", "A B,1 Main St,4", of(name="name", address="address")),
        ("name,address,birth year,dob", "A B,1 Main St,1985,1985-04-03", of(
            name="name", address="address", birth_year="birth year")),
    ],
)  # fmt: skip
def test_values_and_neighbours_correct_what_names_say(header, row, expected):
    assert fields(header, row) == expected


def test_opinions_are_marked_and_need_a_basis():
    found = guesses(
        ["address", "Party", "Primary 2024", "Gender"],
        ["1 Main St", "Green", "DEM", "f"],
        ["2 Main St", "Red", "REP", "m"],
    )
    assert {name: one.use.sensitive for name, one in found.items()} == {
        "address": False, "Party": True, "Primary 2024": True, "Gender": False,
    }  # fmt: skip
    mapping = Mapping(columns=[one.use for one in found.values()])
    with pytest.raises(RefusedError, match="legal ground"):
        check_mapping(mapping, list(found))
    check_mapping(Mapping(columns=mapping.columns, basis="public register"), list(found))
    kept = {one.column for one in safe_mapping(list(found.values())).columns if one.field}
    assert kept == {"address", "Gender"}


@pytest.mark.parametrize("name", ["Race", "Ethnic_Description", "Religion", "Union member"])
def test_what_the_law_guards_is_left_out(name):
    assert guesses([name], ["x"])[name].use.field is None


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (["1", "22", "3.5", "-4"], AttributeKind.NUMBER),
        (["yes", "no", "yes"], AttributeKind.YES_NO),
        (["2024-11-05", "2022-11-08"], AttributeKind.DATE),
        (["007", "12"], AttributeKind.TEXT),
        (["north", "south"], AttributeKind.TEXT),
        ([], AttributeKind.TEXT),
    ],
)
def test_the_kind_of_a_kept_column_follows_its_values(values, kind):
    assert guesses(["district"], *([value] for value in values))["district"].use.kind is kind


def test_a_column_of_which_every_value_differs_is_not_kept():
    rows = [[f"remark {n}"] for n in range(100)]
    assert guesses(["voting notes"], *rows)["voting notes"].use.field is None


def test_keys_are_made_of_names_and_differ():
    names = ["Score (%)", "score", "2024 vote", "Äänestysscore", "s" + "co" * 40 + "score"]
    keys = [one.use.key for one in guesses(names, *([["1"] * 5, ["2"] * 5])).values()]
    assert keys[:4] == ["score", "score_2", "c_2024_vote", "aanestysscore"]
    assert len(set(keys)) == 5


def test_samples_are_the_first_different_values():
    found = guesses(["city"], ["Turku"], [" Turku "], [None], ["Espoo"])["city"]
    assert (found.samples, found.why) == (["Turku", "Espoo"], "by its name")


@given(
    st.lists(st.text(min_size=1, max_size=20), min_size=1, max_size=8, unique=True),
    st.lists(st.text(max_size=10), min_size=8, max_size=8),
)
def test_any_header_gets_one_guess_for_each_column(columns, row):
    found = guess(columns, pl.DataFrame({name: [row[at]] for at, name in enumerate(columns)}))
    assert [one.use.column for one in found] == columns
    fills = [one.use.field for one in found if one.use.field is not None]
    several = {Field.STREET, Field.HOUSE_NUMBER, Field.UNIT, Field.TAGS, Field.ATTRIBUTE}
    alone = [field for field in fills if field not in several]
    assert len(alone) == len(set(alone))


COLUMNS = ["street", "number", "party", "name", "name 2", "lon"]


def use(column, field, **more):
    return ColumnUse(column=column, field=field, **more)


HOME = [use("street", Field.STREET), use("number", Field.HOUSE_NUMBER)]


@pytest.mark.parametrize(
    ("columns", "basis", "field", "words"),
    [
        ([*HOME, use("town", Field.CITY)], "", "mapping.columns[2].column", "no column town"),
        ([*HOME, use("street", Field.CITY)], "", "mapping.columns[2].column", "mapped twice"),
        (
            [*HOME, use("name", Field.GIVEN_NAME), use("name 2", Field.GIVEN_NAME)], "",
            "mapping.columns", "2 columns are to fill given_name",
        ),
        ([*HOME, use("party", Field.ATTRIBUTE)], "", "mapping.columns[2].key", "Give a key"),
        (
            [*HOME, use("party", Field.ATTRIBUTE, key="a"), use("name", Field.ATTRIBUTE, key="a")],
            "", "mapping.columns[2].key", "kept as a",
        ),
        ([*HOME, use("party", None, key="a")], "", "mapping.columns[2].key", "has a key"),
        (
            [*HOME, use("party", None, sensitive=True)], "", "mapping.columns[2].sensitive",
            "can be sensitive",
        ),
        ([use("name", Field.NAME)], "", "mapping.columns", "where the doors are"),
        ([*HOME, use("lon", Field.LONGITUDE)], "", "mapping.columns", "both, or neither"),
        ([*HOME, use("party", Field.PHONE)], "", "mapping.columns", "phone tell of people"),
        (
            [*HOME, use("party", Field.ATTRIBUTE, key="party", sensitive=True)], " ",
            "mapping.basis", "legal ground",
        ),
    ],
)  # fmt: skip
def test_a_mapping_with_a_fault_is_refused_by_name(columns, basis, field, words):
    with pytest.raises(RefusedError, match="cannot be read like that") as caught:
        check_mapping(Mapping(columns=columns, basis=basis), COLUMNS)
    assert any(one.field == field and words in one.detail for one in caught.value.errors)


def test_every_fault_of_a_mapping_is_told_at_once():
    columns = [use("town", Field.CITY), use("party", Field.ATTRIBUTE), use("lon", Field.LATITUDE)]
    with pytest.raises(RefusedError) as caught:
        check_mapping(Mapping(columns=columns), COLUMNS)
    assert len(caught.value.errors) == 4


def test_parts_of_a_field_may_come_from_several_columns():
    columns = [
        *HOME,
        use("party", Field.STREET),
        use("name", Field.NAME),
        use("name 2", Field.NAME),
    ]
    check_mapping(Mapping(columns=columns), COLUMNS)
