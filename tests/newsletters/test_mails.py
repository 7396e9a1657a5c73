"""Every mail the program writes by itself: complete, readable, and asking nobody for anything."""

import importlib
import re

import pytest

from newsletters.mails import CONFIRM_SUBSCRIPTION, Joined, MailType, write
from newsletters.names import one_line

APPS = ("newsletters", "campaigns", "petitions")


def all_mails():
    for app in APPS:
        try:
            module = importlib.import_module(f"{app}.mails")
        except ModuleNotFoundError as error:
            if error.name != f"{app}.mails":
                raise
            continue
        yield from (mail for mail in vars(module).values() if isinstance(mail, MailType))


def sample(name):
    if name == "joined":
        return [
            Joined(row, f"http://testserver/u/{row[:3]}/", ("First & <Karsh>.", "Second\nline."))
            for row in sample("lists")
        ]
    if name.endswith("_url"):
        return f"http://testserver/a/{'t' * 48}/?part=1&whole=2"
    if name.endswith("s"):
        return ["Letters & news from <Karsh>", "Urgent actions"]
    return f"O’Brien's {name} <b>& sons</b>"


def written(mail, language="en"):
    return write(mail, language=language, context={name: sample(name) for name in mail.context})


every_mail = pytest.mark.parametrize("mail", list(all_mails()), ids=lambda mail: mail.name)


@every_mail
@pytest.mark.parametrize("language", ["en", "ar"])
def test_every_mail_has_a_one_line_subject_a_text_and_a_page(mail, language):
    mail_in_words = written(mail, language)
    assert mail_in_words.subject == one_line(mail_in_words.subject) != ""
    assert len(mail_in_words.subject) <= 250
    assert mail_in_words.text.strip()
    assert "</html>" in mail_in_words.html
    assert f'lang="{language}"' in mail_in_words.html


@every_mail
def test_no_mail_asks_another_computer_for_anything(mail):
    html = written(mail).html
    assert not re.search(r"<(img|link|script|iframe|object|video|audio|form)\b", html)
    assert not re.search(r"url\(|@import|@font-face", html)
    assert not re.search(r'\b(src|background|srcset)="', html)


@every_mail
def test_every_link_to_our_site_stands_in_the_text_too(mail):
    mail_in_words = written(mail)
    links = {
        link.replace("&amp;", "&")
        for link in re.findall(r'href="(http://testserver[^"]*)"', mail_in_words.html)
    }
    assert all(link in mail_in_words.text for link in links)


@every_mail
def test_what_is_filled_in_stays_text(mail):
    mail_in_words = written(mail)
    assert "<Karsh>" not in mail_in_words.html
    assert "<b>" not in mail_in_words.html
    assert "&#x27;" not in mail_in_words.text + mail_in_words.subject
    assert "&amp;" not in mail_in_words.text + mail_in_words.subject


@every_mail
def test_styles_stand_at_the_element_and_the_dark_ones_in_the_head(mail):
    html = written(mail).html
    assert re.search(r'<body style="[^"]*background-color: ?#fbfaf6', html)
    assert "prefers-color-scheme: dark" in html


@every_mail
def test_every_mail_says_whose_it_is(mail, settings):
    settings.SITE_NAME = "Free Karsh & Veldland"
    settings.POSTAL_ADDRESS = "Long Street 1\n1010 Orrin"
    mail_in_words = written(mail)
    assert "Free Karsh & Veldland\nLong Street 1\n1010 Orrin" in mail_in_words.text
    assert "Free Karsh &amp; Veldland" in mail_in_words.html
    assert "Long Street 1<br>1010 Orrin" in mail_in_words.html


def test_a_context_that_is_not_the_declared_one_is_refused():
    with pytest.raises(ValueError, match="lists"):
        write(CONFIRM_SUBSCRIPTION, language="en", context={"confirm_url": "http://testserver/"})


def test_a_mail_belongs_to_the_app_in_its_name():
    assert MailType("petitions.confirm", ()).template("txt") == "petitions/mail/confirm.txt"
