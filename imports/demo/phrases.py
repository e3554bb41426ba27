"""What people write in the demo: profiles, reviews, answers in their own words."""

from __future__ import annotations

PROFILE_PATTERNS = (
    "Interested in {} and {}.",
    "Likes {}; asked about {} at the last fair.",
    "Told us about {} and {}. Prefers to be written to.",
    "Buys for {}, sometimes for {}.",
    "Keen on {} and {}; wants to hear of new articles.",
    "Mostly {}. Also: {}.",
)
SOURCES = ("web", "trade fair", "store", "advertisement", "newsletter", "partner")
SOURCE_SHARES = (0.42, 0.10, 0.22, 0.12, 0.09, 0.05)
REFERRAL = "referral"
TAGS = ("newsletter", "loyalty card", "wholesale", "press", "pays late", "test panel")
TAG_SHARES = (0.38, 0.22, 0.05, 0.01, 0.03, 0.02)
JOB_TITLES = ("Purchasing", "Office manager", "Managing director", "Accounts", "Facility manager")
REFUND_REASONS = ("Damaged on arrival", "Does not fit", "Not as described", "Ordered by mistake", "Arrived too late")

# By stars, 1 to 5, about what it does (function), how well (performance) and what it costs (price).
REVIEWS: tuple[tuple[str, ...], ...] = (
    (
        "Broke on the second day. I want my money back.",
        "Does not do what the description says.",
        "Far too expensive for this quality.",
        "Nach einer Woche kaputt, sehr enttäuschend.",
        "质量很差,用了两天就坏了。",
    ),
    (
        "Works, but the finish is poor.",
        "I expected more at this price.",
        "Delivery took three weeks and the box was open.",
        "Le produit est fragile, dommage.",
        "Etwas wackelig, und die Anleitung fehlt.",
    ),
    (
        "Does its job, nothing special.",
        "Fine, though there are cheaper ones.",
        "Looks good, could be sturdier.",
        "In Ordnung, aber lauter als gedacht.",
        "一般般,包装还可以。",
    ),
    (
        "Good value, would buy again.",
        "Solid and easy to use.",
        "Better than my old one, and quickly delivered.",
        "Très bon rapport qualité-prix.",
        "Гарна якість за ці гроші.",
    ),
    (
        "Exactly what I was looking for. Excellent quality!",
        "Perfect in every way, and worth its price.",
        "We use it every day and love it.",
        "Absolut empfehlenswert, hält was es verspricht.",
        "非常好用,全家都喜欢!",
    ),
)
# Answers to “what should we do better?”, from the least to the most satisfied.
WISHES: tuple[tuple[str, ...], ...] = (
    ("Nobody answered my complaint.", "Prices went up and quality went down.", "Der Kundendienst ist nie erreichbar."),
    ("Faster delivery, please.", "Returns should be simpler.", "Weniger Verpackung wäre schön."),
    ("A wider choice of colours.", "Show in the shop what is in stock.", "希望有更多促销活动。"),
    ("Nothing, keep going.", "More articles like the last ones!", "Tout est parfait, merci."),
)
