from django.urls import path

from clinics.views.methods import read_only
from listings import views

app_name = "listings"
urlpatterns = [
    path("list-your-practice/plans/", read_only(views.plan_list), name="plans"),
    path("account/listings/<int:pk>/plan/", views.plan_choose, name="plan_choose"),
    path("account/orders/<uuid:pk>/", views.order_detail, name="order_detail"),
    path("account/orders/<uuid:pk>/retry/", views.order_retry, name="order_retry"),
    path("account/listings/<int:pk>/billing/", views.billing, name="billing"),
    path("account/listings/<int:pk>/billing/portal/", views.billing_portal, name="billing_portal"),
    path("account/listings/<int:pk>/billing/cancel/", views.billing_cancel, name="billing_cancel"),
]
