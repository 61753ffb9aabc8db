import pytest

from doorstep.kit.proxies import Proxies
from doorstep.settings import Settings, SettingsError, read_settings

PROXIES = Proxies("10.0.0.0/8, 192.0.2.7,2001:db8::/32")


@pytest.mark.parametrize(
    ("peer", "forwarded_for", "client"),
    [
        ("10.1.1.1", ["198.51.100.4"], "198.51.100.4"),
        ("192.0.2.7", ["198.51.100.4, 10.2.2.2"], "198.51.100.4"),
        ("10.1.1.1", ["198.51.100.4", "10.2.2.2, 10.3.3.3"], "198.51.100.4"),
        ("2001:db8::1", ["2001:DB8:1::2, 2a00::5"], "2a00::5"),
        ("::ffff:10.1.1.1", ["::ffff:198.51.100.4"], "198.51.100.4"),
    ],
)
def test_a_trusted_proxy_is_believed(peer, forwarded_for, client):
    assert PROXIES.client_of(peer, forwarded_for) == client


@pytest.mark.parametrize("peer", ["198.51.100.4", "192.0.2.8", "local", "", "2001:db9::1"])
def test_nobody_else_can_say_who_they_are(peer):
    assert PROXIES.client_of(peer, ["203.0.113.9"]) == peer


def test_what_the_caller_itself_put_in_front_is_not_read():
    assert PROXIES.client_of("10.1.1.1", ["203.0.113.9, 198.51.100.4"]) == "198.51.100.4"
    assert PROXIES.client_of("10.1.1.1", ["10.9.9.9", "198.51.100.4"]) == "198.51.100.4"


@pytest.mark.parametrize("garbage", ["", ",", "unknown", "203.0.113.9:80", "1.2.3", "\xff", "::g"])
def test_what_is_no_address_is_passed_over_with_all_before_it(garbage):
    assert PROXIES.client_of("10.1.1.1", [garbage]) == "10.1.1.1"
    assert PROXIES.client_of("10.1.1.1", [f"203.0.113.9, {garbage}, 10.2.2.2"]) == "10.2.2.2"


def test_a_list_of_proxies_alone_gives_the_farthest_of_them():
    assert PROXIES.client_of("10.1.1.1", ["10.4.4.4, 10.3.3.3"]) == "10.4.4.4"
    assert PROXIES.client_of("10.1.1.1", []) == "10.1.1.1"


def test_by_default_nobody_is_trusted():
    for peer in ("127.0.0.1", "::1", "10.0.0.1"):
        assert Settings().trusted_proxies.client_of(peer, ["203.0.113.9"]) == peer


def test_the_setting_is_read_and_written_in_one_form():
    settings = read_settings({"DOORSTEP_TRUSTED_PROXIES": "127.0.0.1, 10.0.0.0/8"})
    assert str(settings.trusted_proxies) == "127.0.0.1/32,10.0.0.0/8"
    assert str(Proxies(str(PROXIES))) == str(PROXIES)


def test_a_proxy_that_is_no_address_is_refused_by_name():
    with pytest.raises(SettingsError, match=r"'proxy\.local'.*trusted_proxies"):
        read_settings({"DOORSTEP_TRUSTED_PROXIES": "10.0.0.1,proxy.local"})
