"""Markdown of a seeded generator: what models write, and what they write without meaning Markdown."""

WORDS = ("train", "rest", "squat", "bench", "pull", "sleep", "protein", "water", "knee", "week", "day", "set", "walk")
ODD = (
    "8~12 reps, 3~4 sets", "costs $5 and $6", ":free: and :smile:", "a -> b -> c", "x >= 5 and y <= 3", "2*3*4 = 24",
    "<https://example.org/a?b=1>", "<b>bold</b> & <i>", r"\$x$ and \:red[x]", ":red[alarm]", "__init__ and node.js",
    "[note]: a definition", "[^1]: a footnote", "![plate](https://example.org/p.png)", "**bold** and *slanted*",
    "`code with $x and :red[y]`", "[a link](https://example.org/x_y_z)", "one -- two ~= three",
)  # fmt: skip


def sentence(chance):
    words = [chance.choice(WORDS) for _ in range(chance.randint(4, 14))]
    return " ".join(words).capitalize() + "."


def paragraph(chance):
    return " ".join(sentence(chance) for _ in range(chance.randint(1, 30)))


def odd(chance):
    return ", ".join(chance.sample(ODD, 4)) + "."


def table(chance):
    rows = [[chance.choice(WORDS) for _ in range(3)] for _ in range(chance.randint(2, 30))]
    lines = ["| day | set | reps |", "|---|:-:|--:|", *(f"| {' | '.join(row)} |" for row in rows)]
    return "\n".join(lines)


def bullets(chance):
    return "\n".join(f"- {sentence(chance)}\n  - {odd(chance)}" for _ in range(chance.randint(2, 12)))


def numbered(chance):
    return "\n\n".join(f"{n}. {sentence(chance)}\n\n   {odd(chance)}" for n in range(1, chance.randint(3, 9)))


def code(chance):
    lines = "\n".join(f"{chance.choice(WORDS)}_{n} = '{odd(chance)[:20]}'" for n in range(chance.randint(1, 60)))
    return f"```python\n{lines}\n```"


def bare_json(chance):
    lines = ",\n".join(f'  "{chance.choice(WORDS)}{n}": {chance.random():.3f}' for n in range(chance.randint(2, 40)))
    return f"{{\n{lines}\n}}"


def heading(chance):
    return f"{'#' * chance.randint(1, 4)} {sentence(chance)}"


def quotation(chance):
    return f"> {sentence(chance)}\n> {odd(chance)}"


def indented(chance):
    return f"    {sentence(chance)}\n    {sentence(chance)}"


KINDS = (paragraph, odd, table, bullets, numbered, code, bare_json, heading, quotation, indented)


def document(chance):
    """A text of a dozen parts, each kind among them now and then; it often ends within a table or a code block."""
    return "\n\n".join(chance.choice(KINDS)(chance) for _ in range(chance.randint(3, 12)))
