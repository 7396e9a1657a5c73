"""Whoever asks to be forgotten is in no table any more, and nothing brings her back."""

import re

import pytest
import tablib
from django.apps import apps
from django.db import models
from django.utils import timezone

from campaigns.models import Letter
from campaigns.states import LetterState, RsvpState
from newsletters import mails
from newsletters.addresses import address_key, parse, person_key
from newsletters.admin.contact_imports import ContactImport
from newsletters.models import (
    ActKind,
    AddressChange,
    BulkChange,
    BulkChangeRow,
    BulkKind,
    ConsentAct,
    ConsentEvent,
    Contact,
    Delivery,
    DeliveryBody,
    DigestRead,
    Double,
    Export,
    Forgotten,
    ImportChange,
    ImportJob,
    ImportRowError,
    Mailing,
    Merge,
    NameKey,
    Note,
    OtherAddress,
    Segment,
    StaffAct,
    StagedPerson,
    Suppression,
    Tag,
    Topic,
)
from newsletters.services import consent, erasure, outgoing, subscriptions, suppressions
from newsletters.services.consent import Door
from newsletters.services.contacts import Profile
from newsletters.services.outgoing import Letterhead, Recipient
from newsletters.states import (
    DeliveryState,
    ImportState,
    SkipReason,
    SubscriptionState,
    SuppressionReason,
    SuppressionScope,
)
from petitions import mails as petition_mails
from petitions.models import Signature
from petitions.states import SignatureState
from tests.factories.campaigns import LetterFactory, RsvpFactory
from tests.factories.newsletters import (
    ContactFactory,
    DeliveryFactory,
    MailingFactory,
    MailingListFactory,
    SubscriptionFactory,
    UserFactory,
)
from tests.factories.petitions import SignatureFactory

pytestmark = pytest.mark.django_db

ADDRESS = "thea.quill@example.org"
TYPED = "Thea.Quill@Example.org"
OTHER = "quill-thea@example.net"
ASKED = "thea-new@example.org"
STAGED = "thea_staged@example.net"
# Whatever names her: each of these stands in a table before, and in none afterwards.
TRACES = (ADDRESS, OTHER, ASKED, "Thea", "Quillon", "+4300112233", "Lives at Elm Row")
OURS = ("newsletters", "petitions", "campaigns", "worker")
KEYS = {
    *(address_key(address) for address in (ADDRESS, OTHER)),
    *(person_key(parse(address)) for address in (ADDRESS, OTHER)),
}
# The tables that keep a keyed hash, so that no import revives her.
MAY_KEEP_KEYS = {
    "newsletters.Suppression.address_key",
    "newsletters.ConsentEvent.address_key",
    "newsletters.Forgotten.person_key",
}

# Columns of text that hold nothing about the people we write to. A new column of text or
# JSON fails the test below until somebody has decided: it is planted and erased here, or it
# never names a person and is added here.
NO_PERSON = re.compile(
    r"newsletters\.(Mailing|MailingText|MailingVersion|MailingList|Digest|DigestIssue|Transport"
    r"|ReceiverPace|SenderDomain|DkimKey|Alarm|Allowance|Pulse|Limit|Tag|Topic|CustomField"
    r"|ConsentWording|ImportShape|Claim|Segment|Watermark|TrackedLink)\.(?!audience_rule$|rule$)\w+"
    r"|petitions\.(Petition|PetitionText)\.\w+"
    r"|campaigns\.(Article|ArticleText|Campaign|Category|Case|Target|ModelLetter|UrgentAction"
    r"|CaseEntry|Picture|Redirect|Event)\.\w+"
    # States, kinds, countries, languages, names of files and of doors.
    r"|\w+\.\w+\.(state|kind|language|page_language|reason|scope|covered|act|purpose|method|source"
    r"|legal_basis|format|policy|lease_token|stored_name|rows_name|file_name"
    r"|file_digest|mapping|yes_words|error|variant|dedupe_key|last_code|item_key|doubt"
    r"|digest_frequency|sender|sender_domain|headers|column|country)"
    r"|newsletters\.StaffAct\.details"
)


