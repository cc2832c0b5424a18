"""All clients, one after the other, in one process: they share what they load, which takes longer than all calls."""

import asyncio
import importlib
import sys

for name in sys.argv[1:]:
    asyncio.run(importlib.import_module(f"with_{name}").main())
