from django.urls import path

from orders import views
from orders.calendar import views as calendar
from orders.clients import views as clients
from orders.planning import views as planning
from orders.visits import views as visits

urlpatterns = [
    path("orders", clients.order_list, name="order_list"),
    path("orders/<str:reference>/cancel", views.cancel_order, name="order_cancel"),
    path("account/addresses", clients.addresses, name="addresses"),
    path("account/addresses/new", clients.add_address, name="address_add"),
    path("account/addresses/<int:address_id>", clients.change_address, name="address_change"),
    path("account/addresses/<int:address_id>/default", clients.make_default, name="address_default"),
    path("account/addresses/<int:address_id>/remove", clients.remove_address, name="address_remove"),
    path("partner/offers/<int:offer_id>/accept", views.accept_offer, name="offer_accept"),
    path("partner/offers/<int:offer_id>/decline", views.decline_offer, name="offer_decline"),
    path("partner/day", planning.my_day, name="my_day"),
    path("partner/day/<str:day>", planning.my_day, name="my_day_on"),
    path("partner/calendar", calendar.week, name="calendar_week"),
    path("partner/calendar/month", calendar.month, name="calendar_month"),
    path("partner/calendar/renew", planning.renew_calendar, name="calendar_renew"),
    path("calendar/<str:token>.ics", planning.calendar_feed, name="calendar_feed"),
    path("partner/jobs/<int:job_id>/check-in", views.check_in, name="job_check_in"),
    path("partner/jobs/<int:job_id>/check-out", views.check_out, name="job_check_out"),
    path("partner/jobs/<int:job_id>/client-absent", views.report_client_absent, name="job_client_absent"),
    path("partner/jobs/<int:job_id>/hand-over", views.hand_over, name="job_hand_over"),
    path("partner/jobs/<int:job_id>/help/withdraw", views.withdraw_help, name="job_help_withdraw"),
    path("partner/sick-day", views.sick_day, name="sick_day"),
    path("partner/jobs/<int:job_id>/confirm-time", visits.confirm_time, name="job_confirm_time"),
    path("partner/jobs/<int:job_id>/on-the-way", visits.set_off, name="job_set_off"),
    path("partner/jobs/<int:job_id>/late", visits.report_late, name="job_late"),
    path("partner/times/<int:proposal_id>/withdraw", visits.withdraw_times, name="times_withdraw"),
    path("partner/extras/<int:extra_id>/withdraw", visits.withdraw_extra, name="extra_withdraw"),
    path("visits/times/<int:option_id>/accept", visits.accept_time, name="time_accept"),
    path("visits/proposals/<int:proposal_id>/decline", visits.decline_times, name="times_decline"),
    path("visits/extras/<int:extra_id>/approve", visits.approve_extra, name="extra_approve"),
    path("visits/extras/<int:extra_id>/decline", visits.decline_extra, name="extra_decline"),
]