def text_columns():
    """label of a column → its model and name, for every column that can hold a text."""
    kinds = (models.CharField, models.TextField, models.JSONField)
    return {
        f"{model._meta.label}.{field.attname}": (model, field.attname)
        for model in apps.get_models(include_auto_created=True)
        if model._meta.app_label in OURS
        for field in model._meta.concrete_fields
        if isinstance(field, kinds) and not field.is_relation
    }


def holding(*needles):
    """Labels of the columns in which one of ``needles`` stands, upper or lower case."""
    wanted = [needle.casefold() for needle in needles]
    return {
        label
        for label, (model, name) in text_columns().items()
        for value in model._base_manager.values_list(name, flat=True)
        if any(needle in str(value).casefold() for needle in wanted)
    }


@pytest.fixture
def thea():
    return ContactFactory(
        email=ADDRESS,
        email_typed=TYPED,
        given_name="Thea",
        family_name="Quillon",
        phone="+4300112233",
        postcode="Quillon 7",
        attributes={"street": "Lives at Elm Row"},
    )


@pytest.fixture
def everywhere(thea):
    """She stands in every table that can name somebody."""
    in_her_rows(thea)
    in_mails_of_ours(thea)
    in_the_apps_above()
    in_imports(thea)
    in_work_on_many(thea)
    sent = DeliveryFactory(contact=thea, state=DeliveryState.ACCEPTED, last_text=f"ok {ADDRESS}")
    DigestRead.objects.create(contact=thea, item_key="article:1")
    return sent


def in_her_rows(thea):
    Contact.objects.filter(pk=thea.pk).update(
        person_key=person_key(parse(ADDRESS)), language="Quillon", time_zone="Quillon/Elm Row"
    )
    thea.tags.add(Tag.objects.create(name="volunteer"))
    thea.topics.add(Topic.objects.create(name="Harbours", slug="harbours"))
    OtherAddress.objects.create(
        contact=thea, email=OTHER, email_typed=OTHER, address_key=address_key(OTHER)
    )
    AddressChange.objects.create(contact=thea, email=ASKED, email_typed=ASKED)
    Note.objects.create(contact=thea, text="Thea Quillon: call after six")
    row = SubscriptionFactory(contact=thea)
    consent.record(
        contact=thea,
        act=ConsentAct.GRANTED,
        door=Door(method="subscribe form"),
        mailing_list=row.mailing_list,
    )
    refused = suppressions.suppress(
        address_key=address_key(OTHER),
        reason=SuppressionReason.BOUNCED,
        detail=f"550 no such user {OTHER}",
    )
    assert refused.detail
    # Forgotten once before, under the rules of an older program that let a sheet bring her back.
    suppressions.keep_out(person_keys=[person_key(parse(ADDRESS))])


def in_mails_of_ours(thea):
    outgoing.queue(
        mail=mails.FRESH_LINK,
        to=outgoing.recipient(thea),
        context={"preferences_url": f"https://karsh.example/?to={ADDRESS}"},
    )
    outgoing.queue(
        mail=petition_mails.ALREADY_SIGNED,
        to=Recipient(OTHER),
        context={"title": "Harbour", "petition_url": "", "withdraw_url": f"/?{OTHER}"},
    )


def in_the_apps_above():
    """Signatures, answers to events, and a letter to an official that has not left yet."""
    letter = LetterFactory(
        email=ADDRESS,
        name="Thea Quillon",
        town="Quillon",
        state=LetterState.CONFIRMED,
        subject="From Thea Quillon",
        body="I, Thea Quillon, write.",
    )
    letter.delivery = outgoing.store(
        kind="campaigns.letter",
        to=Recipient(letter.target.email),
        body=DeliveryBody(subject=letter.subject, text=letter.body, html=letter.body),
        letterhead=Letterhead(sender_name="Thea Quillon", reply_to=ADDRESS, never_twice=True),
    )
    letter.save()
    RsvpFactory(email=ADDRESS, name="Thea Quillon", state=RsvpState.COMING)
    RsvpFactory(email=OTHER, name="Thea Quillon")
    SignatureFactory(email=OTHER, name="Thea Quillon", comment="in Quillon’s words", country="AT")
    SignatureFactory(email=ADDRESS, name="Thea Quillon", state=SignatureState.PENDING)


