from __future__ import annotations

from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.contrib.postgres.fields import ArrayField
from django.contrib.sessions.base_session import AbstractBaseSession, BaseSessionManager
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.sessions import SessionStore
from accounts.visibility import Sight
from core.dates import known_zone
from core.models import OrganisationSettings, validate_time_zone


class Team(models.Model):
    name = models.CharField(_("name"), max_length=80)

    class Meta:
        verbose_name = _("team")
        verbose_name_plural = _("teams")
        ordering = ["name"]
        constraints = [models.UniqueConstraint(Lower("name"), name="team_name_unique")]

    def __str__(self) -> str:
        return self.name


class UserManager(BaseUserManager["User"]):
    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email=(username or "").strip().lower())

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        if not email:
            raise ValueError("a user needs an e-mail address: it is the login")
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        return self.create_user(email, password, **{"role": Role.ADMIN, "is_superuser": True, **fields})


class Role(models.TextChoices):
    """What a person does here, which decides what they may open (`accounts.access`), see and edit (`AccessRule`)."""

    VIEWER = "viewer", _("Viewer")
    SALES = "sales", _("Sales")
    MANAGER = "manager", _("Manager")
    ADMIN = "admin", _("Admin")


class Reach(models.TextChoices):
    """How far among the customers a right goes. A team's customers are its members' own ones, those given to the team
    as a whole, and those that nobody has been given yet."""

    NONE = "none", _("None")
    OWN = "own", _("Their own")
    TEAM = "team", _("Their team's")
    ALL = "all", _("All")


class Confidential(models.TextChoices):
    """What can be hidden from a role: a kind of personal data, wherever it is written."""

    EMAIL = "email", _("E-mail addresses")
    PHONE = "phone", _("Phone numbers")
    ADDRESS = "address", _("Streets and postal codes")
    BIRTH_DATE = "birth_date", _("Birth dates")
    INCOME = "income", _("Income")
    SENSITIVE = "sensitive", _("Identity, tax and bank numbers")


class AccessRule(models.Model):
    """What a role may see and do among the customers, where an admin decided other than `FIRST_RULES`.

    Read it with `AccessRule.of(role)`.
    """

    role = models.CharField(_("role"), max_length=10, choices=Role, primary_key=True)
    sees = models.CharField(_("sees customers"), max_length=4, choices=Reach)
    edits = models.CharField(_("edits customers"), max_length=4, choices=Reach)
    masked = ArrayField(models.CharField(max_length=12, choices=Confidential), verbose_name=_("masked"), default=list)
    may_unmask = models.BooleanField(
        _("may unmask"), default=False, help_text=_("One value at a time, and each time is logged.")
    )
    may_export = models.BooleanField(_("may export"), default=False)
    needs_second_factor = models.BooleanField(_("must log in with a second factor"), default=False)

    class Meta:
        verbose_name = _("access rule")
        verbose_name_plural = _("access rules")
        constraints = [
            models.CheckConstraint(condition=Q(role__in=Role.values), name="access_rule_role_known"),
            models.CheckConstraint(
                condition=Q(sees__in=Reach.values, edits__in=Reach.values), name="access_rule_reach_known"
            ),
            models.CheckConstraint(
                condition=~Q(role="admin") | Q(sees="all", edits="all"), name="access_rule_admin_reaches_all"
            ),
        ]

    def __str__(self) -> str:
        return str(Role(self.role).label)

    @classmethod
    def of(cls, role: str) -> AccessRule:
        """The rule in force; what no admin has changed comes from `FIRST_RULES`, unsaved."""
        return cls.objects.filter(role=role).first() or cls(role=role, **FIRST_RULES[Role(role)])


FIRST_RULES: dict[Role, dict[str, Any]] = {
    Role.VIEWER: {"sees": Reach.ALL, "edits": Reach.NONE, "masked": list(Confidential)},
    Role.SALES: {"sees": Reach.TEAM, "edits": Reach.TEAM, "masked": [Confidential.SENSITIVE], "may_unmask": True},
    Role.MANAGER: {
        "sees": Reach.ALL,
        "edits": Reach.ALL,
        "masked": [Confidential.SENSITIVE],
        "may_unmask": True,
        "may_export": True,
    },
    Role.ADMIN: {
        "sees": Reach.ALL,
        "edits": Reach.ALL,
        "masked": [Confidential.SENSITIVE],
        "may_unmask": True,
        "may_export": True,
    },
}


