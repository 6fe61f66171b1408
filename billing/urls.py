from django.urls import path

from billing import views

urlpatterns = [path("partner/earnings", views.earnings, name="partner_earnings")]
