from django.urls import path

from clinics.views.methods import read_only
from listings import chain_views, form_views, owner_views, photo_views, session_views, views

app_name = "listings"
urlpatterns = [
    path("list-your-practice/", owner_views.start, name="start"),
    path("list-your-practice/claim/<int:pk>/", owner_views.claim_clinic, name="claim_clinic"),
    path("list-your-practice/new/", form_views.new_listing, name="new_listing"),
    path("account/", owner_views.account, name="account"),
    path("account/listings/", owner_views.account, name="listings"),
    path("account/sessions/", session_views.sessions, name="sessions"),
    path("account/shared/", chain_views.shared_parts, name="shared_parts"),
    path("account/shared/<slug:part>/", chain_views.shared_part, name="shared_part"),
    path("account/claims/<int:pk>/", owner_views.claim, name="claim"),
    path("account/invitations/<str:token>/", owner_views.invitation, name="invitation"),
    path("account/listings/<int:pk>/", owner_views.listing, name="listing"),
    path("account/listings/<int:pk>/confirm/", owner_views.confirm_listing, name="confirm"),
    path("account/listings/<int:pk>/close/", owner_views.close_listing, name="close"),
    path("account/listings/<int:pk>/edit/", form_views.edit_listing, name="edit"),
    path("account/listings/<int:pk>/form/check/", form_views.check, name="check"),
    path("account/listings/<int:pk>/form/<slug:slug>/", form_views.step, name="step"),
    path("account/listings/<int:pk>/photos/", photo_views.photos, name="photos"),
    path("account/listings/<int:pk>/photos/<int:photo>/remove/", photo_views.remove_photo, name="remove_photo"),
    path("account/listings/<int:pk>/people/", owner_views.people, name="people"),
    path("account/listings/<int:pk>/people/<int:member>/remove/", owner_views.remove_person, name="remove_person"),
    path("list-your-practice/plans/", read_only(views.plan_list), name="plans"),
    path("account/listings/<int:pk>/plan/", views.plan_choose, name="plan_choose"),
    path("account/orders/<uuid:pk>/", views.order_detail, name="order_detail"),
    path("account/orders/<uuid:pk>/retry/", views.order_retry, name="order_retry"),
    path("account/listings/<int:pk>/billing/", views.billing, name="billing"),
    path("account/listings/<int:pk>/billing/portal/", views.billing_portal, name="billing_portal"),
    path("account/listings/<int:pk>/billing/cover/", views.billing_cover, name="billing_cover"),
    path("account/listings/<int:pk>/billing/cancel/", views.billing_cancel, name="billing_cancel"),
]
