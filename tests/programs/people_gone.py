"""Erasure and retention, killed again and again: ``… tests.programs.people_gone CASE``.

Prints what is there afterwards as JSON. Fails when a dead process left half of it.
"""

import json
import sys
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import User
from django.utils import timezone

from newsletters.models import (
    BulkChange,
    BulkChangeRow,
    BulkKind,
    BulkState,
    Contact,
    Export,
    ExportFormat,
    Merge,
    StaffAct,
    Subscription,
    Suppression,
    Tag,
)
from newsletters.selectors.people import Query
from newsletters.services import erasure, exports, retention
from newsletters.states import SubscriptionState
from petitions.models import Signature
from petitions.states import SignatureState
from tests.factories.newsletters import DeliveryFactory, SubscriptionFactory
from tests.factories.petitions import SignatureFactory
from tests.infra.mortal import kill_before_every_step
from tests.infra.snapshots import everything, files
from tests.stories import members

# Of a step that is one transaction, every so many statements will do.
STRIDE = 3
Found = dict[str, Any]


def forgotten() -> Found:
    """Somebody is erased: all of it or nothing."""
    news = members(2)
    contact = Contact.objects.earliest("pk")
    contact.tags.add(Tag.objects.create(name="vigil"))
    DeliveryFactory(contact=contact, mailing_list=news)
    SignatureFactory(email=contact.email)
    by = User.objects.get()
    before = everything()

    def nothing_happened() -> None:
        assert everything() == before, "half forgotten"

    deaths = kill_before_every_step(
        lambda: erasure.erase(contact=contact, by=by), nothing_happened, stride=STRIDE
    )
    again = erasure.erase(contact=contact, by=by)
    return {
        "killed": deaths,
        "again": again,
        "people": Contact.objects.count(),
        "suppressed": Suppression.objects.count(),
        "audit": StaffAct.objects.count(),
        "named": Signature.objects.filter(email=contact.email).count(),
    }


def over() -> Found:
    """What is past its time goes, files too."""
    ago = timezone.now() - timedelta(days=40)
    for number in range(3):
        row = SubscriptionFactory(state=SubscriptionState.PENDING)
        Subscription.objects.filter(pk=row.pk).update(created_at=ago)
        change = BulkChange.objects.create(
            kind=BulkKind.ADD_TAG, state=BulkState.DONE, finished_at=ago
        )
        BulkChangeRow.objects.create(change=change, contact=SubscriptionFactory().contact)
        Merge.objects.create(gone_id=number, before={"a": 1})
        SignatureFactory(state=SignatureState.PENDING)
        by = User.objects.create_user(f"organiser{number}")
        exports.start(query=Query(), written_as=ExportFormat.CSV, by=by)
    exports_made = list(Export.objects.values_list("pk", flat=True))
    for pk in exports_made:
        exports.run(export_id=pk)
    for model in (Merge, Signature):
        model.objects.update(created_at=ago)
    Export.objects.update(finished_at=ago)
    due = sum(standing.due for standing in retention.dry_run())
    assert len(files("exports")) == len(exports_made)
    deaths = kill_before_every_step(retention.prune, lambda: None, stride=STRIDE)
    return {
        "killed": deaths,
        "due": due,
        "left": sum(standing.due for standing in retention.dry_run()),
        "people": Contact.objects.count(),
        "files": len(files("exports")),
    }


CASES: dict[str, Callable[[], Found]] = {"forgotten": forgotten, "over": over}

if __name__ == "__main__":
    User.objects.create_user("aigul")
    sys.stdout.write(json.dumps(CASES[sys.argv[1]]()) + "\n")
