"""The page of a reconfirmation link: the facts shown now, a button "Still right", and corrections in place."""

from django.contrib.auth import get_user_model
from django.db import transaction
from django.shortcuts import render
from django.utils.decorators import method_decorator
from django.views.decorators.csrf import csrf_exempt
from django.views.generic import View

from clinics.models import Clinic, ConfirmationRequest, Correction, FactGroup, Source
from clinics.offers import offers_of
from clinics.questions import stated
from clinics.questions.gaps import MOST_ASKED, gaps_of, read_tap
from clinics.verification.confirmation_links import LinkRefused, open_link
from clinics.verification.forms import ConfirmForm
from clinics.verification.freshness import reconfirm_after_days
from clinics.verification.provenance import answer, confirm, stated_groups, withdraw
from clinics.verification.reconfirmation import still_right
from clinics.views.clinic import find_clinic


def account_of(email: str):
    """The person who has an account with this address, if any."""
    return get_user_model().objects.filter(email__iexact=email, is_active=True).first()


# The link is the secret that a forged request would lack, so the page needs no cookie against forgery.
@method_decorator(csrf_exempt, name="dispatch")
class ConfirmView(View):
    """A GET changes nothing: programs that look for viruses open every link of a mail."""

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
                confirmation_request = open_link(pk, token, lock=True)
            except LinkRefused as error:
                return self.refuse(clinic, error)
            if "still_right" in request.POST:
                still_right(clinic, account_of(confirmation_request.email))
                return self.thank(clinic)
            if "answer" in request.POST:
                return self.take_tap(clinic, read_tap(request.POST["answer"]), account_of(confirmation_request.email))
            form = ConfirmForm(request.POST, instance=Clinic.objects.select_for_update().get(pk=clinic.pk))
            if not form.is_valid():
                return self.show(clinic, form, status=422)
            self.apply(form, account_of(confirmation_request.email))
            confirmation_request.answer_with(ConfirmationRequest.Answer.CORRECTED)
            return self.thank(clinic)

    def take_tap(self, clinic, tapped, by):
        """One answer, after which the page asks the next; what no button sends changes nothing."""
        if tapped is None:
            return self.show(clinic, ConfirmForm(instance=clinic), status=422)
        question, value = tapped
        clinic = Clinic.objects.select_for_update().get(pk=clinic.pk)
        answer(clinic, {question.key: value}, Source.OWNER, by)
        return self.show(clinic, ConfirmForm(instance=clinic), answered=question)

    def apply(self, form, by) -> None:
        clinic = form.save()
        if gone := form.cleaned_data["gone"]:
            # A clinic that is gone confirms nothing else; an editor looks at the report.
            Correction.objects.create(clinic=clinic, problem=gone, note=form.cleaned_data["gone_note"])
            return
        stated.state(clinic, form.given_answers, Source.OWNER)
        clinic.save(update_fields=["answers", "answers_stated", "availability_bits", "updated_at"])
        groups = (set(stated_groups(clinic)) - {FactGroup.AVAILABILITY, FactGroup.HOURS}) | form.stated_groups
        phone_changed = clinic.has_replaced(form.initial["phone"])
        confirm(clinic, sorted(groups), Source.OWNER, by, phone_changed=phone_changed)
        emptied = {FactGroup.AVAILABILITY, FactGroup.HOURS} - form.stated_groups
        withdraw(clinic, emptied)

    def thank(self, clinic):
        return self.render("clinics/confirm_thanks.html", {"clinic": clinic, "days": reconfirm_after_days()})

    def refuse(self, clinic, error):
        return self.render("clinics/confirm_refused.html", {"clinic": clinic, "sentence": str(error)}, status=410)

    def show(self, clinic, form, status=200, answered=None):
        asked = gaps_of(clinic, one_tap=True)[:MOST_ASKED]
        context = {"clinic": clinic, "form": form, "offers": offers_of(clinic), "gaps": asked, "answered": answered}
        return self.render("clinics/confirm.html", context, status=status)

    def render(self, template, context, status=200):
        response = render(self.request, template, context, status=status)
        response["Cache-Control"] = "no-store"
        response["X-Robots-Tag"] = "noindex"
        return response
