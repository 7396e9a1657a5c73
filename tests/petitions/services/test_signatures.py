"""Signing under load: the database decides who was first."""

import threading

import pytest
from django.db import connections
from django.test import Client

from newsletters.models import Delivery
from petitions.models import Signature
from petitions.services import signatures
from petitions.states import SignatureState
from tests.factories.newsletters import trap_fields
from tests.factories.petitions import PetitionFactory, SignatureFactory

CROWD = 50


def at_once(work):
    """Run ``work(number)`` in 50 threads that start together; returns their results."""
    results = []
    gate = threading.Barrier(CROWD)

    def run(number):
        try:
            gate.wait()
            results.append(work(number))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(CROWD)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


@pytest.mark.django_db(transaction=True)
def test_fifty_identical_forms_at_once_are_one_signature_and_one_mail():
    petition = PetitionFactory()
    text = petition.texts.get()
    form = {"name": "Mira", "email": "mira@example.org", "text": text.pk, **trap_fields()}

    def send(number):
        return Client().post(f"/petitions/{petition.slug}/sign/", form).status_code

    assert at_once(send) == [303] * CROWD
    assert Signature.objects.count() == 1
    assert Delivery.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_fifty_presses_of_one_button_at_once_confirm_once():
    row = SignatureFactory(state=SignatureState.PENDING)

    def press(number):
        return signatures.confirm(signature_id=row.pk, revision=1).number

    assert at_once(press) == [1] * CROWD
    assert Delivery.objects.count() == 1
