from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html

from clinics.models import AccuracySample, Call
from clinics.pharmacies import SaidBy, store_report
from clinics.pharmacy_forms import FilledForm
from clinics.questions import kinds, stated
from clinics.questions.gaps import MOST_ASKED, gaps_of
from clinics.questions.registry import QUESTIONS, Question
from clinics.verification import call_list
from core.admin import ReadOnlyAdmin, link
from core.forms import YesNoUnknownField

Result = Call.Result
WOULD_NOT_SAY = "They would not say"
DAYS = [("0", "Today"), ("1", "Tomorrow"), ("3", "In 2–3 days"), ("7", "Within a week"), ("14", "In two weeks")]
DAYS += [("30", "Later"), ("", WOULD_NOT_SAY)]


class AnsweredForm(forms.Form):
    """The answers of a person at the clinic."""

    name_is_right = YesNoUnknownField(required=True, widget=forms.RadioSelect)
    address_is_right = YesNoUnknownField(unknown_label=WOULD_NOT_SAY, widget=forms.RadioSelect)
    accepting_new_patients = YesNoUnknownField(unknown_label=WOULD_NOT_SAY, widget=forms.RadioSelect)
    days_to_first_visit = forms.TypedChoiceField(
        choices=DAYS, coerce=int, empty_value=None, required=False, widget=forms.RadioSelect
    )
    note = forms.CharField(max_length=500, required=False, strip=True)

    def __init__(self, *args, questions: list[Question], **options):
        super().__init__(*args, **options)
        self.questions = questions
        for each in questions:
            self.fields[each.key] = kinds.form_field(each, widget=forms.RadioSelect)

    @property
    def further(self):
        """The fields of the first questions of the registry, beside their words."""
        return self._asked(self.questions[:MOST_ASKED])

    @property
    def if_they_have_time(self):
        return self._asked(self.questions[MOST_ASKED:])

    def _asked(self, questions):
        return [(self[each.key], f"“{each.question}”") for each in questions]

    @property
    def result(self) -> dict:
        """What `call_list.finish` takes."""
        of_registry = {each.key for each in self.questions}
        told = {name: value for name, value in self.cleaned_data.items() if name not in of_registry}
        return told | {"answers": {name: self.cleaned_data[name] for name in of_registry}}


def further_questions(call: Call) -> list[Question]:
    """What the clinic has not said, beside what every call asks: first what readers near it filter by."""
    known = stated.known(call.clinic)
    filtered = [gap.question for gap in gaps_of(call.clinic, one_tap=True)]
    asked = [QUESTIONS["telehealth_states"], *stated.asked_of(call.clinic)]
    others = [question for question in asked if known[question.key] is None]
    return [question for question in dict.fromkeys([*filtered, *others]) if _is_further(question)]


def asked_questions(data) -> list[Question]:
    """Those that the page asked which was sent in: somebody else may have answered one since."""
    asked = dict.fromkeys(data.getlist("asked"))
    return [QUESTIONS[key] for key in asked if key in QUESTIONS and _is_further(QUESTIONS[key])]


def _is_further(question: Question) -> bool:
    return question.key not in AnsweredForm.base_fields


def pharmacy_form(data=None) -> FilledForm:
    """Which pharmacy fills what the clinic prescribes; left empty, it says nothing."""
    return FilledForm(data, prefix="pharmacy", empty_permitted=True, use_required_attribute=False)


@admin.register(Call)
class CallAdmin(ReadOnlyAdmin):
    """The calls that were made, and the page that assigns the next one."""

    list_display = ["clinic", "number_called", "caller", "finished_at", "result", "accepting_new_patients"]
    list_filter = ["result", "finished_at"]
    list_select_related = ["clinic", "caller"]
    search_fields = ["clinic__name", "number_called"]
    change_list_template = "admin/clinics/call/change_list.html"

    def get_queryset(self, request):
        return super().get_queryset(request).defer("clinic__position")

    def get_urls(self):
        own = [
            path("next/", self.admin_site.admin_view(self.next_call), name="clinics_call_next"),
            path("<int:pk>/finish/", self.admin_site.admin_view(self.finish_call), name="clinics_call_finish"),
        ]
        return own + super().get_urls()

    def next_call(self, request):
        """A page for phones. Taking a clinic is a POST, so that opening the page takes none."""
        self.refuse_others(request)
        if request.method == "POST":
            if call_list.take_next(request.user) is None:
                self.message_user(request, "Nobody waits to be called now. Thank you.", messages.SUCCESS)
            return HttpResponseRedirect(reverse("admin:clinics_call_next"))
        held = Call.objects.select_related("clinic").filter(caller=request.user, finished_at=None)
        call = held.filter(taken_at__gt=timezone.now() - call_list.LEASE).first()
        form = AnsweredForm(questions=further_questions(call)) if call else None
        return self.show(request, call, form, pharmacy_form())

    def finish_call(self, request, pk):
        self.refuse_others(request)
        call = get_object_or_404(Call.objects.select_related("clinic"), pk=pk, caller=request.user)
        result = request.POST.get("result", "")
        if request.method != "POST" or call.finished_at or result not in Result.values:
            return HttpResponseRedirect(reverse("admin:clinics_call_next"))
        answers = {"note": request.POST.get("note", "")[:500]}
        if result == Result.ANSWERED:
            form = AnsweredForm(request.POST, questions=asked_questions(request.POST))
            pharmacy = pharmacy_form(request.POST)
            if not (form.is_valid() & pharmacy.is_valid()):
                return self.show(request, call, form, pharmacy, status=422)
            answers = form.result
            if pharmacy.has_changed():
                store_report(pharmacy.cleaned_data, SaidBy.CALLER, clinic=call.clinic)
        call_list.finish(call, result, **answers)
        if result == Result.ANSWERED:
            saved = format_html("Saved: {}. A wrong tap is corrected on its page.", link(call.clinic))
            self.message_user(request, saved, messages.SUCCESS)
        call_list.take_next(request.user)
        return HttpResponseRedirect(reverse("admin:clinics_call_next"))

    def refuse_others(self, request):
        if not request.user.has_perm("clinics.make_call"):
            raise PermissionDenied

    def show(self, request, call, form, pharmacy, status=200):
        sample = AccuracySample.objects.filter(measured_at=None).first()
        context = {
            **self.admin_site.each_context(request),
            "title": "Call list",
            "call": call,
            "clinic": call and call.clinic,
            "shown": call.sample_member.shown if call and call.sample_member_id else None,
            "form": form,
            "pharmacy": pharmacy,
            "waiting": call_list.waiting().count() if call is None else None,
            "reports": call.clinic.corrections.open().worst_first() if call else [],
            "without_answers": [
                (Result.NO_ANSWER, "No answer or busy"),
                (Result.MACHINE, "Recording of this clinic"),
                (Result.DEAD, "Dead number"),
                (Result.STRANGER, "Somebody else’s number"),
                (Result.CLOSED, "The clinic has closed"),
            ],
            "sample": sample,
            "unscored": sample.members.filter(scored_at=None).count() if sample else 0,
        }
        return render(request, "admin/clinics/call/next.html", context, status=status)
