"""Signing through the form."""

import re

import pytest
from django.test import Client

from newsletters.models import Subscription
from newsletters.public import trap
from petitions.models import Signature
from petitions.services import counting
from petitions.states import SignatureState
from tests.factories.newsletters import trap_fields
from tests.factories.petitions import PetitionFactory


def test_a_signer_gets_one_mail_confirms_with_one_button_hears_her_number_and_is_counted(
    petition, sign, mailbox, press
):
    answer = sign(wants_news="on", is_public="on", source="vigil-2")
    assert answer.status_code == 303
    signature = Signature.objects.get()
    assert signature.state == SignatureState.PENDING
    assert mailbox("mira@example.org").kinds() == ["confirm_signature"]

    thanks = press(mailbox("mira@example.org").link("confirm"))

    assert thanks.status_code == 200
    assert "You are number 1" in thanks.content.decode()
    signature.refresh_from_db()
    assert (signature.state, signature.number) == (SignatureState.COUNTED, 1)
    assert (signature.language, signature.source, str(signature.country)) == ("en", "vigil-2", "AT")
    assert signature.wording is not None
    assert "Letters from Karsh" in signature.wording.text
    assert mailbox("mira@example.org").kinds() == ["confirm_signature", "thank_you"]
    petition.refresh_from_db()
    assert petition.total == 0
    counting.count()
    petition.refresh_from_db()
    assert petition.total == 1
    assert "Mira Orlen" in Client().get(f"/petitions/{petition.slug}/").content.decode()


def test_news_are_joined_only_by_confirming_with_the_words_that_were_shown(
    petition, sign, mailbox, press
):
    sign(wants_news="on")
    assert not Subscription.objects.exists()
    press(mailbox("mira@example.org").link("confirm"))
    subscription = Subscription.objects.get()
    assert subscription.mailing_list == petition.news_list
    event = subscription.contact.consent_events.get(act="granted")
    assert event.wording == Signature.objects.get().wording
    assert event.method == f"petition {petition.pk}"


def test_the_box_for_news_is_not_ticked_and_without_it_nobody_becomes_a_contact(
    petition, sign, mailbox, press
):
    page = Client().get(f"/petitions/{petition.slug}/").content.decode()
    assert 'name="wants_news"' in page
    assert "checked" not in page
    sign()
    press(mailbox("mira@example.org").link("confirm"))
    assert not Subscription.objects.exists()


def test_no_box_for_news_is_offered_without_a_list_and_none_is_believed(
    petition, sign, mailbox, press
):
    petition.news_list = None
    petition.save()
    page = Client().get(f"/petitions/{petition.slug}/").content.decode()
    assert "wants_news" not in page
    sign(wants_news="on")
    signature = Signature.objects.get()
    assert (signature.wants_news, signature.wording) == (False, None)


def test_the_answer_is_the_same_for_a_fresh_a_pending_a_counted_a_withdrawn_and_an_ignored_address(
    petition, sign, mailbox, press
):
    for name in ("pending", "counted", "withdrawn", "ignored"):
        sign(email=f"{name}@example.org", ip="192.0.2.1")
    press(mailbox("counted@example.org").link("confirm"))
    press(mailbox("withdrawn@example.org").link("withdraw"))
    Signature.objects.filter(email="ignored@example.org").update(doubt="network")
    press(mailbox("ignored@example.org").link("confirm"))
    counting.count()
    answers = set()
    for name in ("fresh", "pending", "counted", "withdrawn", "ignored"):
        answer = sign(email=f"{name}@example.org")
        page = Client().get(answer["Location"])
        answers.add((answer.status_code, answer["Location"], answer.content, page.content))
        assert f"{name}@" not in page.content.decode()
    assert len(answers) == 1


def test_the_truth_about_a_repeated_signature_goes_by_mail_only(sign, mailbox, press):
    sign(email="pending@example.org")
    sign(email="counted@example.org")
    press(mailbox("counted@example.org").link("confirm"))
    Signature.objects.update(last_mail_at=None)
    sign(email="pending@example.org")
    sign(email="counted@example.org")
    assert mailbox("pending@example.org").kinds() == ["confirm_signature", "confirm_signature"]
    assert mailbox("counted@example.org").kinds() == [
        "confirm_signature",
        "thank_you",
        "already_signed",
    ]


