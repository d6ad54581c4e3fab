"""A conversation that began under an earlier version of knowledge/: fitted to what there is now, or begun again kindly.

What was told stays told. What this version cannot judge any more (a danger sign or a fact that it does not know) is put
away, and then the questions are asked again before any plan, as they are when the lists have changed: nobody has
answered a question that was not asked, and "none of these" or "2" meant the list that was seen.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from reasoning import interview
from reasoning.case import Case, Coaching, Interview, Said
from reasoning.knowledge import Knowledge
from reasoning.red_flags import flags
from reasoning.triage import NONE_OF_THE_SIGNS, RECHECKED, Finding, Status

AGAIN, TOLD = "again", "told"  # the questions begin again with this message; or: it is only said that they will
COUNTS = (Status.PRESENT, Status.UNSURE)


def fitted(knowledge: Knowledge, case: Case) -> Case:
    """The case in terms of this version; the same object when it fits as it is."""
    if not case.turn:
        return case
    kept = tuple(_known(finding) for finding in case.findings if finding.flag in flags())
    lost = any(finding.flag not in flags() and finding.status in COUNTS for finding in case.findings)
    lost = lost or not {*case.user_facts} <= knowledge.user_facts.keys()
    changes: dict[str, Any] = {}
    if kept != case.findings:
        changes["findings"] = kept
    for name in ("user_facts", "not_user_facts"):
        facts = tuple(fact for fact in getattr(case, name) if fact in knowledge.user_facts)
        if facts != getattr(case, name):
            changes[name] = facts
    changes |= _places(knowledge, case)
    changes |= _questions(case.with_(**changes), lost)
    return case.with_(**changes) if changes else case


def _known(finding: Finding) -> Finding:
    """With the details that this version knows of its sign."""
    details = finding.details & (flags()[finding.flag].details | {RECHECKED, NONE_OF_THE_SIGNS})
    return finding if details == finding.details else replace(finding, details=details)


def _places(knowledge: Knowledge, case: Case) -> dict[str, Any]:
    """What points at something that is gone points at nothing."""
    gone: dict[str, Any] = {}
    if case.hold is not None and case.hold.flag not in flags():
        gone["hold"] = None
    if case.asking_flag and case.asking_flag not in flags():
        gone["asking_flag"] = ""
    if case.asking and case.asking not in knowledge.topics:
        gone["asking"] = ""
    if case.said.file and not all(_is_there(knowledge, key) for key in (case.said.file, *case.said.entries)):
        gone["said"] = Said(turn=case.said.turn)
    if not {*case.coaching.stretches} <= knowledge.topics.keys():
        gone["coaching"] = Coaching()
    return gone


def _is_there(knowledge: Knowledge, key: str) -> bool:
    """A file, or "file/entry"."""
    name, _, entry = key.partition("/")
    file = knowledge.topics.get(name)
    return file is not None and (not entry or any(known.id == entry for known in file.entries))


def _questions(case: Case, lost: bool) -> dict[str, Any]:
    """Whether the interview holds, is begun again, or has to be before the next plan."""
    state = case.interview.state
    changed = case.asked_with != interview.stamp()
    if state == "open" and (changed or lost):
        return {"interview": Interview(), "upgraded": AGAIN}
    if lost or (changed and state == "done" and interview.unasked(case)):
        return {"interview": Interview(), "upgraded": TOLD}
    return {}
