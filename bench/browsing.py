"""What `bench/web.py` measures: pages and forms of the site as browsers ask for them, and the views of the floor."""

from collections.abc import Callable, Mapping, Sequence
from itertools import count
from urllib.parse import urlencode

from django.conf import settings
from django.db import connection
from django.test import Client
from django.utils import timezone

from bench import floor
from bench.asking import share_below
from bench.figures import Figures, middle, say
from bench.load import Ask, Burst, fire
from bench.scenes import Scenes
from bench.scratch import scratch_database
from bench.serving import production_server
from mila.accounts.models import User
from orders.models import BookingDraft

WORKERS = 2
# Of each page, in each round; the first rounds are not counted.
ASKS = 48
WARM_UP = 2
CSRF = "bench" * 6 + "ab"

REFERENCES = {
    "floor_list": None,
    "floor_item": None,
    "floor_insert": None,
    "home": "floor_list",
    "city_search": "floor_list",
    "partner_profile": "floor_item",
    "order_page": "floor_item",
    "dashboard": "floor_item",
    "booking_post": "floor_insert",
    "rating_post": "floor_insert",
}


def measure(*, partners: int, rounds: int) -> Figures:
    with scratch_database():
        say(f"Building {partners:,} partners ...")
        scenes = Scenes(partners=partners, actions=(WARM_UP + rounds) * ASKS, now=timezone.now())
        with connection.cursor() as cursor:
            cursor.execute(floor.TABLE)
        asks = asks_of(scenes)
        with production_server(workers=WORKERS) as address:
            say("Asking ...")
            bursts = in_rounds(address, asks, rounds)
        refuse_unless_done(scenes)
    return figures_of(bursts)


def _price_of(draft: BookingDraft) -> str:
    assert draft.service is not None
    return str(draft.service.price)


def asks_of(scenes: Scenes) -> Mapping[str, Callable[[int], Ask]]:
    """The n-th request of each name."""
    clients, partners = (
        [_log_in(one) for one in scenes.clients],
        [_log_in(one.user) for one in scenes.partners if one.user is not None],
    )
    bookers, raters = [_log_in(one) for one in scenes.bookers], [_log_in(one) for one in scenes.raters]
    shown = len(partners)
    return {
        "floor_list": lambda n: Ask(f"/floor/list/{n % floor.GROUPS}", {}),
        "floor_item": lambda n: Ask(f"/floor/{1 + n}", {}),
        "floor_insert": lambda n: _form("/floor/insert", {}, {"name": f"Row {n}"}),
        "home": lambda _n: Ask("/", {}),
        "city_search": lambda n: Ask(_search(scenes, n), {}, says='id="partners"'),
        "partner_profile": lambda n: Ask(
            f"/partners/{scenes.partners[n % shown].reference}", {}, says="<blockquote>"
        ),
        "order_page": lambda n: Ask(f"/orders/{scenes.orders[n % shown].reference}", clients[n % shown]),
        "dashboard": lambda n: Ask("/partner", partners[n % shown]),
        "booking_post": lambda n: _form(
            "/book/summary",
            bookers[n],
            {
                "submission_key": str(scenes.drafts[n].submission_key),
                "seen": scenes.drafts[n].changed_at.isoformat(timespec="microseconds"),
                "price": _price_of(scenes.drafts[n]),
            },
        ),
        "rating_post": lambda n: _form(
            f"/orders/{scenes.rated[n].reference}/rate",
            raters[n],
            {"stars": "5", "comment": "All is well."},
        ),
    }


def in_rounds(
    address: tuple[str, int], asks: Mapping[str, Callable[[int], Ask]], rounds: int
) -> dict[str, list[Burst]]:
    """All names take turns, each with a few requests at once."""
    bursts: dict[str, list[Burst]] = {name: [] for name in REFERENCES}
    numbers = {name: count() for name in REFERENCES}
    for _round in range(WARM_UP + rounds):
        for name, found in bursts.items():
            some = [asks[name](next(numbers[name])) for _ in range(ASKS)]
            found.append(fire(address, some))
    return {name: found[WARM_UP:] for name, found in bursts.items()}


def figures_of(bursts: Mapping[str, Sequence[Burst]]) -> Figures:
    figures = Figures()
    for name, reference in REFERENCES.items():
        each = [1000 * seconds for burst in bursts[name] for seconds in burst.each]
        asked = len(each) / sum(burst.seconds for burst in bursts[name])
        figures.add(name, round(asked, 1), "req/s", reference)
        figures.add(f"{name}_p50", middle(each), "ms", reference and f"{reference}_p50")
        figures.add(f"{name}_p99", share_below(each, 0.99), "ms", reference and f"{reference}_p99")
    return figures


def refuse_unless_done(scenes: Scenes) -> None:
    """A form that was answered but not accepted would make everything look quick."""
    booked = sum(booker.orders.count() for booker in scenes.bookers)
    rated = User.objects.filter(ratings_written__job__order__in=scenes.rated, partner=None).count()
    if booked != len(scenes.bookers) or rated != len(scenes.raters):
        raise SystemExit(f"Of {len(scenes.bookers)} each, {booked} orders and {rated} ratings were accepted.")


def _search(scenes: Scenes, number: int) -> str:
    start = scenes.tomorrow_at(9 + number % 7, days=1 + number % 5)
    return "/search?" + urlencode(
        {
            "service": scenes.services[number % len(scenes.services)].slug,
            "place": str(scenes.place),
            "date": f"{start:%Y-%m-%d}",
            "time": f"{start:%H:%M}",
        }
    )


def _log_in(user: User) -> dict[str, str]:
    """The cookies of a browser in which somebody has logged in, by a form."""
    client = Client()
    client.force_login(user)
    name = settings.SESSION_COOKIE_NAME
    return {name: client.cookies[name].value, settings.CSRF_COOKIE_NAME: CSRF}


def _form(path: str, cookies: Mapping[str, str], fields: Mapping[str, str]) -> Ask:
    return Ask(
        path,
        {**cookies, settings.CSRF_COOKIE_NAME: CSRF},
        {**fields, "csrfmiddlewaretoken": CSRF},
        status=302,
    )
