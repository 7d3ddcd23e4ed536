from django.urls import path

from core.decorators import read_only
from listings.accounts import bulk_edit, photos, sessions
from listings.accounts import views as accounts
from listings.billing import views as billing
from listings.wizard import views as wizard

app_name = "listings"
urlpatterns = [
    path("list-your-practice/", accounts.start, name="start"),
    path("list-your-practice/claim/<int:pk>/", accounts.claim_clinic, name="claim_clinic"),
    path("list-your-practice/new/", wizard.new_listing, name="new_listing"),
    path("account/", accounts.account, name="account"),
    path("account/listings/", accounts.account, name="listings"),
    path("account/sessions/", sessions.sessions, name="sessions"),
    path("account/shared/", bulk_edit.shared_parts, name="shared_parts"),
    path("account/shared/<slug:part>/", bulk_edit.shared_part, name="shared_part"),
    path("account/claims/<int:pk>/", accounts.claim, name="claim"),
    path("account/invitations/<str:token>/", accounts.invitation, name="invitation"),
    path("account/listings/<int:pk>/", accounts.listing, name="listing"),
    path("account/listings/<int:pk>/confirm/", accounts.confirm_listing, name="confirm"),
    path("account/listings/<int:pk>/close/", accounts.close_listing, name="close"),
    path("account/listings/<int:pk>/edit/", wizard.edit_listing, name="edit"),
    path("account/listings/<int:pk>/form/check/", wizard.check, name="check"),
    path("account/listings/<int:pk>/form/<slug:slug>/", wizard.step, name="step"),
    path("account/listings/<int:pk>/photos/", photos.photos, name="photos"),
    path("account/listings/<int:pk>/photos/<int:photo>/remove/", photos.remove_photo, name="remove_photo"),
    path("account/listings/<int:pk>/people/", accounts.people, name="people"),
    path("account/listings/<int:pk>/people/<int:member>/remove/", accounts.remove_person, name="remove_person"),
    path("list-your-practice/plans/", read_only(billing.plan_list), name="plans"),
    path("account/listings/<int:pk>/plan/", billing.plan_choose, name="plan_choose"),
    path("account/orders/<uuid:pk>/", billing.order_detail, name="order_detail"),
    path("account/orders/<uuid:pk>/retry/", billing.order_retry, name="order_retry"),
    path("account/listings/<int:pk>/billing/", billing.billing, name="billing"),
    path("account/listings/<int:pk>/billing/portal/", billing.billing_portal, name="billing_portal"),
    path("account/listings/<int:pk>/billing/cover/", billing.billing_cover, name="billing_cover"),
    path("account/listings/<int:pk>/billing/cancel/", billing.billing_cancel, name="billing_cancel"),
]
