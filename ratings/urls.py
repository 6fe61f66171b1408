from django.urls import path

from ratings import lists, views

urlpatterns = [
    path("orders/<str:reference>/ratings", views.order_ratings, name="order_ratings"),
    path("partner/jobs/<int:job_id>/ratings", views.job_ratings, name="job_ratings"),
    path("orders/<str:reference>/rate", views.rate_order, name="order_rate"),
    path("partner/jobs/<int:job_id>/rate", views.rate_job, name="job_rate"),
    path("ratings/<int:rating_id>/reply", views.reply, name="rating_reply"),
    path("ratings/<int:rating_id>/report", views.flag, name="rating_flag"),
    path("ratings", lists.ratings_given, name="ratings_given"),
    path("ratings/received", lists.ratings_received, name="ratings_received"),
    path("partner/ratings", lists.partner_ratings, name="partner_ratings"),
    path("partner/ratings/given", lists.partner_ratings_given, name="partner_ratings_given"),
]
