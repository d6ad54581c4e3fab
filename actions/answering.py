"""Questions on the article."""

from __future__ import annotations

from typing import Any

from actions.speaking import FlowAction
from reasoning.flows import answering
from reasoning.flows.turn import Flow


class AnswerQuestion(FlowAction):
    def name(self) -> str:
        return "action_answer_question"

    def flow(self, domain: dict[str, Any]) -> Flow:
        return answering.ask_topic


class TellMore(FlowAction):
    def name(self) -> str:
        return "action_tell_more"

    def flow(self, domain: dict[str, Any]) -> Flow:
        return answering.tell_more


class AskUserFacts(FlowAction):
    def name(self) -> str:
        return "action_ask_user_facts"

    def flow(self, domain: dict[str, Any]) -> Flow:
        return answering.ask_user_facts


class TakeUserFacts(FlowAction):
    def name(self) -> str:
        return "action_take_user_facts"

    def flow(self, domain: dict[str, Any]) -> Flow:
        return answering.take_user_facts
