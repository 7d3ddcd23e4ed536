"""Where the link of a mail leads: the present facts, one button "Still right", or corrections in place."""

from django.db import transaction
from django.shortcuts import render
from django.utils.decorators import method_decorator
from django.views.decorators.csrf import csrf_exempt
from django.views.generic import View

from clinics.models import Clinic, ConfirmationRequest, Correction, FactGroup, Source
from clinics.verification.forms import ConfirmForm
from clinics.verification.freshness import reconfirm_after_days
from clinics.verification.provenance import confirm, withdraw
from clinics.verification.reconfirmation import LinkRefused, account_at, open_link, stated_groups, still_right
from clinics.views.clinic import find_clinic, services_by_group


# The link is the secret that a forged request would need, so the page does without the cookie of the form check.
@method_decorator(csrf_exempt, name="dispatch")
class ConfirmView(View):
    """Opening it changes nothing, for programs that look for viruses open every link of a mail."""

    def get(self, request, pk, token):
        clinic = find_clinic(pk)
        try:
            open_link(pk, token)
        except LinkRefused as error:
            return self.refuse(clinic, error)
        return self.show(clinic, ConfirmForm(instance=clinic))

    def post(self, request, pk, token):
        clinic = find_clinic(pk)
        with transaction.atomic():
            try:
                asked = open_link(pk, token, lock=True)
            except LinkRefused as error:
                return self.refuse(clinic, error)
            if "still_right" in request.POST:
                still_right(clinic, account_at(asked.email))
                return self.thank(clinic)
            form = ConfirmForm(request.POST, instance=Clinic.objects.select_for_update().get(pk=clinic.pk))
            if not form.is_valid():
                return self.show(clinic, form, status=422)
            self.apply(form, account_at(asked.email))
            asked.answer_with(ConfirmationRequest.Answer.CORRECTED)
            return self.thank(clinic)

    def apply(self, form, by) -> None:
        clinic = form.save()
        if gone := form.cleaned_data["gone"]:
            # Nothing else is confirmed of a place that is gone; an editor looks at it next.
            Correction.objects.create(clinic=clinic, problem=gone, note=form.cleaned_data["gone_note"])
            return
        groups = (set(stated_groups(clinic)) - {FactGroup.AVAILABILITY, FactGroup.HOURS}) | form.stated_groups
        confirm(clinic, sorted(groups), Source.OWNER, by, phone_changed="phone" in form.changed_facts)
        emptied = {FactGroup.AVAILABILITY, FactGroup.HOURS} - form.stated_groups
        withdraw(clinic, emptied)

    def thank(self, clinic):
        return self.render("clinics/confirm_thanks.html", {"clinic": clinic, "days": reconfirm_after_days()})

    def refuse(self, clinic, error):
        return self.render("clinics/confirm_refused.html", {"clinic": clinic, "sentence": str(error)}, status=410)

    def show(self, clinic, form, status=200):
        context = {"clinic": clinic, "form": form, "groups": services_by_group(clinic)}
        return self.render("clinics/confirm.html", context, status=status)

    def render(self, template, context, status=200):
        response = render(self.request, template, context, status=status)
        response["Cache-Control"] = "no-store"
        response["X-Robots-Tag"] = "noindex"
        return response
