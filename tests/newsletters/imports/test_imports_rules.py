"""What an import may do to people: consent is never raised, empty cells never erase."""

from collections.abc import Callable
from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from newsletters.addresses import address_key, parse, person_key
from newsletters.errors import ImportRefused
from newsletters.models import (
    ConsentAct,
    ConsentEvent,
    Contact,
    Forgotten,
    ImportJob,
    ImportPolicy,
    MailingList,
    Subscription,
    Suppression,
    Tag,
)
from newsletters.services import imports, subscriptions
from newsletters.states import (
    ContactState,
    ImportState,
    SubscriptionState,
    SuppressionReason,
    SuppressionScope,
)
from tests.newsletters.imports.conftest import choices, upload

Applied = Callable[..., ImportJob]
HEAD = "Email,Given name,Family name,Language,Country\n"
ANNA = HEAD + "anna@example.org,Anna,Doe,de,Germany\n"


def known(email: str = "anna@example.org", **values: Any) -> Contact:
    return Contact.objects.create(
        email=email, email_typed=email, address_key=address_key(email), **values
    )


def on_list(contact: Contact, mailing_list: MailingList, state: str) -> Subscription:
    return Subscription.objects.create(contact=contact, mailing_list=mailing_list, state=state)


def suppress(email: str, reason: str = SuppressionReason.ERASED) -> Suppression:
    return Suppression.objects.create(
        address_key=address_key(email),
        scope=SuppressionScope.ALL,
        reason=reason,
        since=timezone.now(),
    )


def counts(job: ImportJob) -> dict[str, int]:
    return {name: count for name, count in job.report["counts"].items() if count}


def test_a_dry_run_writes_nothing_to_people(checked: Applied) -> None:
    job = checked(ANNA)
    assert job.state == ImportState.CHECKED
    assert counts(job) == {"created": 1}
    assert not Contact.objects.exists()
    assert not ConsentEvent.objects.exists()


def test_a_new_person_joins_with_the_proof_of_her_consent(
    applied: Applied, news: MailingList
) -> None:
    job = applied(ANNA)
    contact = Contact.objects.get()
    assert (contact.given_name, contact.family_name) == ("Anna", "Doe")
    assert (contact.language, contact.country) == ("de", "DE")
    assert contact.address_key == address_key("anna@example.org")
    row = contact.subscriptions.get()
    assert (row.mailing_list, row.state) == (news, SubscriptionState.ACTIVE)
    event = ConsentEvent.objects.get()
    assert event.act == ConsentAct.GRANTED
    assert event.method == f"import {job.pk}"
    assert event.legal_basis == "consent: Vigil"
    assert event.wording is not None
    assert event.wording.text == "Yes, write to me."
    assert job.state == ImportState.DONE
    assert job.result == {"created": 1, "joins": 1}


def test_45_the_same_address_three_times_counts_once_and_the_first_row_wins(
    applied: Applied,
) -> None:
    job = applied(
        HEAD + "anna@example.org,Anna,,,\nANNA@example.org,Anja,,,\nanna@EXAMPLE.org,A,,,\n"
    )
    assert counts(job) == {"created": 1, "duplicate": 2}
    assert Contact.objects.get().given_name == "Anna"


@pytest.mark.parametrize(
    ("policy", "given", "family", "outcome"),
    [
        (ImportPolicy.FILL, "Anja", "Doe", "updated"),
        (ImportPolicy.OVERWRITE, "Anna", "Doe", "updated"),
        (ImportPolicy.KEEP, "Anja", "", "unchanged"),
    ],
)
def test_a_known_person_changes_as_the_policy_says(
    applied: Applied, policy: str, given: str, family: str, outcome: str
) -> None:
    known(given_name="Anja", language="fr", country="FR")
    job = applied(HEAD + "anna@example.org,Anna,Doe,,\n", policy=policy)
    contact = Contact.objects.get()
    assert (contact.given_name, contact.family_name) == (given, family)
    assert (contact.language, contact.country) == ("fr", "FR")
    assert counts(job) == {outcome: 1}


def test_46_who_left_bounced_or_was_erased_is_listed_and_unchanged(
    applied: Applied, news: MailingList
) -> None:
    on_list(known("left@example.org"), news, SubscriptionState.UNSUBSCRIBED)
    known("bounced@example.org", state=ContactState.BOUNCED)
    suppress("erased@example.org")
    # Erased by one spelling of her mailbox, in the sheet by another one.
    Forgotten.objects.create(person_key=person_key(parse("o.lga@gmail.com")))
    rows = (
        "left@example.org,L,,,\nbounced@example.org,B,,,\nErased@example.org,E,,,\n"
        "olga+news@gmail.com,O,,,\n"
    )
    job = applied(HEAD + rows, policy=ImportPolicy.OVERWRITE)
    assert counts(job) == {"unsubscribed": 1, "suppressed": 3}
    assert [row["line"] for row in job.report["samples"]["suppressed"]] == [3, 4, 5]
    assert not Contact.objects.exclude(given_name="").exists()
    assert Contact.objects.count() == 2
    assert Subscription.objects.get().state == SubscriptionState.UNSUBSCRIBED
    assert not ConsentEvent.objects.exists()


def test_who_leaves_between_the_dry_run_and_the_writing_stays_away(
    checked: Applied, news: MailingList
) -> None:
    row = on_list(known(), news, SubscriptionState.ACTIVE)
    job = checked(ANNA)
    assert counts(job) == {"updated": 1}
    subscriptions.leave(contact=row.contact, lists=[news], method="one-click")
    imports.go(job=job)
    imports.apply(job_id=job.pk)
    job.refresh_from_db()
    assert job.result == {"unsubscribed": 1}
    assert Contact.objects.get().given_name == ""


