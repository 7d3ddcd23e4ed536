"""Accounts of staff and owners: their users, and the second factors that a superuser removes when they are lost."""

from allauth.mfa.models import Authenticator
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import User

from core.admin.base import ReadOnlyAdmin, log_each
from core.second_factors import has_second_factor, remove
from core.staff_invitations import mail_to

admin.site.unregister([Authenticator, User])


@admin.register(User)
class AccountAdmin(UserAdmin):
    actions = ["invite"]

    def get_actions(self, request):
        actions = super().get_actions(request)
        if not request.user.is_superuser:
            actions.pop("invite", None)
        return actions

    @admin.action(description="Mail an invitation to add the first second factor")
    def invite(self, request, users):
        for user in users:
            if not user.is_staff or has_second_factor(user):
                self.message_user(request, f"{user}: no member of staff without a second factor.", messages.WARNING)
            elif mail_to(user):
                log_each(request, [user], "Invited to add a second factor.")
                self.message_user(request, f"{user}: a mail is on its way.", messages.SUCCESS)
            else:
                sentence = f"{user}: no e-mail address. `waypost invite_staff {user}` prints the link."
                self.message_user(request, sentence, messages.WARNING)


@admin.register(Authenticator)
class AuthenticatorAdmin(ReadOnlyAdmin):
    """Which second factors an account has. Deleted when lost: staff who had no other are invited to add one."""

    list_display = ["user", "type", "created_at", "last_used_at"]
    fields = ("user", "type", "created_at", "last_used_at")
    list_filter = ["type"]
    list_select_related = ["user"]
    search_fields = ["user__username", "user__email"]

    def has_delete_permission(self, request, authenticator=None):
        return request.user.is_superuser

    def delete_model(self, request, authenticator):
        remove(authenticator)

    def delete_queryset(self, request, authenticators):
        for authenticator in authenticators.select_related("user"):
            remove(authenticator)
