import pytest
from budgets.budget_field import opened


@pytest.fixture
async def vote(tenant):
    """A round of four proposals that is voted on."""
    return await opened(tenant)
