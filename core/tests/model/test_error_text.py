"""The words of an error, in every server's way. The table holds the vendors and frameworks; the code knows none of them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from composio.model.error_text import LIMIT, error_text, plain

SHAPES = [
    pytest.param(
        {"errors": {"title": ["can't be blank", "too short"]}},
        "title: can't be blank, too short",
        id="rails",
    ),
    pytest.param(
        {
            "errors": {
                "base": ["Cart is empty"],
                "message": ["x"],
                "description": ["too long"],
                "detail": ["a"],
                "reason": ["b"],
            }
        },
        "base: Cart is empty; message: x; description: too long; detail: a; reason: b",
        id="rails base",
    ),
    pytest.param(
        {
            "Fault": {
                "Error": [
                    {"Message": "Duplicate Name", "Detail": "The name supplied already exists", "code": "6240", "element": ""}
                ],
                "type": "ValidationFault",
            },
            "time": "2020",
        },
        "Duplicate Name: The name supplied already exists",
        id="qb",
    ),
    pytest.param(
        {"detail": [{"loc": ["body", "name"], "msg": "field required", "type": "value_error.missing"}]},
        "body.name: field required",
        id="fastapi",
    ),
    pytest.param(
        {
            "detail": [
                {
                    "type": "missing",
                    "loc": ["body", "items", 0, "price"],
                    "msg": "Field required",
                    "input": {"a": 1},
                    "url": "https://x",
                },
                {"type": "int", "loc": ["query", "limit"], "msg": "Input should be a valid integer", "input": "abc"},
            ]
        },
        "body.items.0.price: Field required; query.limit: Input should be a valid integer",
        id="fastapi2",
    ),
    pytest.param(
        {"detail": "Not authenticated"},
        "Not authenticated",
        id="fastapi str",
    ),
    pytest.param(
        {"detail": {"code": "E1", "message": "No such thing"}},
        "No such thing",
        id="fastapi dict",
    ),
    pytest.param(
        {"status": 400, "message": "Validation failed", "errors": [{"field": "name", "defaultMessage": "must not be blank"}]},
        "Validation failed (name: must not be blank)",
        id="spring",
    ),
    pytest.param(
        {
            "timestamp": "2020-01-01T00:00:00",
            "status": 400,
            "error": "Bad Request",
            "message": "Validation failed for object='x'. Error count: 1",
            "errors": [
                {
                    "codes": ["NotBlank.x.name"],
                    "arguments": [{"codes": ["x.name"], "defaultMessage": "name", "code": "name"}],
                    "defaultMessage": "must not be blank",
                    "objectName": "x",
                    "field": "name",
                    "rejectedValue": "",
                    "bindingFailure": False,
                    "code": "NotBlank",
                }
            ],
            "path": "/api/x",
        },
        "Validation failed for object='x'. Error count: 1 (name: must not be blank)",
        id="spring2",
    ),
    pytest.param(
        {"timestamp": "2020", "status": 500, "error": "Internal Server Error", "path": "/x"},
        "Internal Server Error",
        id="spring500",
    ),
    pytest.param(
        {"error": {"code": "x", "message": {"lang": "en", "value": "Resource not found for the segment"}}},
        "Resource not found for the segment",
        id="odata2",
    ),
    pytest.param(
        {
            "odata.error": {
                "code": "",
                "message": {"lang": "en-US", "value": "Bad filter"},
                "innererror": {"message": "inner msg", "type": "T", "stacktrace": "at x"},
            }
        },
        "Bad filter (inner msg)",
        id="odata3",
    ),
    pytest.param(
        {
            "error": {
                "code": "501",
                "message": "Unsupported functionality",
                "target": "query",
                "details": [{"code": "301", "target": "$search", "message": "$search query option not supported"}],
                "innererror": {"trace": ["x"], "context": {"a": 1}},
            }
        },
        "query: Unsupported functionality ($search query option not supported)",
        id="odata4",
    ),
    pytest.param(
        {
            "error": {
                "code": "005056A509B11EE1",
                "message": {"lang": "en", "value": "Property X is invalid"},
                "innererror": {
                    "transactionid": "T",
                    "errordetails": [
                        {
                            "code": "/IWBEP/1",
                            "message": "Amount must be positive",
                            "propertyref": "Amount",
                            "severity": "error",
                            "target": "Amount",
                        }
                    ],
                },
            }
        },
        "Property X is invalid (Amount must be positive)",
        id="sap",
    ),
    pytest.param(
        {
            "error": {
                "code": 400,
                "message": "Invalid JSON payload received.",
                "status": "INVALID_ARGUMENT",
                "errors": [{"message": "Invalid JSON payload received.", "domain": "global", "reason": "badRequest"}],
                "details": [
                    {
                        "@type": "type.googleapis.com/google.rpc.BadRequest",
                        "fieldViolations": [{"field": "event.start", "description": "must be set"}],
                    }
                ],
            }
        },
        "Invalid JSON payload received (event.start: must be set)",
        id="google",
    ),
    pytest.param(
        {
            "error": {
                "code": 403,
                "message": "API has not been used",
                "status": "PERMISSION_DENIED",
                "details": [
                    {
                        "@type": "type.googleapis.com/google.rpc.Help",
                        "links": [{"description": "Google dev console", "url": "https://c"}],
                    },
                    {
                        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
                        "reason": "SERVICE_DISABLED",
                        "domain": "googleapis.com",
                        "metadata": {"service": "x"},
                    },
                ],
            }
        },
        "API has not been used (SERVICE_DISABLED)",
        id="google info",
    ),
    pytest.param(
        {
            "error": {
                "errors": [
                    {
                        "domain": "global",
                        "reason": "invalidParameter",
                        "message": "Invalid value '5000'. Values must be within the range: [0, 1000]",
                        "locationType": "parameter",
                        "location": "maxResults",
                    }
                ],
                "code": 400,
                "message": "Invalid value '5000'. Values must be within the range: [0, 1000]",
            }
        },
        "maxResults: Invalid value '5000'. Values must be within the range: [0, 1000]",
        id="google param",
    ),
    pytest.param(
        {
            "error": {
                "code": "Request_BadRequest",
                "message": "Invalid value specified for property 'mail'.",
                "innerError": {"date": "2020", "request-id": "a", "client-request-id": "b"},
                "details": [{"code": "PropertyConflict", "target": "mail", "message": "another object has it"}],
            }
        },
        "Invalid value specified for property 'mail' (mail: another object has it)",
        id="graph",
    ),
    pytest.param(
        {"__type": "com.amazonaws.dynamodb.v20120810#ResourceNotFoundException", "message": "Requested resource not found"},
        "Requested resource not found",
        id="aws json",
    ),
    pytest.param(
        {"__type": "AccessDeniedException", "Message": "User is not authorized"},
        "User is not authorized",
        id="aws Message",
    ),
    pytest.param(
        {"__type": "ResourceNotFoundException"},
        "",
        id="aws type only",
    ),
    pytest.param(
        {
            "error": {
                "code": "parameter_missing",
                "doc_url": "https://x",
                "message": "Missing required param.",
                "param": "amount",
                "type": "invalid_request_error",
            }
        },
        "amount: Missing required param.",
        id="stripe",
    ),
    pytest.param(
        {
            "data": None,
            "errors": [
                {
                    "message": "Cannot query field",
                    "path": ["user", "name"],
                    "locations": [{"line": 1, "column": 2}],
                    "extensions": {"code": "GRAPHQL_VALIDATION_FAILED", "exception": {"stacktrace": ["a"]}},
                }
            ],
        },
        "user.name: Cannot query field",
        id="graphql",
    ),
    pytest.param(
        {
            "errors": [
                {
                    "message": "Validation failed for the field [createUser].",
                    "extensions": {
                        "validation": {"input.name": ["The input.name field is required."]},
                        "category": "validation",
                    },
                    "path": ["createUser"],
                }
            ]
        },
        "Validation failed for the field [createUser] (The input.name field is required)",
        id="lighthouse",
    ),
    pytest.param(
        {
            "errors": [
                {
                    "message": "Bad Request Exception",
                    "path": ["createUser"],
                    "extensions": {
                        "code": "BAD_REQUEST",
                        "originalError": {"message": ["email must be an email"], "error": "Bad Request", "statusCode": 400},
                    },
                }
            ]
        },
        "createUser: Bad Request Exception (email must be an email)",
        id="nest gql",
    ),
    pytest.param(
        {"name": ["This field is required."], "age": ["A valid integer is required."], "non_field_errors": ["Dates overlap."]},
        "name: This field is required; age: A valid integer is required; Dates overlap",
        id="drf",
    ),
    pytest.param(
        {"title": ["This field is required."]},
        "title: This field is required.",
        id="drf title",
    ),
    pytest.param(
        {"profile": {"email": ["Enter a valid email."]}, "items": [{"qty": ["too small"]}, {}]},
        "profile.email: Enter a valid email; items.qty: too small",
        id="drf nested",
    ),
    pytest.param(
        [{}, {"name": ["required"]}],
        "name: required",
        id="drf bulk",
    ),
    pytest.param(
        {"detail": "Not found."},
        "Not found.",
        id="drf detail",
    ),
    pytest.param(
        {"errors": {"name": "'name' is a required property"}, "message": "Input payload validation failed"},
        "Input payload validation failed ('name' is a required property)",
        id="restx",
    ),
    pytest.param(
        {"message": {"name": "Missing required parameter in the JSON body"}},
        "name: Missing required parameter in the JSON body",
        id="restx2",
    ),
    pytest.param(
        {
            "message": "The given data was invalid.",
            "errors": {"email": ["The email field is required."], "items.0.qty": ["Must be at least 1."]},
        },
        "The given data was invalid (The email field is required; items.0.qty: Must be at least 1)",
        id="laravel",
    ),
    pytest.param(
        {"statusCode": 400, "message": ["name must be a string", "age must not be less than 0"], "error": "Bad Request"},
        "name must be a string; age must not be less than 0",
        id="nest",
    ),
    pytest.param(
        {"error": "Something broke"},
        "Something broke",
        id="express",
    ),
    pytest.param(
        {"errors": [{"type": "field", "msg": "Invalid value", "path": "email", "location": "body", "value": "x"}]},
        "email: Invalid value",
        id="express-validator",
    ),
    pytest.param(
        {"errors": [{"msg": "Invalid value", "param": "email", "location": "body"}]},
        "email: Invalid value",
        id="express-validator old",
    ),
    pytest.param(
        {
            "statusCode": 400,
            "error": "Bad Request",
            "message": 'child "name" fails because ["name" is required]',
            "validation": {"source": "payload", "keys": ["name"]},
        },
        'child "name" fails because ["name" is required]',
        id="joi",
    ),
    pytest.param(
        {
            "statusCode": 400,
            "error": "Bad Request",
            "message": "Validation failed",
            "validation": {"body": {"source": "body", "keys": ["name"], "message": '"name" is required'}},
        },
        'Validation failed (body: "name" is required)',
        id="celebrate",
    ),
    pytest.param(
        {
            "error": {
                "_original": {"a": 1},
                "details": [
                    {
                        "message": '"name" is required',
                        "path": ["name"],
                        "type": "any.required",
                        "context": {"label": "name", "key": "name"},
                    }
                ],
            }
        },
        '"name" is required',
        id="joi details",
    ),
    pytest.param(
        {
            "success": False,
            "error": {
                "issues": [
                    {
                        "code": "invalid_type",
                        "expected": "string",
                        "received": "undefined",
                        "path": ["user", "name"],
                        "message": "Required",
                    }
                ],
                "name": "ZodError",
            },
        },
        "user.name: Required",
        id="zod",
    ),
    pytest.param(
        [{"code": "invalid_type", "path": ["name"], "message": "Required"}],
        "name: Required",
        id="zod list",
    ),
    pytest.param(
        {"error": {"formErrors": [], "fieldErrors": {"name": ["Required"]}}},
        "name: Required",
        id="zod flat",
    ),
    pytest.param(
        {"_errors": [], "user": {"_errors": [], "name": {"_errors": ["Required"]}}},
        "user.name: Required",
        id="zod format",
    ),
    pytest.param(
        {
            "error": {
                "message": '[\n {"code":"invalid_type","path":["name"],"message":"Required"}]',
                "code": -32600,
                "data": {"code": "BAD_REQUEST", "httpStatus": 400, "path": "x"},
            }
        },
        "name: Required",
        id="trpc",
    ),
    pytest.param(
        [
            {
                "keyword": "required",
                "instancePath": "",
                "schemaPath": "#/required",
                "params": {"missingProperty": "name"},
                "message": "must have required property 'name'",
            }
        ],
        "must have required property 'name'",
        id="ajv",
    ),
    pytest.param(
        {
            "errors": [
                {
                    "keyword": "type",
                    "instancePath": "/user/age",
                    "schemaPath": "#",
                    "params": {"type": "integer"},
                    "message": "must be integer",
                },
                {
                    "keyword": "additionalProperties",
                    "instancePath": "",
                    "params": {"additionalProperty": "foo"},
                    "message": "must NOT have additional properties",
                },
            ]
        },
        "user.age: must be integer; must NOT have additional properties (additionalProperty: foo)",
        id="ajv2",
    ),
    pytest.param(
        {
            "message": "request.body should have required property 'x'",
            "errors": [
                {"path": ".body.x", "message": "should have required property 'x'", "errorCode": "required.openapi.validation"}
            ],
        },
        "request.body should have required property 'x'",
        id="openapi-validator",
    ),
    pytest.param(
        {
            "type": "https://tools.ietf.org/html/rfc7231#section-6.5.1",
            "title": "One or more validation errors occurred.",
            "status": 400,
            "traceId": "00-x",
            "errors": {"Name": ["The Name field is required."], "Age": ["must be > 0"]},
        },
        "One or more validation errors occurred (The Name field is required; Age: must be > 0)",
        id="aspnet",
    ),
    pytest.param(
        {"Message": "The request is invalid.", "ModelState": {"user.Name": ["Name is needed"]}},
        "The request is invalid (Name is needed)",
        id="aspnet old",
    ),
    pytest.param(
        {
            "Message": "An error has occurred.",
            "ExceptionMessage": "Object reference not set",
            "ExceptionType": "System.X",
            "StackTrace": "at x",
        },
        "An error has occurred: Object reference not set",
        id="aspnet exc",
    ),
    pytest.param(
        {
            "type": "https://example.com/out-of-credit",
            "title": "You do not have enough credit.",
            "detail": "Your current balance is 30, but that costs 50.",
            "instance": "/x",
        },
        "You do not have enough credit: Your current balance is 30, but that costs 50.",
        id="problem",
    ),
    pytest.param(
        {
            "type": "x",
            "title": "Your request parameters didn't validate.",
            "invalid-params": [
                {"name": "age", "reason": "must be a positive integer"},
                {"name": "color", "reason": "must be 'green', 'red' or 'blue'"},
            ],
        },
        "Your request parameters didn't validate (age: must be a positive integer; color: must be 'green', 'red' or 'blue')",
        id="problem params",
    ),
    pytest.param(
        {"type": "x", "title": "Bad", "errors": [{"detail": "must be a positive integer", "pointer": "#/age"}]},
        "Bad (age: must be a positive integer)",
        id="problem errors",
    ),
    pytest.param(
        {
            "@context": "/x",
            "@type": "ConstraintViolationList",
            "hydra:title": "An error occurred",
            "hydra:description": "name: This value should not be blank.",
            "violations": [{"propertyPath": "name", "message": "This value should not be blank.", "code": "c1051bb4"}],
        },
        "name: This value should not be blank.",
        id="symfony",
    ),
    pytest.param(
        {
            "code": 400,
            "message": "Validation Failed",
            "errors": {"children": {"name": {"errors": ["This value should not be blank."]}, "age": {}}},
        },
        "Validation Failed (name: This value should not be blank)",
        id="symfony form",
    ),
    pytest.param(
        {
            "errors": [
                {
                    "status": "422",
                    "title": "Invalid Attribute",
                    "detail": "must contain at least two characters.",
                    "source": {"pointer": "/data/attributes/firstName"},
                },
                {"title": "bad", "source": {"parameter": "include"}},
            ]
        },
        "data.attributes.firstName: Invalid Attribute: must contain at least two characters; include: bad",
        id="jsonapi",
    ),
    pytest.param(
        {"code": 21211, "message": "The 'To' number is not valid", "more_info": "https://x", "status": 400},
        "The 'To' number is not valid",
        id="twilio",
    ),
    pytest.param(
        {
            "ok": False,
            "error": "invalid_arguments",
            "response_metadata": {"messages": ["[ERROR] missing required field: channel"]},
        },
        "invalid_arguments ([ERROR] missing required field: channel)",
        id="slack",
    ),
    pytest.param(
        [{"message": "Required fields are missing", "errorCode": "REQUIRED_FIELD_MISSING", "fields": ["LastName"]}],
        "LastName: Required fields are missing",
        id="salesforce",
    ),
    pytest.param(
        {
            "type": "x",
            "title": "Invalid Resource",
            "status": 400,
            "detail": "The resource submitted could not be validated.",
            "instance": "i",
            "errors": [{"field": "email_address", "message": "This value should not be blank."}],
        },
        "Invalid Resource: The resource submitted could not be validated (email_address: This value should not be blank)",
        id="mailchimp",
    ),
    pytest.param(
        {"errors": {"order": ["Required parameter missing or invalid"]}},
        "order: Required parameter missing or invalid",
        id="shopify",
    ),
    pytest.param(
        {"errors": "Not Found"},
        "Not Found",
        id="shopify str",
    ),
    pytest.param(
        {
            "status": "error",
            "message": "Property values were not valid",
            "correlationId": "a",
            "errors": [
                {
                    "message": 'Property "foo" does not exist',
                    "code": "PROPERTY_DOESNT_EXIST",
                    "context": {"propertyName": ["foo"]},
                }
            ],
            "category": "VALIDATION_ERROR",
        },
        'Property values were not valid (Property "foo" does not exist)',
        id="hubspot",
    ),
    pytest.param(
        {
            "error": "RecordInvalid",
            "description": "Record validation errors",
            "details": {
                "base": [{"description": "Email: cannot be blank", "error": "BlankValue"}],
                "subject": [{"description": "cannot be blank", "error": "BlankValue"}],
            },
        },
        "Record validation errors (base: Email: cannot be blank; subject: cannot be blank)",
        id="zendesk",
    ),
    pytest.param(
        {"error": {"title": "Invalid attribute", "message": "You passed an invalid value for the id attribute."}},
        "Invalid attribute: You passed an invalid value for the id attribute.",
        id="zendesk2",
    ),
    pytest.param(
        {"errorMessages": ["No x"], "errors": {"y": "is taken", "summary": "is required"}},
        "No x; y: is taken; summary: is required",
        id="jira",
    ),
    pytest.param(
        {
            "object": "error",
            "status": 400,
            "code": "validation_error",
            "message": "body failed validation: body.parent should be defined",
            "request_id": "r",
        },
        "body failed validation: body.parent should be defined",
        id="notion",
    ),
    pytest.param(
        {
            "errors": [
                {"message": "project: Missing input", "help": "For more information...", "phrase": "6 sad squid snuggle softly"}
            ]
        },
        "project: Missing input",
        id="asana",
    ),
    pytest.param(
        {
            "error": {
                "message": "(#100) Param x must be valid",
                "type": "OAuthException",
                "code": 100,
                "error_user_title": "Bad image",
                "error_user_msg": "The image is too small",
                "fbtrace_id": "x",
            }
        },
        "Bad image: (#100) Param x must be valid: The image is too small",
        id="facebook",
    ),
    pytest.param(
        {"ok": False, "error_code": 400, "description": "Bad Request: chat not found"},
        "Bad Request: chat not found",
        id="telegram",
    ),
    pytest.param(
        {
            "ok": False,
            "error_code": 400,
            "description": "Bad Request: group chat was upgraded",
            "parameters": {"migrate_to_chat_id": -100},
        },
        "Bad Request: group chat was upgraded (migrate_to_chat_id: -100)",
        id="telegram mig",
    ),
    pytest.param(
        {"error": "invalid_request", "error_description": "The grant is missing", "error_uri": "https://x"},
        "The grant is missing",
        id="oauth",
    ),
    pytest.param(
        {"error": "invalid_grant"},
        "invalid_grant",
        id="oauth code",
    ),
    pytest.param(
        {"message": {"name": ["has already been taken"], "path": ["is short"]}},
        "name: has already been taken; path: is short",
        id="gitlab",
    ),
    pytest.param(
        {"error": "name is missing, path is missing"},
        "name is missing, path is missing",
        id="gitlab2",
    ),
    pytest.param(
        {
            "message": "Validation Failed",
            "errors": [{"resource": "Issue", "field": "title", "code": "missing_field"}],
            "documentation_url": "u",
        },
        "Validation Failed (title: missing_field)",
        id="github",
    ),
    pytest.param(
        {
            "message": "Validation Failed",
            "errors": [{"resource": "X", "code": "custom", "message": "A pull request already exists"}],
        },
        "Validation Failed (A pull request already exists)",
        id="github custom",
    ),
    pytest.param(
        {"message": "Validation Failed", "errors": ["Sha can't be blank"]},
        "Validation Failed (Sha can't be blank)",
        id="github strs",
    ),
    pytest.param(
        {
            "code": 50035,
            "errors": {
                "content": {"_errors": [{"code": "BASE_TYPE_REQUIRED", "message": "This field is required"}]},
                "embeds": {"0": {"title": {"_errors": [{"code": "L", "message": "Too long"}]}}},
            },
            "message": "Invalid Form Body",
        },
        "Invalid Form Body (content: This field is required; embeds.0.title: Too long)",
        id="discord",
    ),
    pytest.param(
        {
            "error_summary": "path/not_found/..",
            "error": {".tag": "path", "path": {".tag": "not_found"}},
            "user_message": {"text": "No such file", "locale": "en"},
        },
        "path/not_found/: No such file",
        id="dropbox",
    ),
    pytest.param(
        {
            "type": "error",
            "status": 400,
            "code": "bad_request",
            "context_info": {"errors": [{"reason": "missing_parameter", "name": "parent", "message": "'parent' is required"}]},
            "help_url": "u",
            "message": "Bad Request",
            "request_id": "r",
        },
        "Bad Request ('parent' is required)",
        id="box",
    ),
    pytest.param(
        {
            "success": False,
            "errors": [
                {
                    "code": 6003,
                    "message": "Invalid request headers",
                    "error_chain": [{"code": 6103, "message": "Invalid format for X-Auth-Key header"}],
                }
            ],
            "messages": [],
            "result": None,
        },
        "Invalid request headers (Invalid format for X-Auth-Key header)",
        id="cloudflare",
    ),
    pytest.param(
        {
            "errorCode": "E0000001",
            "errorSummary": "Api validation failed: login",
            "errorLink": "E0000001",
            "errorId": "x",
            "errorCauses": [{"errorSummary": "login: An object with this field already exists"}],
        },
        "Api validation failed: login (login: An object with this field already exists)",
        id="okta",
    ),
    pytest.param(
        {
            "ErrorNumber": 10,
            "Type": "ValidationException",
            "Message": "A validation exception occurred",
            "Elements": [{"ContactID": "x", "Name": "y", "ValidationErrors": [{"Message": "Email address must be valid."}]}],
        },
        "A validation exception occurred (Email address must be valid)",
        id="xero",
    ),
    pytest.param(
        {
            "name": "INVALID_REQUEST",
            "message": "Request is not well-formed",
            "debug_id": "x",
            "details": [
                {
                    "field": "/purchase_units/0/amount",
                    "value": "",
                    "location": "body",
                    "issue": "MISSING_REQUIRED_PARAMETER",
                    "description": "A required field is missing.",
                }
            ],
            "links": [],
        },
        "Request is not well-formed (purchase_units.0.amount: A required field is missing)",
        id="paypal",
    ),
    pytest.param(
        {
            "data": [
                {
                    "code": "MANDATORY_NOT_FOUND",
                    "details": {"api_name": "Last_Name"},
                    "message": "required field not found",
                    "status": "error",
                }
            ]
        },
        "required field not found (api_name: Last_Name)",
        id="zoho",
    ),
    pytest.param(
        {
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Failure",
            "message": 'Pod "x" is invalid',
            "reason": "Invalid",
            "details": {
                "name": "x",
                "kind": "Pod",
                "causes": [{"reason": "FieldValueRequired", "message": "Required value", "field": "spec.containers"}],
            },
            "code": 422,
        },
        'Pod "x" is invalid (spec.containers: Required value)',
        id="k8s",
    ),
    pytest.param(
        {
            "kind": "Status",
            "status": "Failure",
            "message": 'pods "nope" not found',
            "reason": "NotFound",
            "details": {"name": "nope", "kind": "pods"},
            "code": 404,
        },
        'pods "nope" not found',
        id="k8s404",
    ),
    pytest.param(
        {
            "resourceType": "OperationOutcome",
            "issue": [
                {
                    "severity": "error",
                    "code": "invalid",
                    "details": {"text": "Bad name"},
                    "diagnostics": "name.family is required",
                    "expression": ["Patient.name"],
                }
            ],
        },
        "name.family is required (Bad name)",
        id="fhir",
    ),
    pytest.param(
        {
            "error": {
                "root_cause": [{"type": "index_not_found_exception", "reason": "no such index [x]", "index": "x"}],
                "type": "index_not_found_exception",
                "reason": "no such index [x]",
            },
            "status": 404,
        },
        "no such index [x]",
        id="es",
    ),
    pytest.param(
        {"error": "not_found", "reason": "missing"},
        "not_found: missing",
        id="couch",
    ),
    pytest.param(
        {
            "error": {
                "error_code": 5,
                "error_msg": "User authorization failed",
                "request_params": [{"key": "method", "value": "x"}],
            }
        },
        "User authorization failed",
        id="vk",
    ),
    pytest.param(
        {"errcode": 40013, "errmsg": "invalid appid"},
        "invalid appid",
        id="wechat",
    ),
    pytest.param(
        {"code": 99991663, "msg": "token invalid", "error": {"log_id": "x"}},
        "token invalid (log_id: x)",
        id="feishu",
    ),
    pytest.param(
        {"Response": {"Error": {"Code": "InvalidParameter", "Message": "The param is bad"}, "RequestId": "x"}},
        "The param is bad",
        id="tencent",
    ),
    pytest.param(
        {"Code": "InvalidX", "Message": "The X is bad", "RequestId": "R", "HostId": "h"},
        "The X is bad",
        id="alibaba",
    ),
    pytest.param(
        {
            "message": "The request body has 1 error(s)",
            "details": [{"message": "May not be empty", "property": "messages[0].text"}],
        },
        "The request body has 1 error(s) (messages[0].text: May not be empty)",
        id="line",
    ),
    pytest.param(
        {
            "status_code": 400,
            "detail": "Validation failed for POST /x",
            "extra": [{"message": "Expected `int`, got `str`", "key": "age", "source": "body"}],
        },
        "Validation failed for POST /x (age: Expected `int`, got `str`)",
        id="litestar",
    ),
    pytest.param(
        {"code": 422, "errors": {"json": {"name": ["Missing data for required field."]}}, "status": "Unprocessable Entity"},
        "json.name: Missing data for required field.",
        id="smorest",
    ),
    pytest.param(
        {"messages": {"json": {"name": ["Missing data"]}}},
        "json.name: Missing data",
        id="marshmallow",
    ),
    pytest.param(
        {
            "message": "A validation error occurred",
            "url": "/x",
            "code": 422,
            "errors": {"name": {"_required": "This field is required"}},
        },
        "A validation error occurred (name: This field is required)",
        id="cake",
    ),
    pytest.param(
        [{"field": "name", "message": "Name cannot be blank."}],
        "Name cannot be blank.",
        id="yii",
    ),
    pytest.param(
        {"status": 400, "error": 400, "messages": {"name": "The name field is required.", "error": "x y"}},
        "The name field is required; x y",
        id="ci",
    ),
    pytest.param(
        {"errors": [{"message": "The name field must be defined", "rule": "required", "field": "name"}]},
        "The name field must be defined",
        id="adonis",
    ),
    pytest.param(
        {"message": "Validation Failed", "details": {"requestBody.name": {"message": "'name' is required", "value": None}}},
        "Validation Failed ('name' is required)",
        id="tsoa",
    ),
    pytest.param(
        [{"propertyName": "Name", "errorMessage": "must not be empty", "attemptedValue": "", "severity": 0}],
        "Name: must not be empty",
        id="fluent",
    ),
    pytest.param(
        {
            "error": {
                "code": None,
                "message": "Your request is not valid!",
                "details": "The following errors were detected",
                "validationErrors": [{"message": "is required", "members": ["name"]}],
            }
        },
        "Your request is not valid!: The following errors were detected (name: is required)",
        id="abp",
    ),
    pytest.param(
        {
            "title": "Constraint Violation",
            "status": 400,
            "violations": [{"field": "create.name", "message": "must not be blank"}],
        },
        "Constraint Violation (create.name: must not be blank)",
        id="quarkus",
    ),
    pytest.param(
        {
            "message": "Bad Request",
            "_links": {"self": {"href": "/x"}},
            "_embedded": {"errors": [{"message": "name: must not be blank"}]},
        },
        "Bad Request (name: must not be blank)",
        id="micronaut",
    ),
    pytest.param(
        {
            "error": {
                "statusCode": 422,
                "name": "UnprocessableEntityError",
                "message": "The request body is invalid.",
                "code": "VALIDATION_FAILED",
                "details": [{"path": "/name", "code": "required", "message": "must have required property", "info": {"x": 1}}],
            }
        },
        "The request body is invalid (name: must have required property)",
        id="loopback",
    ),
    pytest.param(
        {
            "error": {
                "statusCode": 422,
                "name": "ValidationError",
                "message": "The `X` instance is not valid.",
                "details": {"context": "X", "codes": {"name": ["presence"]}, "messages": {"name": ["can't be blank"]}},
            }
        },
        "The `X` instance is not valid (name: can't be blank)",
        id="loopback3",
    ),
    pytest.param(
        {
            "errors": {
                "email": {"name": "ValidatorError", "message": "Path `email` is required.", "kind": "required", "path": "email"}
            },
            "_message": "User validation failed",
            "name": "ValidationError",
            "message": "User validation failed: email: Path `email` is required.",
        },
        "User validation failed (Path `email` is required)",
        id="mongoose",
    ),
    pytest.param(
        [
            {
                "target": {"message": "echo"},
                "value": "",
                "property": "name",
                "children": [],
                "constraints": {"isNotEmpty": "name should not be empty"},
            }
        ],
        "name should not be empty",
        id="class-validator",
    ),
    pytest.param(
        {
            "data": None,
            "error": {
                "status": 400,
                "name": "ValidationError",
                "message": "2 errors occurred",
                "details": {"errors": [{"path": ["title"], "message": "must be unique", "name": "ValidationError"}]},
            },
        },
        "2 errors occurred (title: must be unique)",
        id="strapi",
    ),
    pytest.param(
        {"message": "%fieldName is a required field.", "parameters": {"fieldName": "sku"}},
        "%fieldName is a required field (fieldName: sku)",
        id="magento",
    ),
    pytest.param(
        {
            "jsonrpc": "2.0",
            "id": 1,
            "error": {
                "code": 200,
                "message": "Odoo Server Error",
                "data": {
                    "name": "odoo.exceptions.ValidationError",
                    "debug": "Traceback",
                    "message": "The name must be unique",
                    "arguments": ["x"],
                },
            },
        },
        "Odoo Server Error (The name must be unique)",
        id="odoo",
    ),
    pytest.param(
        {"jsonrpc": "2.0", "error": {"code": -32602, "message": "Invalid params", "data": "name is required"}, "id": 1},
        "Invalid params: name is required",
        id="jsonrpc",
    ),
    pytest.param(
        {"code": "23505", "details": "Key (id)=(1) already exists.", "hint": None, "message": "duplicate key value"},
        "duplicate key value: Key (id)=(1) already exists.",
        id="postgrest",
    ),
    pytest.param(
        {"path": "$.x", "error": "field not found", "code": "validation-failed"},
        "field not found",
        id="hasura",
    ),
    pytest.param(
        {"error": {"code": "badvalue", "info": "Unrecognized value for parameter", "*": "See doc"}},
        "Unrecognized value for parameter",
        id="mediawiki",
    ),
    pytest.param(
        {"ocs": {"meta": {"status": "failure", "statuscode": 404, "message": "Wrong share ID"}, "data": []}},
        "Wrong share ID",
        id="nextcloud",
    ),
    pytest.param(
        {
            "code": "rest_invalid_param",
            "message": "Invalid parameter(s): name",
            "data": {
                "status": 400,
                "params": {"name": "name is not of type string."},
                "details": {"name": {"code": "x", "message": "name is not of type string.", "data": None}},
            },
        },
        "Invalid parameter(s): name (name is not of type string)",
        id="wordpress",
    ),
    pytest.param(
        {"errors": {"detail": "Not Found"}},
        "detail: Not Found",
        id="phoenix",
    ),
    pytest.param(
        {"obj.name": [{"msg": ["error.path.missing"], "args": []}]},
        "obj.name.msg: error.path.missing",
        id="playjs",
    ),
    pytest.param(
        {"message": "schema violation", "name": "schema violation", "fields": {"name": "required field missing"}, "code": 2},
        "schema violation (name: required field missing)",
        id="kong",
    ),
    pytest.param(
        {
            "error": {
                "message": "(#131009) Parameter value is not valid",
                "type": "OAuthException",
                "code": 131009,
                "error_data": {"messaging_product": "whatsapp", "details": "Button title length invalid"},
            }
        },
        "(#131009) Parameter value is not valid (Button title length invalid)",
        id="whatsapp",
    ),
    pytest.param(
        {
            "title": "Bad Request",
            "status": "400",
            "o:errorDetails": [{"detail": "Value is required", "o:errorPath": "items[0].Name", "o:errorCode": "x"}],
        },
        "Bad Request (items[0].Name: Value is required)",
        id="oracle",
    ),
    pytest.param(
        {"error": "Validation error", "errors": [{"error": "First name is required", "field": "firstName"}]},
        "Validation error (firstName: First name is required)",
        id="workday",
    ),
    pytest.param(
        {
            "description": "Validation failed",
            "errors": [{"field": "email", "message": "It should be a valid email", "code": "invalid_value"}],
        },
        "Validation failed (It should be a valid email)",
        id="freshdesk",
    ),
    pytest.param(
        {
            "response": {
                "errors": [{"errno": 1012, "field": "userid", "message": "Client not found.", "object": "client", "value": "1"}]
            }
        },
        "userid: Client not found.",
        id="freshbooks",
    ),
    pytest.param(
        {"type": "error", "error": {"message": "Bad request", "fields": {"name": ["required key not provided"]}}},
        "Bad request (name: required key not provided)",
        id="bitbucket",
    ),
    pytest.param(
        {
            "errors": [
                {
                    "errorId": 2004,
                    "domain": "API",
                    "category": "REQUEST",
                    "message": "Invalid request",
                    "longMessage": "The field 'sku' is malformed",
                    "parameters": [{"name": "sku", "value": "x"}],
                }
            ]
        },
        "Invalid request: The field 'sku' is malformed",
        id="ebay",
    ),
    pytest.param(
        {
            "errors": [
                {
                    "category": "INVALID_REQUEST_ERROR",
                    "code": "MISSING_REQUIRED_PARAMETER",
                    "detail": "Missing required parameter.",
                    "field": "location_id",
                }
            ]
        },
        "location_id: Missing required parameter.",
        id="square",
    ),
    pytest.param(
        {"errors": [{"field": "name", "errors": ["is short"]}]},
        "name: is short",
        id="elixir",
    ),
    pytest.param(
        {"errors": {"code": ["is taken"], "name": ["x"]}},
        "code: is taken; name: x",
        id="map codes",
    ),
    pytest.param(
        {
            "name": "BadRequest",
            "message": "Invalid Parameters",
            "code": 400,
            "className": "bad-request",
            "errors": {"email": "Invalid Email"},
        },
        "Invalid Parameters (Invalid Email)",
        id="feathers",
    ),
    pytest.param(
        {"error": {"type": "INVALID_REQUEST_UNKNOWN", "message": "Invalid request: parameter validation failed"}},
        "Invalid request: parameter validation failed",
        id="airtable",
    ),
    pytest.param(
        {"error": "NOT_FOUND"},
        "NOT_FOUND",
        id="airtable2",
    ),
    pytest.param(
        {"errors": ["a b", "c d"]},
        "a b; c d",
        id="plain list",
    ),
    pytest.param(
        {"a": 1},
        "",
        id="none",
    ),
    pytest.param(
        {"error": True, "message": "No way"},
        "No way",
        id="bool",
    ),
    pytest.param(
        {"error": {"status": 401, "message": "Invalid access token"}},
        "Invalid access token",
        id="spotify",
    ),
    pytest.param(
        {"serviceErrorCode": 65600, "message": "Invalid access token", "status": 401},
        "Invalid access token",
        id="linkedin",
    ),
    pytest.param(
        {
            "title": "Invalid Request",
            "detail": "One or more parameters to your request was invalid.",
            "type": "https://x",
            "errors": [
                {
                    "parameters": {"max_results": ["5"]},
                    "message": "The `max_results` query parameter value [5] is not between 10 and 100",
                }
            ],
        },
        "Invalid Request: One or more parameters to your request was invalid (The `max_results` query parameter value [5] is not between 10 and 100)",
        id="xv2",
    ),
    pytest.param(
        {
            "error": {
                "code": "InvalidTemplateDeployment",
                "message": "See details",
                "details": [
                    {
                        "code": "Conflict",
                        "message": '{"error":{"code":"SkuNotAvailable","message":"The size is not available"}}',
                    }
                ],
            }
        },
        "See details (The size is not available)",
        id="azure",
    ),
    pytest.param(
        {
            "name": "ValidationError",
            "path": "email",
            "type": "required",
            "errors": ["email is a required field"],
            "inner": [],
            "message": "email is a required field",
        },
        "email is a required field",
        id="yup",
    ),
    pytest.param(
        {
            "errors": [
                {"message": "The from email does not contain a valid address.", "field": "from.email", "help": "http://x"}
            ]
        },
        "The from email does not contain a valid address.",
        id="sendgrid",
    ),
    pytest.param(
        {"success": False, "error": "Scope and URL mismatch", "errorCode": 403, "error_info": "Please check"},
        "Scope and URL mismatch: Please check",
        id="pipedrive",
    ),
    pytest.param(
        {"errors": {"children": {"a": {"children": {"b": {"errors": ["bad"]}}}}}},
        "a.b: bad",
        id="cc",
    ),
    pytest.param(
        {"status": 404, "error": "Not Found", "exception": "#<ActiveRecord::RecordNotFound: Couldn't find User with 'id'=9>"},
        "#<ActiveRecord::RecordNotFound: Couldn't find User with 'id'=9>",
        id="rails in development",
    ),
    pytest.param(
        {"status": 500, "error": "Internal Server Error", "exception": "java.lang.X", "message": "No message available"},
        "java.lang.X",
        id="spring without a message",
    ),
    pytest.param(
        {
            "code": "rest_invalid_param",
            "message": "Invalid parameter(s): status",
            "data": {"status": 400, "params": {"status": "status is not one of publish, draft."}},
        },
        "Invalid parameter(s): status (status is not one of publish, draft)",
        id="wordpress",
    ),
    pytest.param(
        {"parameterViolations": [{"path": "add.book.title", "message": "must not be blank"}], "propertyViolations": []},
        "add.book.title: must not be blank",
        id="jax-rs",
    ),
    pytest.param(
        {
            "name": "BadRequest",
            "message": "validation failed",
            "data": [{"instancePath": "/text", "message": "must be string"}],
        },
        "validation failed (text: must be string)",
        id="feathers",
    ),
    pytest.param(
        {"compositeResponse": [{"body": [{"message": "bad Name", "errorCode": "X", "fields": ["Name"]}]}]},
        "bad Name",
        id="salesforce's composite",
    ),
    pytest.param(
        {"title": "Bad request", "detail": "Validation failed", "additionalDetails": ["#/shippingDate: is in the past"]},
        "Validation failed (#/shippingDate: is in the past)",
        id="dhl",
    ),
    pytest.param(
        {"success": False, "data": {"email": ["is taken"]}, "message": "Validation Error."},
        "Validation Error (email: is taken)",
        id="laravel's sendError",
    ),
    pytest.param(
        {"error": {"details": [{"fieldViolations": [{"field": "start.date", "description": "Invalid date"}]}]}},
        "start.date: Invalid date",
        id="google, a word that is a field's too",
    ),
    pytest.param(
        {"error": {"details": [{"fieldViolations": [{"field": "start.date", "description": "The 'date' is invalid"}]}]}},
        "The 'date' is invalid",
        id="google, a field that is named",
    ),
    pytest.param(
        {"message": "Invalid parameters", "context": {"fields": [{"field": "name", "message": "Size must be 1 to 60"}]}},
        "Invalid parameters (name: Size must be 1 to 60)",
        id="miro",
    ),
    pytest.param(
        {"title": "Malformed request", "status": 400, "cause": "Missing parameter 'at'", "action": "Supply one"},
        "Malformed request (Missing parameter 'at')",
        id="here",
    ),
    pytest.param(
        {"status": "0", "message": "NOTOK", "result": "Error! Invalid address format"},
        "NOTOK (Error! Invalid address format)",
        id="etherscan",
    ),
    pytest.param(
        {"message": "Errors occurred", "errors": [{"type": "'external_id' is required", "input_array": "events", "index": 0}]},
        "Errors occurred ('external_id' is required)",
        id="braze",
    ),
    pytest.param(
        {
            "msg": "Invalid JSON body",
            "code": "BadJsonBody",
            "params": {"obj.email": [{"msg": ["error.path.missing"], "args": []}]},
        },
        "Invalid JSON body (obj.email.msg: error.path.missing)",
        id="iterable",
    ),
    pytest.param(
        {"error": {"message": "Validation failed.", "detailed_message": [{"name": "email", "messages": ["must be valid"]}]}},
        "Validation failed: email: must be valid",
        id="personio",
    ),
    pytest.param(
        {"errors": [{"error_key": "employee", "errors": [{"error_key": "ssn", "message": "is invalid"}]}]},
        "employee: ssn: is invalid",
        id="gusto",
    ),
    pytest.param(
        {"error": {"code": "X", "pbi.error": {"details": [{"code": "D", "detail": {"type": 1, "value": "Column not found"}}]}}},
        "Column not found",
        id="power bi",
    ),
    pytest.param(
        {"code": 400, "message": "Something failed.", "data": {"title": {"code": "required", "message": "Missing value."}}},
        "Something failed (title: Missing value)",
        id="pocketbase",
    ),
]


@pytest.mark.parametrize(("data", "expected"), SHAPES)
def test_an_error_names_what_is_wrong_in_every_servers_way(data: Any, expected: str) -> None:
    assert error_text(data) == expected


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"errors": {name: ["is wrong", "is odd"]}}, [name, "is wrong", "is odd"])
        for name in (
            "title",
            "description",
            "message",
            "detail",
            "reason",
            "base",
            "code",
            "type",
            "name",
            "path",
            "status",
            "text",
        )
    ],
)
def test_a_field_may_be_called_anything(data: Any, words: list[str]) -> None:
    said = error_text(data)
    assert all(word in said for word in words)


@pytest.mark.parametrize("key", ["error_message", "ErrorMessage", "errorMessage", "ERROR-MESSAGE", "x:error_message"])
def test_case_and_separators_of_a_key_do_not_matter(key: str) -> None:
    assert error_text({key: "No such thing"}) == "No such thing"


def test_what_was_sent_and_stack_traces_are_not_repeated() -> None:
    sent = {"detail": [{"loc": ["body", "a"], "msg": "too short", "input": {"errors": ["SENT"]}, "ctx": {"error": "SENT"}}]}
    assert "SENT" not in error_text(sent)
    assert "SENT" not in error_text({"error": {"message": "no", "stack": ["SENT"], "exception": {"trace": ["SENT"]}}})


def test_long_lists_say_how_much_they_leave_out() -> None:
    assert error_text({"errors": {f"f{n}": ["bad"] for n in range(20)}}).endswith("; and 14 more")


def test_control_characters_and_hidden_marks_are_left_out() -> None:
    assert error_text({"message": "a\x1b[31mred\u202e evil\nline\x9b"}) == "a [31mred evil line"
    assert plain("x" * 600) == "x" * 497 + "..."


KEYS = st.sampled_from(
    [
        "error",
        "errors",
        "message",
        "detail",
        "details",
        "title",
        "name",
        "path",
        "code",
        "source",
        "fields",
        "data",
        "loc",
        "value",
    ]
) | st.text(max_size=4)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from(['{"message": "q"}', "<p>x</p>", "[1]"]),
    lambda inner: st.lists(inner, max_size=6) | st.dictionaries(KEYS, inner, max_size=6),
    max_leaves=40,
)


@given(VALUES)
def test_any_document_gives_one_printable_line(data: Any) -> None:
    said = error_text(data)
    assert said.isprintable()
    assert len(said) <= LIMIT


def test_a_deeply_nested_error_ends() -> None:
    nested: Any = "x"
    for _ in range(150):
        nested = {"error": nested}
    assert error_text(nested) == ""
