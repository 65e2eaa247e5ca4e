"""Map people's words to those of APIs: synonyms, and the kind of operation that a sentence requests.

Every row is general English or common among APIs; none names one API's operation.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache

from composio.catalog.search.stems import stem

__all__ = [
    "KINDS",
    "in_full",
    "is_about_asker",
    "is_verb",
    "is_weak",
    "kind_of_name",
    "kind_of_request",
    "other_words",
    "phrases",
    "whose",
]

# The first word of a row may mean any of the others; not vice versa.
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
log history worklog entry track
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
mute snooze notification silence downtime
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
post create send message
price rate cost
profile user account
publish create post
purchase buy order
put add create insert
queue add
rain forecast precipitation weather
read get retrieve fetch list
reboot restart action
recover restore
remove delete kick
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
save create add upload
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
toot status post
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
write create send post message
abort cancel stop
accept approve confirm
account user profile
acknowledge update
activate enable
activity event log history
ad campaign
album playlist collection
alarm alert notification
alert incident notification
allow permission grant share
announce send post message
announcement message post
append add
applicant candidate
app application
article page post
artist musician
ask create search query
assign update owner assignee
attendee participant invitee guest
audience list segment
author user creator
available availability free slot
backup snapshot
bell notification
block paragraph content
blog post article
board project
book booking event create
branch reference
bug issue ticket
cafe place restaurant
caption subtitle transcript
card task item
cart order checkout
case ticket issue
change update edit
chart graph report
chat conversation message thread
clip video
cloud storage
code source repository
colour color
complain complaint dispute
conference meeting
confirm approve
console dashboard
contract document agreement envelope
copy clone duplicate fork
cost price rate
course class
coworker user member colleague
crash error issue
crew team
criticism comment review
crop resize image
customer contact client
cut delete remove
database table data source
deadline due date
deal opportunity
deck presentation slide
declare create
defect issue bug
delay reschedule postpone
device player
diff compare change
difference diff compare
direction route
directory folder
discount coupon promotion
discussion thread conversation
doc document page
donate donation payment
download export get
draft create
drawing image shape
driver user
due deadline
earning revenue payout balance
employee user worker
empty clear delete
enlist subscribe register
enroll register subscribe
entry record row item
erase delete remove clear
error issue exception
estimate quote
evaluate score
expense transaction
explain describe
failure error log
fax message
feedback review comment response
feed timeline
field column property attribute
figure number statistic
fix update resolve
flat apartment property
flush purge clear
folder directory
follower subscriber
free available availability
friend user contact
gather list collect
gig event concert
grab get fetch
guest attendee invitee participant
guide article
headline title news
hide archive update
hire create employee
holiday leave vacation absence
homepage site
hour time
ill absence leave
incident alert
income revenue
input parameter
invoice bill
invitee attendee guest participant
jot note create
journal log entry
job task run
keep save create store
key token credential
kill stop terminate delete
lane list column section
language translate
lend share
letter email mail message
like vote rate reaction
line row item record
listen play
live publish active
location place address
lock disable
lookup find search
lower decrease update
lyrics text
mailbox email inbox
mailing list email campaign
map location place
mark update set
markdown content
meal recipe food
meet meeting
member user contact subscriber
memo note
mention search
menu catalog item
mentor user
merge combine
milestone version
mistake error issue
mockup file design
modify update edit change
money payment balance
monthly subscription recurring
name title
nearby near around
news article
notebook page
notify send message notification
notion idea
occupied busy
offer quote deal
opening job vacancy
opinion review comment
outage incident
outstanding unpaid open overdue
overview summary list
own belong
owner assignee
paragraph block text
pass forward
password credential secret
patient user
paycheck payroll
payout transfer
payslip payroll
people user member contact profile attendee participant
performance report statistics analytics
permit allow permission
phone call number
pick choose select list
picture image photo
pipe pipeline
piece part item
pitch deal
place location
plan create schedule
planned scheduled upcoming
poll vote
popular top trending
position job location
postpone reschedule update
prepare create draft
press trigger
previous last history
print label document
product item catalog
progress status
prospect lead contact
provide give create
provision create
question query
quit leave stop
quota limit usage
raise create increase
react reaction
reaction emoji
reading list
receipt invoice
recipient subscriber contact
recording video
reduce decrease
remark comment
remind reminder task activity
reminder task
renew update
repair fix update
repeat recurring
replace update
request get
resolve close update
response answer submission
result report
resume cv
revision version
revert restore rollback
reward loyalty
road route
role permission group
room channel space
roster schedule
rotate update
route direction
row record
salary compensation payroll
say message
sale order deal
schema field table
scrape crawl extract
screen page
script code
secret variable
sector industry
see view get list
sentence text
serve host
share permission invite link
shift move update
shop store
shopper customer profile
shot screenshot image
shut close stop
sick absence leave
silence snooze mute downtime
site website
skill ability
slot availability time
snippet gist
snapshot backup image
sold order sale
sort reorder order
speak speech voice
spend transaction expense
spent transaction expense
sprint iteration cycle
staff employee user
stage status step
stakeholder contact
standup meeting event
step stage
sticker image
sticky note
storage file
stored list
story issue task
stuff item
submission response entry
submit create
summary report
supplier contact vendor
support ticket
surname name
survey form
swap replace update
sync update
table base database
talk conversation call
tariff rate price
teach train
teaser preview
test run check
text message content
theme template
think opinion
throw delete
ticket issue
time hour entry
tip suggestion
tomorrow schedule
tool action
tracker project
transaction payment
transcript caption
trash delete remove
traveler passenger
trip travel
turnout attendance
umbrella weather rain forecast
unfinished open incomplete
upvote vote
uptime monitor status
usage quota statistics
utility tool
vacancy job
value data
vendor supplier contact
verify validate check
visible publish
visitor user
vote poll
wage payroll
wait pending
watch subscribe follow view
weekly schedule
wiki page space
wipe delete clear erase
withdraw cancel payout
word text
work task job
wrong error
zip postal code
"""
# Abbreviations and their meanings.
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
# The meaning of a verb with a particle, often with a few words in between: those keep their meaning.
_PHRASES = """
tell: send post message
warn: send post message
bring back: restore
call off: cancel
carry on: resume
check off: complete update
clean up: delete clear
cross off: complete update
cross out: complete update
cut off: disable stop
cut price: decrease update
drop price: decrease update
fill in: submission response
fill out: submission response
find out: get search
get back: return refund
get rid of: delete remove
give back: refund return
hand over: assign
kick off: start run trigger create
kick out: remove
leave out: exclude
let know: send message notify
let in: invite add
let see: share permission
let view: share permission
let edit: share permission
let read: share permission
log out: logout
look for: search find
look up: search find get
money back: refund
move on: transition
move done: transition
move progress: transition
set done: transition update
open up: create
pass on: forward
pay back: refund
pick up: get
point at: record
point to: record
push back: reschedule update
push out: reschedule publish
put down: create add
put off: reschedule update
put on: add create
put into: add create
put in: add create
put together: create
read aloud: speech
read out: speech
send back: return refund
send out: send
set up: create
shut down: stop delete
sign in: login
sign off: approve
sign up: subscribe register add create
speak out: speech
spin up: create
stand for: meaning
start over: restart
switch off: disable
switch on: enable
take away: remove
take back: revoke
take down: delete
take off: remove
take out: remove
tear down: delete
throw away: delete
throw out: delete remove
tick off: complete update
turn down: decline decrease
turn into: convert create
turn off: disable update
turn on: enable update
turn up: attend increase
word for word: transcript
write down: create add transcription
write up: create
"""
# Words that say little about the action and its object.
_WEAK = (
    "bring came come do get give go happen keep let make need put see set take try turn use want "
    "another certain latest newest oldest recent each every few five four many new now other several some ten three today tomorrow two week yesterday"
)
_APART = 5  # words between those of a phrase
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
# Nouns for what is sent that also serve as the verb of a sentence: "email the customer".
_SENDS = re.compile(
    r"(?i:\W*(?:please |can you |could you |i (?:want|need) to )*(?:e-?mail|mail|message|text|ping|dm|sms|fax) "
    r"(?:a|all|an|each|every|everybody|everyone|her|him|his|it|its|me|my|our|that|the|their|them|these|this|us)\b)"
    r"|\W*(?:E-?mail|e-?mail|[Mm]ail|[Mm]essage|[Tt]ext|[Pp]ing|DM|[Ff]ax) (?=[A-Z+])"
)
_SEND = (stem("send"), stem("message"))
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


