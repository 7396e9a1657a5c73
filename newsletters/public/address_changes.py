"""The page behind the mail to a new address."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from newsletters.errors import AddressRefused
from newsletters.public.token_page import token_page, unknown_link
from newsletters.selectors import address_changes as selector
from newsletters.services import address_changes, links


@token_page
def address(request: HttpRequest, token: str) -> HttpResponse:
    """One button; pressed, mail goes to this address from now on."""
    asked = selector.by_link(token, hours=links.ADDRESS_HOURS)
    if asked is None:
        return unknown_link(request)
    if asked.change is None:
        return _show(request, "over", status=410)
    if request.method != "POST":
        return _show(request, "ask")
    try:
        done = address_changes.confirm(change=asked.change)
    except AddressRefused:
        return _show(request, "refused", status=409)
    return _show(request, "done") if done else _show(request, "over", status=410)


def _show(request: HttpRequest, stage: str, status: int = 200) -> HttpResponse:
    return render(request, "newsletters/public/address.html", {"stage": stage}, status=status)
