"""Who walks through the pages."""

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client


@pytest.fixture
def staff(db: None) -> Client:
    """Somebody who may import."""
    user = User.objects.create_user("aigul", password="a long password", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="add_importjob"))
    client = Client()
    client.force_login(user)
    return client
