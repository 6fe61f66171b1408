"""Completion of places, for anybody."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import AnonRateThrottle, UserRateThrottle
from rest_framework.views import APIView

from partners.models import Place
from partners.services import find_places

SUGGESTIONS = 8


class PlaceSerializer(serializers.ModelSerializer[Place]):
    """A place as the completion shows it; `label` is what is put into the field."""

    class Meta:
        model = Place
        fields = ["postcode", "name", "canton"]

    def to_representation(self, instance: Place) -> dict[str, Any]:
        return super().to_representation(instance) | {"label": str(instance)}


class AnonymousTyping(AnonRateThrottle):
    """Fast typing is fine, reading the table through the completion is pointless."""

    rate = "240/min"


class SignedInTyping(UserRateThrottle):
    rate = "240/min"


class PlacesView(APIView):
    """Postcodes and towns that begin like `q`."""

    permission_classes = [AllowAny]
    throttle_classes = [AnonymousTyping, SignedInTyping]

    @extend_schema(parameters=[OpenApiParameter("q", str)], responses=PlaceSerializer(many=True))
    def get(self, request: Request) -> Response:
        query = request.query_params.get("q", "").strip()[:80]
        places = find_places(query=query, limit=SUGGESTIONS) if query else []
        return Response(PlaceSerializer(places, many=True).data)
