from django.http import QueryDict
from django.shortcuts import render

from core.middleware.private_pages import is_private

# What may be sent at once, in bytes: a form; a document or photo of an owner (10 MB); a list for an import by staff;
# a message of the payment gateway.
FORM_BYTES = 256_000
OWNER_BYTES = 11_000_000
STAFF_BYTES = 110_000_000
MESSAGE_BYTES = 1_000_000
# Of an address. A search with every filter ticked has 3,000 characters, and pages repeat it in many links. In a longer
# one each value is cut, so that its field refuses it in its own words and no page repeats it.
LONGEST_LINK, LONGEST_VALUE = 6_000, 300
LONGEST_QUERY, LONGEST_PATH = 16_000, 1_000


def body_limit(get_response):
    """413 and 414 for more than any form or link of ours sends, before it is read: files are written meanwhile."""

    def most_bytes(request) -> int:
        if request.path_info.startswith("/webhooks/"):
            return MESSAGE_BYTES
        if request.path_info.startswith("/admin/"):
            return STAFF_BYTES if request.user.is_staff else FORM_BYTES
        has_file = request.content_type == "multipart/form-data"
        return OWNER_BYTES if has_file and is_private(request) and request.user.is_authenticated else FORM_BYTES

    def refuse(request, status: int, **facts):
        request.META["QUERY_STRING"], request.GET = "", QueryDict()  # the page's own links carry it on
        return render(request, "413.html", {"is_error": True, **facts}, status=status)

    def answer(request):
        asked = len(request.META.get("QUERY_STRING", ""))
        if asked > LONGEST_QUERY or len(request.path_info) > LONGEST_PATH:
            return refuse(request, 414)
        if asked > LONGEST_LINK:
            cut_values(request)
        length = request.META.get("CONTENT_LENGTH") or "0"
        if length.isdigit() and int(length) > FORM_BYTES and int(length) > (most := most_bytes(request)):
            # A file has ten million bytes and the rest of the form one million; what is no file is too long a text.
            facts = {"back": request.path, "most_megabytes": most // 1_000_000 - 1} if most == OWNER_BYTES else {}
            return refuse(request, 413, **facts)
        return get_response(request)

    return answer


def cut_values(request) -> None:
    """Cut what is longer than any parameter of ours, and leave the rest as it is."""
    query = QueryDict(mutable=True)
    for name, values in request.GET.lists():
        query.setlist(name[:LONGEST_VALUE], [value[:LONGEST_VALUE] for value in values])
    request.GET, request.META["QUERY_STRING"] = query, query.urlencode()
