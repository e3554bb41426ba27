"""The pages that django-allauth sends people to, under the names by which it finds them: without a namespace."""

from django.urls import path, re_path

from accounts import login_views as views
from accounts import second_factor_views as second_factor

urlpatterns = [
    path("accounts/login/", views.login, name="account_login"),
    path("accounts/confirm/", views.reauthenticate, name="account_reauthenticate"),
    path("accounts/password/", views.password_change, name="account_change_password"),
    path("accounts/password/forgotten/", views.password_reset, name="account_reset_password"),
    path("accounts/password/forgotten/sent/", views.password_reset_sent, name="account_reset_password_done"),
    path("accounts/password/set/", views.password_is_set, name="account_reset_password_from_key_done"),
    re_path(
        # The key has a dash of its own, so the user's part must stop at the first.
        r"^accounts/password/set/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>[0-9A-Za-z-]+)/$",
        views.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path("accounts/second-factor/", second_factor.overview, name="mfa_index"),
    path("accounts/second-factor/code/", second_factor.code, name="mfa_authenticate"),
    path("accounts/second-factor/confirm/", second_factor.reauthenticate, name="mfa_reauthenticate"),
    path("accounts/second-factor/set-up/", second_factor.set_up, name="mfa_activate_totp"),
    path("accounts/second-factor/take-away/", second_factor.take_away, name="mfa_deactivate_totp"),
    path("accounts/recovery-codes/", second_factor.recovery_codes, name="mfa_view_recovery_codes"),
    path("accounts/recovery-codes/new/", second_factor.new_recovery_codes, name="mfa_generate_recovery_codes"),
]
