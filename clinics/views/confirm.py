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
from clinics.verification.lock import Writer, waits
from clinics.verification.proposals import propose
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
            gone = form.cleaned_data["gone"]
            held_back = None if gone == "closed" else self.apply(form, confirmation_request)
            if gone:
                self.report(clinic, form, confirmation_request)
            confirmation_request.answer_with(ConfirmationRequest.Answer.CORRECTED)
            return self.thank(clinic, held_back, gone)

    def take_tap(self, clinic, tapped, by):
        """One answer, after which the page asks the next; what no button sends changes nothing."""
        if tapped is None:
            return self.show(clinic, ConfirmForm(instance=clinic), status=422)
        question, value = tapped
        clinic = Clinic.objects.select_for_update().get(pk=clinic.pk)
        answer(clinic, {question.key: value}, Source.OWNER, by)
        return self.show(clinic, ConfirmForm(instance=clinic), answered=question)

    def apply(self, form, asked):
        """Write what is live at once; returns the change that waits for an editor, if any."""
        by, proposed = account_of(asked.email), form.take_out(lambda name: waits(Writer.LINK, [name]))
        clinic = form.save()
        held_back = propose(clinic, proposed, Writer.LINK, by=by, asked=asked) if proposed else None
        stated.state(clinic, form.given_answers, Source.OWNER)
        clinic.save(update_fields=["answers", "answers_stated", "availability_bits", "updated_at"])
        groups = (set(stated_groups(clinic)) - {FactGroup.AVAILABILITY, FactGroup.HOURS}) | form.stated_groups
        # Who proposes another number, or says that it has moved, does not confirm what readers see.
        if held_back or form.cleaned_data["gone"]:
            groups.discard(FactGroup.CONTACT)
        confirm(clinic, sorted(groups), Source.OWNER, by, phone_changed=False)
        emptied = {FactGroup.AVAILABILITY, FactGroup.HOURS} - form.stated_groups
        withdraw(clinic, emptied)
        return held_back

    def report(self, clinic, form, asked) -> None:
        """That it has moved or closed, for the queue of the editors; what has closed states nothing else."""
        note = f"By the link that was mailed to {asked.email}. {form.cleaned_data['gone_note']}".strip()
        Correction.objects.create(clinic=clinic, problem=form.cleaned_data["gone"], note=note)

    def thank(self, clinic, held_back=None, gone=""):
        context = {"clinic": clinic, "days": reconfirm_after_days(), "held_back": held_back, "gone": gone}
        return self.render("clinics/confirm_thanks.html", context)

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
