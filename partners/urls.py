from django.urls import path

from partners import api, views

urlpatterns = [
    path("partner/hours", views.hours, name="partner_hours"),
    path("partner/hours/days-off", views.add_days_off, name="days_off_add"),
    path("partner/hours/days-off/<int:days_off_id>/remove", views.remove_days_off, name="days_off_remove"),
    path("partner/area", views.area, name="partner_area"),
    path("api/places", api.PlacesView.as_view(), name="api_places"),
]
