"""Programs tests start on an installation of its own: Django stands before any is imported.

``python -m tests.programs.NAME``; the environment says which installation.
"""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()
