"""How providers say that something is wrong with an account and not with a request, in patterns.

Each says of whom (an account, its plan, its access) what has become of it, in either order and with or without a verb.
They are looked for at the beginning of a message alone: further on it may quote what the caller wrote.
"""

from __future__ import annotations

_WHO = r"(organi[sz]ation|account|work ?space|project|team|tenant|subscription|trial|(free )?plan|membership)"
_WHO_ALONE = r"(organi[sz]ation|account|work ?space|tenant|subscription|trial|membership)"
"""Of these a state without a verb says enough; `user content blocked` is about something else."""
_ACCESS = r"(api[ _-]access|access (to (the|this|our) (api|service|platform))?)"
_STATE = (
    r"(restricted|suspended|disabled|de-?activated|terminated|banned|blocked|closed|locked|delinquent|inactive|frozen|"
    r"archived|expired|ended|revoked|cancell?ed|paused|withdrawn|lapsed|on hold|under review|deleted)"
)
_BEING = (
    r"((is|was|are|were|been|currently|temporarily|permanently)( \w+)?|"
    r"(has|have)( been( \w+)?)?(?= expired| ended| been))"
)
_OPENING = r"^.{0,200}?"

ACCOUNT_OUT = (
    rf"{_OPENING}(\b({_WHO}|{_ACCESS})\b.{{0,60}}\b{_BEING}( been)? {_STATE}\b"
    rf"|\buser {_BEING}( been)? {_STATE}\b"
    rf"|\b({_WHO}\b.{{0,60}}|user is )\bnot (yet |been )?(active|activated|verified|approved|in good standing)"
    rf"|\b{_WHO_ALONE} (\w+ )?{_STATE}\b"
    rf"|\b{_STATE} (your |this |the )?(api )?(access|{_WHO_ALONE})\b"
    rf"|^{_WHO} {_STATE}$|\b{_WHO} .{{0,60}}\b(suspended|deactivated|terminated)[.!]?$"
    rf"|\byou( |'ve |r access ).{{0,20}}\b(been )?(banned|suspended|blocked|restricted)\b"
    r"|\b(verify|confirm|complete) (your|the) (\w+ )?"
    r"(phone|number|mobile|e-?mail|identity|age|account|organi[sz]ation|verification|profile|registration)\b"
    r"|\b(sanctions?|export controls?)\b)"
)

UNPAID = (
    r"billing .{0,40}(not active|inactive|required|disabled|hard limit|past due|overdue|not (been )?(set ?up|enabled))|"
    r"(add|update|set ?up|enable|activate|verify) .{0,30}(billing|payment method)|"
    r"payment (method )?.{0,20}(required|needed|missing|failed|declined)|"
    r"insufficient (credits?|balance|funds|quota)|"
    r"(credits?|balance) .{0,30}(exhausted|too low|used up|negative|run out)|"
    r"\b(no|out of|without) (\w+ )?credits?\b|"
    r"\b(spend(ing)?|budget|cost|billing)( \w+)? (limit|cap|threshold) .{0,20}(reached|exceeded|hit)|"
    r"\b(monthly|weekly|spending|billing) (budget|limit|cap|quota) .{0,20}(reached|exceeded|exhausted|used up)|"
    r"\bbudget .{0,20}(exceeded|exhausted|used up)"
)

TERMS = (
    r"(accept|agree(ing|d)? (to|with)|acceptance|consent).{0,80}\b(terms|licen[cs]e|agreement|conditions)\b|"
    r"\b(terms|licen[cs]e|agreement|conditions)\b.{0,80}\b(accept|agree|acceptance|consent)"
)

PLACE_OUT = (
    r"network settings|(not available|unavailable|not supported|unsupported|restricted|blocked|not permitted)"
    r".{0,30}(region|country|territory|location)|"
    r"\b(region|country|territory|location)\b.{0,40}"
    r"(not (available|supported|permitted|allowed)|unsupported|restricted)"
)

MINUTE_WORDS = r"per[ _-]?min(ute)?|/ ?min(ute)?\b|\b[io]?[rt]pm\b|a minute\b"
_DAY_WORDS = (
    r"per[ _-]?day|/ ?d(ay)?\b|\b[io]?[rt]pd\b|\bdaily|requests_day|a day\b|\b24[ -]?h(ours?)?\b|"
    r"\b(for|of|used|left|many requests) (the day|today|this day)\b|\btoday'?s? (limit|quota|allowance|requests)"
)
FIRST_SAYS_DAY = rf"^(?:(?!{MINUTE_WORDS}).)*?(?:{_DAY_WORDS})"
"""A day's cap, by the span that is named first: what comes behind a minute's is an offer ("add 10 credits to unlock
1000 free model requests per day")."""
