"""The columns of a list's proof of consent."""

from newsletters.resources.tables import MomentWidget, Table, cell


class ConsentResource(Table):
    """Lines of ``selectors.consent_reports.table``."""

    email = cell("email")
    fingerprint = cell("fingerprint")
    agreed_at = cell("at", MomentWidget)
    wording = cell("wording")
    language = cell("language")
    version = cell("version")
    door = cell("door")
    legal_basis = cell("legal_basis")
    withdrawn_at = cell("withdrawn_at", MomentWidget)
