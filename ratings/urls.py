from django.urls import path

from ratings import views

urlpatterns = [
    path("orders/<str:reference>/rate", views.rate_order, name="order_rate"),
    path("partner/jobs/<int:job_id>/rate", views.rate_job, name="job_rate"),
    path("ratings/<int:rating_id>/reply", views.reply, name="rating_reply"),
]
