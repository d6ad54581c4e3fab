"""Questions on the article: one topic or two, a follow-up, more, and what a user fact changes."""

from __future__ import annotations

from dataclasses import replace

from reasoning import coach, routing
from reasoning.answers import Part, choose, compose, lost_list, more, remember, words
from reasoning.case import Case
from reasoning.flows import interviewing
from reasoning.flows.turn import Reply, Turn
from reasoning.knowledge import Topic
from reasoning.messages import Choice, Kind, Message
from reasoning.offers import choice, facts_question
from reasoning.person import facts_that_matter, is_minor, verdict
from reasoning.reading import MIN_SCORE, Match

MAX_TOPICS = 2
MAX_FACTS = 8
LOST = "lost_lists"
NEAR = 0.15  # an entry this much less like the question than the best answer is said as well
FEW_WORDS = 7  # of a question that leans on what was said last


def ask_topic(turn: Turn) -> Reply:
    """Answer what is asked, one message a topic; an open interview goes on with the same question, once."""
    case = turn.case
    messages: list[Message] = []
    files = _files(turn)
    if routing.in_emergency_part(case) and any(file.self_care for file in files):
        files = [file for file in files if not file.self_care]
        messages.append(Message(interviewing.waiting_words(turn), Kind.TALK))
    for file in files:
        message, case = _answer(turn.with_case(case), file)
        messages.append(message)
    if case.interview.state == "open":
        waiting = interviewing.back_to_question(turn.with_case(case))
        return Reply(waiting.case, (*messages, *waiting.messages))
    return Reply(case, tuple(messages))


def _files(turn: Turn) -> list[Topic]:
    """The knowledge files that the message asks about: a pressed one, named parts, topics, else what was talked of."""
    topics = turn.knowledge.topics
    if turn.reading.pressed in topics:
        return [topics[turn.reading.pressed]]
    if _stays(turn):
        return [topics[turn.case.said.file]]
    found: list[Topic] = []
    for topic in turn.reading.topics or (turn.intent,):
        named = [topics[name] for name in turn.reading.files if name in topics and topics[name].part_of == topic]
        found += named or ([topics[topic]] if topic in topics else [])
    if not found and turn.case.said.file in topics:
        found = [topics[turn.case.said.file]]
    return list(dict.fromkeys(found))[:MAX_TOPICS] or [topics["relief"]]


def _stays(turn: Turn) -> bool:
    """ "How many sets?" after the pelvic tilt is about the pelvic tilt, though it fits all stretches."""
    file = turn.knowledge.topics.get(turn.case.said.file)
    if file is None or not file.part_of or turn.reading.files or turn.reading.topics != (file.part_of,):
        return False
    best = max((match.score for match in turn.reading.matches if match.file == file.id), default=0.0)
    return best >= MIN_SCORE and _leans(turn)


def _leans(turn: Turn) -> bool:
    """The message is short and names no topic, so it is about what was said last."""
    if turn.reading.act in routing.LEANS_ON_AN_ANSWER:
        return True
    text = turn.reading.text.lower()
    topics = [turn.knowledge.topics[name] for name in turn.reading.topics if name in turn.knowledge.topics]
    return len(text.split()) <= FEW_WORDS and not any(name in text for topic in topics for name in topic.names)


def _near(match: Match, best: Match) -> bool:
    return match.score > best.score - NEAR


