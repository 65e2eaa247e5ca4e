"""What people say and what APIs call it: other words for a word, and which kind of operation a sentence asks for.

Every row is general English or usual among APIs; none names one API's operation.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from composio.catalog.search.stems import stem

__all__ = ["KINDS", "in_full", "is_verb", "kind_of_name", "kind_of_request", "other_words", "whose"]

# The first word of a row may mean any of the others; not the other way round.
_ROWS = """
access permission collaborator
address email
answer reply
answers replies
appointment event booking
archive update
attach attachment add
avatar picture photo
ban suspend block
bill invoice
booking appointment event
bring restore
build run workflow pipeline
buy purchase order create
call meeting phone
cancel delete stop
cell value range
change update edit
channel conversation
charge payment
chat conversation message
clear delete
client customer
clone copy
close update
colleague user member collaborator
column section list
comment note reply
company organization
complete update
concert event
contact person
copy duplicate clone
create add new insert
customer client
delete remove
deploy deployment
destroy delete
dir folder
dns domain record
doc document
document doc file
draw generate image
drop delete
duplicate copy
edit update
email mail message
erase delete
event meeting
fetch get
file create document
film movie video
find search list query lookup
flag feature
folder directory
follow subscribe
forecast weather
forward forwarding
get retrieve fetch read list
give add grant
group team
history log
image picture photo
insert add create
instance server machine
inventory stock
invite add member
invoice bill
issue ticket
join member
kick remove trigger
label tag
lead contact
like favorite save
log history worklog
look search find
lookup search find get
machine instance server
mail email message
make create
mark update
me authenticated current
meeting event call
member user
message chat
modify update
money balance payment
move update transfer
movie film video
music playback track song player
mute snooze notification
new create
newsletter list campaign
note comment
notification alert
open create
organization workspace
parcel package shipment
pause stop
pay payment charge
people user member person
permission access role
person user member people
phone call number
photo image picture
picture image photo
play start resume playback
podcast show episode
post create send
price rate cost
profile user account
publish create post
purchase buy order
put add create insert
queue add
rain forecast precipitation weather
read get retrieve
reboot restart action
recover restore
redeploy deployment
refund return
register create
rename update
reopen update
reply answer comment response
report analytics
reservation booking
restart retry reboot rerun
restore untrash undelete recover
retrieve get
retry rerun
reviewer review
row value append record
save create add
schedule create
screenshot attachment image
search find query list
send create post
server instance machine
set update
share permission collaboration link
sheet spreadsheet
show list get
sign signature
signup register
skip next
sms message
someone user
song track music
speech voice audio
spreadsheet sheet
star favorite
start create
state status
statistics stats analytics report
status state
stock inventory
stop cancel pause
subscribe subscription follow
subtitle caption
tag label
task todo issue
team group
teammate member user
text sms message
thread reply conversation
ticket issue
todo task
track song
transcribe transcription
trigger run start
tune track
turn update set
tweet post
unsubscribe suppression
upload create add
username user
vacation away
version release
view get
vm instance machine server
voice speech audio
vulnerability issue security
weather forecast
website site
write create
"""
# Short forms, which mean what they stand for.
_SHORT = """
auth authentication
config configuration
dir directory
dm direct message
info information
mr merge request
org organization
pr pull request
repo repository
"""
_VERBS = {
    "create": "create add new make insert open file post publish upload save start schedule send give write put attach invite register "
    "import append book buy order generate draw charge bill reply answer comment subscribe follow star like pin fork copy duplicate "
    "trigger run kick share apply log enter leave submit assign connect link react remind set",
    "read": "get fetch retrieve read show list view see find search look check download export which who what how when where is are has "
    "have tell count compare know display latest recent top whose browse any status",
    "delete": "delete remove drop erase destroy clear cancel unfollow unsubscribe unstar unpin dismiss revoke disconnect trash unlike "
    "uninstall",
    "update": "update edit change modify rename move turn mark close complete archive reopen restore enable disable switch replace "
    "resize pause resume mute lock unlock transfer reset",
}
_METHODS = {"GET": "read", "HEAD": "read", "POST": "create", "PUT": "update", "PATCH": "update", "DELETE": "delete"}
_WORD = re.compile(r"[^\W_]+")
_MINE = re.compile(r"\b(?:my|mine|me|myself|i|i'm|am)\b", re.IGNORECASE)
_ASKER = tuple(map(stem, ("authenticated", "current")))
_NO_VERBS = frozenset(
    [
        "who",
        "what",
        "how",
        "when",
        "where",
        "is",
        "are",
        "has",
        "have",
        "latest",
        "recent",
        "top",
        "whose",
        "any",
        "status",
        "new",
        "file",
        "order",
        "log",
        "book",
    ]
)

KINDS = tuple(_VERBS)


def _read_rows(text: str) -> Mapping[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for word, *others in (map(stem, line.split()) for line in text.split("\n") if line):
        found[word] = tuple(dict.fromkeys((*found.get(word, ()), *others)))
    return found


_OTHERS, _STAND_FOR = _read_rows(_ROWS), _read_rows(_SHORT)
_KIND = {stem(verb): kind for kind, verbs in reversed(_VERBS.items()) for verb in verbs.split()}


def in_full(words: Iterable[str]) -> list[str]:
    """The stems of ``words``, and of what the short forms among them stand for."""
    return list(
        dict.fromkeys(one for word in words for one in (word, *_STAND_FOR.get(word, _STAND_FOR.get(word.rstrip("s"), ()))))
    )


def other_words(words: Iterable[str]) -> list[str]:
    """The stems that may stand for those of ``words``, without these themselves."""
    asked = dict.fromkeys(words)
    return list(dict.fromkeys(other for word in asked for other in _OTHERS.get(word, ()) if other not in asked))


def whose(text: str) -> tuple[str, ...]:
    """What APIs call whoever asks, where a sentence speaks of them."""
    return _ASKER if _MINE.search(text) else ()


def kind_of_request(text: str) -> str:
    """The kind of operation that a sentence asks for, one of ``KINDS``; "" where no word of it says so."""
    return next((_KIND[word] for word in map(stem, _WORD.findall(text.lower())[:40]) if word in _KIND), "")


def is_verb(word: str) -> bool:
    """Whether a word says what to do."""
    return _KIND.get(stem(word.lower()), "") != "" and word.lower() not in _NO_VERBS


def kind_of_name(words: Iterable[str], method: str) -> set[str]:
    """The kinds that an operation may be: what the first word of its name says, and its HTTP method."""
    first = next(iter(words), "")
    return {kind for kind in (_KIND.get(first, ""), _METHODS.get(method, "")) if kind}
