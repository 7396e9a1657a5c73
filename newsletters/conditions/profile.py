"""Questions about what we know of the person herself."""

from collections.abc import Sequence

from django.conf import settings
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_countries import countries

from newsletters.errors import SegmentRefused


class FieldChoice:
    """One contact field compared with one of its known values."""

    operators = {"is": gettext_lazy("is"), "is_not": gettext_lazy("is not")}

    def __init__(self, name: str, label: object, field: str) -> None:
        self.name = name
        self.label = label
        self._field = field

    def choices(self) -> Sequence[tuple[str, str]]:
        """The values staff may pick."""
        known = settings.LANGUAGES if self.name == "language" else countries
        return [(code, str(words)) for code, words in known]

    def compile(self, operator: str, value: str) -> Q:
        """A comparison with the fixed field; an unknown value is refused."""
        if value not in dict(self.choices()):
            raise SegmentRefused("value", _("Choose one of the values offered."))
        found = Q(**{self._field: value})
        return found if operator == "is" else ~found


LANGUAGE = FieldChoice("language", gettext_lazy("Language"), "language")
COUNTRY = FieldChoice("country", gettext_lazy("Country"), "country")
