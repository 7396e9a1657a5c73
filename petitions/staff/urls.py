"""Staff addresses of this app; all live in the namespace ``staff``."""

from django.urls import URLPattern, path

from petitions.staff import petitions, signatures

urlpatterns: list[URLPattern] = [
    path("petitions/", petitions.petitions, name="petitions"),
    path("petitions/new/", petitions.petition_new, name="petition_new"),
    path("petitions/<int:pk>/", petitions.petition, name="petition"),
    path("petitions/<int:pk>/preview/", petitions.petition_preview, name="petition_preview"),
    path("petitions/<int:pk>/move/<slug:state>/", petitions.petition_move, name="petition_move"),
    path("petitions/<int:pk>/text/<slug:language>/", petitions.petition_text, name="petition_text"),
    path(
        "petitions/<int:pk>/signatures/",
        signatures.petition_signatures,
        name="petition_signatures",
    ),
    path(
        "petitions/<int:pk>/signatures/count/",
        signatures.petition_count_ignored,
        name="petition_count_ignored",
    ),
    path("signatures/<int:pk>/<slug:move>/", signatures.signature_move, name="signature_move"),
]
