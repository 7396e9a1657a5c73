"""Somebody puts a tag on everybody: ``… tests.programs.change_begun 1000``."""

import sys

from django.contrib.auth.models import User

from newsletters.models import BulkKind
from newsletters.selectors.people import Query
from newsletters.services import bulk, bulk_terms
from tests.stories import members

if __name__ == "__main__":
    members(int(sys.argv[1]))
    bulk.start(
        query=Query(),
        kind=BulkKind.ADD_TAG,
        terms=bulk_terms.tag_to_put_on("vigil"),
        by=User.objects.create_user("aigul"),
    )
