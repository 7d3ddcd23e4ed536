from functools import wraps

from django.shortcuts import render

READING = ("GET", "HEAD")


def read_only(view):
    """A page that is only read: anything but GET and HEAD is a 405 with a way on.

    Exempt from the check against forged requests, which would answer first, and with a sentence about cookies.
    """

    @wraps(view)
    def answer(request, *args, **kwargs):
        if request.method in READING:
            return view(request, *args, **kwargs)
        response = render(request, "405.html", {"is_error": True}, status=405)
        response["Allow"] = ", ".join(READING)
        return response

    answer.csrf_exempt = True
    return answer


def with_form(view):
    """A page whose form comes back to it.

    Under no-referrer a browser posts "Origin: null", which the check against forged requests refuses.
    """

    @wraps(view)
    def answer(request, *args, **kwargs):
        response = view(request, *args, **kwargs)
        response["Referrer-Policy"] = "same-origin"
        return response

    return answer