def _read_phrases(text: str) -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
    found = (line.partition(":") for line in text.split("\n") if line)
    return [(tuple(map(stem, said.split())), tuple(map(stem, meant.split()))) for said, _, meant in found]


_TO_ASKER = (["me"], ["us"])
# Read on the first query: compiling needs none of these.
_phrases_read = cache(lambda: _read_phrases(_PHRASES))
_weak_stems = cache(lambda: frozenset(map(stem, _WEAK.split())))
_others = cache(lambda: _read_rows(_ROWS))
_stand_for = cache(lambda: _read_rows(_SHORT))
_KIND = {stem(verb): kind for kind, verbs in reversed(_VERBS.items()) for verb in verbs.split()}


_WHO_AM_I = re.compile(
    r"\b(?:who(?: |')?a?m ?i|who i am)\b"
    r"|\b(?:my|own)(?: [\w.]+){0,2} (?:user ?name|profile|login|identity|(?:user|account|profile) (?:info|information|details|data|id))\b",
    re.IGNORECASE,
)


def in_full(words: Iterable[str]) -> list[str]:
    """Return the stems of ``words`` and of the meanings of their abbreviations."""
    known = _stand_for()
    return list(dict.fromkeys(one for word in words for one in (word, *known.get(word, known.get(word.rstrip("s"), ())))))


