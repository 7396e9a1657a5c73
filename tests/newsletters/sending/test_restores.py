"""A database that was put back: what it would send waits, and journals know what has left."""

import os
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone
from pytest_django import Settings

from newsletters import tasks
from newsletters.models import (
    Alarm,
    Claim,
    Delivery,
    DeliveryBody,
    Digest,
    Mailing,
    Watermark,
)
from newsletters.selectors import alarms
from newsletters.sending import engine, kept, restores, sweeper
from newsletters.sending.journal import Journal
from newsletters.sending.replies import Fate
from newsletters.services import restores as services
from newsletters.services.restores import Level
from newsletters.states import DeliveryState, Lane, MailingState
from tests.factories.newsletters import DeliveryFactory, DigestFactory
from tests.stories import half_sent, states

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def machine(settings: Settings, tmp_path: Path) -> Path:
    """A machine of its own: where its journals lie."""
    root = tmp_path / "journal"
    settings.JOURNAL_ROOT = root
    return root


def let_go(*accepted: int) -> None:
    """A worker sent these, its marks are written, and it is gone."""
    journal = Journal()
    for delivery in accepted:
        journal.begin(1, delivery)
        journal.end(1, delivery, Fate.ACCEPTED, "250")
    os.close(journal._file)
    sweeper.sweep()


def put_back() -> None:
    """The database is as it was when nobody had risen yet."""
    Watermark.objects.update(era=0, height=0)


def test_a_database_behind_what_this_machine_saw_sends_nothing_by_itself() -> None:
    mailing = half_sent(4)
    first, second, third, _fourth = Delivery.objects.order_by("pk")
    let_go(first.pk, second.pk)
    put_back()
    Delivery.objects.filter(pk=third.pk).update(state=DeliveryState.UNSURE, doubts=1)
    restores.look()
    mailing.refresh_from_db()
    assert mailing.state == MailingState.PAUSED
    assert "backup" in mailing.pause_reason
    assert states(mailing) == {DeliveryState.ACCEPTED: 2, DeliveryState.UNSURE: 2}
    Delivery.objects.update(due_at=timezone.now() - timedelta(days=1))
    assert sweeper.resend_unsure() == 0, "however long it takes a person"
    assert "mailings 1, digests 0" in alarms.open_()[0].sentence


def test_another_database_in_its_place_is_no_backup_of_it() -> None:
    mailing = half_sent(2)
    let_go(Delivery.objects.earliest("pk").pk)
    put_back()
    MigrationRecorder.Migration.objects.filter(
        pk=MigrationRecorder.Migration.objects.earliest("pk").pk
    ).update(applied=timezone.now())
    restores.look()
    mailing.refresh_from_db()
    assert mailing.state == MailingState.SENDING


def test_the_same_restore_is_noticed_once() -> None:
    mailing = half_sent(2)
    let_go(Delivery.objects.earliest("pk").pk)
    put_back()
    restores.look()
    Mailing.objects.update(state=MailingState.SENDING)
    restores.look()
    mailing.refresh_from_db()
    assert mailing.state == MailingState.SENDING


def test_a_journal_that_was_never_let_go_is_enough_to_notice() -> None:
    mailing = half_sent(2)
    journal = Journal()
    journal.end(1, Delivery.objects.earliest("pk").pk, Fate.ACCEPTED, "250")
    restores.look()
    assert states(mailing) == {DeliveryState.READY: 2}, "the worker lives, and writes it down"
    os.close(journal._file)
    restores.look()
    assert states(mailing) == {DeliveryState.ACCEPTED: 1, DeliveryState.UNSURE: 1}


def test_a_row_made_later_with_the_same_number_is_another_mail() -> None:
    mailing = half_sent(2)
    let_go(Delivery.objects.earliest("pk").pk)
    put_back()
    Delivery.objects.update(created_at=timezone.now() + timedelta(seconds=1))
    restores.look()
    assert states(mailing) == {DeliveryState.UNSURE: 2}


def test_another_machine_adds_what_its_own_journals_know(settings: Settings, machine: Path) -> None:
    mailing = half_sent(3)
    first, second, _third = Delivery.objects.order_by("pk").values_list("pk", flat=True)
    let_go(first)
    settings.JOURNAL_ROOT = machine.with_name("other")
    let_go(second)
    put_back()
    restores.look()
    assert states(mailing) == {DeliveryState.ACCEPTED: 1, DeliveryState.UNSURE: 2}
    settings.JOURNAL_ROOT = machine
    # A person has decided meanwhile, without knowing.
    Delivery.objects.filter(state=DeliveryState.UNSURE).update(state=DeliveryState.READY)
    restores.look()
    assert states(mailing) == {DeliveryState.ACCEPTED: 2, DeliveryState.READY: 1}