STATUSES = list(
    product([None, *SubscriptionState.values], [None, *SuppressionReason.values], [True, False])
)


@pytest.mark.parametrize("policy", ImportPolicy.values)
def test_p40_no_status_of_anybody_is_raised(
    applied: Applied, news: MailingList, policy: str
) -> None:
    """Every subscription beside every suppression, reachable or not, in one sheet that says yes."""
    for at, (subscription, reason, reachable) in enumerate(STATUSES):
        state = ContactState.REACHABLE if reachable else ContactState.BOUNCED
        contact = known(f"p{at}@example.org", state=state)
        if subscription:
            on_list(contact, news, subscription)
        if reason:
            suppress(contact.email, reason)
    before = dict(Subscription.objects.values_list("contact__email", "state"))
    suppressions = list(Suppression.objects.order_by("pk").values())
    states = dict(Contact.objects.values_list("email", "state"))
    rows = "".join(f"p{at}@example.org,Anna,yes\n" for at in range(len(STATUSES)))
    applied("Email,Name,Consent\n" + rows, policy=policy, yes_words=["yes"])
    after = dict(Subscription.objects.values_list("contact__email", "state"))
    assert list(Suppression.objects.order_by("pk").values()) == suppressions
    assert dict(Contact.objects.values_list("email", "state")) == states
    assert {email: after[email] for email in before} == before
    clean = [
        f"p{at}@example.org"
        for at, status in enumerate(STATUSES)
        if status == (None, None, True) and policy != ImportPolicy.KEEP
    ]
    assert sorted(after.keys() - before.keys()) == clean


def test_36_only_the_exact_words_mean_yes(applied: Applied) -> None:
    words = ["yes", "Yes", "да", "x", "✓", "1", ""]
    rows = "".join(f"p{n}@example.org,{word}\n" for n, word in enumerate(words))
    job = applied("Email,Newsletter\n" + rows, yes_words=["да", "yes"])
    on = Subscription.objects.values_list("contact__email", flat=True).order_by("contact__email")
    assert list(on) == ["p0@example.org", "p2@example.org"]
    assert {w["code"]: w["count"] for w in job.report["warnings"]} == {"no_consent": 5}


def test_49_unknown_tags_are_asked_about_and_never_made_in_silence(applied: Applied) -> None:
    Tag.objects.create(name="vigil")
    sheet = "Email,Tags\na@example.org,vigil; choir\n"
    job = applied(sheet)
    assert job.report["unknown_tags"] == ["choir"]
    assert [tag.name for tag in Contact.objects.get().tags.all()] == ["vigil"]
    applied(sheet.replace("a@", "b@"), makes_tags=True)
    tags = Contact.objects.get(email="b@example.org").tags.values_list("name", flat=True)
    assert list(tags) == ["choir", "vigil"]


def test_49_a_column_of_1000_words_makes_no_more_than_200_tags(checked: Applied) -> None:
    rows = "".join(f"p{n}@example.org,word{n}\n" for n in range(1000))
    job = checked("Email,Tags\n" + rows, makes_tags=True)
    assert len(job.report["new_tags"]) == 200


def test_50_a_second_click_finds_the_same_import_and_tomorrow_changes_nothing(
    admin: User, applied: Applied
) -> None:
    first = applied(ANNA)
    assert upload(ANNA, admin).pk == first.pk
    ImportJob.objects.update(created_at=timezone.now() - timedelta(days=1))
    again = applied(ANNA)
    assert again.pk != first.pk
    assert counts(again) == {"unchanged": 1}
    assert not again.changes.exists()
    assert ConsentEvent.objects.count() == 1


@pytest.mark.parametrize("name", ["id", "password", "__class__", "contact__user", "state"])
def test_54_no_other_field_can_be_mapped(admin: User, name: str) -> None:
    job = upload(ANNA, admin)
    with pytest.raises(ImportRefused) as refused:
        imports.map_columns(job=job, choices=choices(job, mapping={"0": "email", "1": name}))
    assert refused.value.code == "mapping"
    assert ImportJob.objects.get().state == ImportState.UPLOADED


def test_55_56_one_domain_and_role_addresses_are_warned_of(checked: Applied) -> None:
    rows = "".join(f"p{n}@bought.example,,,,\n" for n in range(60))
    job = checked(HEAD + rows + "abuse@example.org,,,,\nnoreply@example.org,,,,\n")
    assert job.report["domains"] == [{"domain": "bought.example", "count": 60}]
    warnings = {w["code"]: w["lines"] for w in job.report["warnings"]}
    assert warnings == {"role": [62, 63]}


def test_a_file_that_breaks_off_is_refused_and_names_the_line(checked: Applied) -> None:
    rows = "".join(f"p{n}@example.org,A\n" for n in range(40))
    job = checked("Email,Name\n" + rows + 'b@example.org,"Bea\n' + rows)
    assert job.state == ImportState.FAILED
    assert "42" in job.error


def test_what_is_missing_on_the_mapping_page_is_named(admin: User, news: MailingList) -> None:
    job = upload("Email,Newsletter\na@example.org,yes\n", admin)
    for changed, code in (
        ({"mapping": {"1": "consent"}}, "mapping"),
        ({"mapping": {"0": "email", "1": "email"}}, "mapping"),
        ({"legal_basis": ""}, "legal_basis"),
        ({"source": " "}, "source"),
        ({"mailing_list": news, "wording": ""}, "wording"),
        ({"yes_words": []}, "yes_words"),
    ):
        with pytest.raises(ImportRefused) as refused:
            imports.map_columns(job=job, choices=choices(job, **changed))
        assert refused.value.code == code