def in_imports(thea):
    job = ImportJob.objects.create(
        state=ImportState.DONE,
        file_name="helpers.csv",
        file_digest="0",
        report={"samples": {"created": [{"line": 2, "email": ADDRESS, "changes": ["Thea"]}]}},
        result={"lines": [[2, ADDRESS]]},
        layout={"sample": [[1, ["email"]], [2, [TYPED, "Thea", "Quillon"]]]},
    )
    ImportChange.objects.create(
        job=job, contact=thea, before={"given_name": "Theador"}, after={"given_name": "Thea"}
    )
    ImportRowError.objects.create(
        job=job, row=3, message=f"{ADDRESS} has no country", cells=[ADDRESS, "Thea", "Quillon"]
    )
    StagedPerson.objects.create(
        id=job.pk << 32 | 2,
        email=ADDRESS,
        email_typed=TYPED,
        address_key=address_key(ADDRESS),
        person_key=person_key(parse(ADDRESS)),
        given_name="Thea",
        family_name="Quillon",
        language="Quillon",
        time_zone="Quillon",
        postcode="Quillon",
        phone="+4300112233",
        attributes={"street": "Lives at Elm Row"},
        tags=["Quillon"],
    )


def in_work_on_many(thea):
    """Merges, bulk changes, exports, questions."""
    Merge.objects.create(kept=thea, gone_id=77, before={"contact": {"email": OTHER}})
    Merge.objects.create(kept=None, gone_id=78, before={"contact": {"email": OTHER}})
    change = BulkChange.objects.create(
        kind=BulkKind.SET_FIELD, query={"text": ADDRESS}, terms={"value": ADDRESS}
    )
    BulkChangeRow.objects.create(change=change, contact=thea, before={"street": "Lives at Elm Row"})
    Export.objects.create(query={"text": TYPED})
    rule = {"all": [{"condition": "email", "operator": "is", "values": [ADDRESS]}]}
    Segment.objects.create(name="One person", rule=rule)
    MailingFactory(audience_rule=rule)


def test_every_column_of_text_is_planted_and_erased_or_known_to_name_nobody(everywhere):
    planted = holding(*TRACES, *KEYS)
    undecided = {
        label for label in text_columns() if label not in planted and not NO_PERSON.fullmatch(label)
    }
    assert sorted(undecided) == []


def test_nothing_that_names_her_stands_in_any_table_afterwards(everywhere, thea):
    assert len(holding(ADDRESS)) > 20
    assert erasure.erase(contact=thea)
    assert holding(*TRACES) == set()
    assert holding(*KEYS) == MAY_KEEP_KEYS
    # Of the address that never answered nothing is kept: it may be somebody else's.
    assert Forgotten.objects.count() == 2
    assert not erasure.erase(contact=thea)


def test_the_sums_stay_and_others_are_not_touched(everywhere, thea):
    near = ContactFactory(email="dorothea.quill@example.org", given_name="Dorothea")
    DeliveryFactory(contact=near, mailing=everywhere.mailing)
    ImportRowError.objects.create(
        job=ImportJob.objects.get(), row=4, message="", cells=["dorothea.quill@example.org"]
    )
    signed, written = Signature.objects.count(), Letter.objects.count()
    erasure.erase(contact=thea)
    assert Delivery.objects.filter(mailing=everywhere.mailing).count() == 2
    everywhere.refresh_from_db()
    assert (everywhere.state, everywhere.contact) == (DeliveryState.ACCEPTED, None)
    # The one that nobody confirmed is gone.
    assert Signature.objects.count() == signed - 1
    assert Letter.objects.count() == written
    assert ImportRowError.objects.count() == 1
    assert Delivery.objects.get(contact=near).address == near.email
    # An official keeps his address; the letter that had not left does not leave.
    letter = Letter.objects.get()
    mail = Delivery.objects.get(letter=letter)
    assert mail.address == letter.target.email
    assert (mail.state, mail.reason) == (
        DeliveryState.SKIPPED,
        SkipReason.ERASED,
    )


