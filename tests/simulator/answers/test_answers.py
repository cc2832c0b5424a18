"""What the simulated models say: by the words of the prompt, the same for the same seed."""

import base64
import json
import random
from pathlib import Path

import pytest

from router.services.second_opinion import check_messages
from router.simulator.answers.answers import VOICES, answer_text
from router.simulator.answers.prompts import TABLE, read_prompt
from tests.simulator.calls import SEEING, ask, picture, text_of

SAMPLES = Path(__file__).parents[3] / "data" / "samples"
JSON = {"response_format": {"type": "json_object"}}


def text_for(simulator, words, **fields):
    return text_of(ask(simulator, messages=[{"role": "user", "content": words}], **fields))


def test_the_same_seed_says_the_same_and_another_may_not(simulator):
    said = [text_of(ask(simulator, seed=seed)) for seed in (1, 1, *range(2, 9))]
    assert said[0] == said[1]
    assert len(set(said)) > 1


def test_the_reply_depends_on_the_prompt(simulator):
    assert "Week 3" in text_for(simulator, "A four-week training program")
    assert "night" in text_for(simulator, "I slept badly")


@pytest.mark.parametrize(
    "words",
    ["Is oatmeal zorb a good breakfast?", "Why does my zorb press stall?", "Check this claim: zorb burns 300 kcal",
     "Categorise this: 2 zorb eggs", "Feedback: today I ran 5 km with zorb", "A two-week zorb program"],
)  # fmt: skip
def test_an_answer_answers_and_does_not_give_the_question_back(simulator, words):
    text = text_for(simulator, words)
    assert text.startswith(("Simulated reply. ", "Simulated reply.\n\n#"))
    assert "zorb" not in text


@pytest.mark.parametrize(
    "words", ["I slept badly. Train or rest?", "Why is my bench press stuck?", "Today I ran 5 km. Feedback?"]
)
def test_two_models_answer_one_question_each_in_its_own_words(simulator, words):
    sender = {"messages": [{"role": "user", "content": words}], "seed": 1}
    said = {text_of(ask(simulator, model=model, **sender)) for model in ("openai/gpt-oss-120b", "openai/gpt-oss-20b")}
    said.add(text_of(ask(simulator, model="allam-2-7b", **sender)))
    assert len(said) == 3
    assert all(text.startswith("Simulated reply.") for text in said)
    assert len({text.removeprefix("Simulated reply.").strip()[:30] for text in said}) == 3


@pytest.mark.parametrize(
    "words", ["What is the capital of France?", "Write a haiku about snow", "Warum ist Gras grün?"]
)
def test_what_no_simulated_model_knows_is_said_to_be_unknown_and_not_answered_with_something_else(simulator, words):
    for model in ("openai/gpt-oss-120b", "openai/gpt-oss-20b", "allam-2-7b"):
        text = text_of(ask(simulator, model=model, messages=[{"role": "user", "content": words}]))
        assert "simulated" in text.removeprefix("Simulated reply.")
        assert "free key" in text


def test_a_question_that_follows_another_is_about_what_that_was_about(simulator):
    turns = [{"role": "user", "content": "I slept badly. Train or rest?"}, {"role": "assistant", "content": "Rest."}]
    said = text_of(ask(simulator, messages=[*turns, {"role": "user", "content": "And tomorrow?"}]))
    assert "night" in said
    assert "free key" not in said


MODELS = ("openai/gpt-oss-120b", "openai/gpt-oss-20b", "allam-2-7b")


def followed(simulator, words, *, model, first="Should I train after a bad night?"):
    """What a model says to `words` behind a question and its own answer to that."""
    question = {"role": "user", "content": first}
    answer = {"role": "assistant", "content": text_of(ask(simulator, model=model, messages=[question]))}
    return text_of(ask(simulator, model=model, messages=[question, answer, {"role": "user", "content": words}]))


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize(
    "words",
    ["And what about tomorrow?", "Why?", "Shorter, please", "And today?", "What if I do it anyway?", "Und morgen?",
     "Can you explain that?", "But this week?", "More, please"],
)  # fmt: skip
def test_a_follow_up_without_a_topic_of_its_own_is_about_the_conversations(simulator, model, words):
    said = followed(simulator, words, model=model)
    topic = TABLE["topics"]["sleep"]
    known = [*topic["advice"], *(body for _, body in topic["points"])]
    assert any(text.lower() in said.lower() for text in known)
    assert "Week 1" not in said
    assert "simulated model" not in said


