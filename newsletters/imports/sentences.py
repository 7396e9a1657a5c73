"""What staff are told about a file, a layout, a row or a warning. Each says how to mend it."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

FILE: dict[str, str | Promise] = {
    "empty": _("The file is empty. Choose the sheet again."),
    "no_rows": _("There are no rows in this file or sheet."),
    "xls": _(
        "This Excel file is from before 1993. Open it in a spreadsheet program, save it as .xlsx "
        "or .csv, and upload that."
    ),
    "xlsb": _("This is a binary Excel workbook (.xlsb). Save it as .xlsx or .csv and upload that."),
    "numbers": _(
        "This is a Numbers file. In Numbers choose File, Export To, CSV or Excel, and upload that."
    ),
    "html": _(
        "This file is a web page, whatever its name says. Open it in a spreadsheet program, "
        "save it as .xlsx or .csv, and upload that."
    ),
    "xml": _(
        "This is an XML file. Open it in a spreadsheet program, save it as .xlsx or .csv, and "
        "upload that."
    ),
    "zip": _("This is a ZIP archive without a spreadsheet. Unpack it and upload the sheet inside."),
    "not_a_table": _("This is not a table. Upload a CSV, TSV, XLSX, XLS or ODS file."),
    "password": _(
        "This file is locked with a password. Save it without a password and upload that."
    ),
    "damaged": _(
        "This file is damaged. Open it in a spreadsheet program, save it again, and upload that."
    ),
    "bomb": _(
        "This file unfolds to far more than a list of people can be, so it was not opened. "
        "Save it as .csv and upload that."
    ),
    "sheet_size": _(
        "A spreadsheet may have 60 MB at most. Save it as .csv, which may have 200 MB."
    ),
    "text_size": _("A text file may have 200 MB at most. Cut it in two."),
    "too_many_rows": _("A file may have 1,048,576 rows at most. Cut it in two."),
    "too_many_sheet_rows": _(
        "A spreadsheet may have 250,000 rows at most. Save it as .csv, which may have 1,048,576."
    ),
    "unclosed_quote": _(
        "The quotation mark opened on line %(line)s is never closed. Mend that line and "
        "upload the file again."
    ),
    "no_mark": _("The file does not begin with the mark of UTF-16. Choose other letters."),
    "header_unreadable": _("Line %(line)s cannot be read as a header. Choose another header row."),
    "duplicate_header": _(
        "Two columns have the same name. Choose another header row, or rename one of them in "
        "the sheet and upload it again."
    ),
}

# Above the first two columns of the sheet of refused rows.
REFUSED_HEADING = (_("Row"), _("Reason"))

NOTES: dict[str, str | Promise] = {
    "encoding_guessed": _(
        "The file does not say how its letters are written. Look at names with accents or "
        "Cyrillic letters below; if they look wrong, choose another encoding."
    ),
    "header_guessed": _("We are not sure which row is the header. Please check it below."),
    "no_header": _("We found no header: the first row already holds a person. Please check."),
    "several_sheets": _("The file has several sheets. Only the one chosen below is imported."),
    "hidden_sheets": _("The file has hidden sheets. They can be chosen below, too."),
    "hidden_rows": _("Some rows were hidden in the sheet. They are imported like the others."),
    "hidden_columns": _(
        "Some columns were hidden in the sheet. They can be mapped like the others."
    ),
}

ROW: dict[str, str | Promise] = {
    "no_address": _("There is no e-mail address in this row."),
    "quote": _(
        "A quotation mark stands inside a cell. Put the whole cell in quotes or take the mark out."
    ),
    "nul": _("There are characters here that cannot be read (NUL). Type the row again."),
    "encoding": _(
        "There are letters here that do not fit the file's encoding. Type the row again."
    ),
    "long": _("A cell is longer than 10,000 characters."),
    "wide": _("The row has more than 1,000 cells."),
    "extra_cells": _(
        "The row has more cells than the header. A separator may stand inside a cell."
    ),
    "missing_cells": _(
        "The row has fewer cells than the header. A line break may stand inside a cell."
    ),
    "formula": _(
        "The cell holds a formula without its result. Open the file in a spreadsheet program, "
        "save it, and upload that."
    ),
}

WARNINGS: dict[str, str | Promise] = {
    "repaired": _(
        "The address was wrapped in something or had stray characters; we took them away."
    ),
    "role": _("An address that no person reads, such as abuse@ or noreply@. Better leave it out."),
    "look_alike": _(
        "The address mixes letters of two scripts, such as a Cyrillic а in admin@. It may pass for "
        "somebody else's; ask before you use it."
    ),
    "language": _("We do not know this language, so the cell is left out."),
    "time_zone": _(
        "We do not know this time zone, so the cell is left out. Write it like Europe/Berlin."
    ),
    "country": _("We do not know this country, so the cell is left out."),
    "typo": _(
        "The address looks mistyped, such as gmial.com for gmail.com. It is used as it stands; "
        "mend the sheet if it is wrong."
    ),
    "postcode": _("This does not look like a postcode, so the cell is left out."),
    "nought_lost": _("The postcode has four digits; a leading 0 may have been lost in the sheet."),
    "phone": _("This does not look like a telephone number, so the cell is left out."),
    "phone_cut": _(
        "The sheet has cut off the last digits of this telephone number; it is left out."
    ),
    "tag": _("This tag does not exist here, so it is left out."),
    "no_consent": _("The consent column does not say yes, so the person does not join the list."),
    "waiting": _("The person has been asked to confirm and has not answered yet. That stays so."),
}
