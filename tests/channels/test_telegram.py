"""Telegram's manners: what is said is drawn as Telegram can, and every kind of update finds its answer or its peace."""

from __future__ import annotations

import asyncio
import itertools
import json
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from channels.telegram import countdowns
from channels.telegram.channel import Channel
from reasoning.messages import Banner, File, Kind, Message
from serving.settings import TelegramSettings
from tests.channels.fake_telegram import API, BOT, TOKEN, FakeTelegram, Fault
from tests.channels.telegram_stand_in import DANGER, KNOWN, SIGN, StandIn, danger

SECRET = "the-server's-own"
ANN, BOB, GROUP = 101, 102, -500
NAME = f"@{BOT['username']}"
WORDS = KNOWN.wording


@pytest.fixture
async def channel(telegram: FakeTelegram, conversations: StandIn, tmp_path: Path) -> AsyncIterator[Channel]:
    """The channel, started; updates are handed to `take`."""
    made = make(telegram, conversations, tmp_path)
    await made.start()
    yield made
    await made.stop()


def make(telegram: FakeTelegram, conversations: StandIn, folder: Path, **settings: Any) -> Channel:
    """A channel that is not started."""
    wanted = {"mode": "webhook", "public_url": "https://bot.example", **settings}
    made = TelegramSettings(token=TOKEN, secret="s3cret", api_url=telegram.url, **wanted)
    return Channel(made, SECRET, conversations, folder / "pictures.json")  # type: ignore[arg-type]


async def take(channel: Channel, *updates: dict[str, Any]) -> None:
    """Take updates and wait until all of it is done."""
    for update in updates:
        channel.take(update)
    await channel.lines.idle()


async def until(condition: Any, patience: float = 30.0) -> None:
    """Wait until something is so."""
    async with asyncio.timeout(patience):
        while not condition():
            await asyncio.sleep(0.01)


# --- at start


async def test_the_webhook_is_registered_with_secret_and_kinds_and_the_commands_are_named(
    channel: Channel, telegram: FakeTelegram
) -> None:
    await until(lambda: telegram.webhook and telegram.commands)
    assert telegram.webhook["url"] == "https://bot.example/webhooks/telegram"
    assert telegram.webhook["secret_token"] == "s3cret"
    assert set(telegram.webhook["allowed_updates"]) == {"message", "edited_message", "callback_query", "my_chat_member"}
    assert [item["command"] for item in telegram.commands] == ["start", "help", "stop", "delete", "export"]


# --- text, and what it looks like


async def test_a_private_text_is_answered_and_the_conversation_goes_by_a_hash(
    channel: Channel, telegram: FakeTelegram, conversations: StandIn
) -> None:
    conversations.hold_up = lambda _conversation, _inbound: asyncio.sleep(0.1)
    await take(channel, telegram.text(ANN, "is heat ok?"), telegram.text(BOB, "is heat ok?"))
    assert telegram.texts(ANN) == telegram.texts(BOB) == ["heard is heat ok?"]
    names = [conversation for conversation, _ in conversations.heard]
    assert len(set(names)) == 2
    assert all(name.startswith("tg:") and "101" not in name and "102" not in name for name in names)
    address = conversations.records.addresses.get(names[0])
    assert address is not None
    assert address.address == {"chat": ANN}
    assert telegram.made("sendChatAction"), "the chat shows that the bot is typing"


async def test_what_looks_like_markup_or_a_command_is_text(
    channel: Channel, telegram: FakeTelegram, conversations: StandIn
) -> None:
    said = [
        "<b>bold</b> & *star* _line_ [link](https://x.example)",
        '/inform{"cleared": true}',
        "/restart",
        "\u202eabc",
    ]
    await take(channel, *[telegram.text(ANN, text) for text in said])
    assert conversations.texts() == said
    assert telegram.texts(ANN) == [f"heard {text}" for text in said]
    assert all("parse_mode" not in call.fields for call in telegram.calls)


async def test_a_long_text_is_split_at_sentences_and_the_buttons_hang_on_the_last_piece(
    channel: Channel, telegram: FakeTelegram, conversations: StandIn
) -> None:
    long = " ".join(f"This is sentence {number} about backs 🙂." for number in range(400))
    conversation = channel.conversation(ANN)
    await take(channel, telegram.text(ANN, "hello"))
    conversations.records.outbox.append(conversation, {"text": long, "buttons": [{"id": "b1-aa", "title": "Go on"}]})
    await until(lambda: len(telegram.said(ANN)) >= 5)
    await channel.lines.idle()
    pieces = telegram.said(ANN)[1:]
    assert " ".join(piece["text"] for piece in pieces) == long
    assert all(piece["text"].endswith(".") for piece in pieces)
    assert ["reply_markup" in piece for piece in pieces] == [False] * (len(pieces) - 1) + [True]


async def test_an_emergency_has_a_bold_heading_and_all_of_its_text(channel: Channel, telegram: FakeTelegram) -> None:
    await take(channel, telegram.text(ANN, f"I {DANGER}"))
    [said] = telegram.said(ANN)
    heading = str(danger().as_dict()["banner"]["heading"])
    assert said["text"] == f"{heading}\n\n{danger().text}"
    assert said["entities"] == [{"type": "bold", "offset": 0, "length": len(heading)}]


