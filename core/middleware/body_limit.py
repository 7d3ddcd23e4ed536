from django.shortcuts import render

from core.middleware.private_pages import is_private

# What may be sent at once: a form; a document or photo of an owner (10 MB); a list for an import by staff.
FORM_BYTES = 2_500_000
OWNER_BYTES = 11_000_000
STAFF_BYTES = 110_000_000


def body_limit(get_response):
    """413 for more than any form of ours sends, before it is read: files are written to disk while they are read."""

    def most_bytes(request) -> int:
        if request.path_info.startswith("/admin/"):
            return STAFF_BYTES if request.user.is_staff else FORM_BYTES
        return OWNER_BYTES if is_private(request) and request.user.is_authenticated else FORM_BYTES

    def answer(request):
        length = request.META.get("CONTENT_LENGTH") or "0"
        if length.isdigit() and int(length) > FORM_BYTES and int(length) > most_bytes(request):
            return render(request, "413.html", {"is_error": True}, status=413)
        return get_response(request)

    return answer
