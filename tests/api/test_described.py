"""What is described is what happens: requests made up from the description, right ones, wrong ones, and whole walks."""

from __future__ import annotations

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode

from quizsvc.services.tokens import SCOPES

QUIET = [
    HealthCheck.too_slow,
    HealthCheck.filter_too_much,
    HealthCheck.function_scoped_fixture,
    HealthCheck.data_too_large,
    HealthCheck.large_base_example,
]
PARTS = 12
"""In so many the long form is cut, so that no part of it takes minutes."""
MANY = 1_000_000
"""Of requests in a minute: here it is not the limits that are tried."""


def few(examples, **more):
    return settings(
        max_examples=examples, deadline=None, derandomize=True, database=None, suppress_health_check=QUIET, **more
    )


@pytest.fixture
def schema(new_app, begun, ask, classroom):  # noqa: ARG001 - something is there to be found
    """The description of an application whose database holds a little of everything."""
    body = {"course": "deep", "url": "https://portal.example.org/", "events": ["score.changed"]}
    assert ask("POST", "/api/v1/webhooks", body).status_code == 201
    app = new_app(rate_limit_reads=MANY, rate_limit_writes=MANY, rate_limit_logins=MANY)
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app)
    # Whether a body is right is more than its shape tells: which families, steps and times there are.
    schema.config.checks.positive_data_acceptance.enabled = False
    rejection = schema.config.checks.negative_data_rejection
    rejection.expected_statuses = [*rejection.expected_statuses, "413"]  # what is too long is refused, too
    return schema


@pytest.fixture
def headers(new_token):
    return {"Authorization": f"Bearer {new_token(*SCOPES)}"}


def try_all(schema, headers, mode, examples, part=slice(None)):
    """So many requests to every operation, or to each of a part of them."""
    for found in list(schema.get_all_operations())[part]:
        operation = found.ok()
        if mode is GenerationMode.NEGATIVE and not takes_anything(operation):
            continue

        @few(examples)
        @given(case=operation.as_strategy(generation_mode=mode))
        def try_it(case):
            case.call_and_validate(headers=headers)

        try_it()


def takes_anything(operation):
    """Whether a request can be wrong: any text is a right path."""
    shapes = [one["schema"] for one in operation.definition.raw.get("parameters", ())]
    return "requestBody" in operation.definition.raw or any(shape != {"type": "string"} for shape in shapes)


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
def test_every_operation_does_what_is_described(schema, headers, mode):
    """Right and wrong requests: never a 5xx, never what is not described, never taken what does not fit."""
    try_all(schema, headers, mode, 12)


@pytest.mark.parametrize("sent", [{}, {"Authorization": "Bearer gfq_wrong"}])
def test_without_a_token_nothing_is_done(schema, sent):
    for found in schema.get_all_operations():
        operation = found.ok()
        if not operation.definition.raw.get("security"):
            continue

        @few(4)
        @given(case=operation.as_strategy())
        def try_it(case):
            answer = case.call(headers=sent)
            assert answer.status_code == 401

        try_it()


def walks(schema, headers):
    """Walks along the links between operations, each validated on the way."""

    class Walk(schema.as_state_machine()):
        def get_call_kwargs(self, case):  # noqa: ARG002 - as schemathesis calls it
            return {"headers": headers}

        def validate_response(self, response, case, additional_checks=None, **sent):
            case.validate_response(
                response,
                additional_checks=additional_checks,
                headers=headers,
                transport_kwargs=sent,
                recorder=self.recorder,
            )

    return Walk


def test_whole_walks_do_what_is_described(schema, headers):
    """Lists lead to what is in them, a beginning to its problems, these to drafts, submissions and the end."""
    walks(schema, headers).run(settings=few(15, stateful_step_count=10))


@pytest.mark.soak
@pytest.mark.parametrize("first", range(PARTS))
@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
def test_every_operation_a_thousand_times(schema, headers, mode, first):
    try_all(schema, headers, mode, 1_000, slice(first, None, PARTS))


@pytest.mark.soak
def test_hundreds_of_walks(schema, headers):
    walks(schema, headers).run(settings=few(300, stateful_step_count=12))
