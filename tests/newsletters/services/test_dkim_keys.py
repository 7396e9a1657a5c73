"""Keys: nothing signs that has not passed, and what fails again stops signing and says so."""

import stat

import pytest
from django.core.management import CommandError, call_command
from structlog.testing import capture_logs

from newsletters import tasks
from newsletters.dkim import keys, lookup, records
from newsletters.errors import SenderDomainRefused
from newsletters.models import Alarm, DkimKey, Pulse, SenderDomain
from newsletters.selectors import sender_domains as selector
from newsletters.services import dkim_keys
from newsletters.services.dkim_keys import NewKey
from newsletters.states import AlarmKind, DkimFinding
from tests.infra.dns import SILENT, Zone
from tests.infra.signing import made_key, signing_key

DOMAIN = "example.org"


def is_verified(key: DkimKey) -> bool:
    """As the row says."""
    return DkimKey.objects.get(pk=key.pk).verified_at is not None


def alarm_kinds() -> list[str]:
    """What staff are told."""
    return list(Alarm.objects.values_list("kind", flat=True))


@pytest.mark.django_db
@pytest.mark.parametrize("algorithm", ["rsa", "ed25519"])
def test_a_new_key_is_a_private_file_and_a_row_that_signs_nothing(
    zone: Zone, algorithm: str
) -> None:
    key = dkim_keys.make(domain="Example.org", new=NewKey(algorithm))
    path = dkim_keys.path_of(key)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    private = keys.read_pem(path.read_bytes())
    assert (private.algorithm, private.public) == (algorithm, key.public_key)
    assert key.domain.domain == DOMAIN
    assert not is_verified(key)
    assert not selector.signing_keys().exists()
    assert zone.asked == []


@pytest.mark.django_db
def test_selectors_are_made_up_or_chosen_and_never_used_twice(zone: Zone) -> None:
    first = dkim_keys.make(domain=DOMAIN, new=NewKey("ed25519"))
    second = dkim_keys.make(domain=DOMAIN, new=NewKey("ed25519"))
    assert second.selector == f"{first.selector}-2"
    chosen = dkim_keys.make(domain=DOMAIN, new=NewKey("ed25519", " Autumn "))
    assert chosen.selector == "autumn"
    kept = dkim_keys.path_of(chosen).read_bytes()
    for selector_typed in ("autumn", "../../x", "a.b", "-a", "a" * 64, "ä", "a b"):
        with pytest.raises(SenderDomainRefused) as refused:
            dkim_keys.make(domain=DOMAIN, new=NewKey("ed25519", selector_typed))
        assert refused.value.code == "selector"
    assert dkim_keys.path_of(chosen).read_bytes() == kept
    assert DkimKey.objects.count() == 3
    assert SenderDomain.objects.count() == 1


@pytest.mark.django_db
def test_a_row_without_its_file_keeps_its_selector(zone: Zone) -> None:
    key = made_key(zone, DOMAIN, "ed25519").key
    path = dkim_keys.path_of(key)
    path.unlink()
    with pytest.raises(SenderDomainRefused):
        dkim_keys.make(domain=DOMAIN, new=NewKey("ed25519", key.selector))
    assert not path.exists()


@pytest.mark.django_db
def test_a_folder_that_cannot_be_written_is_said(zone: Zone, settings) -> None:
    settings.DKIM_ROOT.write_text("a file")
    with pytest.raises(SenderDomainRefused) as refused:
        dkim_keys.make(domain=DOMAIN, new=NewKey())
    assert refused.value.code == "file"
    assert not DkimKey.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("algorithm", ["rsa", "ed25519"])
def test_a_key_that_is_published_passes_and_signs(zone: Zone, algorithm: str) -> None:
    made = made_key(zone, DOMAIN, algorithm)
    assert dkim_keys.verify(key=made.key) is DkimFinding.MISSING
    assert not is_verified(made.key)
    made.publish()
    assert dkim_keys.verify(key=made.key) is DkimFinding.HOLDS
    assert is_verified(made.key)
    assert list(selector.signing_keys()) == [made.key]
    assert alarm_kinds() == []


def wrong_records(value: str) -> list[tuple[list[str], DkimFinding]]:
    """What may stand there instead."""
    other = records.value_of("rsa", keys.generate("rsa").public)
    return [
        ([], DkimFinding.MISSING),
        ([other], DkimFinding.OTHER_KEY),
        ([value, "a note"], DkimFinding.SEVERAL),
        ([value, other], DkimFinding.SEVERAL),
        (["v=DKIM1; k=rsa; p="], DkimFinding.REVOKED),
        (["v=spf1 -all"], DkimFinding.UNUSABLE),
        ([value.replace("k=rsa", "k=dsa")], DkimFinding.UNUSABLE),
        ([value.replace("k=rsa", "s=tlsrpt")], DkimFinding.UNUSABLE),
        ([value.replace("k=rsa", "k=ed25519")], DkimFinding.OTHER_KEY),
    ]


@pytest.mark.django_db
def test_a_wrong_record_takes_the_signature_away_and_raises_one_alarm(zone: Zone) -> None:
    made = signing_key(zone, DOMAIN)
    for published, finding in wrong_records(made.entry.value):
        zone.publish(made.entry.name, *published)
        assert dkim_keys.verify(key=made.key) is finding
        assert dkim_keys.verify(key=made.key) is finding
        assert not is_verified(made.key)
        assert alarm_kinds() == [AlarmKind.DKIM_RECORD]
        made.publish()
        assert dkim_keys.verify(key=made.key) is DkimFinding.HOLDS
        assert is_verified(made.key)
        assert alarm_kinds() == []
    zone.fail(made.entry.name, "NXDOMAIN")
    assert dkim_keys.verify(key=made.key) is DkimFinding.MISSING


