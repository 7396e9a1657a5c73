"""The rules the database applies, against the same rules in Python; and cleaning by many hands."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from newsletters.addresses import address_key
from newsletters.custom_fields import Field
from newsletters.imports import crew
from newsletters.imports.cleaning import Person, Recipe
from newsletters.imports.columns import PROFILE
from newsletters.imports.crew import Rows
from newsletters.imports.staging import Block, line_of
from newsletters.models import (
    ConsentEvent,
    Contact,
    CustomField,
    ImportChange,
    ImportJob,
    ImportPolicy,
    MailingList,
    OtherAddress,
    StagedPerson,
    Subscription,
    Suppression,
    Tag,
)
from newsletters.services import imports
from newsletters.services.imports import staging
from newsletters.services.imports.writing import write
from newsletters.states import (
    ContactState,
    FieldKind,
    SubscriptionState,
    SuppressionReason,
    SuppressionScope,
)
from tests.newsletters.imports.model import Decision, Known, Said, decide

Applied = Callable[..., ImportJob]
TAGS = ("choir", "vigil")
TEXTS = st.sampled_from(["", "x", "Ж\\\t'\""])
VALUES = st.dictionaries(st.sampled_from(PROFILE[:3]), TEXTS)
GIVEN = st.sampled_from([None, "x", "Ж\\", 1, 2.5, False, ["x", "y"]])
ATTRIBUTES = st.dictionaries(st.sampled_from(["city", "size"]), GIVEN)
WORN = st.frozensets(st.sampled_from(TAGS))
SAID = st.builds(
    Said, values=VALUES, attributes=ATTRIBUTES, tags=WORN.map(tuple), agreed=st.booleans()
)
KNOWN = st.none() | st.builds(
    Known,
    values=VALUES,
    attributes=ATTRIBUTES.map(lambda found: {k: v for k, v in found.items() if v is not None}),
    state=st.sampled_from([ContactState.REACHABLE, ContactState.REACHABLE, ContactState.BOUNCED]),
    subscription=st.sampled_from(["", *SubscriptionState.values]),
    tags=WORN,
)
CASES = st.lists(st.tuples(SAID, KNOWN, st.booleans()), min_size=1, max_size=12)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(cases=CASES, policy=st.sampled_from(ImportPolicy.values))
def test_the_database_decides_as_the_rules_say_and_undo_takes_exactly_that_back(
    admin: User, news: MailingList, cases: list[Any], policy: str
) -> None:
    with transaction.atomic():
        for name in TAGS:
            Tag.objects.get_or_create(name=name)
        job = ImportJob.objects.create(
            mailing_list=news, policy=policy, created_by=admin, state="applying"
        )
        for at, case in enumerate(cases):
            _plant(job, news, at, *case)
        before = [_shown(at) for at in range(len(cases))]
        first, last = staging.span(job)
        write(job=job, after=first, last=last, looks=True)
        for at, (said, known, suppressed) in enumerate(cases):
            decision = decide(said, known, suppressed=suppressed, policy=policy)
            assert _shown(at) == _after(known, decision), decision
        assert not StagedPerson.objects.exists()
        ImportJob.objects.filter(pk=job.pk).update(state="undoing")
        imports.undo(job_id=job.pk)
        assert [_shown(at) for at in range(len(cases))] == before
        assert not ImportChange.objects.exists()
        transaction.set_rollback(True)


def _plant(
    job: ImportJob, news: MailingList, at: int, said: Said, known: Known | None, suppressed: bool
) -> None:
    email = f"p{at}@example.org"
    key = address_key(email)
    if known:
        contact = Contact.objects.create(
            email=email,
            email_typed=email,
            address_key=key,
            state=known.state,
            attributes=known.attributes,
            **known.values,
        )
        contact.tags.set(Tag.objects.filter(name__in=known.tags))
        if known.subscription:
            Subscription.objects.create(
                contact=contact, mailing_list=news, state=known.subscription
            )
    if suppressed:
        Suppression.objects.create(
            address_key=key,
            scope=SuppressionScope.ALL,
            reason=SuppressionReason.ERASED,
            since=timezone.now(),
        )
    person = Person(at + 2, email, email, key, key)
    person.values, person.attributes = said.values, said.attributes
    person.tags, person.agreed = list(said.tags), said.agreed
    staging.fill(Block(lines=[line_of(person, staging.span(job)[0])]))


def _shown(at: int) -> dict[str, Any] | None:
    """Everything an import can change about a person."""
    contact = Contact.objects.filter(email=f"p{at}@example.org").first()
    if contact is None:
        return None
    return {
        "values": {name: v for name in PROFILE if (v := str(getattr(contact, name) or ""))},
        "attributes": contact.attributes,
        "state": contact.state,
        "tags": set(contact.tags.values_list("name", flat=True)),
        "on": list(contact.subscriptions.values_list("state", flat=True)),
    }


def _after(known: Known | None, decision: Decision) -> dict[str, Any] | None:
    if known is None and decision.outcome != "created":
        return None
    old = known or Known({}, {})
    values = {**old.values, **decision.values}
    attributes = {**old.attributes, **decision.attributes}
    on = [SubscriptionState.ACTIVE] if decision.joins else [old.subscription]
    return {
        "values": {name: value for name, value in values.items() if value},
        "attributes": {key: value for key, value in attributes.items() if value is not None},
        "state": old.state,
        "tags": set(old.tags | decision.tags),
        "on": [state for state in on if state],
    }


def test_a_person_found_by_a_further_address_is_the_person_she_is(
    applied: Applied, news: MailingList
) -> None:
    anna = Contact.objects.create(
        email="anna@example.org", email_typed="", address_key=address_key("anna@example.org")
    )
    other = "a.doe@example.net"
    OtherAddress.objects.create(
        contact=anna, email=other, email_typed=other, address_key=address_key(other)
    )
    job = applied(f"Email,Given name\n{other},Anna\nanna@example.org,Other\n")
    assert {k: n for k, n in job.report["counts"].items() if n} == {"updated": 1, "duplicate": 1}
    anna.refresh_from_db()
    assert (Contact.objects.count(), anna.given_name) == (1, "Anna")
    assert ConsentEvent.objects.get().address_key == anna.address_key


def test_custom_fields_are_filled_shown_in_samples_and_emptied_only_when_asked(
    applied: Applied,
) -> None:
    CustomField.objects.create(key="born", name="Born", kind=FieldKind.DATE)
    sheet = "Email,Given name,When\nanna@example.org,Anna,1990-05-04\n"
    mapping = {"0": "email", "1": "given_name", "2": "field_born"}
    job = applied(sheet, mapping=mapping)
    assert job.report["samples"]["created"][0]["changes"][-1] == ["Born", "", "4 May 1990"]
    assert Contact.objects.get().attributes == {"born": "1990-05-04"}
    empty = "Email,Given name,When\nanna@example.org,,\n"
    applied(empty, mapping=mapping, policy=ImportPolicy.OVERWRITE)
    assert Contact.objects.get().attributes == {"born": "1990-05-04"}
    applied(empty + "bad@example.org,,soon\n", mapping=mapping, policy="overwrite", erases=True)
    contact = Contact.objects.get()
    assert (contact.email, contact.given_name) == ("anna@example.org", "")
    assert contact.attributes == {}


def test_many_hands_clean_a_file_as_one_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "rows"
    rows = [f'[{at},["p{at}@example.org","Ж{at % 7}","{at}"],""]\n' for at in range(2, 900)]
    path.write_text("".join(rows) + '[900,["no address","",""],""]\n', encoding="utf-8")
    recipe = Recipe(
        fields={0: "email", 1: "family_name", 2: "field_member"},
        names=["Email", "Name", "Member"],
        custom=(Field("member", "Member", FieldKind.NUMBER),),
    )
    alone = list(crew.clean(Rows.whole(path, 899), recipe, 0))
    monkeypatch.setattr(crew, "_WORTH", 10_000)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _pid: {0, 1, 2})
    together = list(crew.clean(Rows.whole(path, 899), recipe, 0))
    assert len(together) > 1
    assert sum(block.rows for block in together) == 899
    assert _lines(together) == _lines(alone)
    assert [r for block in together for r in block.refused] == alone[0].refused


def _lines(found: list[Block]) -> list[str]:
    return sorted(line for block in found for line in "".join(block.lines).splitlines())
