from django.urls import path

from orders import views
from orders.planning import views as planning

urlpatterns = [
    path("orders", views.order_list, name="order_list"),
    path("orders/<str:reference>/cancel", views.cancel_order, name="order_cancel"),
    path("partner/offers/<int:offer_id>/accept", views.accept_offer, name="offer_accept"),
    path("partner/offers/<int:offer_id>/decline", views.decline_offer, name="offer_decline"),
    path("partner/day", planning.my_day, name="my_day"),
    path("partner/day/<str:day>", planning.my_day, name="my_day_on"),
    path("partner/calendar/renew", planning.renew_calendar, name="calendar_renew"),
    path("calendar/<str:token>.ics", planning.calendar_feed, name="calendar_feed"),
    path("partner/jobs", views.job_list, name="job_list"),
    path("partner/jobs/<int:job_id>/check-in", views.check_in, name="job_check_in"),
    path("partner/jobs/<int:job_id>/check-out", views.check_out, name="job_check_out"),
    path("partner/jobs/<int:job_id>/client-absent", views.report_client_absent, name="job_client_absent"),
    path("partner/jobs/<int:job_id>/hand-over", views.hand_over, name="job_hand_over"),
]
