"""The demo: which markets it shows, and who can log in to look at them. Never in production."""

from dataclasses import dataclass
from datetime import datetime

from allauth.account.models import EmailAddress
from django.db import transaction

from compliance.models import Notice
from compliance.policy import NoticeKind
from mila.accounts.models import User
from orders.models import Order
from orders.policy import OrderStatus
from partners.applying import services as applying
from partners.availability.policy import Hours
from partners.models import Partner, Place, Skill
from partners.policy import PartnerStatus

PASSWORD = "mila-demo-2026"  # noqa: S105 - public by intention: the demo prints it


@dataclass(frozen=True)
class DemoMarket:
    city: str
    partners: int
    days: int
    seed: int


@dataclass(frozen=True)
class DemoLogin:
    email: str
    first_name: str
    last_name: str
    language: str


MARKETS = (
    DemoMarket(city="lausanne", partners=8, days=70, seed=1),
    DemoMarket(city="zurich", partners=3, days=45, seed=2),
)
CLIENT = DemoLogin("client@mila.example", "Claire", "Demo", "fr")
PARTNER = DemoLogin("partner@mila.example", "", "Demo", "fr")
WARNED = DemoLogin("warned@mila.example", "", "Demo", "fr")
SUSPENDED = DemoLogin("suspended@mila.example", "", "Demo", "fr")
APPLICANT = DemoLogin("applicant@mila.example", "Aline", "Demo", "fr")
OPS = DemoLogin("ops@mila.example", "Olivia", "Demo", "en")
SECOND_OPS = DemoLogin("ops2@mila.example", "Oscar", "Demo", "en")


@transaction.atomic
def open_doors(*, now: datetime) -> None:
    """Give the demo logins to people of the market who show what there is to see."""
    _new_login(OPS, is_staff=True, is_superuser=True)
    _new_login(SECOND_OPS, is_staff=True, is_superuser=True)
    _take_over(_busiest_client(), CLIENT)
    for login, partner in _shown_partners():
        if partner is not None and partner.user is not None:
            _take_over(partner.user, login)
    _apply(_new_login(APPLICANT), now)


def _apply(user: User, now: datetime) -> None:
    """Somebody who waits for the answer of ops, by the verbs of the pages."""
    home = Place.objects.filter(city__slug=MARKETS[0].city).order_by("postcode", "name")[0]
    skills = Skill.objects.filter(slug__in=Skill.objects.values("slug").order_by("slug")[:3])
    about = (
        "Electronicienne, à l’aise avec le Wi-Fi, les téléviseurs et les imprimantes. J’explique sans jargon."
    )
    applying.save_details(user=user, first_name=user.first_name, languages=["fr", "de"], about=about, now=now)
    applying.save_skills(user=user, skills=skills, now=now)
    applying.save_area(user=user, place=home, radius_km=12, postcodes=[], now=now)
    week = [Hours(weekday, begins, begins + 240) for weekday in range(5) for begins in (8 * 60, 13 * 60)]
    applying.save_hours(user=user, hours=week, works_on_holidays=False, buffer_minutes=15, now=now)
    applying.send_application(user=user, now=now)


def _shown_partners() -> list[tuple[DemoLogin, Partner | None]]:
    lausanne = Partner.objects.filter(city__slug=MARKETS[0].city).order_by("reference")
    suspended = lausanne.filter(status=PartnerStatus.SUSPENDED).first()
    notices = Notice.objects.filter(partner__in=lausanne.able_to_work(), withdrawn_at=None)
    # A warning rather than an advice, and the latest: there is most to see.
    told = notices.filter(kind=NoticeKind.WARNING).first() or notices.first()
    warned = told.partner if told is not None else None
    fine = lausanne.able_to_work().exclude(pk__in=[warned.pk] if warned else [])
    best = fine.best_first().first()
    return [(PARTNER, best), (WARNED, warned), (SUSPENDED, suspended)]


def _busiest_client() -> User:
    """A client of the first market with something open and a history."""
    orders = Order.objects.filter(city__slug=MARKETS[0].city)
    lively = (
        orders.filter(status__in=[OrderStatus.CONFIRMED, OrderStatus.SEARCHING])
        .order_by("-booked_at")
        .first()
    )
    return (lively or orders.newest_first()[0]).client


def _new_login(login: DemoLogin, **rights: bool) -> User:
    user = User.objects.create_user(
        login.email,
        PASSWORD,
        first_name=login.first_name,
        last_name=login.last_name,
        language=login.language,
        **rights,
    )
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


def _take_over(user: User, login: DemoLogin) -> None:
    user.email = login.email
    user.set_password(PASSWORD)
    user.save(update_fields=["email", "password"])
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)


def welcome() -> str:
    """The lines that `make demo` prints when everything runs."""
    rows = [
        ("client", CLIENT),
        ("partner", PARTNER),
        ("partner, warned", WARNED),
        ("partner, suspended", SUSPENDED),
        ("applicant", APPLICANT),
    ]
    rows += [("ops", OPS), ("ops, second", SECOND_OPS)]
    known = set(
        User.objects.filter(email__in=[login.email for _, login in rows]).values_list("email", flat=True)
    )
    lines = [f"  {role:<20} {login.email}" for role, login in rows if login.email in known]
    return "\n".join(["Demo logins, all with the password " + PASSWORD, *lines])
