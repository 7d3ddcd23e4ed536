from django.urls import Resolver404, resolve

from core.models import RateCount
from core.rate_limits import count, senders, too_many

# Forms that belong to libraries, by the name of their page: the action that is limited, and the field that names the
# account, if there is one.
FORMS = {
    "account_login": ("login", "login"),
    "admin:login": ("login", "username"),
    "mfa_authenticate": ("login", None),
    "account_reauthenticate": ("login", None),
    "mfa_reauthenticate": ("login", None),
    "mfa_reauthenticate_webauthn": ("login", None),
    "account_change_password": ("login", None),
    "account_signup": ("signup", "email"),
    "account_reset_password": ("password reset", "email"),
    "account_reset_password_from_key": ("password reset", None),
    "account_email": ("account mail", None),
}


class FormLimits:
    """Counts log-in and the like before the form is validated, so that no flood costs a password hash."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        counted = self.senders(request) if request.method == "POST" else {}
        for name, sender in counted.items():
            if not count(name, sender):
                return too_many(request, name)
        response = self.get_response(request)
        if response.status_code == 302:  # a form with a wrong password or code is shown again
            for name in counted.keys() & {"login", "login by account"}:
                RateCount.forgive(name, counted[name])
        return response

    def senders(self, request) -> dict[str, str]:
        """{limit: the sender who is counted} for a form of FORMS, else nothing."""
        try:
            page = resolve(request.path_info).view_name
        except Resolver404:
            return {}
        if page not in FORMS:
            return {}
        action, field = FORMS[page]
        return senders(request, action, account=request.POST.get(field, "") if field else None)
