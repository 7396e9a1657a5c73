"""Staff addresses of this app; all live in the namespace ``staff``."""

from django.urls import URLPattern, path, re_path

from newsletters.staff import (
    deliveries,
    digests,
    imports,
    lists,
    mailings,
    outbox,
    people,
    previews,
)

# The name of a mail in the outbox: day, milliseconds and delivery.
KEPT = r"(?P<day>\d{4}-\d{2}-\d{2})/(?P<name>\d{1,20}-\d{1,20})"

urlpatterns: list[URLPattern] = [
    path("people/", people.people, name="people"),
    path("people/<int:pk>/", people.person, name="person"),
    path("people/<int:pk>/take-off/", people.person_take_off, name="person_take_off"),
    path("people/<int:pk>/block/", people.person_block, name="person_block"),
    path("lists/", lists.lists, name="lists"),
    path("lists/new/", lists.list_new, name="list_new"),
    path("lists/<int:pk>/", lists.list_edit, name="list"),
    path("imports/", imports.import_list, name="imports"),
    path("imports/new/", imports.import_new, name="import_new"),
    path("imports/<int:pk>/columns/", imports.import_map, name="import_map"),
    path("imports/<int:pk>/check/", imports.import_check, name="import_check"),
    path("imports/<int:pk>/", imports.import_report_page, name="import_report"),
    path("imports/<int:pk>/refused/", imports.import_refused, name="import_refused"),
    path("imports/<int:pk>/progress/", imports.import_progress, name="import_progress"),
    path("imports/<int:pk>/apply/", imports.import_apply, name="import_apply"),
    path("imports/<int:pk>/stop/", imports.import_stop, name="import_stop"),
    path("imports/<int:pk>/undo/", imports.import_undo, name="import_undo"),
    path("mailings/", mailings.mailing_list, name="mailings"),
    path("mailings/new/", mailings.mailing_new, name="mailing_new"),
    path("mailings/<int:pk>/", mailings.mailing, name="mailing"),
    path("mailings/<int:pk>/heading/", mailings.mailing_heading, name="mailing_heading"),
    path("mailings/<int:pk>/text/<slug:language>/", mailings.mailing_text, name="mailing_text"),
    path("mailings/<int:pk>/language/", mailings.mailing_language, name="mailing_language"),
    path("mailings/<int:pk>/audience/", mailings.mailing_audience, name="mailing_audience"),
    path("mailings/<int:pk>/preview/", previews.mailing_preview, name="mailing_preview"),
    path("mailings/<int:pk>/preview/mail/", previews.mailing_frame, name="mailing_frame"),
    path("mailings/<int:pk>/test/", previews.mailing_test, name="mailing_test"),
    path("mailings/<int:pk>/schedule/", mailings.mailing_schedule, name="mailing_schedule"),
    path("mailings/<int:pk>/move/", mailings.mailing_move, name="mailing_move"),
    path("mailings/<int:pk>/progress/", deliveries.mailing_progress, name="mailing_progress"),
    path("mailings/<int:pk>/people/", deliveries.mailing_people, name="mailing_people"),
    path("mailings/<int:pk>/unsure/", deliveries.mailing_unsure, name="mailing_unsure"),
    path("digests/", digests.digest_list, name="digests"),
    path("digests/new/", digests.digest_new, name="digest_new"),
    path("digests/<int:pk>/", digests.digest, name="digest"),
    path("digests/<int:pk>/plan/", digests.digest_edit, name="digest_edit"),
    path("digests/<int:pk>/today/", digests.digest_today, name="digest_today"),
    path("digests/issues/<int:pk>/", digests.digest_issue, name="digest_issue"),
    path(
        "digests/issues/<int:pk>/approve/",
        digests.digest_issue_approve,
        name="digest_issue_approve",
    ),
    path("digests/issues/<int:pk>/skip/", digests.digest_issue_skip, name="digest_issue_skip"),
    path("outbox/", outbox.outbox, name="outbox"),
    re_path(rf"^outbox/{KEPT}/$", outbox.outbox_mail, name="outbox_mail"),
    re_path(rf"^outbox/{KEPT}/body/$", outbox.outbox_body, name="outbox_body"),
    re_path(rf"^outbox/{KEPT}/source/$", outbox.outbox_source, name="outbox_source"),
]
