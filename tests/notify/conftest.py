import subprocess
import sys
import time

import pytest
from stand_in import FAKE, FakeFcm, free_port


@pytest.fixture(scope="session")
def fcm_process(tmp_path_factory):
    folder, port = tmp_path_factory.mktemp("fcm"), free_port()
    with (
        (folder / "log").open("wb") as log,
        subprocess.Popen(  # noqa: S603 -- our own file
            [sys.executable, str(FAKE), str(folder), str(port)], stdout=log, stderr=log
        ) as process,
    ):
        fake = FakeFcm(port, folder)
        for _ in range(200):
            try:
                fake.call("/received")
                break
            except OSError:
                assert process.poll() is None, (folder / "log").read_text()
                time.sleep(0.05)
        yield fake
        process.terminate()


@pytest.fixture
def fcm(fcm_process, monkeypatch):
    """The stand-in, empty, where the untouched library looks for Firebase."""
    from firebase_admin import messaging  # noqa: PLC0415 -- takes most of a second

    fcm_process.call("/reset", {})
    monkeypatch.setattr(
        messaging._MessagingService,
        "FCM_URL",
        fcm_process.url + "/v1/projects/{0}/messages:send",
    )
    monkeypatch.setenv("SSL_CERT_FILE", str(fcm_process.ca))
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(fcm_process.ca))
    return fcm_process
