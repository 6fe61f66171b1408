from django.urls import path

from partners import api

urlpatterns = [path("api/places", api.PlacesView.as_view(), name="api_places")]
