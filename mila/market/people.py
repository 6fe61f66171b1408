"""Who takes part in a simulated market, and how they behave. Pure: every draw comes from the caller's generator."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from random import Random

FIRST_NAMES = (
    "Aline", "Beat", "Chiara", "Damien", "Elena", "Flurin", "Giulia", "Hannes", "Inès", "Jonas", "Katja", "Luca",
    "Maëlle", "Nino", "Olivia", "Pascal", "Quentin", "Ronja", "Sandro", "Tamara", "Urs", "Valérie", "Wanda", "Yann",
)  # fmt: skip
LAST_NAMES = (
    "Aebi", "Bianchi", "Clerc", "Dubois", "Egli", "Favre", "Gerber", "Huber", "Jaccard", "Keller", "Lombardi",
    "Meier", "Nussbaum", "Perret", "Rossi", "Schmid", "Tanner", "Vogt", "Weber", "Zbinden",
)  # fmt: skip
STREETS = {
    "fr": ("Rue du Lac", "Avenue de la Gare", "Chemin des Vignes", "Rue du Marché"),
    "de": ("Bahnhofstrasse", "Seeweg", "Kirchgasse", "Lindenstrasse"),
    "it": ("Via al Lago", "Via della Stazione", "Via San Gottardo", "Via dei Tigli"),
}
COMMENTS = {
    "fr": {
        5: ("Rapide, clair et très aimable.", "Tout fonctionne, merci beaucoup !"),
        4: ("Bon travail, un peu en retard.", "Très bien dans l’ensemble."),
        3: ("Le problème est réglé, mais les explications manquaient.",),
        2: ("Il a fallu insister pour obtenir une réponse.",),
        1: ("Le problème est revenu le lendemain.",),
    },
    "de": {
        5: ("Schnell, klar und sehr freundlich.", "Alles läuft, herzlichen Dank!"),
        4: ("Gute Arbeit, leicht verspätet.", "Insgesamt sehr zufrieden."),
        3: ("Das Problem ist gelöst, erklärt wurde wenig.",),
        2: ("Ich musste mehrmals nachfragen.",),
        1: ("Am nächsten Tag war das Problem wieder da.",),
    },
    "it": {
        5: ("Veloce, chiaro e molto gentile.", "Funziona tutto, grazie mille!"),
        4: ("Buon lavoro, un po’ in ritardo.", "Nel complesso molto bene."),
        3: ("Il problema è risolto, ma con poche spiegazioni.",),
        2: ("Ho dovuto insistere per avere una risposta.",),
        1: ("Il giorno dopo il problema è tornato.",),
    },
}


@dataclass(frozen=True)
class Temper:
    """How a partner works. Star weights are for 1 to 5 stars; the other figures are probabilities per job or offer."""

    name: str
    star_weights: tuple[int, int, int, int, int]
    cancels: float = 0.01
    fails_to_come: float = 0.0
    accepts: float = 0.85


# Repeated in this order over the partners of a market, so that even a small one shows every kind.
TEMPERS: Sequence[Temper] = (
    Temper("excellent", (0, 0, 1, 9, 90)),
    Temper("good", (0, 1, 4, 25, 70), cancels=0.02),
    Temper("near the limit", (2, 5, 10, 26, 57), cancels=0.02),
    Temper("careless", (9, 9, 17, 30, 35), cancels=0.03, accepts=0.95),
    Temper("good", (0, 1, 3, 20, 76), cancels=0.01),
    Temper("cancels often", (0, 1, 3, 22, 74), cancels=0.22, accepts=0.95),
    Temper("good", (0, 1, 5, 30, 64), cancels=0.02),
    Temper("forgets appointments", (0, 1, 4, 25, 70), cancels=0.02, fails_to_come=0.07),
    Temper("excellent", (0, 0, 1, 6, 93)),
    Temper("slow to answer", (0, 2, 8, 30, 60), accepts=0.4),
)


@dataclass(frozen=True)
class Habit:
    """How a client books: probabilities per order."""

    urgent: float
    chooses_partner: float
    cancels: float
    absent: float
    rates: float
    comments: float


HABITS: Sequence[Habit] = (
    Habit(urgent=0.10, chooses_partner=0.6, cancels=0.03, absent=0.01, rates=0.9, comments=0.6),
    Habit(urgent=0.30, chooses_partner=0.1, cancels=0.08, absent=0.03, rates=0.6, comments=0.2),
    Habit(urgent=0.02, chooses_partner=0.8, cancels=0.01, absent=0.00, rates=0.97, comments=0.8),
)


def draw_stars(temper: Temper, rng: Random) -> int:
    return rng.choices((1, 2, 3, 4, 5), weights=temper.star_weights)[0]


def draw_comment(language: str, stars: int, rng: Random) -> str:
    return rng.choice(COMMENTS.get(language, COMMENTS["fr"])[stars])


def draw_lead_time(habit: Habit, rng: Random) -> timedelta | None:
    """How long before the visit a client books; None for `as soon as possible`."""
    if rng.random() < habit.urgent:
        return None
    return timedelta(days=rng.randint(1, 5))


def draw_orders_of_a_day(partners: int, rng: Random) -> int:
    """About two per three partners, fewer or more by chance."""
    return sum(rng.random() < 0.33 for _ in range(partners * 2))