def test_one_signature_gets_one_mail_in_ten_minutes_and_five_in_all(sign, mailbox):
    for _ in range(3):
        sign()
    assert len(mailbox("mira@example.org").mails()) == 1
    for _ in range(7):
        Signature.objects.update(last_mail_at=None)
        sign()
    assert len(mailbox("mira@example.org").mails()) == 5


def test_other_spellings_of_one_mailbox_are_one_signature(sign):
    sign(email="ab@gmail.com")
    sign(email="A.B+x@googlemail.com")
    assert Signature.objects.count() == 1


def test_signing_again_before_confirming_takes_the_newer_details(sign, mailbox, press):
    sign(name="Mria")
    sign(name="Mira Orlen", is_public="on")
    signature = Signature.objects.get()
    assert (signature.name, signature.is_public, signature.revision) == ("Mira Orlen", True, 2)
    press(mailbox("mira@example.org").link("confirm"))
    sign(name="Somebody Else")
    signature.refresh_from_db()
    assert signature.name == "Mira Orlen"


def test_the_mail_to_confirm_holds_nothing_a_stranger_typed(sign, mailbox):
    sign(name="Dear friend you won", comment="Call me about the prize")
    body = mailbox("mira@example.org").mails()[0].body
    for part in (body.subject, body.text, body.html):
        assert "won" not in part
        assert "prize" not in part


def test_the_public_pages_set_no_cookie_and_may_be_cached(petition, sign):
    for path in ("/petitions/", f"/petitions/{petition.slug}/", sign()["Location"]):
        answer = Client().get(path)
        assert not answer.cookies
        assert "public" in answer["Cache-Control"]
        assert "stale-while-revalidate=20" in answer["Cache-Control"]
        assert "Cookie" not in answer.get("Vary", "")


def test_no_network_address_is_kept(sign):
    sign(ip="198.51.100.77")
    row = Signature.objects.values().get()
    assert "198.51" not in str(row)


def test_a_filled_trap_or_a_form_sent_at_once_gets_the_calm_page_and_stores_nothing(sign):
    fair = sign(email="fair@example.org")
    for changed in ({"website": "http://spam.example"}, {"opened": trap.stamp()}):
        answer = sign(**changed)
        assert (answer.status_code, answer["Location"]) == (303, fair["Location"])
    assert Signature.objects.count() == 1


def test_over_the_limit_of_a_network_all_looks_normal_and_is_not_counted(
    petition, sign, mailbox, press
):
    answers = {sign(email=f"row{number}@example.org").status_code for number in range(14)}
    assert answers == {303}
    numbers = []
    for number in range(14):
        page = press(mailbox(f"row{number}@example.org").link("confirm")).content.decode()
        numbers += re.findall(r"You are number (\d+)", page)
    assert len(numbers) == 14
    counting.count()
    petition.refresh_from_db()
    assert petition.total == 10
    assert Signature.objects.filter(state=SignatureState.IGNORED).count() == 4
    assert sign(email="elsewhere@example.org", ip="203.0.113.9").status_code == 303
    assert Signature.objects.get(email="elsewhere@example.org").doubt == ""


def test_a_stranger_cannot_bring_doubt_upon_somebody_who_waits(sign):
    sign(email="victim@example.org", ip="203.0.113.9")
    for number in range(12):
        sign(email=f"row{number}@example.org")
    sign(email="victim@example.org", name="Somebody")
    assert Signature.objects.get(email="victim@example.org").doubt == ""


def test_an_address_under_more_petitions_than_a_person_signs_in_an_hour_is_not_counted(db):
    for petition in PetitionFactory.create_batch(11):
        form = {"name": "Mira", "email": "mira@example.org", "text": petition.texts.get().pk}
        answer = Client().post(f"/petitions/{petition.slug}/sign/", form | trap_fields())
        assert answer.status_code == 303
    doubts = list(Signature.objects.order_by("pk").values_list("doubt", flat=True))
    assert doubts == [""] * 10 + ["address"]


@pytest.mark.parametrize("method", ["get", "head"])
def test_looking_at_the_address_of_the_form_leads_to_the_petition(petition, method):
    answer = getattr(Client(), method)(f"/petitions/{petition.slug}/sign/")
    assert answer["Location"] == f"/petitions/{petition.slug}/"
