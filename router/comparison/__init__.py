"""Two targets side by side: prompts through two lanes, and the speed table with its fixed prompts."""