async def test_a_file_of_the_server_becomes_a_link(
    channel: Channel, telegram: FakeTelegram, conversations: StandIn
) -> None:
    await take(channel, telegram.text(ANN, "hello"))
    message = Message(text="Here is your sheet.", file=File("sheet.pdf", "application/pdf", "/files/sheet.pdf"))
    conversations.records.outbox.append(channel.conversation(ANN), message.as_dict())
    await until(lambda: len(telegram.said(ANN)) == 2)
    assert telegram.said(ANN)[1]["reply_markup"]["inline_keyboard"] == [
        [{"text": "sheet.pdf", "url": "https://bot.example/files/sheet.pdf"}]
    ]


async def test_what_cannot_be_drawn_is_still_said(
    channel: Channel, telegram: FakeTelegram, conversations: StandIn
) -> None:
    await take(channel, telegram.text(ANN, "hello"))
    for odd in ({"buttons": [{"id": "x" * 80, "title": "Too long"}]}, {"buttons": [{"title": "No id"}]}, {"ticks": 7}):
        conversations.records.outbox.append(channel.conversation(ANN), {"text": "All of it.", **odd})
    await until(lambda: telegram.texts(ANN).count("All of it.") == 3)


# --- buttons


async def test_a_pressed_button_is_acknowledged_said_and_marked(
    channel: Channel, telegram: FakeTelegram, conversations: StandIn
) -> None:
    await take(channel, telegram.text(ANN, "card"))
    number = telegram.said(ANN)[-1]["message_id"]
    update = telegram.press(ANN, number, "Is it right for me?")
    await take(channel, update)
    assert conversations.heard[-1][1].button == "b2-aa"
    assert telegram.titles(ANN, number) == ["✓ Is it right for me?"]
    assert telegram.toasts[update["callback_query"]["id"]] == ""
    await take(channel, telegram.press(ANN, number, "✓"))
    assert len(conversations.heard) == 2, "what was answered is only acknowledged"
    assert len(telegram.toasts) == 2


async def test_a_double_press_counts_once_and_a_failed_one_may_be_repeated(
    channel: Channel, telegram: FakeTelegram, conversations: StandIn
) -> None:
    await take(channel, telegram.text(ANN, "card"))
    number = telegram.said(ANN)[-1]["message_id"]
    conversations.fails = True
    await take(channel, telegram.press(ANN, number, "Next"))
    assert "Next" in telegram.titles(ANN, number), "a press that ended in the safety text may be repeated"
    conversations.fails = False
    await take(channel, telegram.press(ANN, number, "Next"), telegram.press(ANN, number, "Next"))
    assert [inbound.button for _, inbound in conversations.heard] == [None, "b2-bb", "b2-bb"]
    assert len(telegram.toasts) == 3


async def test_a_tick_list_is_toggled_in_its_message_and_sent_with_done(
    channel: Channel, telegram: FakeTelegram, conversations: StandIn
) -> None:
    await take(channel, telegram.text(ANN, "list"))
    number = telegram.said(ANN)[-1]["message_id"]
    assert telegram.titles(ANN, number) == [
        "☐ 1. Numb",
        "☐ 2. Weak",
        "None of these",
        "Not sure",
        "Done",
        "Why do you ask?",
    ]
    first = telegram.press(ANN, number, "Done")
    await take(channel, first)
    assert telegram.toasts[first["callback_query"]["id"]] == WORDS["ticks_empty"]
    # Two quick presses: the second was made while its message still looked as before.
    await take(channel, telegram.press(ANN, number, "Numb"), telegram.press(ANN, number, "Weak"))
    assert telegram.titles(ANN, number)[:2] == ["☑ 1. Numb", "☑ 2. Weak"]
    await take(channel, telegram.press(ANN, number, "Numb"), telegram.press(ANN, number, "Done"))
    assert [inbound.ticks for _, inbound in conversations.heard[1:]] == [("b1-bb",)]
    assert telegram.titles(ANN, number) == ["✓ 2. Weak"]


@pytest.mark.parametrize(("title", "ids"), [("None of these", ("b1-cc",)), ("Not sure", ("b1-dd",))])
async def test_none_and_not_sure_are_answers_by_themselves(
    channel: Channel, telegram: FakeTelegram, conversations: StandIn, title: str, ids: tuple[str, ...]
) -> None:
    await take(channel, telegram.text(ANN, "list"))
    number = telegram.said(ANN)[-1]["message_id"]
    await take(channel, telegram.press(ANN, number, "Numb"), telegram.press(ANN, number, title))
    assert [inbound.ticks for _, inbound in conversations.heard[1:]] == [ids]
    assert telegram.titles(ANN, number) == [f"✓ {title}"]


async def test_a_tick_list_works_after_a_restart(
    channel: Channel, telegram: FakeTelegram, conversations: StandIn, tmp_path: Path
) -> None:
    await take(channel, telegram.text(ANN, "list"))
    number = telegram.said(ANN)[-1]["message_id"]
    await take(channel, telegram.press(ANN, number, "Numb"))
    again = make(telegram, StandIn(tmp_path), tmp_path)
    await again.start()
    await take(again, telegram.press(ANN, number, "Weak"))
    assert telegram.titles(ANN, number)[:2] == ["☑ 1. Numb", "☑ 2. Weak"]
    await again.stop()


