"""The columns of who got a mailing."""

from typing import Any

from newsletters.resources.tables import MomentWidget, SafeWidget, Table, cell
from newsletters.states import DeliveryState


class StateWidget(SafeWidget):
    """A state by the name the page asks for it."""

    def render(self, value: Any, _obj: Any = None, **_kwargs: Any) -> str:
        """The name in small letters."""
        return DeliveryState(value).name.lower()


class DeliveryResource(Table):
    """Deliveries with their contact and version."""

    email = cell("address")
    given_name = cell("contact__given_name")
    family_name = cell("contact__family_name")
    state = cell("state", StateWidget)
    reason = cell("reason")
    version = cell("version__number")
    accepted_at = cell("accepted_at", MomentWidget)
    last_code = cell("last_code")
    last_text = cell("last_text")
