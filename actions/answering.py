"""Questions on the article."""

from __future__ import annotations

from actions.speaking import FlowAction
from reasoning.flows import answering


class AnswerQuestion(FlowAction):
    flow = staticmethod(answering.ask_topic)

    def name(self) -> str:
        return "action_answer_question"


class TellMore(FlowAction):
    flow = staticmethod(answering.tell_more)

    def name(self) -> str:
        return "action_tell_more"


class AskUserFacts(FlowAction):
    flow = staticmethod(answering.ask_user_facts)

    def name(self) -> str:
        return "action_ask_user_facts"


class TakeUserFacts(FlowAction):
    flow = staticmethod(answering.take_user_facts)

    def name(self) -> str:
        return "action_take_user_facts"
