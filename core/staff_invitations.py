"""Invitations of staff: without one a password alone adds no second factor to a staff account that has none.

An invitation is a link: signed, for one account, until the first second factor is added or LIFETIME has passed. A new
one ends the one before. Opening it only tells this browser apart; the password is asked for as ever.
"""

from datetime import timedelta
from urllib.parse import urlencode

from django.conf import settings
from django.core import signing
from django.core.mail import EmailMultiAlternatives
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override

from core import email
from core.models import OutgoingEmail, StaffInvitation

SALT = "core.staff_invitations"
LIFETIME = timedelta(days=3)
SESSION_KEY = "staff_invitation"
MAIL = "core/staff_invitation"


def link_for(user, language: str = "") -> str:
    """A new invitation of `user`, as the address of its page."""
    invitation, _is_new = StaffInvitation.objects.update_or_create(
        user=user, defaults={"nonce": StaffInvitation.new_nonce()}
    )
    token = signing.dumps([user.pk, invitation.nonce], salt=SALT)
    with override(language or settings.LANGUAGE_CODE):
        return f"{settings.SITE_URL}{reverse('account_staff_invitation')}?{urlencode({'link': token})}"


def mail_to(user) -> bool:
    """Mail a new invitation; False, and none is made, if the account has no address."""
    if not user.email:
        return False
    key = f"staff-invitation-{user.pk}-{StaffInvitation.new_nonce()}"
    email.enqueue(key, MAIL, to=user.email, context={"url": link_for(user)}, is_secret=True)
    return True


def compose(mail: OutgoingEmail) -> EmailMultiAlternatives:
    """The mail in the active language."""
    names = {"site": settings.SITE_NAME, "days": LIFETIME.days}
    lines = [
        _("You are invited to set up the second factor of your account for staff of %(site)s.") % names,
        _("Open this link within %(days)s days, then log in with your password:") % names,
        mail.context["url"],
        _("The link works once. If you did not expect it, tell whoever runs the site."),
    ]
    subject = _("Set up your second factor on %(site)s") % names
    return EmailMultiAlternatives(subject, "\n\n".join(lines) + "\n", to=[mail.to])


def is_invited(request, user) -> bool:
    """Whether this browser opened an invitation of `user` that is still valid."""
    return invited_user_id(request.session.get(SESSION_KEY, "")) == user.pk


def invited_user_id(token: str) -> int | None:
    """Whose invitation it is, if it is valid."""
    try:
        user_id, nonce = signing.loads(token, salt=SALT, max_age=LIFETIME)
    except signing.BadSignature:
        return None
    return user_id if StaffInvitation.objects.filter(user_id=user_id, nonce=nonce).exists() else None


def use(sender, instance, created, **kwargs) -> None:
    """The account has a second factor now. Connected to post_save of allauth's table, so in the same transaction."""
    if created:
        StaffInvitation.objects.filter(user=instance.user_id).delete()


def invitation_page(request):
    """Where an invitation leads: to the log-in. Without a valid one, a page that says how to get one."""
    user_id = invited_user_id(request.GET.get("link", ""))
    if user_id is None or (request.user.is_authenticated and request.user.pk != user_id):
        has_ended = "link" in request.GET
        context = {"has_ended": has_ended, "days": LIFETIME.days}
        return render(request, "account/staff_invitation.html", context, status=410 if has_ended else 403)
    request.session[SESSION_KEY] = request.GET["link"]
    if request.user.is_authenticated:
        return redirect("mfa_index")
    return redirect(reverse("account_login", query={"next": reverse("mfa_index")}))
