"""Signing in with Firebase Auth: Google's library untouched, its certificates from our server."""

import base64
import contextlib
import datetime as dt
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import firebase_admin._token_gen as token_gen
import firebase_admin._user_mgt as user_mgt
import httpx
import jwt
import msgspec
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from doorstep.accounts import firebase_signing_in
from doorstep.accounts.firebase_signing_in import verifier_of
from doorstep.accounts.model import FirebaseSignIn
from doorstep.kit.auth import Role
from doorstep.kit.errors import (
    ConflictError,
    NotFoundError,
    ProblemError,
    SignInRefusedError,
    TryLaterError,
)
from doorstep.settings import EMULATOR_VARIABLES, Settings, SettingsError, read_settings

PROJECT = "doorstep-test"
PHONES = iter(range(10**6, 10**7))


def pem(key):
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


class Google:
    """What stands for Google: certificates, access tokens and what Auth knows of its accounts."""

    def __init__(self):
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.requests = []
        self.away = False
        self.account = {"localId": "user1", "disabled": False, "validSince": "0"}
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                self.answer({"key1": outer.certificate()}, {"Cache-Control": "max-age=0"})

            def do_POST(self):
                self.rfile.read(int(self.headers["content-length"]))
                if self.path.endswith("token"):
                    token = {"access_token": "a", "expires_in": 3600, "token_type": "Bearer"}
                    self.answer(token)
                else:
                    self.answer({"users": [outer.account]})

            def answer(self, body, headers=None):
                outer.requests.append(self.path)
                sent = json.dumps(body).encode()
                self.send_response(503 if outer.away else 200)
                for name, value in ({"Content-Length": str(len(sent))} | (headers or {})).items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(sent)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def certificate(self):
        whose = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "google")])
        now = dt.datetime.now(dt.UTC)
        made = (
            x509.CertificateBuilder()
            .subject_name(whose).issuer_name(whose).public_key(self.key.public_key())
            .serial_number(1).not_valid_before(now - dt.timedelta(days=1))
            .not_valid_after(now + dt.timedelta(days=1)).sign(self.key, hashes.SHA256())
        )  # fmt: skip
        return made.public_bytes(serialization.Encoding.PEM).decode()

    def token(self, key=None, headers=None, algorithm="RS256", **claims):
        now = int(time.time())
        payload = {
            "iss": f"https://securetoken.google.com/{PROJECT}", "aud": PROJECT, "sub": "user1",
            "iat": now - 5, "exp": now + 3600, "auth_time": now - 5,
        } | claims  # fmt: skip
        payload = {name: value for name, value in payload.items() if value is not None}
        headers = {"kid": "key1"} if headers is None else headers
        return jwt.encode(payload, key or pem(self.key), algorithm=algorithm, headers=headers)

    def service_account(self, folder):
        path = folder / "account.json"
        about = {
            "type": "service_account", "project_id": PROJECT, "private_key_id": "k",
            "private_key": pem(self.key).decode(), "client_email": "push@example.org",
            "token_uri": f"{self.url}/token",
        }  # fmt: skip
        path.write_text(json.dumps(about))
        return path


@pytest.fixture(scope="module")
def google():
    running = Google()
    yield running
    running.server.shutdown()
    running.server.server_close()


@pytest.fixture(autouse=True)
def local(google, monkeypatch):
    monkeypatch.setattr(token_gen, "ID_TOKEN_CERT_URI", f"{google.url}/certificates")
    monkeypatch.setattr(user_mgt.UserManager, "ID_TOOLKIT_URL", f"{google.url}/v1")
    google.away, google.account["disabled"], google.account["validSince"] = False, False, "0"
    verifier_of.cache_clear()
    yield
    verifier_of.cache_clear()


@pytest.fixture
def configured(settings):
    return msgspec.structs.replace(settings, firebase_project=PROJECT)


@pytest.fixture
def sign_in(world, configured):
    async def sign_in(token, organization=None, settings=configured):
        wanted = FirebaseSignIn(id_token=token, device_name="Phone", organization=organization)
        return await firebase_signing_in.sign_in(world.pool, world.keyring, settings, wanted)

    return sign_in