def other_words(words: Iterable[str]) -> list[str]:
    """Return the synonyms of stems in ``words``, without these themselves."""
    asked, known = dict.fromkeys(words), _others()
    return list(dict.fromkeys(other for word in asked for other in known.get(word, ()) if other not in asked))


def is_weak(word: str) -> bool:
    """Return whether a word with that stem says little about the action and its object."""
    return word in _weak_stems()


def phrases(text: str) -> tuple[list[str], set[str]]:
    """Return the stems of the meanings of phrases, and those of the words in the phrases, as in ``get rid of``."""
    said = [stem(word) for word in _WORD.findall(text.lower())[:200]]
    where: dict[str, list[int]] = {}
    for at, word in enumerate(said):
        where.setdefault(word, []).append(at)
    meant: dict[str, None] = {}
    used: set[str] = set()
    for words, instead in _phrases_read():
        if all(word in where for word in words) and any(
            _follow(where, at, words[1:]) and (len(words) > 1 or said[at + 1 : at + 2] not in _TO_ASKER)
            for at in where[words[0]]
        ):
            meant |= dict.fromkeys(instead)
            used.update(words)
    if _SENDS.match(text):
        meant |= dict.fromkeys(_SEND)
    return list(meant), used


def _follow(where: Mapping[str, list[int]], at: int, words: tuple[str, ...]) -> bool:
    """Return whether ``words`` follow position ``at``, each near the previous one."""
    for word in words:
        at = next((later for later in where[word] if at < later <= at + 1 + _APART), -1)
        if at < 0:
            return False
    return True


def is_about_asker(text: str) -> bool:
    """Return whether a sentence asks who its speaker is to the API: ``get my username``, ``who am I``."""
    return _WHO_AM_I.search(text) is not None and kind_of_request(text) in ("read", "")


def whose(text: str) -> tuple[str, ...]:
    """Return APIs' words for the caller, if a sentence speaks of them."""
    return _ASKER if _MINE.search(text) else ()


def kind_of_request(text: str) -> str:
    """Return the kind of operation that a sentence requests, one of ``KINDS``; "" if no word says so."""
    if _SENDS.match(text):
        return "create"
    meant, used = phrases(text)
    by_phrase = next((_KIND[word] for word in meant if word in _KIND), "")
    said = (word for word in map(stem, _WORD.findall(text.lower())[:40]) if word in _KIND or word in used)
    return next((by_phrase if word in used and by_phrase else _KIND.get(word, "") for word in said), "")


def is_verb(word: str) -> bool:
    """Return whether a word is a verb for an action."""
    return _KIND.get(stem(word.lower()), "") != "" and word.lower() not in _NO_VERBS


def kind_of_name(words: Iterable[str], method: str) -> set[str]:
    """Return the possible kinds of an operation, from the first word of its name and its HTTP method."""
    first = next(iter(words), "")
    return {kind for kind in (_KIND.get(first, ""), _METHODS.get(method, "")) if kind}
