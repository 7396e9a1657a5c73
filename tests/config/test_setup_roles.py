"""The three roles: what each may open, and that repeating the set-up changes nothing else."""

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.core.management import call_command

pytestmark = pytest.mark.django_db

# Section of the staff side → roles that may open it.
SECTIONS = {
    "/staff/": {"organiser", "admin", "approver"},
    "/staff/mailings/": {"organiser", "admin", "approver"},
    "/staff/digests/": {"organiser", "admin"},
    "/staff/articles/": {"organiser", "admin"},
    "/staff/actions/": {"organiser", "admin"},
    "/staff/cases/": {"organiser", "admin"},
    "/staff/events/": {"organiser", "admin"},
    "/staff/targets/": {"organiser", "admin"},
    "/staff/petitions/": {"organiser", "admin"},
    "/staff/people/": {"organiser", "admin"},
    "/staff/lists/": {"organiser", "admin"},
    "/staff/lists/new/": {"admin"},
    "/staff/imports/": {"admin"},
    "/staff/outbox/": {"admin"},
    "/staff/sender-domains/": {"admin"},
    "/staff/transports/": {"admin"},
}


def member(role: str) -> User:
    user = User.objects.create_user(role)
    user.groups.add(Group.objects.get(name=role))
    return user


@pytest.mark.parametrize("role", ["organiser", "admin", "approver"])
def test_each_role_opens_its_sections_and_no_other(client, role):
    call_command("setup_roles", verbosity=0)
    client.force_login(member(role))

    answers = {address: client.get(address).status_code for address in SECTIONS}

    assert answers == {
        address: 200 if role in roles else 403 for address, roles in SECTIONS.items()
    }
    rail = client.get("/staff/").text.split('class="rail"')[1].split("</nav>")[0]
    linked = {address for address in SECTIONS if f'href="{address}"' in rail}
    assert linked <= {address for address, status in answers.items() if status == 200}
    assert rail.count("<a ") == len(linked) + ("/staff/segments/" in rail)


def test_only_admin_and_approver_may_approve():
    call_command("setup_roles", verbosity=0)

    may = {role for role in ("organiser", "admin", "approver") if _may_approve(member(role))}

    assert may == {"admin", "approver"}


def test_repeating_mends_the_groups_and_keeps_their_members():
    call_command("setup_roles", verbosity=0)
    user, group = member("organiser"), Group.objects.get(name="organiser")
    wanted = set(group.permissions.all())
    group.permissions.set([Permission.objects.get(codename="delete_user")])
    Group.objects.create(name="choir")

    call_command("setup_roles", verbosity=0)

    assert set(group.permissions.all()) == wanted
    assert list(group.user_set.all()) == [user]
    assert Group.objects.count() == 4


def _may_approve(user: User) -> bool:
    return user.has_perm("newsletters.approve_mailing")
