from django.urls import path

from compliance import api

urlpatterns = [path("api/standing", api.StandingView.as_view(), name="api_standing")]
