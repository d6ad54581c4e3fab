"""Small talk, and what was not understood: the words stand in the responses of `data/`."""

from __future__ import annotations

from typing import Any

from actions.speaking import FlowAction
from reasoning.flows import talking
from reasoning.flows.turn import Flow


class Talk(FlowAction):
    def name(self) -> str:
        return "action_talk"

    def flow_with(self, domain: dict[str, Any]) -> Flow:
        return talking.talk(domain["responses"])


class AskForOtherWords(FlowAction):
    def name(self) -> str:
        return "action_ask_for_other_words"

    def flow_with(self, domain: dict[str, Any]) -> Flow:
        return talking.not_understood(domain["responses"])


class NameLanguage(FlowAction):
    flow = staticmethod(talking.other_language)

    def name(self) -> str:
        return "action_name_language"


class RefuseOldButton(FlowAction):
    flow = staticmethod(talking.old_button)

    def name(self) -> str:
        return "action_refuse_old_button"


class AskForLess(FlowAction):
    flow = staticmethod(talking.too_long)

    def name(self) -> str:
        return "action_ask_for_less"
