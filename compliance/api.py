"""A partner's own standing for programs: the same figures as on the page."""

from dataclasses import asdict
from typing import Any

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from compliance.policy import Finding
from compliance.services import StandingPage, standing_page
from partners.models import Partner


class FindingSerializer(serializers.Serializer[Any]):
    """Where a figure stands: `level` is fine, approaching or breach; `rests` while there are too few facts."""

    rule = serializers.CharField()
    level = serializers.CharField()
    figure = serializers.DecimalField(max_digits=8, decimal_places=4, allow_null=True)
    limit = serializers.DecimalField(max_digits=8, decimal_places=4, allow_null=True)
    alert = serializers.DecimalField(max_digits=8, decimal_places=4, allow_null=True)
    rests = serializers.BooleanField()


class CountsSerializer(serializers.Serializer[Any]):
    accepted = serializers.IntegerField()
    cancelled = serializers.IntegerField()
    no_shows = serializers.IntegerField()
    jobs_in_window = serializers.IntegerField()
    rated_in_window = serializers.IntegerField()
    stars_in_window = serializers.IntegerField()


class StandingSerializer(serializers.Serializer[Any]):
    """Rates are shares of one with four decimals, averages are stars with two; null while there is no figure."""

    partner = serializers.CharField()
    city = serializers.CharField()
    status = serializers.CharField()
    at = serializers.DateTimeField()
    counts = CountsSerializer()
    cancellation_rate = serializers.DecimalField(max_digits=5, decimal_places=4, allow_null=True)
    average_stars = serializers.DecimalField(max_digits=3, decimal_places=2, allow_null=True)
    public_average = serializers.DecimalField(max_digits=3, decimal_places=2, allow_null=True)
    city_cancellation_average = serializers.DecimalField(max_digits=5, decimal_places=4, allow_null=True)
    policy_in_force_from = serializers.DateTimeField()
    findings = FindingSerializer(many=True)
    five_star_jobs_to_limit = serializers.IntegerField(allow_null=True)


class StandingView(APIView):
    """The standing of the partner who asks, at this moment."""

    @extend_schema(responses=StandingSerializer)
    def get(self, request: Request) -> Response:
        mine = get_object_or_404(Partner.objects.select_related("city"), user__pk=request.user.pk)
        page = standing_page(mine, timezone.now())
        return Response(StandingSerializer(_as_data(page)).data)


def _as_data(page: StandingPage) -> dict[str, Any]:
    return {
        "partner": page.partner.reference,
        "city": page.partner.city.slug,
        "status": page.partner.status,
        "at": page.at,
        "counts": asdict(page.standing),
        "cancellation_rate": page.cancellation_rate,
        "average_stars": page.average_stars,
        "public_average": page.public_average,
        "city_cancellation_average": page.city_average,
        "policy_in_force_from": page.policy.in_force_from,
        "findings": [_finding_data(finding) for finding in page.findings],
        "five_star_jobs_to_limit": page.rating_way_back.to_limit,
    }


def _finding_data(finding: Finding) -> dict[str, Any]:
    return asdict(finding) | {"rule": finding.rule.value, "level": finding.level.value}
