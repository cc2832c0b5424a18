"""`python -m router evaluate`: from the command line to a result that a program can read."""

import json

import pytest

from router.__main__ import main


@pytest.fixture
def evaluate(simulator, tmp_path, monkeypatch, capsys):
    """Run the command on simulated providers with one key; gives its status, output and errors."""
    for name, value in {
        "GROQ_API_KEY": "gsk_evaluate_command",
        "OPENROUTER_API_KEY": "",
        "GROQ_BASE_URL": simulator.groq_url,
        "ROUTER_MODE": "live",
        "ROUTER_DATABASE_URL": f"sqlite:///{tmp_path}/log.db",
        "ROUTER_ENV_FILE": f"{tmp_path}/.env",
    }.items():
        monkeypatch.setenv(name, value)

    def run(*arguments):
        try:
            status = main(["evaluate", *arguments])
        except SystemExit as ended:
            status = ended.code
        written = capsys.readouterr()
        return status, written.out, written.err or str(status)

    return run


def test_an_evaluation_says_what_it_uses_and_gives_its_result_as_json(evaluate):
    targets = "groq:openai/gpt-oss-120b"
    arguments = ("--task", "quick-categorization", "--targets", targets, "--cases", "12", "--json")
    status, output, errors = evaluate(*arguments)
    assert status == 0, errors
    assert errors.startswith("24 requests, about ")
    result = json.loads(output)
    assert (result["task"], result["serving"]) == ("quick-categorization", "groq:openai/gpt-oss-20b")
    assert {target["target"]: target["cases"] for target in result["targets"]} == {
        "groq:openai/gpt-oss-20b": 12,
        targets: 12,
    }
    assert result["proposed"] == targets
    assert result["conclusion"].startswith("gpt-oss-120b is better than gpt-oss-20b")


def test_several_tasks_are_one_run_and_a_list_of_results(evaluate):
    tasks = ("quick-categorization", "verification")
    named = [part for task in tasks for part in ("--task", task)]
    targets = "groq:openai/gpt-oss-20b,groq:openai/gpt-oss-120b"
    status, output, errors = evaluate(*named, "--targets", targets, "--cases", "2", "--json")
    assert status == 0, errors
    assert errors.startswith("8 requests, about ")
    results = json.loads(output)
    assert [result["task"] for result in results] == list(tasks)
    assert len({result["run"] for result in results}) == 1


def test_a_judge_is_asked_only_where_it_is_switched_on_and_counted_before_it_is_asked(evaluate):
    chat = ("--task", "real-time-chat", "--targets", "groq:openai/gpt-oss-20b", "--json")
    status, output, errors = evaluate(*chat)
    assert status == 0, errors
    assert "cases left out that only a judge can decide: 3 (--judge asks one)" in errors
    assert json.loads(output)["judged"] == []
    status, output, errors = evaluate(*chat, "--judge")
    assert status == 0, errors
    assert "6 of them ask a judge (groq:qwen/" in errors.splitlines()[0]
    result = json.loads(output)
    (judged,) = result["judged"]
    assert (judged["target"], judged["cases"], judged["requests"]) == ("groq:openai/gpt-oss-20b", 3, 6)
    assert result["proposed_by"] == "rules"
    assert {target["cases"] for target in result["targets"]} == {16}
    lines = evaluate(*chat[:-1], "--judge")[1].splitlines()
    assert lines[-1] == "What is proposed rests on the rules alone."
    assert lines[-2].startswith("  groq:openai/gpt-oss-20b, by a judge (groq:qwen/")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--task", "poetry"), "invalid choice"),
        (("--task", "vision", "--targets", "gemma"), "a target is written provider:model"),
        (("--task", "vision", "--targets", "openrouter:some/model:free"), "no provider of that name can be called"),
        (("--task", "vision", "--cases", "0"), "is no number from 1"),
    ],
)
def test_what_cannot_be_evaluated_is_said_in_a_line(evaluate, arguments, words):
    status, _, errors = evaluate(*arguments)
    assert status != 0
    assert words in errors
