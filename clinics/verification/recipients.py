"""The addresses to which a clinic gets its mails: that of its owner, else its public one."""

from django.conf import settings
from django.db.models import Case, CharField, Exists, F, OuterRef, Q, Value, When
from django.db.models.functions import Coalesce
from django.utils.module_loading import import_string

from clinics.models import Clinic, ConfirmationRequest


def reachable_clinics():
    """Listed clinics with a working address, `mail_to`: one from which no mail has come back."""
    clinics = with_owner_email(Clinic.objects.listed(), "pk")
    bounced = {
        name: Q(Exists(ConfirmationRequest.objects.filter(email=OuterRef(name), bounced_at__isnull=False)))
        for name in ("owner_email", "contact_email")
    }
    usable = [When(~Q(**{name: ""}) & ~has_bounced, then=F(name)) for name, has_bounced in bounced.items()]
    return clinics.annotate(mail_to=Case(*usable, default=Value(""), output_field=CharField())).exclude(mail_to="")


def with_owner_email(rows, clinic: str):
    """Each with `owner_email`, "" without an owner. `clinic` names the column with the number of the clinic."""
    found = import_string(settings.OWNER_EMAIL)(OuterRef(clinic))
    return rows.annotate(owner_email=Coalesce(found, Value(""), output_field=CharField()))
