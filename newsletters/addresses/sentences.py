"""One sentence for each cause an address is refused, saying how to mend it.

An import stores the code of a refused row and looks the sentence up when
somebody reads the report, in the reader's language.
"""

from django.utils.translation import gettext_lazy as _

from newsletters.errors import AddressError

SENTENCES = {
    "empty": _("Write an e-mail address, like anna@example.org."),
    "too_long": _(
        "This is longer than an e-mail address can be; check that it is only one address."
    ),
    "several": _("There is more than one address here; write one."),
    "hidden": _(
        "There is a character here that cannot be seen; type the address instead of pasting it."
    ),
    "space": _("There is a space in this address; take it out."),
    "no_at": _("There is no @ here; an address looks like anna@example.org."),
    "wide": _("Some letters are of a special width or shape; type them as plain letters."),
    "wrapped": _("Write only the address, without a name, quotation marks or brackets around it."),
    "literal": _("Write the name of the mail service after the @, not a number in brackets."),
    "no_local": _("The part before the @ is missing."),
    "local_long": _("The part before the @ is longer than 64 characters; check it for a slip."),
    "local_dots": _("Before the @ a dot can only stand between two other characters."),
    "local_start": _(
        "An address cannot start with this sign; take it away or use another address."
    ),
    "local_character": _("There is a sign before the @ that an address cannot have; take it out."),
    "ours": _("This is an address of ours, not a person's; give the person's own."),
    "no_domain": _("The part after the @ is missing, like example.org."),
    "no_dot": _("The part after the @ needs a dot and an ending, like example.org."),
    "domain_dots": _("After the @ a dot can only stand between two words, like example.org."),
    "domain_long": _("The part after the @ is longer than it can be; check it for a slip."),
    "domain_number": _("The part after the @ ends in a number; it needs a name, like example.org."),
    "domain_character": _(
        "There is a sign after the @ that cannot be in the name of a mail service."
    ),
    "no_mail": _(
        "No mail arrives at the name after the @; look for a slip there, or use another address."
    ),
}


# For a field that refuses some of it before anybody reads an address.
OF_A_FIELD = {"required": SENTENCES["empty"], "max_length": SENTENCES["too_long"]}


def refusal(code: str) -> AddressError:
    """The error of this cause, with its sentence."""
    return AddressError(code, SENTENCES[code])
