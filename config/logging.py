"""The two forms of a log line, for the site and for gunicorn; core/logs.py says what may be in one."""

FORMATTERS = {
    "plain": {"format": "{asctime} {levelname} {name} {request_id}: {message}", "style": "{"},
    "json": {"()": "core.logs.AsJson"},
}
