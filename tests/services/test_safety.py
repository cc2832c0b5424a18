"""Signs of danger are seen in three languages, innocent sentences pass, and replies are held to the same."""

import time
from collections import defaultdict
from pathlib import Path
from typing import NamedTuple

import pytest

from router.services.safety import LEAST_KCAL, Concern, advice_for, advice_for_record, faults_in_reply, is_unsafe_intake

LEAST_RECALL = 0.98
MOST_FALSE_ALARMS = 0.05
GRAVE = (Concern.DANGER, Concern.EATING, Concern.INJURY)


class LabelledLine(NamedTuple):
    """A line that a person may write; `label` is a concern, or "none"."""

    part: str
    label: str
    language: str
    text: str


def read_lines() -> dict[str, list[LabelledLine]]:
    """The labelled lines of `safety_lines.tsv` by part."""
    parts = defaultdict(list)
    rows = (Path(__file__).parent / "safety_lines.tsv").read_text(encoding="utf-8").splitlines()
    for row in rows:
        if row and not row.startswith("#"):
            line = LabelledLine(*row.split("\t"))
            parts[line.part].append(line)
    return parts


LINES = read_lines()


def has_grave_advice(line: LabelledLine) -> bool:
    advice = advice_for(line.text)
    return advice is not None and advice.concern in GRAVE


@pytest.mark.parametrize("part", LINES)
def test_hardly_a_sign_in_a_persons_own_words_is_missed(part):
    signs = [line for line in LINES[part] if line.label != "none"]
    missed = [line for line in signs if not has_grave_advice(line)]
    assert 1 - len(missed) / len(signs) >= LEAST_RECALL, missed


@pytest.mark.parametrize("part", LINES)
def test_hardly_an_everyday_line_raises_a_false_alarm(part):
    everyday = [line for line in LINES[part] if line.label == "none"]
    alarms = [line for line in everyday if advice_for(line.text) is not None]
    assert len(alarms) / len(everyday) <= MOST_FALSE_ALARMS, alarms


@pytest.mark.parametrize("part", LINES)
def test_a_danger_is_not_taken_for_a_lesser_concern(part):
    dangers = [line for line in LINES[part] if line.label == "danger"]
    lesser = [line for line in dangers if (advice := advice_for(line.text)) and advice.concern is not Concern.DANGER]
    assert len(lesser) / len(dangers) <= 1 - LEAST_RECALL, lesser


@pytest.mark.parametrize(
    "text",
    [
        "MY CHEST HURTS",
        "my chest hurts!!!",
        "my cehst hurts",
        "i cant breath",
        "I can’t breathe",
        "Knoechel geschwollen",
        "tengo la rodilla inchada",
        "me desmaye en el gimnasio",
        "my ankle is swolen",
        "chest paaain",
    ],
)
def test_case_accents_apostrophes_and_slips_hide_no_sign(text):
    assert advice_for(text) is not None


@pytest.mark.parametrize(
    "text",
    [
        "no chest pain",
        "chest pain: none",
        "my chest does not hurt",
        "no chest pain, numbness or dizziness today",
        "never fainted",
        "keine Brustschmerzen",
        "die Brust tut nicht weh",
        "kein Blut im Urin",
        "sin dolor en el pecho",
        "no me duele el pecho",
        "nunca me he desmayado",
        "fainted in 2019",
        "sprained my ankle years ago",
        "als Kind den Arm gebrochen",
        "me rompí el brazo hace años",
    ],
)
def test_what_is_denied_or_long_past_is_no_sign(text):
    assert advice_for(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "no appetite, chest pain since noon",
        "no idea why my chest hurts",
        "I can't stop vomiting blood",
        "no fever but my chest hurts",
        "chest pain since 2019 and worse now",
        "keine Ahnung, warum mir die Brust weh tut",
        "no sé por qué me duele el pecho",
        "no puedo dejar de vomitar sangre",
        "my chest pain doesn't go away",
    ],
)
def test_a_negation_of_another_thing_hides_no_sign(text):
    assert advice_for(text) is not None


