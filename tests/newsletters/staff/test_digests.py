"""The digests' staff pages."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from newsletters.models import Digest, DigestIssue, DigestRead, Mailing
from newsletters.services import digests
from newsletters.states import IssueState, MailingState
from tests.factories.articles import ArticleFactory, CategoryFactory
from tests.factories.newsletters import (
    ContactFactory,
    DigestFactory,
    MailingListFactory,
    SubscriptionFactory,
    TopicFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db

CHANGE = "newsletters.change_digest"
APPROVE = "newsletters.approve_mailing"


@pytest.fixture(autouse=True)
def _can_send(settings):
    settings.POSTAL_ADDRESS = "Free Karsh, 12 Harbour Road, 4000 Orrin"


@pytest.fixture
def organiser(client):
    client.force_login(UserFactory(permissions=[CHANGE]))
    return client


@pytest.fixture
def approver(client):
    client.force_login(UserFactory(permissions=[CHANGE, APPROVE]))
    return client


@pytest.fixture
def issue():
    """An issue of one article that waits for approval."""
    now = timezone.now()
    past = now - timedelta(days=7)
    digest = DigestFactory(
        name="Weekly news",
        weekday=now.weekday(),
        hour=now.hour,
        covered_until=past,
        planned_from=past,
    )
    ArticleFactory(
        title="Ships wait in Veldstad",
        categories=[CategoryFactory(slug="harbour")],
        published_at=now - timedelta(days=1),
    )
    digests.issue_due()
    return digest.issues.get()


def planned(**changes):
    return {
        "name": "Weekly news",
        "mailing_list": str(MailingListFactory().pk),
        "frequency": "weekly",
        "weekday": "4",
        "hour": "9",
        "time_zone": "Europe/Berlin",
        "language": "en",
        "is_active": "on",
        **changes,
    }


def test_the_list_shows_the_rhythm_and_the_newest_issue(organiser, issue):
    page = organiser.get(reverse("staff:digests")).text
    assert "Weekly news" in page
    assert f"Every {timezone.now():%A} at {timezone.now().hour:02}:00" in page
    assert "Waiting for approval" in page


def test_many_digests_cost_as_many_queries_as_one(organiser, issue, django_assert_max_num_queries):
    for _number in range(5):
        DigestFactory()
    with django_assert_max_num_queries(9):
        organiser.get(reverse("staff:digests"))


def test_without_a_digest_the_page_says_what_one_is(organiser):
    page = organiser.get(reverse("staff:digests")).text
    assert "when nothing is new, nothing goes out" in page


def test_a_digest_is_planned_and_changed(organiser):
    answer = organiser.post(reverse("staff:digest_new"), planned())
    digest = Digest.objects.get()
    assert answer.url == reverse("staff:digest", args=[digest.pk])
    assert (digest.weekday, digest.hour, digest.time_zone) == (4, 9, "Europe/Berlin")
    page = organiser.get(answer.url).text
    assert "Every Friday at 09:00, Europe/Berlin" in page
    assert "No issue yet" in page
    changed = planned(frequency="monthly", hour="18")
    organiser.post(reverse("staff:digest_edit", args=[digest.pk]), changed)
    assert "The first Friday of the month at 18:00" in organiser.get(answer.url).text
    form = organiser.get(reverse("staff:digest_edit", args=[digest.pk])).text
    assert '<option value="18" selected>18:00</option>' in form


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"name": ""}, "This field is required."),
        ({"name": "News\r\nBcc: everybody@example.org"}, "on one line"),
        ({"mailing_list": "999999"}, "not one of the available choices"),
        ({"weekday": "8"}, "not one of the available choices"),
        ({"hour": "nine"}, "not one of the available choices"),
        ({"time_zone": "Karsh/Orrin"}, "not one of the available choices"),
        ({"is_automatic": "on"}, "Only somebody who may approve mailings"),
    ],
)
def test_a_plan_that_cannot_be_is_refused_at_its_field(organiser, wrong, sentence):
    answer = organiser.post(reverse("staff:digest_new"), planned(**wrong))
    assert answer.status_code == 422
    assert sentence in answer.text
    assert not Digest.objects.exists()


def test_who_may_approve_may_let_a_digest_go_out_by_itself(approver):
    approver.post(reverse("staff:digest_new"), planned(is_automatic="on"))
    assert Digest.objects.get().is_automatic


def test_an_issue_shows_its_items_and_topics(organiser, issue):
    topic = TopicFactory(name="The harbour", slug="harbour")
    chooser = SubscriptionFactory(mailing_list=issue.digest.mailing_list).contact
    chooser.topics.add(topic)
    page = organiser.get(reverse("staff:digest_issue", args=[issue.pk])).text
    assert "Ships wait in Veldstad" in page
    assert '<td>The harbour</td><td class="n">1</td><td class="n">1</td>' in page
    assert "1 readers in all" in page
    assert "Approve and send now" not in page


def test_an_approved_issue_starts(approver, issue):
    here = reverse("staff:digest_issue", args=[issue.pk])
    assert "Approve and send now" in approver.get(here).text
    answer = approver.post(reverse("staff:digest_issue_approve", args=[issue.pk]), follow=True)
    assert "Approved. It starts now" in answer.text
    issue.refresh_from_db()
    assert (issue.state, issue.mailing.state) == (IssueState.QUEUED, MailingState.EXPANDING)
    again = approver.post(reverse("staff:digest_issue_approve", args=[issue.pk]), follow=True)
    assert "Nothing was changed" in again.text


def test_only_who_may_approve_mailings_can_send(organiser, issue):
    answer = organiser.post(reverse("staff:digest_issue_approve", args=[issue.pk]))
    assert answer.status_code == 403
    assert Mailing.objects.get().state == MailingState.DRAFT


def test_an_issue_is_left_out(organiser, issue):
    answer = organiser.post(reverse("staff:digest_issue_skip", args=[issue.pk]), follow=True)
    assert "Left out by an organiser." in answer.text
    assert "Approve" not in answer.text
    again = organiser.post(reverse("staff:digest_issue_skip", args=[issue.pk]), follow=True)
    assert "Nothing was changed" in again.text


def test_today_shows_what_is_new_and_makes_nothing(organiser):
    digest = DigestFactory(covered_until=timezone.now() - timedelta(days=3))
    here = reverse("staff:digest_today", args=[digest.pk])
    assert "Nothing is new" in organiser.get(here).text
    ArticleFactory(title="The governor answers")
    page = organiser.get(here).text
    assert "The governor answers" in page
    assert "Approve" not in page
    assert not DigestIssue.objects.exists()


def test_a_named_person_is_shown_what_she_would_get(organiser, issue):
    person = SubscriptionFactory(
        mailing_list=issue.digest.mailing_list, contact__email="anna@example.org"
    ).contact
    here = reverse("staff:digest_issue", args=[issue.pk])
    answer = organiser.post(here, {"address": "Anna@example.org"})
    assert answer.url == f"{here}?person={person.pk}#person"
    page = organiser.get(answer.url).text
    assert "<li>Ships wait in Veldstad</li>" in page
    assert "No topic chosen, so all of them." in page
    assert "example.org" not in answer.url
    DigestRead.objects.create(contact=person, item_key=issue.items[0]["key"], issue=None)
    page = organiser.get(answer.url).text
    assert "1 of these reached this person already." in page
    assert "No mail goes to this person." in page


def test_the_page_says_why_somebody_gets_none(organiser, issue):
    here = reverse("staff:digest_issue", args=[issue.pk])
    stranger = ContactFactory()
    monthly = SubscriptionFactory(
        mailing_list=issue.digest.mailing_list, contact__digest_frequency="monthly"
    ).contact
    assert "Not on the list" in organiser.get(f"{here}?person={stranger.pk}").text
    assert "Wants digests" in organiser.get(f"{here}?person={monthly.pk}").text


@pytest.mark.parametrize("typed", ["", "nobody@example.org", "not an address", "a@b@c"])
def test_a_person_who_is_not_here_is_answered_at_the_field(organiser, issue, typed):
    answer = organiser.post(reverse("staff:digest_issue", args=[issue.pk]), {"address": typed})
    assert answer.status_code == 422
    assert "errorlist" in answer.text or "error" in answer.text


@pytest.mark.parametrize("person", ["x", "-1", "9" * 30, "²", "1' or '1'='1"])
def test_a_rubbish_person_in_the_address_is_nobody(organiser, issue, person):
    here = reverse("staff:digest_issue", args=[issue.pk])
    assert organiser.get(here, {"person": person}).status_code == 200


def test_looking_changes_no_row(organiser, issue):
    before = list(Digest.objects.values()), list(DigestIssue.objects.values())
    for name, pk in (
        ("digest", issue.digest_id),
        ("digest_edit", issue.digest_id),
        ("digest_today", issue.digest_id),
        ("digest_issue", issue.pk),
    ):
        assert organiser.get(reverse(f"staff:{name}", args=[pk])).status_code == 200
        assert organiser.head(reverse(f"staff:{name}", args=[pk])).status_code == 200
    assert before == (list(Digest.objects.values()), list(DigestIssue.objects.values()))


def test_the_mailing_of_an_issue_can_be_looked_at_and_approved_on_its_own_page(client, issue):
    rights = ["newsletters.view_mailing", "newsletters.change_mailing", APPROVE]
    client.force_login(UserFactory(permissions=rights))
    preview = reverse("staff:mailing_preview", args=[issue.mailing_id])
    assert "Ships wait in Veldstad" in client.get(f"{preview}?view=text").text
    assert client.get(reverse("staff:mailing", args=[issue.mailing_id])).status_code == 200
    client.post(reverse("staff:mailing_move", args=[issue.mailing_id]), {"do": "approve"})
    assert Mailing.objects.get().state == MailingState.APPROVED
    digests.issue_due()
    issue.refresh_from_db()
    assert issue.state == IssueState.QUEUED
