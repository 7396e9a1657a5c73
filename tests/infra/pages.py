"""Pages with one fault each, to show that the watched browser sees it."""

from django.http import HttpRequest, HttpResponse
from django.urls import path

PAGE = '<!doctype html><html lang="en"><title>A page</title><link rel="icon" href="data:,">'


def good(_request: HttpRequest) -> HttpResponse:
    """Nothing to complain about."""
    return HttpResponse(f"{PAGE}<main><h1>Good</h1></main>")


def outside(_request: HttpRequest) -> HttpResponse:
    """Asks another host for a picture; the policy is left out, so the request really starts."""
    response = HttpResponse(
        f'{PAGE}<main><h1>x</h1><img alt="" src="http://example.net/a.png"></main>'
    )
    response._csp_exempt = True  # type: ignore[attr-defined]  # django-csp's own switch
    return response


def inline(_request: HttpRequest) -> HttpResponse:
    """A script in the page, which the policy forbids."""
    return HttpResponse(f"{PAGE}<main><h1>x</h1></main><script>document.title = 'run'</script>")


def unlabelled(_request: HttpRequest) -> HttpResponse:
    """A field without a name."""
    return HttpResponse(f"{PAGE}<main><h1>x</h1><input></main>")


urlpatterns = [
    path("good", good),
    path("outside", outside),
    path("inline", inline),
    path("unlabelled", unlabelled),
]
