"""What is forgotten, and when."""

from datetime import timedelta

from django.utils import timezone

from petitions.models import Signature
from petitions.services import counting, retention
from petitions.states import SignatureState
from tests.factories.petitions import PetitionFactory, SignatureFactory


def test_an_unconfirmed_signature_is_deleted_after_two_weeks_without_a_mail(db):
    rows = SignatureFactory.create_batch(3, state=SignatureState.PENDING)
    old = timezone.now() - timedelta(days=15)
    Signature.objects.filter(pk__in=[rows[0].pk, rows[1].pk]).update(created_at=old)
    Signature.objects.filter(pk=rows[1].pk).update(last_mail_at=timezone.now())
    retention.delete_unconfirmed()
    assert set(Signature.objects.values_list("pk", flat=True)) == {rows[1].pk, rows[2].pk}


def test_half_a_year_after_the_close_nobody_is_named_and_the_total_stays(db, monkeypatch):
    monkeypatch.setattr(retention, "BATCH", 2)
    petition = PetitionFactory()
    SignatureFactory.create_batch(
        5, petition=petition, is_public=True, comment="Because", country="AT"
    )
    counting.count()
    petition.refresh_from_db()
    petition.closes_at = timezone.now() - timedelta(days=179)
    petition.save()
    assert retention.make_anonymous() == 0
    petition.closes_at = timezone.now() - timedelta(days=181)
    petition.save()
    assert retention.make_anonymous() == 5
    for row in Signature.objects.all():
        kept = (row.name, row.email, row.comment, row.address_key, str(row.country))
        assert kept == ("", "", "", "", "AT")
        assert row.person_key == f"-{row.pk}"
    counting.count()
    assert counting.repair() == 0
    petition.refresh_from_db()
    assert petition.total == 5
    assert retention.make_anonymous() == 0
