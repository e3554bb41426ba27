"""The product's settings with one more layer around it, which holds an answer back for as long as the test wants.

`DJANGO_SETTINGS_MODULE=tests.jobs.held`: a web server so made can be killed when the work is done and nobody knows yet.
"""

from crm.settings import *  # noqa: F403
from crm.settings import MIDDLEWARE as OF_THE_PRODUCT

HOLD = 4242  # an advisory lock; the test has it
MIDDLEWARE = ["tests.jobs.held.hold_answer", *OF_THE_PRODUCT]


def hold_answer(get_response):
    def answered(request):
        from django.db import connection

        response = get_response(request)
        if request.headers.get("X-Hold"):
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_lock(%s), pg_advisory_unlock(%s)", [HOLD, HOLD])
        return response

    return answered
