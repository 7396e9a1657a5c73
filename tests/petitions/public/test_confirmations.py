"""The links in the mails."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from newsletters import tokens as seals
from petitions import tokens
from petitions.models import Signature
from petitions.services import counting, retention
from petitions.states import SignatureState
from tests.factories.petitions import SignatureFactory

WRITES = re.compile(r"^\s*(INSERT|UPDATE|DELETE)", re.IGNORECASE)


@pytest.fixture
def waiting(petition):
    """A signature that waits for its owner."""
    return SignatureFactory(
        petition=petition, state=SignatureState.PENDING, name="Mira Orlen", email="mira@example.org"
    )


def link(purpose, signature, hours_ago=0):
    stamp = seals.this_hour() - hours_ago
    name = purpose.rpartition(".")[2]
    return f"/petitions/{name}/{seals.seal(purpose, signature.pk, stamp=stamp)}/"


@pytest.mark.parametrize("state", list(SignatureState))
@pytest.mark.parametrize("purpose", [tokens.CONFIRM, tokens.WITHDRAW])
def test_looking_at_a_link_writes_nothing_and_sets_no_cookie(waiting, state, purpose):
    Signature.objects.update(state=state)
    for hours_ago in (0, 400 * 24):
        for method in ("get", "head"):
            with CaptureQueriesContext(
                connection,
            ) as queries:
                answer = getattr(Client(), method)(link(purpose, waiting, hours_ago))
            assert answer.status_code == 200
            assert not answer.cookies
            assert "no-store" in answer["Cache-Control"]
            assert not [query for query in queries if WRITES.match(query["sql"])]


def test_the_page_has_one_button_and_shows_what_will_be_signed(waiting):
    page = Client().get(link(tokens.CONFIRM, waiting)).content.decode()
    assert page.count("<button") == 1
    assert "Mira Orlen" in page
    assert "is not shown to anybody" in page


def test_a_second_press_shows_the_same_page_and_mails_nothing_more(waiting, press, mailbox):
    first = press(link(tokens.CONFIRM, waiting))
    counting.count()
    SignatureFactory(petition=waiting.petition)
    again = Client().post(link(tokens.CONFIRM, waiting), {"revision": "1"})
    assert first.content == again.content
    assert mailbox("mira@example.org").kinds() == ["thank_you"]


def test_a_used_link_found_by_a_stranger_shows_the_petition_and_nothing_of_the_signer(
    waiting, press
):
    press(link(tokens.CONFIRM, waiting))
    page = Client().get(link(tokens.CONFIRM, waiting)).content.decode()
    assert waiting.text.title in page
    assert "Mira" not in page
    assert "Thank you" not in page
    assert "<button" not in page


def test_numbers_follow_the_order_of_confirming_across_counts(petition, press):
    rows = SignatureFactory.create_batch(4, petition=petition, state=SignatureState.PENDING)
    press(link(tokens.CONFIRM, rows[2]))
    press(link(tokens.CONFIRM, rows[0]))
    counting.count()
    press(link(tokens.CONFIRM, rows[3]))
    numbers = dict(Signature.objects.values_list("pk", "number"))
    assert [numbers[row.pk] for row in rows] == [2, None, 1, 3]


def test_the_button_confirms_only_what_was_shown_beside_it(waiting, press):
    path = link(tokens.CONFIRM, waiting)
    Signature.objects.update(name="Changed Meanwhile", revision=2)
    answer = Client().post(path, {"revision": "1"})
    assert answer.status_code == 409
    assert "Changed Meanwhile" in answer.content.decode()
    assert Signature.objects.get().state == SignatureState.PENDING
    assert press(path).status_code == 200
    assert Signature.objects.get().state == SignatureState.COUNTED


@pytest.mark.parametrize("revision", ["", "x", "²", "-1", "9" * 30, "1e3"])
def test_a_button_without_a_proper_revision_asks_again(waiting, revision):
    answer = Client().post(link(tokens.CONFIRM, waiting), {"revision": revision})
    assert answer.status_code == 409
    assert Signature.objects.get().state == SignatureState.PENDING


def test_after_fourteen_days_the_page_offers_a_fresh_link_and_sends_it(waiting, press, mailbox):
    old = link(tokens.CONFIRM, waiting, hours_ago=14 * 24 + 1)
    assert "older than 14 days" in Client().get(old).content.decode()
    Client().post(old, {"revision": "1"})
    assert Signature.objects.get().state == SignatureState.PENDING
    assert "on its way" in press(old).content.decode()
    assert "You are number 1" in press(mailbox("mira@example.org").link("confirm")).content.decode()


def test_a_link_works_to_the_end_of_the_fourteenth_day(waiting, press):
    assert "You are number 1" in press(link(tokens.CONFIRM, waiting, 14 * 24)).content.decode()


def test_for_24_hours_after_the_close_one_can_confirm_and_then_no_more(petition, press):
    rows = SignatureFactory.create_batch(2, petition=petition, state=SignatureState.PENDING)
    petition.state, petition.closes_at = "closed", timezone.now() - timedelta(hours=23)
    petition.save()
    assert "You are number 1" in press(link(tokens.CONFIRM, rows[0])).content.decode()
    petition.closes_at = timezone.now() - timedelta(hours=25)
    petition.save()
    assert "is closed" in Client().get(link(tokens.CONFIRM, rows[1])).content.decode()
    assert "is closed" in press(link(tokens.CONFIRM, rows[1])).content.decode()
    rows[1].refresh_from_db()
    assert rows[1].state == SignatureState.PENDING


def test_this_was_not_me_takes_the_signature_off_and_forgets_what_was_typed(sign, mailbox, press):
    sign()
    page = press(mailbox("mira@example.org").link("withdraw"))
    assert "It is off" in page.content.decode()
    row = Signature.objects.get()
    assert (row.state, row.name, row.email, row.comment) == (SignatureState.WITHDRAWN, "", "", "")
    answer = press(mailbox("mira@example.org").link("confirm"))
    assert "It is off" in answer.content.decode()
    assert Signature.objects.get().state == SignatureState.WITHDRAWN


def test_somebody_who_took_her_name_off_can_sign_again_and_is_counted_once(
    petition, sign, mailbox, press
):
    sign()
    press(mailbox("mira@example.org").link("confirm"))
    counting.count()
    press(mailbox("mira@example.org").link("withdraw"))
    press(mailbox("mira@example.org").link("withdraw"))
    Signature.objects.update(last_mail_at=None)
    sign()
    press(mailbox("mira@example.org").link("confirm"))
    counting.count()
    petition.refresh_from_db()
    assert petition.total == 1


def test_a_name_leaves_the_public_page_at_once(petition, press):
    row = SignatureFactory(petition=petition, is_public=True, name="Lev Sarkis")
    path = f"/petitions/{petition.slug}/"
    assert "Lev Sarkis" in Client().get(path).content.decode()
    press(link(tokens.WITHDRAW, row))
    assert "Lev Sarkis" not in Client().get(path).content.decode()


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("where", ["confirm", "withdraw"])
@pytest.mark.parametrize("token", ["x", "é", "a" * 48, "../../etc/passwd", "%00"])
def test_a_broken_link_says_what_to_do(db, where, token, method):
    answer = getattr(Client(), method)(f"/petitions/{where}/{token}/")
    assert answer.status_code == 404


def test_a_link_of_one_purpose_is_noise_to_the_other(waiting):
    confirm = link(tokens.CONFIRM, waiting)
    assert Client().post(confirm.replace("/confirm/", "/withdraw/")).status_code == 404
    assert Signature.objects.get().state == SignatureState.PENDING


def test_the_link_of_a_forgotten_signature_says_so(waiting):
    Signature.objects.update(created_at=timezone.now() - timedelta(days=15))
    assert retention.delete_unconfirmed() == 1
    answer = Client().get(link(tokens.CONFIRM, waiting))
    assert answer.status_code == 404
    assert "simply sign again" in answer.content.decode()