def test_a_follow_up_on_something_general_is_about_that(simulator):
    said = followed(simulator, "And what about tomorrow?", model="allam-2-7b", first="How do I keep a habit?")
    assert "free key" not in said
    assert any(body in said for _, body in TABLE["topics"]["general"]["points"])


@pytest.mark.parametrize("model", MODELS)
def test_what_is_to_be_shorter_is_shorter(simulator, model):
    longer, shorter = (followed(simulator, words, model=model) for words in ("And tomorrow?", "Make it shorter"))
    assert len(shorter) < len(longer)


def test_an_answer_that_speaks_of_programs_makes_no_program_of_the_next_question(simulator):
    turns = [
        {"role": "user", "content": "I slept badly. Train or rest?"},
        {"role": "assistant", "content": "Rest. I can write a two-week program or plan for your squats if you want."},
        {"role": "user", "content": "And what about tomorrow?"},
    ]
    said = text_of(ask(simulator, messages=turns))
    assert "Week 1" not in said
    assert "sessions a week" not in said


def test_a_follow_up_is_about_the_latest_topic_of_several(simulator):
    turns = [
        {"role": "user", "content": "My knee hurts when I climb stairs, the pain is in the left knee."},
        {"role": "assistant", "content": "Halve the load."},
        {"role": "user", "content": "How much protein do I need?"},
        {"role": "assistant", "content": "1.6 g."},
        {"role": "user", "content": "Why?"},
    ]
    assert "protein" in text_of(ask(simulator, messages=turns)).lower()


@pytest.mark.parametrize("model", MODELS)
def test_a_new_question_in_a_conversation_that_is_about_something_else_is_not_answered_with_its_topic(simulator, model):
    assert "free key" in followed(simulator, "What is the capital city of France?", model=model)


def test_thanks_are_taken_and_not_answered_with_more_advice(simulator):
    said = followed(simulator, "Thank you!", model="allam-2-7b").removeprefix("Simulated reply. ")
    assert said.startswith(("You are welcome", "With pleasure"))


def test_a_greeting_is_greeted(simulator):
    assert "what I can talk about" in text_for(simulator, "Hello!", model="openai/gpt-oss-safeguard-20b", seed=1)


@pytest.mark.parametrize("place", range(len(VOICES)))
def test_every_topic_has_an_advice_and_a_first_point_for_each_voice_and_steps_with_reasons(place):
    for topic in TABLE["topics"].values():
        assert topic["advice"][place]
        assert topic["points"][place]
        assert len(topic["steps"]) >= 3
        assert {kind for _, _, kind in topic["steps"]} <= {"training", "food", "recovery", "habit"}


def test_every_voice_of_the_table_is_known():
    assert set(TABLE["voices"].values()) <= set(VOICES)


@pytest.mark.parametrize("voice", VOICES)
@pytest.mark.parametrize(
    ("sample", "words"),
    [("breakfast-plate", "two fried eggs"), ("gym-board", "Bench press 3 × 8"), ("nutrition-label", "372 kcal"),
     ("scale", "72.4 kg")],
)  # fmt: skip
def test_the_consoles_own_sample_pictures_are_answered_with_what_is_on_them(sample, words, voice):
    data = (SAMPLES / f"{sample}.jpg").read_bytes()
    url = f"data:image/jpeg;base64,{base64.b64encode(data).decode()}"
    content = [{"type": "text", "text": "What is this?"}, {"type": "image_url", "image_url": {"url": url}}]
    said = answer_text(read_prompt([{"role": "user", "content": content}]), random.Random(1), voice)
    assert words in said.replace("**", "")


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        ("Press 3 × 6 at 35 kg.", "**Verdict:** right."),
        ("Press 3 × 6 at 85 kg.", "**Verdict:** partly right. Not in the picture: 85."),
    ],
)
def test_what_was_seen_in_a_sample_is_checked_by_its_figures(answer, verdict):
    url = f"data:image/jpeg;base64,{base64.b64encode((SAMPLES / 'gym-board.jpg').read_bytes()).decode()}"
    messages = check_messages("What is the load?", answer, [{"type": "image_url", "image_url": {"url": url}}])
    assert verdict in answer_text(read_prompt(messages), random.Random(1))


