"""The API where Stripe's own tools look for it: right below the host."""

from django.urls import path

from listings.fake_stripe import views

urlpatterns = [path("v1/<path:path>", views.api_view)]
