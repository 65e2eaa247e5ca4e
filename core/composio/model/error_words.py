"""The words of error documents: what their keys are for. All are folded: without prefix, case and separators."""

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


# What says something, from the general to the particular.
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
# What is looked for anywhere, where nothing else was found.
LAST = _words("errordescription errordetail errorreason errordetails")
# Of these a single word is a code, which is left out where anything else is said.
MAYBE_CODES = frozenset(_words("title error err exception reason issue info summary statusmessage text"))

# What holds several errors, as a list or by the names of fields.
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
# Of these a mapping is one by the names of fields, of the others it may be an error like any other.
PLURAL = HOLDS - frozenset(_words("details detail extra error issue inner errordetails rootcause"))
# Of these a string is the name of a rule and no sentence.
RULES = frozenset(_words("validation validationerror fields children constraints extra inner reasons causes"))
# What holds one more error.
INNER = frozenset(
    _words(
        "error fault exception innererror innerexception originalerror cause causedby errorresponse failure problem err data",
        "extensions nestedexception errordata responsestatus status",
    )
)
# Told where they add something to what is said: "%1 is required" with its parameters.
LOOSE = _words("params parameters")

# What an error is about, the most exact first.
PLACES = _words(
    "loc instancepath datapath propertypath propertyname property field fieldname fieldpath pointer param parameter paramname",
    "parametername attribute attributename path errorpath element keys argument column apiname expression members membernames",
    "fields target key errorkey name header source location propertyref",
)
# Of these a list has several places, of the others it is a path.
LISTS = frozenset(_words("members membernames fields keys expression"))
# What may name something else where it does not stand in a list of errors.
PLACES_INSIDE = frozenset(_words("path target key errorkey name source location header element fields expression keys"))
# Of these any says that what stands beside it is an error.
SIGNS = frozenset(_words("code errorcode instancepath datapath propertypath field fieldname fieldpath pointer param loc"))
CODES = _words("code errorcode errortype type rule keyword constraint kind tag validation id status")

# What is for the server's own people, and what was sent.
STACKS = frozenset(_words("stack stacktrace trace traces traceback debug debuginfo backtrace stackentries"))
SKIPPED = STACKS | frozenset(
    _words(
        "input value values rejectedvalue invalidvalue attemptedvalue received target request ctx headers config schema",
        "parentschema metadata documentation params parameters internalexception links help self context",
    )
)
# Names that stand for no field.
NAMELESS = frozenset(_words("error errors all children fielderrors formerrors globalerrors nonfielderrors schema general")) | {
    ""
}