def new_phone():
    return f"+1555{next(PHONES)}"


async def me(world, tokens):
    client = world.anonymous()
    client.headers["authorization"] = f"Bearer {tokens.access_token}"
    answer = await client.get("/me")
    assert answer.status_code == 200, answer.text
    return answer.json()


async def invite(tenant, **wanted):
    coordinator = await tenant.coordinator()
    answer = await coordinator.post("/invites", json={"name": "Aino Salo", **wanted})
    assert answer.status_code == 201, answer.text


async def add_member(tenant, roles=("volunteer",), **wanted):
    async with tenant.transaction() as db:
        return await firebase_signing_in.service.add_member(
            db, tenant.id, "Aino Salo", [Role(one) for one in roles], **wanted
        )


async def test_a_proved_number_makes_an_invited_person_a_member_once(
    world, tenant, google, sign_in
):
    phone = new_phone()
    await invite(tenant, phone=phone)
    first = await me(world, await sign_in(google.token(phone_number=phone)))
    again = await me(world, await sign_in(google.token(phone_number=phone)))
    assert first["member"]["phone"] == phone
    assert first["member"]["roles"] == ["volunteer"]
    assert first["organization"]["slug"] == tenant.slug
    assert again["member"]["id"] == first["member"]["id"]
    assert again["device_id"] != first["device_id"]


async def test_a_proved_address_signs_its_member_in(world, tenant, google, sign_in):
    member = await add_member(tenant, ["organizer"], email=f"Organizer@{tenant.slug}.org")
    email = f"organizer@{tenant.slug.upper()}.org"
    tokens = await sign_in(google.token(email=email, email_verified=True))
    assert (await me(world, tokens))["member"]["id"] == str(member.id)


async def bad_tokens(google):
    other = pem(rsa.generate_private_key(public_exponent=65537, key_size=2048))
    now = int(time.time())
    good = google.token(phone_number="+15550001")
    head, body, signature = good.split(".")
    unsigned = jwt.encode(jwt.decode(good, options={"verify_signature": False}), None, "none")
    return {
        "expired": google.token(iat=now - 7200, exp=now - 3600, auth_time=now - 60),
        "another project": google.token(aud="other"),
        "another issuer": google.token(iss="https://securetoken.google.com/other"),
        "unsigned": unsigned,
        "unsigned with a key's name": unsigned.replace(
            unsigned.split(".")[0],
            base64.urlsafe_b64encode(b'{"alg":"none","kid":"key1"}').rstrip(b"=").decode(),
        ),
        "signed by another": google.token(key=other),
        "another algorithm": google.token(key=b"x" * 64, algorithm="HS256"),
        "unknown key": google.token(headers={"kid": "key9"}),
        "no key named": google.token(headers={}),
        "no subject": google.token(sub=None),
        "empty subject": google.token(sub=""),
        "not yet": google.token(iat=now + 600),
        "proved an hour ago": google.token(auth_time=now - 3600),
        "no time of proof": google.token(auth_time=None),
        "changed": f"{head}.{body[:-4]}AAAA.{signature}",
        "no signature": f"{head}.{body}.",
        "no token": "x.y.z",
        "not even that": "nonsense",
        "null": "\0",
        "a list": base64.urlsafe_b64encode(b"[]").decode() + ".W10.x",
    }


async def test_every_bad_token_is_refused_with_the_same_words(tenant, google, sign_in):
    phone = new_phone()
    await invite(tenant, phone=phone)
    told = set()
    for why, token in (await bad_tokens(google)).items():
        with pytest.raises(SignInRefusedError) as refused:
            await sign_in(token)
        told.add(refused.value.detail)
        assert len(told) == 1, why


async def test_an_address_that_was_not_proved_opens_nothing(tenant, google, sign_in):
    email = f"owner@{tenant.slug}.org"
    await add_member(tenant, ["owner"], email=email)
    for claims in (
        {"email_verified": False},
        {},
        {"email_verified": "true"},
        {"email_verified": 1},
    ):
        with pytest.raises(SignInRefusedError):
            await sign_in(google.token(email=email, **claims))


