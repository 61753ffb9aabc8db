"""The faults that need no restart; `make faults` does all of them."""

import asyncio

import faults
import pytest


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    made = faults.Server(tmp_path_factory.mktemp("faults"))
    asyncio.run(made.start())
    yield made
    made.stop()


def test_there_are_as_many_faults_as_are_promised():
    assert len({fault.__name__ for fault in faults.FAULTS}) == 24


@pytest.mark.parametrize("fault", faults.FAST, ids=lambda fault: fault.__name__)
def test_nothing_acknowledged_is_lost_or_doubled(server, fault):
    assert asyncio.run(faults.suffer(server, fault)) == (0, 0)
