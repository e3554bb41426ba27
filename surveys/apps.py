from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SurveysConfig(AppConfig):
    name = "surveys"
    verbose_name = _("Surveys")

    def ready(self) -> None:
        from customers.extensions import registry
        from surveys import customer_extensions, merging

        customer_extensions.register(registry)
        merging.register()
