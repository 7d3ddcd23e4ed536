import logging
import re

# Of a client; an address of the server itself has no such word before it.
CLIENT_ADDRESS = re.compile(r"\bip=\S+")
# In "GET /clinics/?near=02139 HTTP/1.1" everything from the question mark to the blank.
QUERY_STRING = re.compile(r"\?[^\s\"']*")
# What gunicorn quotes of a request that it cannot read: after a blank too much, half a search is an "HTTP version".
UNREADABLE = re.compile(r"(Invalid request from [^:]*: [^:]*).*", re.DOTALL)


class WithoutQuery(logging.Filter):
    """Cuts query strings and clients out of a record, its arguments and its traceback before it is written."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg = CLIENT_ADDRESS.sub("ip=-", QUERY_STRING.sub("", UNREADABLE.sub(r"\1", record.getMessage())))
        record.args = ()
        if record.exc_info and not record.exc_text:
            # The frames of a traceback name files and lines; its last line may quote what the visitor typed.
            error = record.exc_info[1]
            record.exc_text = "".join(
                f'\n  File "{frame.f_code.co_filename}", line {line}, in {frame.f_code.co_name}'
                for frame, line in _walk(record.exc_info[2])
            ).lstrip("\n")
            record.exc_text += f"\n{type(error).__name__}"
        record.exc_info = None
        return True


def _walk(traceback):
    while traceback is not None:
        yield traceback.tb_frame, traceback.tb_lineno
        traceback = traceback.tb_next
