from django.urls import path

from core.decorators import read_only
from listings.accounts import bulk_edit, claims, closures, dashboard, people, pharmacies, photos, sessions
from listings.billing import orders, subscriptions
from listings.wizard import views as wizard

app_name = "listings"
urlpatterns = [
    path("list-your-practice/", claims.start, name="start"),
    path("list-your-practice/claim/<int:pk>/", claims.claim_clinic, name="claim_clinic"),
    path("list-your-practice/new/", wizard.new_listing, name="new_listing"),
    path("account/", dashboard.account, name="account"),
    path("account/listings/", dashboard.account, name="listings"),
    path("account/sessions/", sessions.sessions, name="sessions"),
    path("account/shared/", bulk_edit.shared_parts, name="shared_parts"),
    path("account/shared/<slug:part>/", bulk_edit.shared_part, name="shared_part"),
    path("account/claims/<int:pk>/", claims.claim, name="claim"),
    path("account/invitations/<str:token>/", people.invitation, name="invitation"),
    path("account/listings/<int:pk>/", dashboard.listing, name="listing"),
    path("account/listings/<int:pk>/confirm/", dashboard.confirm_listing, name="confirm"),
    path("account/listings/<int:pk>/answer/", dashboard.answer_question, name="answer"),
    path("account/listings/<int:pk>/closed-today/", closures.closed_today, name="closed_today"),
    path("account/listings/<int:pk>/open-after-all/", closures.open_after_all, name="open_after_all"),
    path("account/listings/<int:pk>/close/", dashboard.close_listing, name="close"),
    path("account/listings/<int:pk>/edit/", wizard.edit_listing, name="edit"),
    path("account/listings/<int:pk>/form/check/", wizard.check, name="check"),
    path("account/listings/<int:pk>/form/<slug:slug>/", wizard.step, name="step"),
    path("account/listings/<int:pk>/photos/", photos.photos, name="photos"),
    path("account/listings/<int:pk>/photos/<int:photo>/remove/", photos.remove_photo, name="remove_photo"),
    path("account/listings/<int:pk>/pharmacy/", pharmacies.report_pharmacy, name="report_pharmacy"),
    path("account/listings/<int:pk>/people/", people.people, name="people"),
    path("account/listings/<int:pk>/people/<int:member>/remove/", people.remove_person, name="remove_person"),
    path("list-your-practice/plans/", read_only(orders.plan_list), name="plans"),
    path("account/listings/<int:pk>/plan/", orders.plan_choose, name="plan_choose"),
    path("account/orders/<uuid:pk>/", orders.order_detail, name="order_detail"),
    path("account/orders/<uuid:pk>/retry/", orders.order_retry, name="order_retry"),
    path("account/listings/<int:pk>/billing/", subscriptions.billing, name="billing"),
    path("account/listings/<int:pk>/billing/portal/", subscriptions.billing_portal, name="billing_portal"),
    path("account/listings/<int:pk>/billing/cover/", subscriptions.billing_cover, name="billing_cover"),
    path("account/listings/<int:pk>/billing/cancel/", subscriptions.billing_cancel, name="billing_cancel"),
]