async def test_a_list_too_old_to_be_sent_along_says_so(
    channel: Channel, telegram: FakeTelegram, conversations: StandIn, tmp_path: Path
) -> None:
    await take(channel, telegram.text(ANN, "list"))
    number = telegram.said(ANN)[-1]["message_id"]
    for title in ("Numb", "Done"):
        update = telegram.press(ANN, number, title, seen=False)
        await take(channel, update)
        assert telegram.toasts[update["callback_query"]["id"]] == WORDS["list_is_gone"]
    await take(channel, telegram.press(ANN, number, "None of these", seen=False))
    assert [inbound.ticks for _, inbound in conversations.heard[1:]] == [("b1-cc",)]


async def test_the_pain_scale_has_eleven_buttons(
    channel: Channel, telegram: FakeTelegram, conversations: StandIn
) -> None:
    await take(channel, telegram.text(ANN, "pain"))
    number = telegram.said(ANN)[-1]["message_id"]
    assert telegram.titles(ANN, number) == [str(mark) for mark in range(11)]
    await take(channel, telegram.press(ANN, number, "10"))
    await take(channel, telegram.press_data(ANN, number, "s:0"))
    assert [inbound.scale for _, inbound in conversations.heard[1:]] == [10, 0]


@pytest.mark.parametrize(
    "data", ["s:11", "s:-1", "s:²", "s:", "h:999999", "h:0:0:0:e", "w:", "w:0", "w:99999", "w:-3", "x", "zz", "m", "💥"]
)
async def test_forged_button_data_are_acknowledged_and_do_nothing(
    channel: Channel, telegram: FakeTelegram, conversations: StandIn, data: str
) -> None:
    await take(channel, telegram.text(ANN, "pain"))
    number = telegram.said(ANN)[-1]["message_id"]
    update = telegram.press_data(ANN, number, data)
    await take(channel, update)
    assert telegram.toasts == {update["callback_query"]["id"]: ""}
    assert len(conversations.heard) == 1
    if data != "h:0:0:0:e":  # at worst a short hold for whoever made it up
        assert len(telegram.said(ANN)) == 1


async def test_a_button_id_that_nobody_offered_goes_to_the_conversation_which_refuses_it(
    channel: Channel, telegram: FakeTelegram, conversations: StandIn
) -> None:
    await take(channel, telegram.text(ANN, "card"))
    number = telegram.said(ANN)[-1]["message_id"]
    await take(channel, telegram.press_data(ANN, number, "b:b9-made-up"))
    assert conversations.heard[-1][1].button == "b9-made-up"


# --- pictures


async def test_a_stretch_comes_with_its_picture_which_is_uploaded_once(
    channel: Channel, telegram: FakeTelegram, conversations: StandIn, tmp_path: Path
) -> None:
    await take(channel, telegram.text(ANN, "card"), telegram.text(BOB, "card"))
    for chat in (ANN, BOB):
        picture, text = telegram.said(chat)
        assert picture["caption"] == "Kneeling, chest down."
        assert text["text"].startswith("Prayer stretch.")
    assert len(telegram.files) == 1 or [len(telegram.files), len(telegram.made("sendPhoto"))] == [2, 2]
    uploaded = len(telegram.files)
    again = make(telegram, conversations, tmp_path)
    await again.start()
    await take(again, telegram.text(ANN, "card"))
    assert len(telegram.files) == uploaded, "known by its id after a restart"
    telegram.files.clear()
    await take(again, telegram.text(ANN, "card"))
    assert len(telegram.files) == 1, "uploaded anew when Telegram no longer knows it"
    await again.stop()


async def test_without_its_picture_the_text_still_comes(
    telegram: FakeTelegram, conversations: StandIn, tmp_path: Path
) -> None:
    made = Channel(
        TelegramSettings(token=TOKEN, secret="s", api_url=telegram.url, mode="polling"),
        SECRET,
        conversations,  # type: ignore[arg-type]
        tmp_path / "pictures.json",
        pictures=tmp_path / "none",
    )
    await made.start()
    await take(made, telegram.text(ANN, "card"))
    assert [text.startswith("Prayer stretch.") for text in telegram.texts(ANN)] == [True]
    await made.stop()


# --- commands


@pytest.mark.parametrize(("command", "said"), [("/start", "hello"), ("/help", "help"), ("/stop", "stop")])
async def test_commands_say_what_they_mean(
    channel: Channel, telegram: FakeTelegram, conversations: StandIn, command: str, said: str
) -> None:
    await take(channel, telegram.text(ANN, command), telegram.text(ANN, f"{command}{NAME}"))
    assert conversations.texts() == [said, said]


async def test_words_after_a_command_are_a_message_but_not_what_a_link_adds(
    channel: Channel, telegram: FakeTelegram, conversations: StandIn
) -> None:
    said = ["/start from_a_poster", "/start my back hurts", "/help with ice", f"/delete I {DANGER}", f"/export {SIGN}"]
    await take(channel, *[telegram.text(ANN, text) for text in said])
    assert conversations.texts() == ["hello", "my back hurts", "with ice", f"I {DANGER}", SIGN]