@pytest.mark.django_db
@pytest.mark.parametrize("how", ["SERVFAIL", SILENT])
def test_no_answer_changes_nothing(zone: Zone, monkeypatch: pytest.MonkeyPatch, how: str) -> None:
    monkeypatch.setattr(lookup, "PATIENCE_SECONDS", 0.2)
    signs, fresh = signing_key(zone, DOMAIN, "ed25519"), made_key(zone, DOMAIN, "ed25519")
    for made in (signs, fresh):
        zone.fail(made.entry.name, how)
        assert dkim_keys.verify(key=made.key) is DkimFinding.UNANSWERED
    assert is_verified(signs.key)
    assert not is_verified(fresh.key)
    assert alarm_kinds() == []


@pytest.mark.django_db
def test_a_private_half_that_is_missing_or_another_proves_nothing(zone: Zone) -> None:
    made = made_key(zone, DOMAIN, "ed25519")
    made.publish()
    path = dkim_keys.path_of(made.key)
    kept = path.read_bytes()
    for content in (None, b"no key", keys.generate("ed25519").pem()):
        path.unlink()
        if content is not None:
            path.write_bytes(content)
        assert dkim_keys.verify(key=made.key) is DkimFinding.NO_FILE
        path.write_bytes(kept)
    assert not is_verified(made.key)
    assert alarm_kinds() == []
    # Once it signs, a missing file is somebody's business.
    dkim_keys.verify(key=made.key)
    path.unlink()
    assert dkim_keys.verify(key=made.key) is DkimFinding.NO_FILE
    assert is_verified(made.key)
    assert alarm_kinds() == [AlarmKind.DKIM_FILE]
    path.write_bytes(kept)
    dkim_keys.verify(key=made.key)
    assert alarm_kinds() == []


@pytest.mark.django_db
def test_every_day_the_keys_that_sign_are_looked_up_again(zone: Zone) -> None:
    signs, lost = signing_key(zone, DOMAIN, "ed25519"), signing_key(zone, "example.net", "ed25519")
    fresh = made_key(zone, "example.com", "ed25519")
    zone.publish(lost.entry.name)
    zone.asked.clear()
    tasks.verify_dkim()
    tasks.verify_dkim()
    assert sorted(zone.asked) == sorted([signs.entry.name, lost.entry.name])
    assert is_verified(signs.key)
    assert not is_verified(lost.key)
    # The record comes back: the next day's look finds it by itself.
    lost.publish()
    fresh.publish()
    Pulse.objects.all().delete()
    tasks.verify_dkim()
    assert is_verified(lost.key)
    assert not is_verified(fresh.key)
    assert alarm_kinds() == []


@pytest.mark.django_db
def test_the_newest_key_of_each_kind_signs_and_an_old_one_may_go_quietly(zone: Zone) -> None:
    old, new = signing_key(zone, DOMAIN, "ed25519"), signing_key(zone, DOMAIN, "ed25519")
    rsa = signing_key(zone, DOMAIN)
    assert list(selector.signing_keys()) == [new.key, rsa.key]
    zone.publish(old.entry.name)
    dkim_keys.verify(key=old.key)
    assert not is_verified(old.key)
    assert alarm_kinds() == []


@pytest.mark.django_db(transaction=True)
def test_a_key_out_of_use_leaves_nothing_behind(zone: Zone) -> None:
    made = signing_key(zone, DOMAIN, "ed25519")
    zone.publish(made.entry.name)
    dkim_keys.verify(key=made.key)
    path = dkim_keys.path_of(made.key)
    dkim_keys.retire(key=made.key)
    assert not DkimKey.objects.exists()
    assert not path.exists()
    assert alarm_kinds() == []


@pytest.mark.django_db
def test_no_log_line_and_no_alarm_holds_a_key(zone: Zone) -> None:
    with capture_logs() as lines:
        made = signing_key(zone, DOMAIN, "ed25519")
        zone.publish(made.entry.name)
        dkim_keys.verify(key=made.key)
    secret = "".join(dkim_keys.path_of(made.key).read_text().split("\n")[1:-2])
    written = f"{lines} {list(Alarm.objects.values())}"
    assert secret
    assert secret not in written
    assert made.key.public_key not in written


@pytest.mark.django_db
def test_the_commands_say_what_to_publish_and_whether_it_is(
    zone: Zone, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("dkim_key", DOMAIN, selector="autumn")
    said = capsys.readouterr().out
    key = DkimKey.objects.get()
    value = records.value_of("rsa", key.public_key)
    first, second = records.strings_of(value)
    assert "  Name   autumn._domainkey.example.org\n" in said
    assert f'  Value  "{first}" "{second}"\n' in said
    assert str(dkim_keys.path_of(key)) in said
    assert "PRIVATE" not in said
    with pytest.raises(CommandError):
        call_command("dkim_verify", DOMAIN)
    assert "There is no record" in capsys.readouterr().out
    zone.publish("autumn._domainkey.example.org", value)
    call_command("dkim_verify", DOMAIN)
    assert "The record is right." in capsys.readouterr().out
    assert is_verified(key)
    for words in (["dkim_key", "no domain"], ["dkim_key", DOMAIN, "--selector", "autumn"]):
        with pytest.raises(CommandError):
            call_command(*words)
    for domain in ("no domain", "example.net"):
        with pytest.raises(CommandError, match="example"):
            call_command("dkim_verify", domain)