def test_the_ledger_says_that_she_withdrew_and_no_import_brings_her_back(thea):
    mailing_list = SubscriptionFactory(contact=thea).mailing_list
    erasure.erase(contact=thea)
    rows = ConsentEvent.objects.filter(address_key=thea.address_key)
    assert {(row.contact, row.act, row.mailing_list) for row in rows} == {
        (None, ConsentAct.WITHDRAWN, mailing_list),
        (None, ConsentAct.WITHDRAWN, None),
    }
    row = Suppression.objects.get(address_key=thea.address_key)
    assert (row.reason, row.scope, row.detail) == (
        SuppressionReason.ERASED,
        SuppressionScope.ALL,
        "",
    )
    assert row.address_key == address_key(parse(TYPED).canonical)


def test_staff_who_do_it_stand_in_the_audit_without_an_address(everywhere, thea):
    by = UserFactory()
    erasure.erase(contact=thea, by=by)
    act = StaffAct.objects.get(kind=ActKind.ERASED)
    assert (act.by, act.contact_id, act.details) == (by, thea.pk, {})


@pytest.mark.parametrize(
    "state", [DeliveryState.READY, DeliveryState.CLAIMED, DeliveryState.UNSURE]
)
def test_what_is_still_to_go_is_skipped_and_two_of_one_mailing_may_go(state):
    mailing = MailingFactory()
    people = ContactFactory.create_batch(2)
    for person in people:
        DeliveryFactory(contact=person, mailing=mailing, state=state, due_at=timezone.now())
        erasure.erase(contact=person)
    rows = Delivery.objects.filter(mailing=mailing)
    assert {(row.state, row.reason, row.address) for row in rows} == {
        (DeliveryState.SKIPPED, SkipReason.ERASED, "")
    }
    assert rows.count() == 2
    assert Mailing.objects.count() == 1


def test_a_block_by_staff_outlives_the_erasure(thea):
    suppressions.block(contact=thea, reason="Threatened Mira of Elm Row", by=UserFactory())
    erasure.erase(contact=thea)
    row = Suppression.objects.get()
    assert (row.reason, row.detail) == (SuppressionReason.BLOCKED, "")


def test_looking_for_doubles_keeps_no_number_of_her(thea):
    near = ContactFactory()
    NameKey.objects.create(contact_id=thea.pk, key=7)
    now = timezone.now()
    Double.objects.create(first_id=thea.pk, second_id=near.pk, reason="name", seen_at=now)
    erasure.erase(contact=thea)
    assert not NameKey.objects.exists()
    assert not Double.objects.exists()


def test_79_another_spelling_of_her_address_comes_back_by_her_own_hand_alone():
    erasure.erase(contact=ContactFactory(email="thea.q+news@gmail.com"))
    spelling = parse("TheaQ@googlemail.com")
    sheet = tablib.Dataset(headers=["email"])
    sheet.append([spelling.canonical])
    ContactImport().import_data(sheet, raise_errors=True)
    assert not Contact.objects.exists()
    at_once = MailingListFactory(double_opt_in=False)
    asked = subscriptions.Request(spelling, [at_once], Profile(), Door(method="subscribe form"))
    subscriptions.request(asked)
    back = Contact.objects.get()
    assert back.subscriptions.get().state == SubscriptionState.PENDING
    subscriptions.confirm(contact=back)
    assert back.subscriptions.get().state == SubscriptionState.ACTIVE
    assert not Forgotten.objects.exists()
    # The spelling that asked stays alone until its own mailbox answers.
    assert Suppression.objects.get().address_key == address_key("thea.q+news@gmail.com")
