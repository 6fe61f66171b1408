from django.urls import path

from billing import views

urlpatterns = [
    path("partner/earnings", views.earnings, name="partner_earnings"),
    path("partner/earnings/<str:month>", views.earnings_of_month, name="earnings_of_month"),
]
