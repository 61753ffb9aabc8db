"""Who opens a link: people, or programs that only look."""

import pytest
from sharing.sharing_field import PEOPLE, PREVIEWS

from doorstep.sharing.previews import is_person


@pytest.mark.parametrize("agent", PEOPLE)
def test_browsers_are_people_also_those_inside_other_apps(agent):
    assert is_person("GET", {"user-agent": agent})
    assert not is_person("HEAD", {"user-agent": agent})


@pytest.mark.parametrize("agent", [*PREVIEWS, "curl/8.5.0", "python-httpx/0.28"])
def test_programs_are_not(agent):

    assert not is_person("GET", {"user-agent": agent})


def test_twelve_families_of_previews_are_known():
    assert len(set(PREVIEWS)) == 12
