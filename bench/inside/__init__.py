"""Programs of a benchmark that live inside Django: it stands before any of them is imported.

``python -m bench.inside.NAME``; the environment says which installation.
"""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()
