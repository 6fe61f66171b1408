"""Every address of the site. Who may open which is in `mila.access`; a name that is missing there fails a test."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.contrib.sitemaps.views import sitemap
from django.urls import include, path, register_converter
from drf_spectacular.views import SpectacularAPIView

from mila.accounts.views import account
from mila.appearance import manifest, set_scheme
from mila.health import healthz, readyz
from mila.language import LanguageConverter, set_language
from mila.pages import (
    again,
    booking,
    confirming,
    crawlers,
    dashboard,
    drafting,
    favourites,
    free_times,
    jobs,
    joining,
    offers,
    orders,
    profile,
    public,
    ranking,
    settling,
    standing,
    styleguide,
    telling,
    tiles,
    unsent,
    visits,
)

# The admin's own form would pass by the login's rate limits and second factor.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

register_converter(LanguageConverter, "language")

urlpatterns = [
    path("", public.home, name="home"),
    path("<language:language>/", public.home, name="home_in"),
    path("<language:language>/in/<slug:city>/", public.city_page, name="city_page"),
    path(
        "<language:language>/in/<slug:city>/<slug:service>/",
        public.city_service_page,
        name="city_service_page",
    ),
    path("<language:language>/service/<slug:service>/", public.service_page, name="service_page"),
    path("robots.txt", crawlers.robots, name="robots"),
    path("sitemap.xml", sitemap, {"sitemaps": crawlers.SITEMAPS}, name="sitemap"),
    path("tell-me", telling.tell_me, name="tell_me"),
    path("tell-me/noted", telling.noted, name="tell_me_noted"),
    path("tell-me/forget/<str:token>", telling.forget, name="forget_interest"),
    path("search", booking.search, name="search"),
    path("search/times", booking.search_times, name="search_times"),
    path("book", drafting.book, name="book"),
    path("book/service", drafting.book_service, name="book_service"),
    path("book/address", drafting.book_address, name="book_address"),
    path("book/time", drafting.book_time, name="book_time"),
    path("book/partner", drafting.book_partner, name="book_partner"),
    path("book/summary", confirming.book_summary, name="book_summary"),
    path("book/discard", drafting.discard, name="book_discard"),
    path("book/choose", drafting.choose, name="book_choose"),
    path("ranking", ranking.ranking_explained, name="ranking"),
    path("become-a-partner", joining.become_a_partner, name="become_a_partner"),
    path("start", orders.start, name="start"),
    path("orders/<str:reference>", orders.order_detail, name="order_detail"),
    path("orders/<str:reference>/state", orders.order_state, name="order_state"),
    path("orders/<str:reference>/again", again.order_again, name="order_again"),
    path("favourites", favourites.favourite_list, name="favourite_list"),
    path("favourites/<path:reference>", favourites.change_favourite, name="favourite_change"),
    path("free/<path:reference>", free_times.partner_times, name="partner_times"),
    path("partners/<path:reference>", profile.partner_profile, name="partner_profile"),
    path("partner", dashboard.partner_dashboard, name="partner_dashboard"),
    path("partner/offers", offers.partner_offers, name="partner_offers"),
    path("partner/next", dashboard.partner_next, name="partner_next"),
    path("partner/tiles/visits", tiles.visits, name="tile_visits"),
    path("partner/tiles/standing", tiles.standing, name="tile_standing"),
    path("partner/tiles/earnings", tiles.earnings, name="tile_earnings"),
    path("partner/standing", standing.standing, name="partner_standing"),
    path("partner/standing/notices", standing.notices, name="partner_notices"),
    path("partner/standing/notices/<int:notice_id>", standing.notice_detail, name="notice_detail"),
    path("partner/standing/sanctions/<int:sanction_id>", standing.sanction_detail, name="sanction_detail"),
    path("partner/jobs", jobs.job_list, name="job_list"),
    path("partner/jobs/past", jobs.job_history, name="job_history"),
    path("partner/jobs/<int:job_id>", visits.job_detail, name="job_detail"),
    path("partner/jobs/<int:job_id>/help", visits.job_help, name="job_help"),
    path("partner/jobs/<int:job_id>/cancel", visits.job_cancel, name="job_cancel"),
    path("partner/jobs/<int:job_id>/step", visits.job_step, name="job_step"),
    path("partner/jobs/<int:job_id>/agreed", settling.job_agreed, name="job_agreed"),
    path("partner/jobs/<int:job_id>/times", settling.job_propose_times, name="job_propose_times"),
    path("partner/jobs/<int:job_id>/extras", settling.job_propose_extra, name="job_propose_extra"),
    path("visits/<int:job_id>/thread", settling.visit_thread, name="visit_thread"),
    path("visits/<int:job_id>/messages", settling.visit_write, name="visit_write"),
    path("", include("partners.urls")),
    path("", include("orders.urls")),
    path("", include("ratings.urls")),
    path("", include("compliance.urls")),
    path("", include("billing.urls")),
    path("api/schema", SpectacularAPIView.as_view(), name="api_schema"),
    path("account", account, name="account"),
    path("language", set_language, name="set_language"),
    path("styleguide", styleguide.styleguide, name="styleguide"),
    path("scheme", set_scheme, name="set_scheme"),
    path("manifest.webmanifest", manifest, name="manifest"),
    path("unsent", unsent.unsent, name="unsent"),
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
    path("accounts/", include("allauth.urls")),
    path("admin/", admin.site.urls),
]