async def test_delete_goes_the_way_of_the_dialogue_and_leaves_nothing_here(
    channel: Channel, telegram: FakeTelegram, conversations: StandIn
) -> None:
    """One question, asked by the conversation; after its yes no address, no delivery and no countdown is left."""
    await take(channel, telegram.text(ANN, "ice"))
    await take(channel, telegram.press(ANN, telegram.said(ANN)[-1]["message_id"], "ice, 20 minutes"))
    running = telegram.said(ANN)[-1]["message_id"]
    await take(channel, telegram.text(ANN, "/delete"))
    assert conversations.texts()[-1] == WORDS["delete_means"]
    asked = telegram.said(ANN)[-1]["message_id"]
    await take(channel, telegram.press(ANN, asked, WORDS["delete_no"]))
    assert conversations.deleted == []
    await take(channel, telegram.text(ANN, "/delete"))
    asked = telegram.said(ANN)[-1]["message_id"]
    yes = telegram.press(ANN, asked, WORDS["delete_yes"])
    await take(channel, yes)
    conversation = channel.conversation(ANN)
    assert conversations.deleted == [conversation]
    assert telegram.texts(ANN)[-1] == WORDS["delete_done"]
    assert telegram.titles(ANN, asked) == [f"✓ {WORDS['delete_yes']}"]
    assert telegram.titles(ANN, running) == []
    assert conversations.records.addresses.get(conversation) is None
    with conversations.engine.connect() as connection:
        rows = connection.exec_driver_sql("SELECT conversation, brought FROM deliveries WHERE NOT done").all()
        assert rows == []
        query = "SELECT count(*) FROM deliveries WHERE conversation = ? OR brought IS NOT NULL"
        assert connection.exec_driver_sql(query, (conversation,)).scalar() == 0


async def test_export_sends_a_file_with_all_that_is_kept(
    channel: Channel, telegram: FakeTelegram, conversations: StandIn
) -> None:
    await take(channel, telegram.text(ANN, "hello"), telegram.text(ANN, "/export"))
    assert telegram.texts(ANN)[-1] == WORDS["export_done"]
    document = telegram.said(ANN)[-1]["document"]["file_id"]
    kept = json.loads(telegram.files[document])
    assert kept["messages"] == ["hello", WORDS["export_means"]]
    assert kept["kept_for_telegram"] == {"chat": ANN}


async def test_a_file_that_telegram_does_not_take_is_said_in_words(
    channel: Channel, telegram: FakeTelegram, conversations: StandIn
) -> None:
    """All of them, in order, and what comes after is said too."""
    telegram.faults = [Fault("400", "sendDocument", times=2)]
    await take(channel, telegram.text(ANN, "sheet"), telegram.text(ANN, "/export"), telegram.text(ANN, "hello"))
    failed = WORDS["file_not_sent"].format(name="back-spasm-chat.json")
    assert telegram.texts(ANN) == ["Here is a sheet. All of it in words.", failed, "heard hello"]
    await take(channel, telegram.text(ANN, "sheet"))
    assert telegram.texts(ANN)[-1] == "Here is a sheet."
    assert telegram.files[telegram.said(ANN)[-1]["document"]["file_id"]].startswith(b"%PDF")


# --- what is no text, edits, groups


USER = {"id": ANN, "is_bot": False, "first_name": "Ann"}
CHAT = {"id": ANN, "type": "private"}
SIZE = {"file_id": "f", "file_unique_id": "u", "width": 9, "height": 9}
FILE = {"file_id": "f", "file_unique_id": "u"}
NO_TEXT: dict[str, dict[str, Any]] = {
    "voice": {"voice": {**FILE, "duration": 3}},
    "photo": {"photo": [SIZE]},
    "sticker": {
        "sticker": {**SIZE, "type": "regular", "is_animated": False, "is_video": False},
    },
    "location": {"location": {"latitude": 1.0, "longitude": 2.0}},
    "video": {"video": {**SIZE, "duration": 3}},
    "video_note": {"video_note": {**FILE, "length": 9, "duration": 3}},
    "audio": {"audio": {**FILE, "duration": 3}},
    "document": {"document": FILE},
    "animation": {"animation": {**SIZE, "duration": 3}},
    "contact": {"contact": {"phone_number": "1", "first_name": "A"}},
    "dice": {"dice": {"emoji": "🎲", "value": 1}},
    "venue": {"venue": {"location": {"latitude": 1.0, "longitude": 2.0}, "title": "t", "address": "a"}},
    "poll": {
        "poll": {
            "id": "1",
            "question": "q",
            "options": [],
            "total_voter_count": 0,
            "is_closed": False,
            "is_anonymous": True,
            "type": "regular",
            "allows_multiple_answers": False,
        }
    },
    "story": {"story": {"chat": {"id": 1, "type": "private"}, "id": 3}},
    "paid_media": {"paid_media": {"star_count": 1, "paid_media": []}},
    "what Telegram may think of next": {"hologram": {"depth": 3}},
}


