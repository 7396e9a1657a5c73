"""Leaving by the link in a mail: a page with one button for people, one POST for mail programs."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from newsletters.public.token_page import token_page, unknown_link
from newsletters.selectors import unsubscribe as selector
from newsletters.services import subscriptions

# RFC 8058 section 3.1: the one pair of List-Unsubscribe-Post.
ONE_CLICK = ("List-Unsubscribe", "One-Click")


@token_page
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """GET shows one button; POST leaves at once, without cookie, login or redirect (RFC 8058).

    Nothing here shows or changes anything else: the mail may have been forwarded.
    """
    departure = selector.by_link(token)
    if departure is None:
        return unknown_link(request)
    context = {
        "lists": departure.named(),
        "everything": not departure.lists,
        "is_list_gone": departure.is_list_gone,
        "token": token,
    }
    if request.method != "POST":
        return render(request, "newsletters/public/unsubscribe.html", context)
    name, value = ONE_CLICK
    if request.POST.get(name) == value:
        subscriptions.leave_by_token(token, method="one-click")
        return HttpResponse("OK\n", content_type="text/plain")
    subscriptions.leave_by_token(token, method="unsubscribe page")
    return render(request, "newsletters/public/unsubscribed.html", context)
