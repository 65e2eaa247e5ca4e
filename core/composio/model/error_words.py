"""The words of error documents by the purpose of their keys, without prefix, case and separators."""

from __future__ import annotations

__all__ = [
    "CODES",
    "HOLDS",
    "INNER",
    "LAST",
    "LISTS",
    "LOOSE",
    "MAIN",
    "MAYBE_CODES",
    "NAMELESS",
    "PLACES",
    "PLACES_INSIDE",
    "PLURAL",
    "RULES",
    "SAYS",
    "SIGNS",
    "SKIPPED",
    "STACKS",
]


def _words(*lines: str) -> tuple[str, ...]:
    return tuple(word for line in lines for word in line.split())


# Keys of messages, from general to specific.
_GENERAL = _words("title error summary errorsummary errortitle errorusertitle err exception")
MAIN = _words(
    "message errormessage errormsg errmsg msg defaultmessage exceptionmessage faultstring errorusermsg displaymessage usermessage",
    "localizedmessage friendlymessage userfriendlymessage userpresentablemessage statusmessage responsemessage text errortext",
    "info errorinfo",
)
_PARTICULAR = _words(
    "detail details description errordescription errordetail errordetails longmessage detailedmessage detailederror messagedetail",
    "developermessage diagnostics reason explanation issue hint",
)
SAYS = (*_GENERAL, *MAIN, *_PARTICULAR)
# Keys to search for anywhere if nothing else was found.
LAST = _words("errordescription errordetail errorreason errordetails")
# A single word under these is a code, which is omitted if there is any other message.
MAYBE_CODES = frozenset(_words("title error err exception reason issue info summary statusmessage text"))

# Keys of several errors, as a list or by field name.
HOLDS = frozenset(
    _words(
        "error errors errormessages messages fielderrors fielderror validationerrors validationerror validation validationmessages",
        "validationresults invalidparams invalidparameters invalidfields fields faults violations constraintviolations",
        "fieldviolations modelstate formerrors globalerrors nonfielderrors issues issue problems errordetails details detail",
        "suberrors errorlist errorchain errorcauses causes children constraints propertyerrors usererrors extra inner failures",
        "rootcause reasons exceptions parametererrors additionalerrors errormap requesterrors additionaldetails",
        "parameterviolations propertyviolations classviolations returnvalueviolations",
    )
)
# A mapping under these is always by field name; under the others it may be a single error.
PLURAL = HOLDS - frozenset(_words("details detail extra error issue inner errordetails rootcause"))
# A string under these is a rule's name and not a sentence.
RULES = frozenset(_words("validation validationerror fields children constraints extra inner reasons causes"))
# Keys of one nested error.
INNER = frozenset(
    _words(
        "error fault exception innererror innerexception originalerror cause causedby errorresponse failure problem err data",
        "extensions nestedexception errordata responsestatus status",
    )
)
# Shown if they add information: "%1 is required" with its parameters.
LOOSE = _words("params parameters")

# Keys of an error's subject, the most exact first.
PLACES = _words(
    "loc instancepath datapath propertypath propertyname property field fieldname fieldpath pointer param parameter paramname",
    "parametername attribute attributename path errorpath element keys argument column apiname expression members membernames",
    "fields target key errorkey name header source location propertyref",
)
# A list under these has several locations; under the others it is a path.
LISTS = frozenset(_words("members membernames fields keys expression"))
# Keys that may have another meaning outside a list of errors.
PLACES_INSIDE = frozenset(_words("path target key errorkey name source location header element fields expression keys"))
# Any of these shows that its siblings describe an error.
SIGNS = frozenset(_words("code errorcode instancepath datapath propertypath field fieldname fieldpath pointer param loc"))
CODES = _words("code errorcode errortype type rule keyword constraint kind tag validation id status")

# Keys internal to the server, and keys that echo the request.
STACKS = frozenset(_words("stack stacktrace trace traces traceback debug debuginfo backtrace stackentries"))
SKIPPED = STACKS | frozenset(
    _words(
        "input value values rejectedvalue invalidvalue attemptedvalue received target request ctx headers config schema",
        "parentschema metadata documentation params parameters internalexception links help self context",
    )
)
# Names that are not fields.
NAMELESS = frozenset(_words("error errors all children fielderrors formerrors globalerrors nonfielderrors schema general")) | {
    ""
}
