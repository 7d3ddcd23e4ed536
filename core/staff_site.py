"""The admin of a site whose staff, in a deployment, prove themselves twice."""

from allauth.account.decorators import secure_admin_login
from django.conf import settings
from django.contrib import messages
from django.contrib.admin import AdminSite
from django.shortcuts import redirect, render
from django.urls import path

from core.second_factors import has_second_factor, needs_invitation


class StaffSite(AdminSite):
    """With settings.STAFF_MFA, log-in is that of the accounts: counted, and with a passkey or a code of an app."""

    site_header = f"{settings.SITE_NAME}: editors"
    site_title = settings.SITE_NAME
    enable_nav_sidebar = False  # the lists need its width

    def has_permission(self, request):
        return super().has_permission(request) and (not settings.STAFF_MFA or has_second_factor(request.user))

    def get_urls(self):
        return [path("logged-in/", self.admin_view(self.logged_in), name="logged_in"), *super().get_urls()]

    def logged_in(self, request):
        """Where a log-in beside a form that is still open leads: the form goes on by itself."""
        context = self.each_context(request) | {"title": "You are logged in"}
        return render(request, "admin/logged_in.html", context)

    def login(self, request, extra_context=None):
        if not settings.STAFF_MFA:
            return super().login(request, extra_context)
        user = request.user
        if user.is_authenticated and user.is_staff and user.is_active and not has_second_factor(user):
            if needs_invitation(request, user):
                return redirect("account_staff_invitation")
            sentence = "Staff need a second proof here: add a passkey or an authenticator app, then come back."
            messages.warning(request, sentence)
            return redirect("mfa_index")
        return secure_admin_login(super().login)(request, extra_context)
