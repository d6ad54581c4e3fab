"""Telegram: webhook or long polling in, the Bot API out (docs/telegram.md, docs/decisions/0008)."""
