"""Gunicorn's settings (``--config python:config.gunicorn``): no visitor is written down."""

import logging
from typing import Any

from gunicorn.glogging import Logger

worker_class = "gthread"
threads = 8
graceful_timeout = 5
loglevel = "warning"
accesslog = None
control_socket_disable = True


class QuietLogger(Logger):  # type: ignore[misc]  # gunicorn ships no types
    """Errors of the server itself; never an IP address, never what was asked for."""

    def setup(self, cfg: Any) -> None:
        """As gunicorn does, with a filter."""
        super().setup(cfg)
        self.error_log.addFilter(without_visitor)


def without_visitor(record: logging.LogRecord) -> bool:
    """Gunicorn names the address of a broken request and the link of a failed one: both go."""
    if str(record.msg).startswith("Invalid request from ip="):
        return False
    if str(record.msg).startswith("Error handling request"):
        record.msg, record.args = "Error handling a request", ()
    return True


logger_class = QuietLogger
