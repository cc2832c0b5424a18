"""What models cost where they are paid for, from `prices.toml`: to say what free answers would have cost."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

_FILE = Path(__file__).with_name("prices.toml")
_MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Price:
    """A paid model.

    Attributes:
        prompt, completion: USD per million tokens.
        as_of, source: when and where that was read.
    """

    label: str
    model: str
    prompt: float
    completion: float
    as_of: date
    source: str

    def cost(self, prompt_tokens: int, completion_tokens: int) -> float:
        """What so many tokens would have cost, in USD."""
        return (prompt_tokens * self.prompt + completion_tokens * self.completion) / _MILLION

    def formula(self, prompt_tokens: int, completion_tokens: int) -> str:
        """How that is reckoned, for people."""
        prompt_price, completion_price = _price_text(self.prompt), _price_text(self.completion)
        return (
            f"{prompt_tokens:,} prompt tokens × {prompt_price} + {completion_tokens:,} completion tokens "
            f"× {completion_price}, each per million; prices of {self.model} as of {self.as_of}, {self.source}"
        )


def _price_text(price: float) -> str:
    """`$0.60`, and `$0.075` where cents are not enough."""
    return f"${price:.2f}" if round(price, 2) == price else f"${price:.3g}"


@cache
def load_prices() -> tuple[Price, ...]:
    """The paid models, in the file's order."""
    return tuple(Price(**entry) for entry in tomllib.loads(_FILE.read_text())["models"])
