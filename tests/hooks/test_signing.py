import datetime as dt
import json

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from doorstep.hooks.signing import headers_of, secret_of
from doorstep.kit.ids import new_id
from doorstep.kit.tokens import Keyring

BODY = b'{"type":"turf.published","data":{}}'


@pytest.fixture
def secret(tmp_path):
    return secret_of(Keyring(tmp_path, "http://doorstep.test"), new_id(), new_id(), 1)


def test_the_specifications_own_library_takes_our_signature(secret):
    headers = headers_of(secret, new_id(), BODY, dt.datetime.now(dt.UTC))
    assert Webhook(secret).verify(BODY, headers) == json.loads(BODY)


@pytest.mark.parametrize("late", [dt.timedelta(minutes=6), -dt.timedelta(minutes=6)])
def test_it_refuses_another_body_and_another_time(secret, late):
    now = dt.datetime.now(dt.UTC)
    for body, at in ((BODY + b" ", now), (BODY, now - late)):
        with pytest.raises(WebhookVerificationError):
            Webhook(secret).verify(body, headers_of(secret, new_id(), BODY, at))