async def test_words_are_read_beside_what_nobody_knows_yet(
    channel: Channel, telegram: FakeTelegram, conversations: StandIn
) -> None:
    """The library refuses a message whose poll, say, lacks a field: the words in it count."""
    odd = {"message_id": 1, "date": 1, "chat": CHAT, "poll": {"of": "the future"}}
    await take(channel, telegram.text(ANN, f"I {DANGER}", reply_to_message=odd))
    assert danger().text in telegram.texts(ANN)[0]


@pytest.mark.parametrize("content", NO_TEXT.values(), ids=NO_TEXT)
async def test_what_is_no_text_is_answered_with_the_emergency_line(
    channel: Channel, telegram: FakeTelegram, conversations: StandIn, content: dict[str, Any]
) -> None:
    await take(channel, telegram.update("message", telegram.message(ANN, **content)))
    [text] = telegram.texts(ANN)
    assert text == WORDS["text_only"].format(emergency="999 or 112") or "999" in text
    assert conversations.heard == []


async def test_the_words_with_a_picture_are_read_and_an_album_is_answered_once(
    channel: Channel, telegram: FakeTelegram, conversations: StandIn
) -> None:
    album = [
        telegram.message(ANN, photo=[SIZE], media_group_id="77", **more)
        for more in ({"caption": f"I {DANGER}"}, {}, {})
    ]
    await take(channel, *[telegram.update("message", message) for message in album])
    assert conversations.texts() == [f"I {DANGER}"]
    assert len(telegram.said(ANN)) == 2
    assert danger().text in telegram.texts(ANN)[0]


async def test_an_edited_text_is_watched_again(
    channel: Channel, telegram: FakeTelegram, conversations: StandIn
) -> None:
    await take(channel, telegram.text(ANN, "my back hurts"))
    await take(channel, telegram.edit(ANN, 1, "my back hurts a lot"))
    assert telegram.texts(ANN)[-1] == WORDS["edit_not_read"]
    await take(channel, telegram.edit(ANN, 1, f"my back hurts and I {DANGER}"))
    assert danger().text in telegram.texts(ANN)[-1]
    await take(channel, telegram.edit(ANN, 1, f"my back hurts, with {SIGN}"))
    assert conversations.texts() == ["my back hurts", f"my back hurts and I {DANGER}", f"my back hurts, with {SIGN}"]


async def test_in_a_group_only_what_is_addressed_is_watched(
    channel: Channel, telegram: FakeTelegram, conversations: StandIn
) -> None:
    bots = telegram.message(GROUP, text="hello all")
    bots["from"] = BOT
    reply = telegram.text(GROUP, "to you", reply_to_message=bots)
    asked = [f"{NAME} is heat ok?", f"/help{NAME}", "/help", f"hello {NAME.upper()}"]
    for update in (*[telegram.text(GROUP, text) for text in asked], reply):
        before = len(telegram.said(GROUP))
        await take(channel, update)
        said = telegram.said(GROUP)[before:]
        assert [message["text"].startswith(WORDS["ask_in_private"][:40]) for message in said] == [True]
        assert said[0]["reply_to_message"]["message_id"] == update["message"]["message_id"]
        [[button]] = said[0]["reply_markup"]["inline_keyboard"]
        assert button == {"text": WORDS["open_private_chat"], "url": f"https://t.me/{BOT['username']}"}
    before = len(telegram.said(GROUP))
    aside = [
        "is heat ok?",
        f"I {DANGER}",
        "/help@another_bot",
        "@another_bot hello",
        "mail me@back_spasm_test_bot.example",
    ]
    await take(channel, *[telegram.text(GROUP, text) for text in aside])
    assert len(telegram.said(GROUP)) == before
    assert conversations.heard == [], "no conversation is held in a group"
    assert conversations.records.addresses.get(channel.conversation(GROUP)) is None


async def test_an_emergency_in_a_group_gets_the_emergency_text_there(
    channel: Channel, telegram: FakeTelegram, conversations: StandIn
) -> None:
    update = telegram.text(GROUP, f"{NAME} I {DANGER}")
    await take(channel, update)
    [said] = telegram.said(GROUP)
    assert danger().text in said["text"]
    assert said["reply_to_message"]["message_id"] == update["message"]["message_id"]
    harmless = telegram.edit(GROUP, update["message"]["message_id"], f"{NAME} never mind")
    harmless["edited_message"]["entities"] = [{"type": "mention", "offset": 0, "length": len(NAME)}]
    await take(channel, harmless)
    assert len(telegram.said(GROUP)) == 1


async def test_a_picture_with_words_in_a_group_is_watched(channel: Channel, telegram: FakeTelegram) -> None:
    caption = f"{NAME} I {DANGER}"
    entities = [{"type": "mention", "offset": 0, "length": len(NAME)}]
    message = telegram.message(GROUP, photo=[SIZE], caption=caption, caption_entities=entities)
    await take(channel, telegram.update("message", message))
    assert danger().text in telegram.texts(GROUP)[0]


