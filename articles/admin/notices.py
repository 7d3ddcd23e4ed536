"""What each person of the staff is told of, and the list's filter of what waits for them."""

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponseRedirect
from django.shortcuts import render

from articles import waiting
from articles.models import NoticeChoice
from articles.notices import PERMISSIONS

How = NoticeChoice.How


class WaitingFilter(admin.SimpleListFilter):
    title = "for you"
    parameter_name = "waiting"

    def lookups(self, request, model_admin):
        lines = [line for line in waiting.WAITING if line.is_for(request.user)]
        return [(waiting.ALL, "all that waits for you"), *((line.name, line.title) for line in lines)]

    def queryset(self, request, articles):
        if not (name := self.value()):
            return articles
        return articles.filter(pk__in=waiting.waiting_for(request.user, name).values("pk"))


class ChoicesForm(forms.Form):
    """One question for each event of which this person may be told; of danger there is nothing to choose."""

    def __init__(self, *args, user, **options):
        super().__init__(*args, **options)
        self.user = user
        how = NoticeChoice.of(user)
        for event, permissions in PERMISSIONS.items():
            if event != NoticeChoice.Event.DANGER and any(user.has_perm(f"articles.{each}") for each in permissions):
                self.fields[event.value] = forms.ChoiceField(
                    label=event.label, choices=How.choices, initial=how[event.value], widget=forms.RadioSelect
                )

    def save(self) -> None:
        for event, how in self.cleaned_data.items():
            NoticeChoice.objects.update_or_create(user=self.user, event=event, defaults={"how": how})


def choices_page(request):
    """Anybody who may be told of an article or of a comment has this page."""
    form = ChoicesForm(request.POST or None, user=request.user)
    hears_of_danger = request.user.has_perm("articles.change_comment")
    if not form.fields and not hears_of_danger:
        raise PermissionDenied
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, "Saved. From now on you get mails in this way.")
        return HttpResponseRedirect(request.path)
    context = admin.site.each_context(request) | {"title": "Mails about articles", "form": form}
    return render(
        request,
        "admin/articles/notices.html",
        context | {"hears_of_danger": hears_of_danger},
        status=form_status(form),
    )


def form_status(form) -> int:
    return 422 if form.is_bound and form.errors else 200