class LowerCaseEmailField(models.EmailField[str, str]):
    """An address kept in lower case, so that one person cannot be two users."""

    def get_prep_value(self, value: Any) -> Any:
        value = super().get_prep_value(value)
        return value.strip().lower() if isinstance(value, str) else value

    def to_python(self, value: Any) -> Any:
        """What a form brings is so before it is saved too: the link that is mailed is signed with it."""
        value = super().to_python(value)
        return value.strip().lower() if isinstance(value, str) else value


class Theme(models.TextChoices):
    SYSTEM = "system", _("Like the device")
    LIGHT = "light", _("Light")
    DARK = "dark", _("Dark")


class Density(models.TextChoices):
    COMFORTABLE = "comfortable", _("Comfortable")
    COMPACT = "compact", _("Compact")


class User(AbstractBaseUser, PermissionsMixin):
    """Somebody who works here. The e-mail address is the login, whatever its case."""

    email = LowerCaseEmailField(_("e-mail"), unique=True)
    name = models.CharField(pgettext_lazy("of a person", "name"), max_length=120)
    role = models.CharField(_("role"), max_length=10, choices=Role, default=Role.SALES)
    team = models.ForeignKey(
        Team, verbose_name=_("team"), null=True, blank=True, on_delete=models.SET_NULL, related_name="members"
    )
    is_active = models.BooleanField(_("may log in"), default=True)
    joined_at = models.DateTimeField(_("joined"), auto_now_add=True)
    language = models.CharField(_("language"), max_length=10, blank=True)
    time_zone = models.CharField(_("time zone"), max_length=64, blank=True, validators=[validate_time_zone])
    theme = models.CharField(_("theme"), max_length=10, choices=Theme, default=Theme.SYSTEM)
    density = models.CharField(
        _("density"), max_length=12, choices=Density, default=Density.COMFORTABLE, db_default=Density.COMFORTABLE
    )
    single_key_shortcuts = models.BooleanField(
        _("shortcuts of a single key"),
        default=True,
        db_default=True,
        help_text=_("Off: only those with Ctrl or ⌘, so that speech input and stray keys press nothing."),
    )

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(condition=Q(email=Lower("email")), name="user_email_lower_case"),
            models.CheckConstraint(condition=Q(role__in=Role.values), name="user_role_known"),
        ]

    def __str__(self) -> str:
        return self.name or self.email

    @property
    def zone(self) -> ZoneInfo:
        """Of their own clock; the organisation's where they have chosen none, or one that nobody knows here."""
        own = known_zone(self.time_zone) if self.time_zone else None
        return own or OrganisationSettings.current().zone

    @property
    def has_unknown_zone(self) -> bool:
        return bool(self.time_zone) and known_zone(self.time_zone) is None

    @property
    def is_admin(self) -> bool:
        return self.role == Role.ADMIN

    @property
    def is_manager(self) -> bool:
        """Managers and admins: those who read dashboards and runs."""
        return self.role in {Role.MANAGER, Role.ADMIN}

    @property
    def is_staff(self) -> bool:
        """Django's admin asks this; it is open to admins only."""
        return self.is_admin

    @cached_property
    def rule(self) -> AccessRule:
        """The rule of the role, read once for each user object."""
        return AccessRule.of(self.role)

    @cached_property
    def sight(self) -> Sight:
        """What this person may see and do, read once for each user object."""
        return Sight.of(self)

    def has_perm(self, perm: str, obj: Any = None) -> bool:
        """Django's own permissions serve its admin pages alone, so an admin has them all."""
        return self.is_active and self.is_admin

    def has_module_perms(self, app_label: str) -> bool:
        return self.is_active and self.is_admin


class UserSessionManager(BaseSessionManager["UserSession"]):
    def get_queryset(self) -> models.QuerySet[UserSession]:
        """With the person: who loads a session asks at once whose it is."""
        return super().get_queryset().select_related("user")


class UserSession(AbstractBaseSession):
    """A browser in which somebody is logged in, or about to. Written by `accounts.sessions`; deleting a row ends it."""

    user = models.ForeignKey(User, null=True, on_delete=models.CASCADE, related_name="sessions")
    last_seen_at = models.DateTimeField(_("last seen"), default=timezone.now)

    objects: ClassVar[UserSessionManager] = UserSessionManager()

    class Meta:
        verbose_name = _("session")
        verbose_name_plural = _("sessions")

    @classmethod
    def get_session_store_class(cls) -> type[SessionStore]:
        return SessionStore
