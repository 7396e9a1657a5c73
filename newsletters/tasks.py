"""Ten-line shells around services; found by Celery, rung by name."""