def test_what_is_planned_waits_and_digests_that_go_out_by_themselves_rest() -> None:
    hour = timezone.now() + timedelta(days=2)
    planned = half_sent(1)
    Mailing.objects.update(state=MailingState.SCHEDULED, scheduled_at=hour, started_at=None)
    automatic, by_hand = DigestFactory(is_automatic=True), DigestFactory(is_automatic=False)
    services.declare(seen=Level())
    planned.refresh_from_db()
    assert planned.state == MailingState.PAUSED
    assert f"{hour:%Y}" in planned.pause_reason
    services.declare(seen=Level())
    planned.refresh_from_db()
    assert "gets it again if you go on" in planned.pause_reason, "nobody has a row"
    assert list(Digest.objects.filter(is_active=True)) == [by_hand]
    assert not Digest.objects.get(pk=automatic.pk).is_active


def test_two_who_notice_at_once_declare_it_once(monkeypatch: pytest.MonkeyPatch) -> None:
    before = services.level()
    assert services.declare(seen=before)
    # The second one had read the same level.
    monkeypatch.setattr(services, "level", lambda: before)
    assert services.declare(seen=before) is None


def test_the_alarm_goes_when_every_mailing_was_decided_about_and_a_day_is_over() -> None:
    mailing = half_sent(1)
    services.declare(seen=Level())
    Alarm.objects.update(raised_at=timezone.now() - timedelta(days=2))
    tasks.prune()
    assert Alarm.objects.exists()
    Mailing.objects.filter(pk=mailing.pk).update(state=MailingState.CANCELLED)
    tasks.prune()
    assert not Alarm.objects.exists()


def test_the_command_refuses_while_a_worker_runs_here_and_tells_what_it_did() -> None:
    mailing = half_sent(3)
    known = Delivery.objects.earliest("pk").pk
    let_go(known)
    worker = Journal()
    with pytest.raises(CommandError, match="A worker is running"):
        call_command("restored")
    assert states(mailing) == {DeliveryState.READY: 3}
    os.close(worker._file)
    said = StringIO()
    call_command("restored", stdout=said)
    assert "Mailings paused: 1." in said.getvalue()
    assert "left since: 1" in said.getvalue()
    assert states(mailing) == {DeliveryState.ACCEPTED: 1, DeliveryState.UNSURE: 2}
    # The worker that starts now finds nothing new.
    Mailing.objects.update(state=MailingState.SENDING)
    restores.look()
    assert Mailing.objects.get().state == MailingState.SENDING


def test_a_claim_of_the_backup_goes_and_its_rows_are_in_doubt() -> None:
    mailing = half_sent(3)
    claim = Claim.objects.create(
        worker="gone", host="gone", lane=Lane.BULK, mailing=mailing, lease_until=timezone.now()
    )
    Delivery.objects.update(claim=claim, state=DeliveryState.CLAIMED)
    services.declare(seen=Level())
    assert states(mailing) == {DeliveryState.UNSURE: 3}
    assert not Claim.objects.exists()


def test_journals_are_kept_for_thirty_days_and_a_torn_line_spoils_no_other(machine: Path) -> None:
    folder = machine / "kept"
    folder.mkdir(parents=True)
    (folder / "2020-01-01.log").write_text("t 1\ne 1 1 A 250\n")
    torn = machine / "torn.log"
    torn.write_text("m x\nb 1 7\ne 1 7 A 250\nb 1 8\ne 1 8")
    whole = machine / "whole.log"
    whole.write_text("m x\nb 2 9\ne 2 9 A 250\ne 2 10 R 550\n")
    assert kept.keep(torn)
    assert kept.keep(whole)
    found = [number for path in kept.paths() for number, _moment in kept.acceptances(path)]
    assert found == [7, 9]


@pytest.mark.django_db(transaction=True)
def test_every_job_that_lets_mail_leave_looks_first() -> None:
    mailing = half_sent(2)
    let_go(Delivery.objects.earliest("pk").pk)
    jobs = [tasks.send_now, tasks.send_bulk, tasks.sweep, tasks.start_due, tasks.issue_digests]
    for job in [*jobs, lambda: tasks.expand_mailing(mailing.pk)]:
        Mailing.objects.update(state=MailingState.SENDING)
        put_back()
        job()
        assert Mailing.objects.get().state == MailingState.PAUSED
    assert engine.run(Lane.BULK) == 0


def test_single_mails_wait_for_the_operator_and_letters_to_officials_go_on_waiting() -> None:
    receipt, letter = (DeliveryFactory(mailing=None, kind="x.y") for _ in range(2))
    for row in (receipt, letter):
        DeliveryBody.objects.create(delivery=row, never_twice=row is letter)
    services.declare(seen=Level())
    said = StringIO()
    call_command("restored", "--single-mails", "again", stdout=said)
    assert "decided: 1" in said.getvalue()
    receipt.refresh_from_db()
    letter.refresh_from_db()
    assert (receipt.state, letter.state) == (DeliveryState.READY, DeliveryState.UNSURE)