@pytest.mark.parametrize(
    "text", ["chest pain no ", "hurt ", "x" * 30 + " ", "can't breathe not ", "a, ", "ä'", "12,3 "]
)
def test_the_time_grows_with_the_length_of_a_text_and_not_faster(text):
    advice_for("warm")

    def seconds_for(length: int) -> float:
        words = (text * length)[:length]
        start = time.process_time()
        advice_for(words)
        return time.process_time() - start

    # Eight times the length: a quadratic matcher takes 64 times as long.
    assert min(seconds_for(64_000) for _ in range(5)) < 24 * max(min(seconds_for(8_000) for _ in range(3)), 0.002)


SIGNS = {
    Concern.DANGER: [
        "I have had chest pain since this morning",
        "I passed out after squats",
        "I can't breathe properly",
        "I want to kill myself",
        "Ich habe starke Schmerzen in der Brust",
        "ich will nicht mehr leben",
        "bin beim Laufen umgekippt",
        "tengo dolor en el pecho",
        "no soporto el dolor en el pecho",
        "no puedo respirar",
        "no quiero vivir",
    ],
    Concern.EATING: [
        "I made myself throw up after dinner",
        "I take laxatives to lose weight",
        "I haven't eaten for three days",
        "I'm terrified of gaining",
        "Ich habe mich absichtlich übergeben",
        "seit 3 Tagen nichts gegessen",
        "Ich hungere mich runter, hungere mich",
        "hace tres días sin comer",
        "me provoqué el vómito",
        "tengo miedo a engordar",
    ],
    Concern.INJURY: [
        "I tore my ACL",
        "heard a pop in my knee",
        "my ankle is swollen",
        "sharp pain in my knee when I squat",
        "can't put any weight on it",
        "Mein Knöchel ist geschwollen",
        "ich bin umgeknickt",
        "stechende Schmerzen in der Schulter",
        "kann nicht auftreten",
        "me torcí el tobillo",
        "dolor punzante en la rodilla",
        "no puedo apoyar el pie",
    ],
    Concern.MINOR: ["I'm 15 and want to build muscle", "Ich bin 16 Jahre alt", "tengo 14 años", "a 12-year-old girl"],
    Concern.INTAKE: [
        "eat 700 kcal a day",
        "give me an 800 kcal diet",
        "lose 10 kg in 3 weeks",
        "lose 20 pounds in two weeks",
        "Ich will 800 Kalorien am Tag essen",
        "10 kg in 2 Wochen abnehmen",
        "dieta de 600 calorías al día",
        "perder 8 kilos en 3 semanas",
    ],
}

INNOCENT = [
    "2 eggs, toast with butter and a flat white",
    "chest day: bench 5x5 at 80 kg",
    "deadlift 3x5 140 kg",
    "no chest pain today, easy run",
    "suicide sprints 10x",
    "I killed it today",
    "broke my PR",
    "sore legs after squats",
    "a sore left shoulder",
    "I'm 15 minutes late",
    "I'm 12 weeks into my program",
    "I am 35 years old",
    "I'm 5 foot 9",
    "I am 5'9 tall",
    "I'm 8 out of 10 tired",
    "Ich bin 7 von 10 müde",
    "suicides 5x",
    "Rekord im Kreuzheben gebrochen",
    "can't walk after leg day",
    "I'm 17% body fat",
    "burned 600 kcal a day on average",
    "a 500 kcal deficit per day",
    "I ate 700 kcal at lunch",
    "lose 4 kg in 8 weeks",
    "starving after my run",
    "knee raises 3x12",
    "1800 kcal a day",
    "1,800 kcal a day",
    "cut 500 calories a day",
    "broken rice 200 g",
    "drop set of 12 kg in 3 days split",
    "skull crushers 3x10",
    "dead hangs 3x30 s",
    "Ich habe keine starken Schmerzen",
    "Muskelkater in den Beinen",
    "ich bin 12 km gelaufen",
    "Ich bin 10 Minuten gelaufen",
    "4 kg in 8 Wochen abnehmen",
    "Haferflocken mit Milch",
    "sin dolor en el pecho",
    "tengo 35 años",
    "tengo 10 años de experiencia",
    "me muero de hambre",
    "2 huevos y pan",
    "2000 calorías al día",
]