@pytest.mark.parametrize(("words", "weeks"), [("a two-week program", 2), ("a program of 6 weeks", 6)])
def test_a_program_has_the_weeks_that_were_asked_for(simulator, words, weeks):
    text = text_for(simulator, f"Write {words} for a runner, training three days")
    assert f"Week {weeks}" in text
    assert f"Week {weeks + 1}" not in text


PLAN = "Write a two-week strength program, three days a week"


@pytest.mark.parametrize(
    ("words", "changed", "sets"),
    [
        ("Make the second day shorter", "Session 2 is shorter now", {"| 1 | back squat 3 ×", "| 2 | deadlift 2 ×"}),
        ("Harder, please", "Every session is longer now", {"| 1 | back squat 4 ×", "| 2 | deadlift 4 ×"}),
        (
            "Rather two sessions a week",
            "with the numbers you asked for",
            {"| 1 | back squat 3 ×", "| 2 | deadlift 3 ×"},
        ),
    ],
)
def test_a_program_is_changed_as_a_follow_up_wants_it(simulator, words, changed, sets):
    said = followed(simulator, words, model="allam-2-7b", first=PLAN)
    assert changed in said
    assert all(line in said for line in sets)
    assert ("| 3 |" in said) == ("two" not in words)
    assert "Week 3" not in said


def test_a_question_about_a_program_is_no_wish_to_change_it(simulator):
    assert "| 1 |" not in followed(simulator, "Why is week 2 easier?", model="allam-2-7b", first=PLAN)


def told_to_coach(simulator, question, goal, *before):
    data = json.dumps({"question": question, "day": {"goal": goal, "entries": []}})
    turns = [{"role": role, "content": words} for role, words in zip(("user", "assistant"), before, strict=False)]
    return text_of(ask(simulator, model="allam-2-7b", messages=[*turns, {"role": "user", "content": data}]))


def test_a_persons_goal_has_its_step_in_the_answer_and_none_in_a_greeting(simulator):
    said = told_to_coach(simulator, "Should I train or rest?", "Run a marathon in May")
    assert any(f"**Towards your goal:** {what}" in said for what, _, _ in TABLE["topics"]["running"]["steps"])
    assert "goal" not in told_to_coach(simulator, "Thank you!", "Run a marathon in May")
    assert "Towards your goal" not in told_to_coach(simulator, "Should I train or rest?", "")


def test_a_follow_up_to_the_coach_is_about_what_was_asked_before(simulator):
    said = told_to_coach(simulator, "And tomorrow?", "", "I slept badly. Train or rest?", "Rest.")
    assert "night" in said
    assert "simulated model" not in said


def test_a_claim_is_judged_by_its_figures(simulator):
    claim = "Check this claim: a 70 kg runner burns {} kcal on a 5 km run"
    assert "does not fit" in text_for(simulator, claim.format(900))
    assert "plausible" in text_for(simulator, claim.format(350))


def test_a_picture_is_measured(simulator):
    said = text_of(ask(simulator, model=SEEING, messages=picture("#c82828", (320, 200))))
    assert "320 × 200" in said
    assert "red" in said


def test_json_holds_the_foods_that_the_prompt_names(simulator):
    document = json.loads(text_for(simulator, "As JSON: 2 eggs and toast", **JSON))
    assert document["category"] == "meal"
    assert next((item["food"], item["quantity"]) for item in document["items"]) == ("egg", 2)


def test_a_limit_cuts_the_answer_and_says_so(simulator):
    choice = ask(simulator, max_tokens=5, model="allam-2-7b").json()["choices"][0]
    assert (choice["finish_reason"], len(choice["message"]["content"])) == ("length", 20)


