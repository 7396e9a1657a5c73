"""People every test of this app may ask for."""

import pytest

from tests.factories.newsletters import UserFactory

ORGANISER = (
    "newsletters.view_mailing",
    "newsletters.add_mailing",
    "newsletters.change_mailing",
    "newsletters.approve_mailing",
)


@pytest.fixture
def organiser(db):
    """May write mailings, approve and send them."""
    return UserFactory(permissions=ORGANISER)