async def test_bots_and_channels_are_not_answered(
    channel: Channel, telegram: FakeTelegram, conversations: StandIn
) -> None:
    other = telegram.text(GROUP, f"{NAME} hello")
    other["message"]["from"] = {"id": 9, "is_bot": True, "first_name": "Bot"}
    post = telegram.update(
        "channel_post", {**telegram.message(-900, text="news"), "chat": {"id": -900, "type": "channel"}}
    )
    del post["channel_post"]["from"]
    await take(channel, other, post)
    assert telegram.said(GROUP) == telegram.said(-900) == []
    assert conversations.heard == []


MEMBER = {"status": "member", "user": BOT}


def contents(telegram: FakeTelegram) -> dict[str, dict[str, Any]]:
    """For every kind of update of the Bot API something as Telegram sends it."""
    change = {"chat": CHAT, "from": USER, "date": 1, "old_chat_member": MEMBER, "new_chat_member": MEMBER}
    poll = NO_TEXT["poll"]["poll"]
    message = {"message_id": 5, "date": 1, "chat": CHAT, "from": USER, "text": "x"}
    boost = {"boost_id": "1", "add_date": 1, "expiration_date": 2, "source": {"source": "premium", "user": USER}}
    known: dict[str, dict[str, Any]] = {
        "business_connection": {"id": "1", "user": USER, "user_chat_id": 1, "date": 1, "is_enabled": True},
        "deleted_business_messages": {"business_connection_id": "1", "chat": CHAT, "message_ids": [1]},
        "message_reaction": {
            "chat": CHAT,
            "message_id": 1,
            "date": 1,
            "old_reaction": [],
            "new_reaction": [],
            "user": USER,
        },
        "message_reaction_count": {"chat": CHAT, "message_id": 1, "date": 1, "reactions": []},
        "inline_query": {"id": "1", "from": USER, "query": "q", "offset": ""},
        "chosen_inline_result": {"result_id": "1", "from": USER, "query": "q"},
        "callback_query": {"id": "old", "from": USER, "chat_instance": "1", "inline_message_id": "7", "data": "b:x"},
        "shipping_query": {
            "id": "1",
            "from": USER,
            "invoice_payload": "p",
            "shipping_address": dict.fromkeys(
                ("country_code", "state", "city", "street_line1", "street_line2", "post_code"), "x"
            ),
        },
        "pre_checkout_query": {"id": "1", "from": USER, "currency": "EUR", "total_amount": 1, "invoice_payload": "p"},
        "purchased_paid_media": {"from": USER, "paid_media_payload": "p"},
        "poll": poll,
        "poll_answer": {"poll_id": "1", "option_ids": [], "option_persistent_ids": [], "user": USER},
        "my_chat_member": change,
        "chat_member": change,
        "chat_join_request": {"chat": CHAT, "from": USER, "user_chat_id": 1, "date": 1},
        "chat_boost": {"chat": CHAT, "boost": boost},
        "removed_chat_boost": {"chat": CHAT, "boost_id": "1", "remove_date": 1, "source": boost["source"]},
    }
    return {kind: known.get(kind, message) for kind in API["updates"]}


@pytest.mark.parametrize("kind", API["updates"])
@pytest.mark.parametrize("shape", ["sound", "empty", "odd"])
async def test_every_kind_of_update_is_acknowledged(
    channel: Channel, telegram: FakeTelegram, kind: str, shape: str
) -> None:
    """Taking it raises nothing, so the webhook answers 200 and polling goes on; empty and odd ones included."""
    content = {"sound": contents(telegram)[kind], "empty": {}, "odd": {"chat": 7, "from": [], "message": "x"}}[shape]
    telegram.chats.setdefault(ANN, {})
    await take(channel, telegram.update(kind, content), telegram.text(ANN, "after it"))
    assert "heard after it" in telegram.texts(ANN)


SERVICE = [
    name
    for name in API["message"]
    if name.startswith(("new_chat", "left_", "delete_chat", "forum_", "general_forum", "video_chat", "giveaway_cr"))
    or name in ("pinned_message", "message_auto_delete_timer_changed", "chat_background_set", "users_shared")
]


@pytest.mark.parametrize("name", SERVICE)
async def test_what_the_platform_itself_tells_in_a_chat_needs_no_answer(
    channel: Channel, telegram: FakeTelegram, conversations: StandIn, name: str
) -> None:
    sound: dict[str, Any] = {
        "new_chat_members": [USER],
        "left_chat_member": USER,
        "new_chat_title": "t",
        "new_chat_photo": [SIZE],
        "delete_chat_photo": True,
        "message_auto_delete_timer_changed": {"message_auto_delete_time": 5},
        "pinned_message": {"message_id": 1, "date": 1, "chat": CHAT},
        "forum_topic_created": {"name": "n", "icon_color": 1},
        "video_chat_scheduled": {"start_date": 1},
        "video_chat_ended": {"duration": 1},
        "video_chat_participants_invited": {"users": [USER]},
        "chat_background_set": {"type": {"type": "chat_theme", "theme_name": "x"}},
        "users_shared": {"request_id": 1, "users": []},
        "giveaway_created": {},
    }
    await take(channel, telegram.update("message", telegram.message(ANN, **{name: sound.get(name, {})})))
    assert telegram.said(ANN) == []
    assert conversations.heard == []