def _answer(turn: Turn, file: Topic) -> tuple[Message, Case]:
    matches = [m for m in turn.reading.matches if m.score >= MIN_SCORE and _belongs(turn, m, file)]
    if matches and matches[0].file == LOST and not turn.reading.pressed:
        near = [m for m in matches if m.file == file.id and _near(m, matches[0])][:1]
        parts = tuple(Part(file, file.entry(m.entry)) for m in near)
        message = lost_list(turn.knowledge, matches[0].entry, parts)
        case = remember(turn.case, parts) if parts else remember_file(turn.case, file)
        return replace(message, buttons=_buttons(turn, case, file)), case
    # A part of a topic may be meant without its name: "the one where I hug both knees".
    best = turn.knowledge.topics[matches[0].file] if matches and matches[0].file in turn.knowledge.topics else file
    follows = _leans(turn) and turn.case.said.file == best.id
    fitting = [m for m in matches if m.file == best.id and (not follows or _near(m, matches[0]))]
    entries = [] if turn.reading.pressed else [m.entry for m in fitting]
    parts = choose(best, entries, whole=not follows)
    again = turn.case.said.file == best.id and turn.case.said.entries == tuple(p.key for p in parts)
    opening = ""
    if again:
        opening = turn.word("once_more")
        parts = (*parts, *_one_more(turn, best, parts))
    asked_facts = turn.reading.user_facts if turn.reading.asks_in_general else ()
    parts = _for_these_facts(turn, best, parts, asked_facts)
    if asked_facts and not _special_caution(turn, best, asked_facts):
        opening = turn.word("no_caution")
    message = compose(
        turn.knowledge,
        parts,
        turn.case,
        turn.assessment.level,
        opening=opening,
        facts=asked_facts,
        with_notes=not again,
    )
    case = remember(turn.case, parts)
    return replace(message, buttons=_buttons(turn, case, best)), case


def _belongs(turn: Turn, match: Match, file: Topic) -> bool:
    if match.file == LOST:
        return turn.knowledge.lost_lists[match.entry].topic == file.id
    found = turn.knowledge.topics.get(match.file)
    return found is not None and (found.id == file.id or (file.part_of is None and found.topic == file.id))


def _one_more(turn: Turn, file: Topic, parts: tuple[Part, ...]) -> tuple[Part, ...]:
    unsaid = more(file, turn.case.heard)[:1]
    return unsaid if sum(words(p.entry.says) for p in (*parts, *unsaid)) <= 70 else ()


def _for_these_facts(turn: Turn, file: Topic, parts: tuple[Part, ...], facts: tuple[str, ...]) -> tuple[Part, ...]:
    """“What about pregnant women?” is answered by the parts of the file that the caution is about."""
    if not facts or any(_touches(turn, p, facts) for p in parts):
        return parts
    touched = [part for part in (Part(file, entry) for entry in file.entries) if _touches(turn, part, facts)]
    return tuple(touched[:1]) or parts


def _touches(turn: Turn, part: Part, facts: tuple[str, ...]) -> bool:
    with_facts = verdict(turn.knowledge, part.remedies, facts).cautions
    return len(with_facts) > len(verdict(turn.knowledge, part.remedies, ()).cautions)


def _special_caution(turn: Turn, file: Topic, facts: tuple[str, ...]) -> bool:
    """Some caution for these facts touches the file's remedies, beside those for everyone."""
    found = verdict(turn.knowledge, file.remedies, facts, turn.case.weeks).cautions
    return any("everyone" not in caution.user_facts for caution in found)


def remember_file(case: Case, file: Topic) -> Case:
    """The case after a list of this file was said."""
    return case.with_(said=replace(case.said, file=file.id, entries=()))


def _buttons(turn: Turn, case: Case, file: Topic) -> tuple[Choice, ...]:
    """Two to four next steps."""
    if case.interview.state == "open" or case.coaching.state != "none":
        return ()
    found = coach.start_buttons(turn.knowledge, case, turn.assessment.level, file)
    if more(file, case.heard):
        found.append(choice(turn.word("more"), "tell_me_more", file.id))
    if file.self_care and not is_minor(case) and facts_that_matter(turn.knowledge, file.remedies, case):
        found.append(choice(turn.word("is_it_for_me"), "ask_user_facts", file.id))
    if case.interview.state in ("none", "stopped") and file.self_care:
        found.append(choice(turn.word("start_questions"), "begin_interview"))
    found += [choice(turn.knowledge.topics[name].title, turn.knowledge.topics[name].topic, name) for name in file.next]
    return tuple(found[:4])


