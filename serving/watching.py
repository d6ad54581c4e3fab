"""What the watch alone says: of texts that are no message of a conversation, and in place of an answer that failed.

None of it raises: what cannot be read ends in the safety text.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any

from reasoning import intake
from reasoning.case import Case
from reasoning.knowledge import Knowledge
from reasoning.messages import Kind, Message
from reasoning.safety import emergency, failure
from reasoning.triage import Assessment, Status
from serving.hearing import Hearing
from serving.ingress import texts
from serving.ingress.admission import Ingress
from serving.logs import place_of

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Watched:
    """What the watch sees in a text of which no conversation is kept.

    `message`: what has to be said at once (of the common model, as JSON data), None when nothing has. `signs`: it names
    a sign of danger, present or unsure, of whatever level.
    """

    message: dict[str, Any] | None = None
    signs: bool = False


@dataclass(frozen=True)
class Watching:
    """The watch without a dialogue. `country`: configured for the site, where a caller knows of none."""

    hearing: Hearing
    knowledge: Knowledge
    country: str
    ingress: Ingress

    def watch(self, text: str, country: str = "") -> Watched:
        """Only the watch, for what is no message of a conversation: a group's, an edited one.

        An emergency brings the emergency text, a failure the safety text.
        """
        country = country or self.country
        try:
            case, assessment = self._screened(text, country)
            signs = any(finding.status in (Status.PRESENT, Status.UNSURE) for finding in case.findings)
            if assessment.level.emergency:
                return Watched(emergency(self.knowledge, case, assessment).as_dict(), signs)
            return Watched(signs=signs)
        except Exception as error:  # whatever it is, the person gets the safety text
            log.error("watch failed: %s", place_of(error))
            return Watched(failure(self.knowledge, country).as_dict())

    def refusal(self, text: str, why: str = "", country: str = "") -> tuple[dict[str, Any], ...]:
        """What is said instead of an answer: why, and the safety text.

        Where the watch sees an emergency in the text, the advice for that.
        """
        country = country or self.country
        if text and self.ingress.may_watch(text):
            seen = self.watch(text, country)
            if seen.message is not None:
                return (seen.message,)
        safety_text = failure(self.knowledge, country).as_dict()
        return (
            (Message(self.knowledge.wording[f"too_{why}"], Kind.NOTICE).as_dict(), safety_text)
            if why
            else (safety_text,)
        )

    def after_failure(self, text: str, country: str = "") -> tuple[Message, str]:
        """The safety text, or the advice for an emergency that the watch sees in the text; with its level."""
        try:
            case, assessment = self._screened(text, country)
            if assessment.level.emergency:
                return emergency(self.knowledge, case, assessment), str(assessment.level)
        except Exception as error:  # the watch itself is what failed
            log.error("watch failed: %s", place_of(error))
        return failure(self.knowledge, country), "none"

    def _screened(self, text: str, country: str) -> tuple[Case, Assessment]:
        """What the watch alone sees in the text, by patterns alone if the encoder has failed."""
        screened = self.hearing.watched(texts.read(text), after_failure=True)
        case = Case(findings=screened.findings, country=country, back_trouble=screened.has_back_trouble)
        return case, intake.assess(case)
