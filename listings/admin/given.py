"""Plans that are given to partners without charge."""

from datetime import datetime, time

from django import forms
from django.contrib.admin.widgets import AdminDateWidget
from django.utils import timezone

from listings.billing import desk
from listings.models import Plan, Subscription

EXPLAINS = (
    "The listing has the plan until the end of that day, as if it were paid, and its owner sees that it is given. "
    "Nothing is ever charged: the gateway does not know of it. Searches do not change, but for the Sponsored band."
)


class GiveForm(forms.Form):
    listing = forms.CharField(
        max_length=200, label="the clinic", help_text="number of its listing, or part of its name"
    )
    plan = forms.ModelChoiceField(queryset=Plan.objects.filter(prices__isnull=False).distinct())
    until = forms.DateField(help_text="the last day", widget=AdminDateWidget)
    note = forms.CharField(max_length=200, help_text="why; kept in the history of the subscription")

    def clean_listing(self):
        try:
            return desk.listing_named(self.cleaned_data["listing"])
        except ValueError as error:
            raise forms.ValidationError(str(error)) from error

    def give(self) -> Subscription:
        """Raises ValueError with a sentence."""
        data = self.cleaned_data
        until = timezone.make_aware(datetime.combine(data["until"], time(23, 59, 59)))
        prices = data["plan"].prices_on()
        if not prices:
            raise ValueError("This plan has no price today, so it is no paid plan.")
        return desk.give(data["listing"], prices[0], until)