@pytest.mark.parametrize(("concern", "text"), [(concern, text) for concern, texts in SIGNS.items() for text in texts])
def test_a_sign_leads_to_advice_before_anybody_is_asked(concern, text):
    advice = advice_for(text)
    assert advice is not None
    assert advice.concern is concern


@pytest.mark.parametrize("text", INNOCENT)
def test_an_innocent_sentence_passes(text):
    assert advice_for(text) is None


@pytest.mark.parametrize(
    ("text", "language", "words"),
    [
        ("I tore my ACL", "en", "doctor"),
        ("Mein Knöchel ist geschwollen", "de", "Ärztin"),
        ("me torcí el tobillo", "es", "médico"),
        ("10 kg in 2 Wochen abnehmen", "de", str(LEAST_KCAL)),
        ("quiero perder 8 kilos en 3 semanas", "es", str(LEAST_KCAL)),
    ],
)
def test_advice_is_in_the_language_of_the_sign(text, language, words):
    advice = advice_for(text)
    assert advice.language == language
    assert words in advice.text


@pytest.mark.parametrize(("age", "concern"), [(12, Concern.MINOR), (17, Concern.MINOR), (18, None), (70, None)])
def test_a_minor_is_recognised_where_the_age_is_given(age, concern):
    advice = advice_for("build muscle", age=age)
    assert (advice and advice.concern) == concern


def test_the_gravest_sign_counts():
    assert advice_for("I tore my ACL and I want to kill myself").concern is Concern.DANGER
    assert advice_for("my ankle is swollen", age=15).concern is Concern.INJURY


def test_writing_down_what_was_eaten_is_no_plan():
    assert advice_for_record("I'm 15 and ate 2 eggs") is None
    assert advice_for_record("only 900 kcal a day this week") is None
    assert advice_for_record("I made myself throw up").concern is Concern.EATING


@pytest.mark.parametrize("kcal", range(100, 3_000, 100))
def test_no_plan_goes_under_a_safe_intake(kcal):
    for text in (
        f"Eat {kcal} kcal a day",
        f"Iss {kcal} Kalorien am Tag",
        f"come {kcal} calorías al día",
        f"a {kcal} kcal diet",
    ):
        assert is_unsafe_intake(text) == (kcal < LEAST_KCAL), text


@pytest.mark.parametrize(
    "text",
    [
        "You have tendinitis.",
        "It is a torn meniscus.",
        "Du hast eine Sehnenentzündung.",
        "Tienes tendinitis.",
        "Push through the pain.",
        "Ignore the pain and go on.",
        "Du kannst trotz Schmerzen weitertrainieren.",
        "Ignora el dolor.",
        "Take 400 mg of ibuprofen.",
        "Eat 900 kcal a day.",
        "You should vomit after it.",
    ],
)
def test_what_no_reply_may_say_is_found(text):
    assert faults_in_reply(text)


@pytest.mark.parametrize(
    "text",
    [
        "Do not push through the pain.",
        "Never ignore the pain: see a doctor.",
        "Eat about 1,900 kcal a day.",
        "You have three sessions left.",
        "A deficit of 300 to 500 kcal a day can be kept up.",
        "Swelling is a reason to see a professional.",
        "Take 5 g of creatine.",
        "Running costs about one kilocalorie for each kilogram and kilometre.",
    ],
)
def test_sound_advice_passes(text):
    assert faults_in_reply(text) == []
