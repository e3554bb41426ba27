"""Two questionnaires, and what the customers of a block answered: it follows their latent satisfaction."""

from __future__ import annotations

import json
from dataclasses import dataclass

import numpy as np

from imports.demo.baskets import CHANNELS
from imports.demo.copying import NULL_TEXT, Rows, instant_texts, text_rows, text_rows_of
from imports.demo.history import NO_ORDER, History
from imports.demo.numbering import Numbering
from imports.demo.phrases import WISHES
from imports.demo.seasons import Floats, Ints, Seasons
from surveys.models import Answer, Invitation, Question, Questionnaire

INVITED_SHARE = 0.20
MOST_INVITED = 20_000
ANSWERING_SHARE = 0.58
SKIPPED_SHARE = 0.04
DAYS_OPEN = 30
# Days before the end on which the first questionnaire went out, and the second.
SENT_DAYS_BEFORE = (190, 60)


@dataclass(frozen=True)
class ScaleAnswer:
    """How an answer on a scale comes about: its middle, and how far one standard deviation of satisfaction moves it."""

    middle: float
    slope: float
    spread: float


@dataclass(frozen=True)
class DemoQuestion:
    text: str
    kind: str
    measure: str = "other"
    facet: str = "overall"
    lowest: int | None = None
    highest: int | None = None
    choices: tuple[str, ...] = ()
    scale: ScaleAnswer | None = None


@dataclass(frozen=True)
class DemoQuestionnaire:
    title: str
    introduction: str
    status: str
    questions: tuple[DemoQuestion, ...]


def csat(text: str, facet: str, middle: float, slope: float) -> DemoQuestion:
    return DemoQuestion(text, "scale", "csat", facet, 1, 5, scale=ScaleAnswer(middle, slope, 0.55))


QUESTIONNAIRES = (
    DemoQuestionnaire(
        "How was your last purchase?",
        "Five short questions; it takes a minute.",
        "closed",
        (
            csat("How satisfied are you with us on the whole?", "overall", 3.8, 0.75),
            csat("How satisfied are you with the quality of our products?", "product_quality", 4.0, 0.55),
            csat("How satisfied are you with our service?", "service_quality", 3.6, 0.85),
            csat("How fair do you find our prices?", "price_fairness", 3.3, 0.40),
            DemoQuestion("How did you buy last?", "choice", choices=CHANNELS),
            DemoQuestion("What should we do better?", "text"),
        ),
    ),
    DemoQuestionnaire(
        "Would you recommend us?",
        "Three questions about you and us.",
        "open",
        (
            DemoQuestion(
                "How likely is it that you recommend us to a friend or colleague?",
                "scale", "nps", "overall", 0, 10, scale=ScaleAnswer(7.6, 1.7, 1.1),
            ),
            DemoQuestion(
                "It was easy to get what I wanted.",
                "scale", "ces", "service_quality", 1, 7, scale=ScaleAnswer(5.3, 0.9, 0.8),
            ),
            DemoQuestion("What is the main reason for your answer?", "text"),
        ),
    ),
)  # fmt: skip


def questionnaire_rows(seasons: Seasons) -> list[Rows]:
    created = [f"{seasons.dates[seasons.days - before - 5]} 08:00+00" for before in SENT_DAYS_BEFORE]
    questions = [
        (str(number), str(position), question)
        for number, questionnaire in enumerate(QUESTIONNAIRES, start=1)
        for position, question in enumerate(questionnaire.questions, start=1)
    ]
    return [
        text_rows(
            Questionnaire,
            id=map(str, range(1, len(QUESTIONNAIRES) + 1)),
            title=[questionnaire.title for questionnaire in QUESTIONNAIRES],
            introduction=[questionnaire.introduction for questionnaire in QUESTIONNAIRES],
            status=[questionnaire.status for questionnaire in QUESTIONNAIRES],
            created_at=created,
        ),
        text_rows(
            Question,
            id=map(str, range(1, len(questions) + 1)),
            questionnaire=[number for number, _position, _question in questions],
            position=[position for _number, position, _question in questions],
            text=[question.text for *_place, question in questions],
            kind=[question.kind for *_place, question in questions],
            measure=[question.measure for *_place, question in questions],
            facet=[question.facet for *_place, question in questions],
            lowest=[_number_or_null(question.lowest) for *_place, question in questions],
            highest=[_number_or_null(question.highest) for *_place, question in questions],
            choices=[json.dumps(question.choices) for *_place, question in questions],
            is_required=["t" if position == "1" else "f" for _number, position, _question in questions],
        ),
    ]