@pytest.mark.parametrize(
    "question",
    [
        "How is my day going?",
        "How am I doing?",
        "How was my day?",
        "How much protein did I eat today?",
        "What is my weight?",
    ],
)
def test_how_a_day_goes_is_told_by_its_log_alone(simulator, question):
    def said(*entries):
        day = {"goal": "", "entries": [{"summary": entry} for entry in entries]}
        return text_for(simulator, json.dumps({"question": question, "day": day}))

    assert "- 2 eggs and toast\n- ran 5 km" in said("2 eggs and toast", "ran 5 km")
    assert said("ran 5 km").count("ran 5 km") == 1, "once: the log is not read back behind it"
    assert "log of today is empty" in said()


LOG = (
    {"category": "measurement", "summary": "slept 7 h"},
    {"category": "activity", "summary": "ran 5 km"},
    {"category": "meal", "summary": "chicken with rice", "figures": "564 kcal, 67 g protein"},
)


@pytest.mark.parametrize("model", MODELS)
def test_a_coach_names_the_entries_that_bear_on_the_question_and_no_others(simulator, model):
    def said(question):
        return text_for(simulator, json.dumps({"question": question, "day": {"goal": "", "entries": LOG}}), model=model)

    assert "slept 7 h; ran 5 km" in said("Should I train or rest today?")
    assert "chicken" not in said("Should I train or rest today?")
    assert "chicken with rice" in said("What should I eat tonight?")


@pytest.mark.parametrize("model", MODELS)
def test_how_a_day_goes_has_what_its_meals_come_to(simulator, model):
    day = {"goal": "", "entries": LOG}
    said = text_for(simulator, json.dumps({"question": "How is my day going?", "day": day}), model=model)
    assert "**564 kcal** and **67 g protein**" in said


def test_what_was_logged_on_the_day_before_is_not_told_as_of_today(simulator):
    entries = [
        {"when": "2026-11-27 07:30", "summary": "ran 5 km"},
        {"when": "2026-11-28 08:00", "summary": "2 eggs"},
    ]
    day = {"now": "2026-11-28 12:00", "goal": "", "entries": entries}
    said = text_for(simulator, json.dumps({"question": "How is my day going?", "day": day}))
    assert "\n\n- 2 eggs\n\nThe day before: ran 5 km." in said


@pytest.mark.parametrize(
    ("line", "facts"),
    [
        ("slept 7 hours", [("sleep", 7, "h")]),
        ("drank 2 litres of water", [("quantity", 2, "l")]),
        (
            "ran 5 km in 27 min and weighed 81.2 kg",
            [("distance", 5, "km"), ("duration", 27, "min"), ("weight", 81.2, "kg")],
        ),
        ("bench press 3x8 at 60 kg", [("load", 60, "kg"), ("sets", 3, ""), ("repetitions", 8, "")]),
        ("2 eggs and toast", [("quantity", 2, "eggs")]),
        ("ate 3 tomatoes", [("quantity", 3, "tomatoes")]),
    ],
)
def test_the_figures_of_an_entry_are_what_they_measure(simulator, line, facts):
    kinds = {"measure": {"type": "string"}, "value": {"type": "number"}, "unit": {"type": "string"}}
    fact = {"type": "object", "required": list(kinds), "properties": kinds}
    schema = {"type": "object", "required": ["facts"], "properties": {"facts": {"type": "array", "items": fact}}}
    asked = {"type": "json_schema", "json_schema": {"name": "entry", "schema": schema}}
    document = json.loads(text_for(simulator, line, response_format=asked))
    assert [tuple(fact.values()) for fact in document["facts"]] == facts


@pytest.mark.parametrize("model", MODELS)
def test_a_follow_up_does_not_say_what_was_said_before(simulator, model):
    first = "What should I eat before a run?"
    question = {"role": "user", "content": first}
    before = text_of(ask(simulator, model=model, messages=[question]))
    after = followed(simulator, "And after it?", model=model, first=first)
    topic = TABLE["topics"]["fuel"]
    said = [
        words for words in (*topic["advice"], *(body for _, body in topic["points"])) if words.lower() in before.lower()
    ]
    assert said
    assert sum(words.lower() in after.lower() for words in said) <= max(0, len(said) - 1)
    assert after != before


def test_a_goal_of_two_topics_is_about_the_one_that_it_names_first(simulator):
    said = told_to_coach(simulator, "Should I train or rest?", "Lose 4 kg by spring and keep my strength")
    assert any(f"**Towards your goal:** {what}" in said for what, _, _ in TABLE["topics"]["nutrition"]["steps"])
