"""Two hands that give one address to two people at the same moment: real threads, one owner."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction

from newsletters.addresses import parse
from newsletters.errors import AddressRefused
from newsletters.models import Contact, OtherAddress
from newsletters.services import addresses, contacts
from tests.factories.newsletters import ContactFactory, UserFactory

pytestmark = pytest.mark.django_db(transaction=True)
NEW = parse("anna@new.example")
# Long enough for the second to stand where it waits, or to be through if nothing keeps it.
A_MOMENT = 0.5


def meanwhile(first: Callable[[], object], second: Callable[[], object]) -> object:
    """What ``second`` comes to, begun after ``first`` is done and before that is committed."""

    def act() -> object:
        try:
            return second()
        except AddressRefused as refused:
            return refused.code
        finally:
            ended.set()
            connection.close()

    ended = threading.Event()
    with ThreadPoolExecutor(max_workers=1) as pool:
        with transaction.atomic():
            first()
            found = pool.submit(act)
            assert not ended.wait(A_MOMENT)
        return found.result()


def test_who_signs_up_with_an_address_that_just_became_a_further_one_is_its_owner() -> None:
    anna, by = ContactFactory(), UserFactory()
    found = meanwhile(
        lambda: addresses.add(contact=anna, address=NEW, by=by),
        lambda: contacts.find_or_create(address=NEW),
    )
    assert found == anna == Contact.objects.get()


@pytest.mark.parametrize("act", [addresses.add, addresses.change])
def test_the_address_of_somebody_who_signs_up_this_moment_is_refused(
    act: Callable[..., object],
) -> None:
    anna, by = ContactFactory(), UserFactory()
    found = meanwhile(
        lambda: contacts.find_or_create(address=NEW),
        lambda: act(contact=anna, address=NEW, by=by),
    )
    assert found == "taken"
    assert Contact.objects.filter(email=NEW.canonical).count() == 1
    assert not OtherAddress.objects.exists()