def tell_more(turn: Turn) -> Reply:
    """What the file talked of last has left to say."""
    topics = turn.knowledge.topics
    file = topics.get(turn.reading.pressed) or topics.get(turn.case.said.file)
    if file is None:
        return Reply.of(turn.case, Message(turn.word("nothing_more"), Kind.TALK))
    parts = more(file, turn.case.heard)
    if not parts:
        buttons = _buttons(turn, turn.case, file)
        return Reply.of(turn.case, Message(turn.word("nothing_more"), Kind.TALK, buttons=buttons))
    message = compose(turn.knowledge, parts, turn.case, turn.assessment.level)
    case = remember(turn.case, parts)
    return Reply.of(case, replace(message, buttons=_buttons(turn, case, file)))


def ask_user_facts(turn: Turn) -> Reply:
    """Ask once for the facts that matter for the remedy at hand."""
    file = turn.knowledge.topics.get(turn.reading.pressed or turn.case.said.file)
    if file is None:
        return tell_more(turn)
    slugs = facts_that_matter(turn.knowledge, file.remedies, turn.case)[:MAX_FACTS]
    if not slugs:
        return ask_topic(turn)
    return Reply.of(turn.case.with_(asking=file.id), facts_question(turn.knowledge, slugs, turn.word("facts_ask")))


def take_user_facts(turn: Turn) -> Reply:
    """Apply what was ticked, numbered or written to the remedy asked about."""
    file = turn.knowledge.topics[turn.before.asking]
    slugs = facts_that_matter(turn.knowledge, file.remedies, turn.before)[:MAX_FACTS]
    case = with_chosen_facts(turn, slugs)
    if case is None:
        return _facts_not_understood(turn, file)
    turn = turn.with_case(case)
    parts = choose(file, ())
    opening = turn.word("facts_noted" if set(case.user_facts) & set(slugs) else "facts_none")
    message = compose(turn.knowledge, parts, case, turn.assessment.level, opening=opening)
    case = remember(case, parts)
    return Reply.of(case, replace(message, buttons=_buttons(turn, case, file)))


def with_chosen_facts(turn: Turn, slugs: tuple[str, ...]) -> Case | None:
    """The case with what was picked from a list of these facts; None when the answer cannot be read."""
    chosen = _chosen_facts(turn, slugs)
    if chosen is None:
        return None
    told = tuple(dict.fromkeys((*turn.case.user_facts, *chosen)))
    # Somebody who writes "I am diabetic" has not said no to the rest.
    rest = () if _in_words(turn) else tuple(slug for slug in slugs if slug not in told)
    return turn.case.with_(
        user_facts=told, not_user_facts=tuple(dict.fromkeys((*turn.case.not_user_facts, *rest))), asking=""
    )


def _in_words(turn: Turn) -> bool:
    reading = turn.reading
    picked = reading.ticked is not None or bool(reading.ordinals)
    return not picked and bool(reading.user_facts or reading.denied_facts)


def _chosen_facts(turn: Turn, slugs: tuple[str, ...]) -> tuple[str, ...] | None:
    """The facts that were picked from the list; None when the answer cannot be read."""
    reading = turn.reading
    if reading.ticked is not None:
        return tuple(slug for slug in reading.ticked if slug in slugs)
    if reading.ordinals:
        places = [number - 1 if number > 0 else len(slugs) + number for number in reading.ordinals]
        return tuple(slugs[n] for n in places) if all(0 <= n < len(slugs) for n in places) else None
    if _in_words(turn) or reading.act == "deny":
        return ()
    # "Not sure" keeps on the safe side: everything that was asked counts.
    return slugs if reading.act in ("not_sure", "affirm") else None


def _facts_not_understood(turn: Turn, file: Topic) -> Reply:
    asked = ask_user_facts(replace(turn, reading=replace(turn.reading, pressed=file.id)))
    return Reply(asked.case, (Message(turn.word("not_understood_answer"), Kind.TALK), *asked.messages))
