from django.urls import path

from listings.fake_stripe import views

app_name = "fake_stripe"
urlpatterns = [
    path("", views.control, name="control"),
    path("pay/<str:session_id>/", views.pay, name="pay"),
    path("portal/<str:portal_id>/", views.portal, name="portal"),
    path("v1/<path:path>", views.api_view, name="api"),
]