# --- blocked


async def test_a_person_who_blocks_the_bot_is_left_in_peace(
    channel: Channel, telegram: FakeTelegram, conversations: StandIn
) -> None:
    await take(channel, telegram.text(ANN, "hello"), telegram.text(BOB, "hello"))
    banned = {"chat": CHAT, "from": USER, "date": 1, "old_chat_member": MEMBER}
    await take(
        channel,
        telegram.update(
            "my_chat_member", {**banned, "new_chat_member": {"status": "kicked", "user": BOT, "until_date": 0}}
        ),
    )
    telegram.blocked.add(BOB)
    await take(channel, telegram.text(BOB, "still there?"))
    gone = [channel.conversation(chat) for chat in (ANN, BOB)]
    assert conversations.left == gone
    assert all(conversations.records.addresses.get(conversation) is None for conversation in gone)
    calls = len(telegram.made("sendMessage"))
    conversations.records.outbox.append(channel.conversation(ANN), {"text": "A reminder."})
    await asyncio.sleep(2.5)
    assert len(telegram.made("sendMessage")) == calls


async def test_whoever_cannot_be_reached_is_not_tried_again(
    channel: Channel, telegram: FakeTelegram, conversations: StandIn
) -> None:
    """Blocked, or the chat is gone: found out by a reminder, which is tried once."""
    await take(channel, telegram.text(ANN, "hello"), telegram.text(BOB, "hello"))
    telegram.blocked.add(ANN)
    telegram.faults = [Fault("no_chat", "sendMessage", chat=BOB)]
    calls = len(telegram.made("sendMessage"))
    for chat in (ANN, BOB):
        conversations.records.outbox.append(channel.conversation(chat), {"text": "A reminder."})
    await until(lambda: len(conversations.left) == 2)
    for chat in (ANN, BOB):
        conversations.records.outbox.append(channel.conversation(chat), {"text": "Another."})
    await asyncio.sleep(2.5)
    assert len(telegram.made("sendMessage")) == calls + 2
    telegram.blocked.clear()
    await take(channel, telegram.text(ANN, "hello again"))
    conversations.records.outbox.append(channel.conversation(ANN), {"text": "A third."})
    await until(lambda: "A third." in telegram.texts(ANN))
    assert "Another." not in telegram.texts(ANN)


# --- countdowns


