"""How the site and gunicorn log: the same two forms of a line, never with what was searched for (core/logs.py)."""


def to_stderr(form: str, loggers: dict[str, str]) -> dict:
    """A configuration for lines that are "plain" or "json", from WARNING on; `loggers` have their own levels."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"without_query": {"()": "core.logs.WithoutQuery"}},
        "formatters": {
            "plain": {"format": "{asctime} {levelname} {name} {request_id}: {message}", "style": "{"},
            "json": {"()": "core.logs.AsJson"},
        },
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": form, "filters": ["without_query"]}},
        "root": {"handlers": ["console"], "level": "WARNING"},
        "loggers": {
            name: {"handlers": ["console"], "level": level, "propagate": False} for name, level in loggers.items()
        },
    }
