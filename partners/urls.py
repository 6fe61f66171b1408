from django.urls import path

from partners import api, views
from partners.applying import views as applying

urlpatterns = [
    path("application", applying.application, name="application"),
    path("application/send", applying.send, name="application_send"),
    path("application/take-back", applying.take_back, name="application_take_back"),
    path("application/<str:step>", applying.step, name="application_step"),
    path("partner/settings", views.settings, name="partner_settings"),
    path("partner/hours", views.hours, name="partner_hours"),
    path("partner/hours/days-off", views.add_days_off, name="days_off_add"),
    path("partner/hours/days-off/<int:days_off_id>/remove", views.remove_days_off, name="days_off_remove"),
    path("partner/area", views.area, name="partner_area"),
    path("api/places", api.PlacesView.as_view(), name="api_places"),
]