async def test_a_hold_is_counted_by_editing_one_message(
    channel: Channel, telegram: FakeTelegram, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("READY", "REST", "CHANGE_SIDE", "BETWEEN_SETS"):
        monkeypatch.setattr(countdowns, name, 0.3)
    await take(channel, telegram.text(ANN, "card"))
    number = telegram.said(ANN)[-1]["message_id"]
    await take(channel, telegram.press_data(ANN, number, "h:1:2:1:a"))
    counting = telegram.said(ANN)[-1]["message_id"]
    assert telegram.titles(ANN, counting) == [WORDS["timer_stop"]]
    await until(lambda: telegram.chats[ANN][counting]["text"] == WORDS["hold_finished"])
    shown = [call.fields["text"].partition("\n")[0] for call in telegram.made("editMessageText")]
    hold = WORDS["hold_hold"].format(seconds=1)
    assert shown == [hold, WORDS["hold_rest"], hold, WORDS["hold_finished"]]
    assert telegram.titles(ANN, counting) == []


async def test_a_timer_counts_down_rings_and_outlives_a_restart(
    channel: Channel, telegram: FakeTelegram, conversations: StandIn, tmp_path: Path
) -> None:
    await take(channel, telegram.text(ANN, "ice"))
    number = telegram.said(ANN)[-1]["message_id"]
    assert telegram.titles(ANN, number) == ["⏱ Timer: ice, 20 minutes"]
    await take(channel, telegram.press_data(ANN, number, "w:2"))
    counting = telegram.said(ANN)[-1]["message_id"]
    await channel.stop()
    again = make(telegram, StandIn(tmp_path), tmp_path)
    await again.start()
    await until(lambda: len(telegram.said(ANN)) == 3)
    assert telegram.texts(ANN)[-1].startswith(WORDS["timer_up"].split(":", maxsplit=1)[0])
    assert telegram.titles(ANN, counting) == []
    await again.stop()
    last = make(telegram, StandIn(tmp_path), tmp_path)
    await last.start()
    await asyncio.sleep(0.3)
    assert len(telegram.said(ANN)) == 3, "it rings once"
    await last.stop()


async def test_a_countdown_can_be_stopped(channel: Channel, telegram: FakeTelegram, conversations: StandIn) -> None:
    await take(channel, telegram.text(ANN, "ice"))
    number = telegram.said(ANN)[-1]["message_id"]
    await take(channel, telegram.press(ANN, number, "Timer"))
    counting = telegram.said(ANN)[-1]["message_id"]
    await take(channel, telegram.press(ANN, counting, WORDS["timer_stop"]))
    assert telegram.titles(ANN, counting) == []
    await take(channel, telegram.press(ANN, number, "Timer"), telegram.text(ANN, "/stop"))
    assert conversations.texts()[-1] == "stop"
    assert all("reply_markup" not in message for message in telegram.said(ANN)[1:])
    assert conversations.records.deliveries.take_up("tg:") == []


async def test_a_timer_of_the_conversation_is_shown_and_not_rung(
    channel: Channel, telegram: FakeTelegram, conversations: StandIn, tmp_path: Path
) -> None:
    """With reminders on, the bot says that the ice comes off: here it counts down, across a restart too."""
    await take(channel, telegram.text(ANN, "pack"))
    said, counting = telegram.said(ANN)[-2:]
    assert telegram.titles(ANN, said["message_id"]) == telegram.titles(ANN, counting["message_id"]) == []
    assert counting["text"] == WORDS["timer_left"].format(label="ice, 20 minutes", left="1 min")
    await channel.stop()
    again = make(telegram, StandIn(tmp_path), tmp_path)
    await again.start()
    over = WORDS["timer_up"].format(label="ice, 20 minutes")
    await until(lambda: telegram.chats[ANN][counting["message_id"]]["text"] == over)
    await asyncio.sleep(0.2)
    assert len(telegram.said(ANN)) == 2, "nothing rings"
    assert conversations.records.deliveries.take_up("tg:") == []
    await again.stop()


@pytest.mark.parametrize("then", ["thanks", DANGER])
async def test_a_timer_that_runs_no_longer_is_not_shown(channel: Channel, telegram: FakeTelegram, then: str) -> None:
    """After "stop reminders" the conversation has none; an emergency ends all."""
    await take(channel, telegram.text(ANN, "pack"))
    counting = telegram.said(ANN)[-1]["message_id"]
    await take(channel, telegram.text(ANN, then))
    assert telegram.chats[ANN][counting]["text"] == WORDS["timer_stopped"].format(label="ice, 20 minutes")


async def test_in_an_emergency_nothing_goes_off(channel: Channel, telegram: FakeTelegram) -> None:
    await take(channel, telegram.text(ANN, "ice"))
    await take(channel, telegram.press(ANN, telegram.said(ANN)[-1]["message_id"], "Timer"))
    counting = telegram.said(ANN)[-1]["message_id"]
    await take(channel, telegram.text(ANN, DANGER))
    assert telegram.chats[ANN][counting]["text"] == WORDS["timer_stopped"].format(label="Timer: ice, 20 minutes")


def test_a_timer_shows_each_minute() -> None:
    steps = countdowns.timer("150", "ice", WORDS)
    assert steps is not None
    assert [step.at for step in steps] == [0, 30, 90, 150]
    assert [step.text for step in steps][1:] == [
        WORDS["timer_left"].format(label="ice", left="2 min"),
        WORDS["timer_left"].format(label="ice", left="1 min"),
        WORDS["timer_up"].format(label="ice"),
    ]


def test_a_hold_on_each_side_changes_sides_in_every_round() -> None:
    steps = countdowns.hold("10:2:1:e", WORDS)
    assert steps is not None
    assert [step.at for step in steps] == [0, 5, 15, 21, 31, 36, 46, 52, 62]
    assert min(later.at - step.at for step, later in itertools.pairwise(steps)) >= 5, "within Telegram's limits"


# --- unasked


async def test_what_the_bot_says_unasked_is_sent_once(
    channel: Channel, telegram: FakeTelegram, conversations: StandIn, tmp_path: Path
) -> None:
    await take(channel, telegram.text(ANN, "hello"))
    reminder = Message(text="A reminder.", kind=Kind.NOTICE).as_dict()
    conversations.records.outbox.append(channel.conversation(ANN), reminder)
    await until(lambda: "A reminder." in telegram.texts(ANN))
    again = make(telegram, conversations, tmp_path)
    await again.start()
    await asyncio.sleep(0.3)
    await again.stop()
    assert telegram.texts(ANN).count("A reminder.") == 1


async def test_what_is_said_unasked_is_tried_for_as_long_as_it_is_of_use(
    channel: Channel, telegram: FakeTelegram, conversations: StandIn
) -> None:
    """Not for as long as an answer is: a check-in holds for a day and a half, the end of a timer for half an hour."""
    await take(channel, telegram.text(ANN, "hello"), telegram.text(BOB, "hello"))
    channel.client.patience = 0.1
    telegram.faults = [Fault("500", "sendMessage", times=2, chat=ANN), Fault("500", "sendMessage", times=2, chat=BOB)]
    with conversations.engine.begin() as connection:
        for chat, seconds in ((ANN, 60), (BOB, 0.4)):
            said = {"text": "A reminder."}
            conversations.records.outbox.put(connection, channel.conversation(chat), said, time.time() + seconds)
    await until(lambda: "A reminder." in telegram.texts(ANN))
    await channel.lines.idle()
    assert "A reminder." not in telegram.texts(BOB)
    assert conversations.records.deliveries.take_up("tg:") == []


def test_a_banner_without_words_to_say_is_drawn() -> None:
    message = Message(text="Call 999 now.", kind=Kind.CRISIS, banner=Banner("Now", ("999",), "Reason.", ""))
    from channels.telegram.drawing import draw

    assert draw(message.as_dict(), WORDS)[0].text == "Now\n\nCall 999 now."