async def test_nobody_joins_without_an_invite(google, sign_in):
    for claims in ({"phone_number": new_phone()}, {}, {"email": "x@y.org", "email_verified": True}):
        with pytest.raises(SignInRefusedError, match="Ask your organizer"):
            await sign_in(google.token(**claims))


@pytest.mark.parametrize("change", ["used_at = now()", "withdrawn_at = now()",
                                    "expires_at = now() - interval '1 s'"])  # fmt: skip
async def test_an_invite_that_is_over_opens_nothing(tenant, google, sign_in, change):
    phone = new_phone()
    await invite(tenant, phone=phone)
    async with tenant.transaction() as db:
        await db.execute(f"update invite set {change}")  # noqa: S608 -- ours
    with pytest.raises(SignInRefusedError):
        await sign_in(google.token(phone_number=phone))


async def test_a_number_that_somebody_else_typed_in_opens_no_account_of_staff(
    tenant, google, sign_in
):
    """Whoever invites can write their own number beside somebody else's address."""
    owner, phone = f"owner@{tenant.slug}.org", new_phone()
    await add_member(tenant, ["owner"], email=owner)
    await invite(tenant, email=owner, phone=phone)
    with pytest.raises(SignInRefusedError):
        await sign_in(google.token(phone_number=phone))
    await add_member(tenant, ["organizer"], email=f"new@{tenant.slug}.org", phone=phone)
    with pytest.raises(SignInRefusedError):
        await sign_in(google.token(phone_number=phone))


async def test_a_number_of_a_household_is_nobodys_in_particular(tenant, google, sign_in):
    phone = new_phone()
    await add_member(tenant, phone=phone)
    await add_member(tenant, phone=phone)
    with pytest.raises(SignInRefusedError):
        await sign_in(google.token(phone_number=phone))


async def test_who_is_in_several_organizations_says_which(world, tenant, stranger, google, sign_in):
    phone = new_phone()
    await add_member(tenant, phone=phone)
    await add_member(stranger, phone=phone)
    with pytest.raises(ConflictError, match=tenant.slug) as conflict:
        await sign_in(google.token(phone_number=phone))
    assert conflict.value.errors[0].field == "organization"
    tokens = await sign_in(google.token(phone_number=phone), stranger.slug)
    assert (await me(world, tokens))["organization"]["slug"] == stranger.slug
    with pytest.raises(SignInRefusedError):
        await sign_in(google.token(phone_number=phone), "another-one")


async def test_a_member_who_left_is_nobody(tenant, google, sign_in):
    phone = new_phone()
    member = await add_member(tenant, phone=phone)
    organizer = await tenant.organizer()
    assert (await organizer.delete(f"/members/{member.id}")).status_code == 204
    with pytest.raises(SignInRefusedError):
        await sign_in(google.token(phone_number=phone))


async def test_with_a_service_account_closed_accounts_are_refused(
    tenant, google, sign_in, configured, tmp_path
):
    account = google.service_account(tmp_path)
    asking = msgspec.structs.replace(configured, push_credentials=account)
    phone = new_phone()
    await add_member(tenant, phone=phone)
    token = google.token(phone_number=phone)
    assert await sign_in(token, settings=asking)
    assert any(path.endswith("accounts:lookup") for path in google.requests)
    told = set()
    for change in ({"disabled": True}, {"disabled": False, "validSince": str(int(time.time()))}):
        google.account.update(change)
        with pytest.raises(SignInRefusedError) as refused:
            await sign_in(token, settings=asking)
        told.add(refused.value.detail)
    with pytest.raises(SignInRefusedError) as refused:
        await sign_in("nonsense", settings=asking)
    assert told == {refused.value.detail}


async def test_google_being_away_is_no_fault_of_the_token(google, sign_in):
    google.away = True
    with pytest.raises(TryLaterError):
        await sign_in(google.token(phone_number=new_phone()))


