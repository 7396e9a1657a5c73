"""Staff addresses of this app; all live in the namespace ``staff``."""

from django.urls import URLPattern, path

from newsletters.staff import imports, lists, people

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
]
