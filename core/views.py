from django.db import connection
from django.http import HttpRequest, HttpResponse

from accounts.access import public


@public
def healthz(request: HttpRequest) -> HttpResponse:
    """For supervisors and load balancers: 200 while the database answers."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return HttpResponse("ok", content_type="text/plain")