async def test_it_is_off_unless_a_project_is_named(world, google, sign_in, settings):
    with pytest.raises(NotFoundError):
        await sign_in(google.token(), settings=settings)
    body = {"id_token": "x", "device_name": "Phone"}
    answer = await world.anonymous().post("/sign-in/firebase", json=body)
    assert answer.status_code == 404
    assert "does not sign in through Firebase" in answer.text or "Check the id" in answer.text


@hypothesis_settings(
    deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.one_of(
        st.text(min_size=1, max_size=200),
        st.tuples(*[st.binary(max_size=60)] * 3).map(
            lambda parts: ".".join(base64.urlsafe_b64encode(one).decode() for one in parts)
        ),
        st.tuples(*[st.recursive(st.none() | st.integers() | st.text(max_size=5),
                                 lambda inner: st.lists(inner, max_size=3)
                                 | st.dictionaries(st.sampled_from(["alg", "kid", "aud", "iss",
                                                                    "sub", "exp", "iat"]), inner),
                                 max_leaves=6)] * 2).map(
            lambda parts: ".".join(
                base64.urlsafe_b64encode(json.dumps(one).encode()).decode() for one in parts
            ) + ".x"
        ),
    )
)  # fmt: skip
def test_no_made_up_token_does_anything_but_be_refused(local, token):
    with pytest.raises(SignInRefusedError):
        verifier_of(PROJECT, None).verify(token)


@pytest.mark.parametrize("name", EMULATOR_VARIABLES)
def test_the_server_does_not_start_where_unsigned_tokens_would_do(name):
    with pytest.raises(SettingsError, match=name):
        read_settings({name: "127.0.0.1:9099"})
    assert read_settings({name: "127.0.0.1:9099", "DOORSTEP_TEST_MODE": "1"}).test_mode


async def test_nor_does_it_sign_in_where_one_was_set_later(
    world, sign_in, configured, monkeypatch, google
):
    monkeypatch.setenv("FIREBASE_AUTH_EMULATOR_HOST", "127.0.0.1:1")
    live = msgspec.structs.replace(configured, test_mode=False)
    with pytest.raises(SettingsError):
        await sign_in(google.token(), settings=live)


def test_a_project_is_named_by_a_setting():
    assert read_settings({"DOORSTEP_FIREBASE_PROJECT": "x"}).firebase_project == "x"
    assert Settings().firebase_project is None


EMULATOR = "http://127.0.0.1:9099"


def emulator_is_there():
    with contextlib.suppress(httpx.HTTPError):
        return httpx.get(EMULATOR, timeout=5).status_code == 200
    return False


@pytest.mark.skipif(
    "not emulator_is_there()",
    reason="needs Firebase's Auth emulator on port 9099: "
    "npx firebase-tools emulators:start --config tests/accounts/firebase.json --only auth "
    "--project doorstep-test",
)
async def test_the_whole_way_through_the_emulator(world, tenant, sign_in, monkeypatch):
    """A phone asks for a code, proves its number, and is signed in here."""
    monkeypatch.setenv("FIREBASE_AUTH_EMULATOR_HOST", "127.0.0.1:9099")
    phone = new_phone()
    await invite(tenant, phone=phone)
    toolkit = f"{EMULATOR}/identitytoolkit.googleapis.com/v1/accounts"
    async with httpx.AsyncClient(params={"key": "any"}) as client:
        asked = await client.post(
            f"{toolkit}:sendVerificationCode", json={"phoneNumber": phone, "recaptchaToken": "x"}
        )
        codes = await client.get(f"{EMULATOR}/emulator/v1/projects/{PROJECT}/verificationCodes")
        code = next(
            one["code"] for one in codes.json()["verificationCodes"] if one["phoneNumber"] == phone
        )
        proved = await client.post(
            f"{toolkit}:signInWithPhoneNumber",
            json={"sessionInfo": asked.json()["sessionInfo"], "code": code},
        )
    tokens = await sign_in(proved.json()["idToken"])
    assert (await me(world, tokens))["member"]["phone"] == phone
    assert not issubclass(ProblemError, SettingsError)