def response_rows(rng: np.random.Generator, history: History, all_customers: int, numbering: Numbering) -> list[Rows]:
    """Invitations to a part of the buyers, and the answers of those who replied."""
    people, days = history.people, history.seasons.days
    share = min(INVITED_SHARE, MOST_INVITED / all_customers)
    rows = []
    first_question = 1
    for number, questionnaire in enumerate(QUESTIONNAIRES):
        was_there = (history.last_order_day != NO_ORDER) & (people.since_day < days - SENT_DAYS_BEFORE[number])
        asked = np.flatnonzero(was_there & (rng.random(len(people)) < share))
        ids = numbering.take(Invitation, len(asked))
        invitations, replies = _invitations(rng, number, ids, asked, history)
        answers = _answers(rng, questionnaire, first_question, replies, numbering)
        rows += [invitations, answers]
        first_question += len(questionnaire.questions)
    return rows


@dataclass(frozen=True)
class Replies:
    """Invitations that were answered, by id, when, and how satisfied that customer is."""

    invitations: list[int]
    moments: list[str]
    satisfaction: Floats


def _invitations(
    rng: np.random.Generator, questionnaire: int, ids: range, asked: Ints, history: History
) -> tuple[Rows, Replies]:
    seasons, count = history.seasons, len(asked)
    sent_day = seasons.days - SENT_DAYS_BEFORE[questionnaire]
    sent, expires = (
        instant_texts(seasons.instants(np.array([day]), np.array([9 * 3600]))) * count
        for day in (sent_day, sent_day + DAYS_OPEN)
    )
    replied = np.flatnonzero(rng.random(count) < ANSWERING_SHARE)
    reply_day = sent_day + np.minimum(rng.exponential(4, len(replied)).astype(np.int64), DAYS_OPEN - 1)
    moments = instant_texts(seasons.instants(reply_day, rng.integers(10 * 3600, 22 * 3600, len(replied))))
    answered_at = [NULL_TEXT] * count
    for place, moment in zip(replied.tolist(), moments, strict=True):
        answered_at[place] = moment
    rows = text_rows(
        Invitation,
        id=map(str, ids),
        questionnaire=[str(questionnaire + 1)] * count,
        customer=map(str, history.customer_ids[asked].tolist()),
        token=[rng.bytes(16).hex() for _ in range(count)],
        sent_at=sent,
        answered_at=answered_at,
        expires_at=expires,
        created_at=sent,
    )
    return rows, Replies([ids[place] for place in replied], moments, history.people.satisfaction[asked[replied]])


def _answers(
    rng: np.random.Generator,
    questionnaire: DemoQuestionnaire,
    first_question: int,
    replies: Replies,
    numbering: Numbering,
) -> Rows:
    rows: list[tuple[str, str, str, str, str]] = []
    for number, question in enumerate(questionnaire.questions):
        # Only the first is required.
        skipped = (rng.random(len(replies.invitations)) < SKIPPED_SHARE) & (number > 0)
        values = _values(rng, question, replies.satisfaction)
        for invitation, value, moment, is_skipped in zip(
            replies.invitations, values, replies.moments, skipped.tolist(), strict=True
        ):
            if value and not is_skipped:
                scored, text = (value, "") if question.scale else (NULL_TEXT, value)
                rows.append((str(invitation), str(first_question + number), scored, text, moment))
    return text_rows_of(Answer, ("invitation", "question", "number", "text", "answered_at"), rows, numbering)


def _values(rng: np.random.Generator, question: DemoQuestion, satisfaction: Floats) -> list[str]:
    """An answer each, as text; half of the free texts stay empty."""
    count = len(satisfaction)
    if question.scale:
        scale = question.scale
        opinion = scale.middle + scale.slope * satisfaction + rng.normal(0, scale.spread, count)
        return list(map(str, np.clip(np.rint(opinion), question.lowest, question.highest).astype(np.int64).tolist()))
    if question.choices:
        return [question.choices[throw] for throw in rng.integers(len(question.choices), size=count).tolist()]
    levels = np.clip((satisfaction + 2).astype(np.int64), 0, len(WISHES) - 1)
    throws = rng.integers(6, size=count).tolist()
    return [WISHES[level][throw] if throw < 3 else "" for level, throw in zip(levels.tolist(), throws, strict=True)]


def _number_or_null(value: int | None) -> str:
    return NULL_TEXT if value is None else str(value)
