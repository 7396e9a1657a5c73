"""The staff's first page: sentences with one next step, by what the person may do."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group, User
from django.core.management import call_command
from django.utils import timezone

from campaigns.states import ActionState, RsvpState
from newsletters.models import Delivery, ImportJob, Mailing, Pulse
from newsletters.services import pulse
from newsletters.states import DeliveryState, ImportState, MailingKind, MailingState
from petitions.models import Signature
from petitions.states import SignatureState
from tests.factories.campaigns import ActionFactory, EventFactory, RsvpFactory, moment
from tests.factories.petitions import PetitionFactory, SignatureFactory
from tests.stories import half_sent

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(client):
    call_command("setup_roles", verbosity=0)

    def log_in(role: str):
        user = User.objects.create_user(role)
        user.groups.add(Group.objects.get(name=role))
        client.force_login(user)
        return client

    return log_in


def mailing(name: str, state: MailingState, **columns) -> Mailing:
    return Mailing.objects.create(name=name, state=state, **columns)


def test_a_quiet_day_says_so(staff):
    pulse.note("worker")

    page = staff("admin").get("/staff/").text

    assert "Nothing waits for you" in page
    assert "has not answered" not in page
    assert "never answered" not in page


def test_a_silent_worker_raises_the_alarm(staff):
    client = staff("admin")
    assert "The worker has never answered" in client.get("/staff/").text

    Pulse.objects.create(name="worker", seen_at=timezone.now() - timedelta(minutes=12))
    assert "The worker has not answered for 12 minutes" in client.get("/staff/").text

    pulse.note("start")
    assert "has not answered" not in client.get("/staff/").text

    Pulse.objects.update(seen_at=timezone.now() - timedelta(minutes=4))
    assert "has not answered" not in client.get("/staff/").text


def test_mailings_that_are_held_doubtful_or_unapproved_are_named_with_their_step(staff):
    sending = half_sent(3)
    doubtful = Delivery.objects.order_by("pk").values("pk")[:1]
    Delivery.objects.filter(pk__in=doubtful).update(state=DeliveryState.UNSURE)
    held = mailing("Held", MailingState.PAUSED, pause_reason="A typo was found.")
    mailing("Draft appeal", MailingState.DRAFT)
    mailing("Sheet", MailingState.DRAFT, kind=MailingKind.DIGEST)
    mailing("Ready", MailingState.APPROVED)
    mailing("Old", MailingState.SENT)

    page = staff("approver").get("/staff/").text

    assert "1 mail may or may not have arrived" in page
    assert f'href="/staff/mailings/{sending.pk}/unsure/"' in page
    assert "“Held” is paused. A typo was found." in page
    assert f'href="/staff/mailings/{held.pk}/"' in page
    assert "is going out" in page
    assert "“Draft appeal” is a draft" in page
    assert "The digest “Sheet” waits for approval" in page
    assert "“Ready” is approved and has no time yet" in page
    assert "“Old”" not in page


def test_actions_events_petitions_and_imports_that_need_a_push_are_named(staff):
    soon = timezone.now().date() + timedelta(days=2)
    ActionFactory(title="Let Mira see a doctor", write_until=soon, letters_total=47)
    ActionFactory(title="Long over", state=ActionState.CLOSED, outcome="")
    PetitionFactory(total=95, goals=[100, 500])
    far = PetitionFactory(total=10, goals=[100, 500])
    ImportJob.objects.create(state=ImportState.CHECKED, file_name="spring.csv", file_digest="1")
    ImportJob.objects.create(state=ImportState.UPLOADED, file_name="fair.xlsx", file_digest="2")
    vigil = EventFactory(title="Vigil", starts_at=moment(1, 18))
    RsvpFactory.create_batch(2, event=vigil, state=RsvpState.COMING)
    EventFactory(title="Next month", starts_at=moment(30, 18))

    page = staff("admin").get("/staff/").text

    assert "“Vigil” is tomorrow; 2 people come." in page
    assert "Next month" not in page
    assert "2 days are left, 47 letters so far" in page
    assert "“Long over” is over, and supporters do not know what came of it" in page
    assert "lacks 5 signatures to 100" in page
    assert f"/staff/petitions/{far.pk}/" not in page
    assert "“spring.csv” is checked. Nothing is written before you say so" in page
    assert "“fair.xlsx” waits for its columns" in page


def test_who_may_only_approve_sees_mailings_and_nothing_else(staff):
    PetitionFactory(total=95, goals=[100, 500])
    ImportJob.objects.create(state=ImportState.CHECKED, file_name="spring.csv", file_digest="1")
    mailing("Draft appeal", MailingState.DRAFT)

    page = staff("approver").get("/staff/").text

    assert "Draft appeal" in page
    assert "lacks" not in page
    assert "spring.csv" not in page
    assert "The last two weeks" not in page


def test_the_last_two_weeks_are_drawn_and_told(staff):
    petition = PetitionFactory()
    for days in (0, 1, 1, 40):
        signature = SignatureFactory(petition=petition, state=SignatureState.COUNTED)
        when = timezone.now() - timedelta(days=days)
        Signature.objects.filter(pk=signature.pk).update(confirmed_at=when)

    page = staff("organiser").get("/staff/").text

    assert page.count('<th scope="row">') == 14
    numbers = [row.split("</td>")[0] for row in page.split('<td class="n">')[1:]]
    assert sum(map(int, numbers)) == 3
    assert 'y="0" width="15" height="100"' in page
    assert 'y="50" width="15" height="50"' in page


def test_the_page_asks_the_database_a_bounded_number_of_questions(
    staff, django_assert_max_num_queries
):
    for number in range(12):
        mailing(f"Draft {number}", MailingState.DRAFT)
        PetitionFactory(total=95, goals=[100])
        ActionFactory(write_until=timezone.now().date() + timedelta(days=1))
        EventFactory()
    client = staff("admin")

    with django_assert_max_num_queries(22):
        assert client.get("/staff/").status_code == 200
