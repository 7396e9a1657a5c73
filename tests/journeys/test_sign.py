"""A supporter signs, confirms by mail, hears her number, is counted, thanked, and takes it back."""

import pytest
from django.test import Client
from playwright.sync_api import expect

from newsletters.models import ConsentEvent, Subscription
from petitions.models import Signature
from petitions.states import SignatureState
from tests.factories.newsletters import MailingListFactory, trap_fields
from tests.factories.petitions import PetitionFactory, PetitionTextFactory, SignatureFactory
from tests.infra.browser import aside
from tests.infra.mail import Post
from worker.celery import app

WIDTHS = (390, 1280)


def count():
    """What the scheduler does every ten seconds."""
    app.tasks["petitions.count"]()


@pytest.mark.django_db(transaction=True)
def test_from_the_form_to_the_total_and_back():
    post = Post()
    petition = PetitionFactory(news_list=MailingListFactory(name="Letters from Karsh"))
    form = {
        "name": "Mira Orlen",
        "email": "Mira@Example.org",
        "text": petition.texts.get().pk,
        "wants_news": "on",
        **trap_fields(),
    }
    sign = f"/petitions/{petition.slug}/sign/"
    first = Client().post(sign, form)
    (mail,) = post.deliver()
    assert mail.recipient == "mira@example.org"
    assert mail.message["Auto-Submitted"] == "auto-generated"
    assert "Mira Orlen" not in mail.text + mail.html

    # A scanner opens everything first.
    for link in (mail.link("/confirm/"), mail.link("/withdraw/")):
        assert Client().get(link).status_code == 200
        assert Client().head(link).status_code == 200
    assert Signature.objects.get().state == SignatureState.PENDING

    thanks = Client().post(mail.link("/confirm/"), {"revision": "1"}).content.decode()
    assert "You are number 1" in thanks
    assert "wa.me" in thanks
    count()
    assert '"count": 1' in Client().get(f"/petitions/{petition.slug}/count.json").content.decode()
    assert Subscription.objects.get().mailing_list == petition.news_list
    granted = ConsentEvent.objects.get(act="granted")
    assert granted.wording is not None
    assert "Letters from Karsh" in granted.wording.text
    (thank_you,) = post.deliver()
    assert "Thank you for signing" in thank_you.subject
    assert petition.slug in thank_you.text

    again = Client().post(sign, form)
    assert (again.status_code, again["Location"]) == (first.status_code, first["Location"])
    assert post.deliver() == []
    Signature.objects.update(last_mail_at=None)
    Client().post(sign, form)
    (already,) = post.deliver()
    assert "signed already" in already.subject

    Client().post(already.link("/withdraw/"))
    count()
    assert '"count": 0' in Client().get(f"/petitions/{petition.slug}/count.json").content.decode()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("width", WIDTHS)
def test_a_supporter_signs_in_a_browser_without_a_script(page_for, axe, width):
    post = Post()
    petition = PetitionFactory(slug="reopen-the-harbour-case", news_list=MailingListFactory())
    PetitionTextFactory(petition=petition, language="fa", title="پرونده بندر را بازگشایی کنید")
    SignatureFactory.create_batch(3, petition=petition, is_public=True)
    count()
    page = page_for(width, java_script_enabled=False)
    page.goto("/petitions/")
    page.get_by_role("link", name="Reopen the harbour case").click()
    page.get_by_label("Your name").fill("Mira Orlen")
    page.get_by_label("Your e-mail").fill("mira.example.org")
    page.get_by_label("Show my name").check()
    page.wait_for_timeout(1600)
    page.get_by_role("button", name="Sign the petition").click()
    expect(page.get_by_text("There is no @ here").first).to_be_visible()
    expect(page.get_by_label("Show my name")).to_be_checked()
    page.get_by_label("Your e-mail").fill("mira@example.org")
    page.get_by_role("button", name="Sign the petition").click()
    expect(page.get_by_role("heading", name="look into your mailbox")).to_be_visible()

    (mail,) = aside(post.deliver)
    page.goto(mail.link("/confirm/"))
    page.get_by_role("button", name="Confirm my signature").click()
    expect(page.get_by_role("heading", name="You are number 4")).to_be_visible()
    aside(count)
    page.goto(f"/petitions/{petition.slug}/")
    # The browser may keep the page until the next count; loading anew asks the server.
    page.reload()
    expect(page.get_by_text("4 have signed").filter(visible=True).first).to_be_visible()
    expect(page.get_by_text("Mira Orlen").first).to_be_visible()
