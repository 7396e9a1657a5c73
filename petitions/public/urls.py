"""Public addresses of this app."""

from django.urls import URLPattern, path, register_converter

from petitions.public import confirmations, petitions, signatures


class Slug:
    """A word of the address in any script: letters, digits, hyphens."""

    regex = r"[-\w]{1,120}"

    def to_python(self, value: str) -> str:
        """As it stands."""
        return value

    def to_url(self, value: str) -> str:
        """As it stands."""
        return value


register_converter(Slug, "petition")

app_name = "petitions"
urlpatterns: list[URLPattern] = [
    path("petitions/", petitions.index, name="index"),
    path("petitions/confirm/<str:token>/", confirmations.confirm, name="confirm"),
    path("petitions/withdraw/<str:token>/", confirmations.withdraw, name="withdraw"),
    path("petitions/<petition:slug>/", petitions.petition, name="petition"),
    path("petitions/<petition:slug>/sign/", signatures.sign, name="sign"),
    path("petitions/<petition:slug>/sent/", signatures.sent, name="sent"),
    path("petitions/<petition:slug>/names/", petitions.names, name="names"),
    path("petitions/<petition:slug>/count.json", petitions.count, name="count"),
]
