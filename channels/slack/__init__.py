"""Slack: direct messages and mentions in, Block Kit out (docs/slack.md, docs/decisions/0009)."""
