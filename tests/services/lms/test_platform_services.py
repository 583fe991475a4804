"""What platforms are asked with, what their answers mean, and how their lists go on: no database."""

from __future__ import annotations

import json
import threading
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from itertools import pairwise
from urllib.parse import parse_qs

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizsvc.errors import Invalid, NotAllowed, NotFound, NotReached, NotReady
from quizsvc.services.answers import read_answer
from quizsvc.services.lms.access_tokens import AccessTokens, Client, NoToken
from quizsvc.services.lms.addresses import with_query
from quizsvc.services.lms.line_items import Column, Place, ensure_column
from quizsvc.services.lms.platform_services import PlatformServices, Request, below, next_page
from quizsvc.services.lms.scores import Delivery, next_stamp, score_body
from quizsvc.services.outside import Outside
from quizsvc.services.patience import Patience
from quizsvc.store.lti_vocabulary import LINE_ITEM, LINE_ITEM_READ, SCORE

NOW = datetime(2026, 11, 3, 18, tzinfo=UTC)
BASE = "https://lms.example.org"
CLIENT = Client(1, "Moodle", "client", f"{BASE}/token", f"{BASE}/token")
LIST = f"{BASE}/2/lineitems?type_id=1"
CHAINS = {
    "id": f"{BASE}/2/lineitems/7/lineitem?type_id=1",
    "label": "Chains",
    "scoreMaximum": 20,
    "resourceLinkId": "1",
}


class Lms:
    """Answers by path; every request is kept. `clock` is a list of one time."""

    def __init__(self):
        self.clock, self.requests, self.signed = [NOW], [], []
        self.answers = {"/token": [httpx.Response(200, json={"access_token": "t1", "expires_in": 3600})]}
        self.outside = Outside(transport=httpx.MockTransport(self))
        self.tokens = AccessTokens(
            self.outside, sign=self.sign, clock=lambda: self.clock[0], new_id=lambda: f"id-{len(self.signed)}"
        )
        self.services = PlatformServices(self.outside, self.tokens, clock=lambda: self.clock[0])

    def sign(self, platform_id, claims):
        self.signed.append((platform_id, claims))
        return "assertion"

    def __call__(self, request):
        self.requests.append(request)
        answers = self.answers[request.url.path]
        answer = answers[0] if len(answers) == 1 else answers.pop(0)
        return answer(request) if callable(answer) else answer

    def asked(self, path):
        return [request for request in self.requests if request.url.path == path]


@pytest.fixture
def lms():
    lms = Lms()
    yield lms
    lms.outside.close()


# Tokens


def test_an_assertion_says_who_we_are_for_a_short_time_and_is_dated_back(lms):
    assert lms.tokens.get(CLIENT, SCORE) == "t1"
    [(platform_id, claims)] = lms.signed
    now = int(NOW.timestamp())
    assert platform_id == 1
    assert (claims["iss"], claims["sub"], claims["aud"]) == ("client", "client", f"{BASE}/token")
    assert (claims["iat"], claims["nbf"], claims["exp"]) == (now - 60, now - 60, now + 240)
    form = parse_qs(lms.requests[0].content.decode())
    assert form["scope"] == [SCORE]
    assert form["client_assertion"] == ["assertion"]
    assert form["grant_type"] == ["client_credentials"]
    assert form["client_assertion_type"] == ["urn:ietf:params:oauth:client-assertion-type:jwt-bearer"]


def test_a_token_is_used_until_a_minute_before_its_end_and_each_assertion_has_a_name_of_its_own(lms):
    for seconds in (0, 3539, 3540, 3541):
        lms.clock[0] = NOW + timedelta(seconds=seconds)
        lms.tokens.get(CLIENT, SCORE)
    assert len(lms.asked("/token")) == 2
    assert len({claims["jti"] for _, claims in lms.signed}) == 2


def test_each_scope_has_a_token_of_its_own(lms):
    for scope in (SCORE, LINE_ITEM, SCORE):
        lms.tokens.get(CLIENT, scope)
    assert len(lms.asked("/token")) == 2


def test_many_who_need_a_token_ask_for_one(lms):
    threads = [threading.Thread(target=lms.tokens.get, args=(CLIENT, SCORE)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(lms.asked("/token")) == 1


def test_many_whose_token_is_refused_ask_for_one(lms):
    lms.tokens.get(CLIENT, SCORE)
    lms.answers["/token"] = [httpx.Response(200, json={"access_token": "t2"})]
    assert {lms.tokens.get(CLIENT, SCORE, instead_of="t1") for _ in range(8)} == {"t2"}
    assert len(lms.asked("/token")) == 2


def test_a_token_is_read_whatever_the_answer_says_that_it_is(lms):
    page = httpx.Response(
        200, text='{"access_token": "t9", "expires_in": "soon"}', headers={"Content-Type": "text/html"}
    )
    lms.answers["/token"] = [page]
    assert lms.tokens.get(CLIENT, SCORE) == "t9"


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (httpx.Response(400, text='{"error" : "invalid_client"}'), "400 Bad Request.*invalid_client"),
        (httpx.Response(200, text="<html>Log in</html>"), "a page"),
        (httpx.Response(200, text="[]"), "holds no token"),
        (httpx.Response(200, json={"access_token": "täken"}), "holds no token"),
        (httpx.Response(200, json={"access_token": ""}), "holds no token"),
        (httpx.Response(503), "503"),
    ],
)
def test_where_no_token_is_given_the_reason_is_told(lms, answer, words):
    lms.answers["/token"] = [answer]
    with pytest.raises(NoToken, match=f"(?s)Moodle gives us no access.*{words}"):
        lms.tokens.get(CLIENT, SCORE)


@pytest.mark.parametrize("error", [NotReady("no key"), NotReached("no server"), Invalid("our own network")])
def test_what_keeps_us_from_asking_is_no_fault_of_what_is_asked_for(lms, error, monkeypatch):
    def sign(_platform_id, _claims):
        raise error

    monkeypatch.setattr(lms.tokens, "_sign", sign)
    with pytest.raises(NoToken, match=error.message):
        lms.tokens.get(CLIENT, SCORE)


# Requests


def test_a_request_carries_the_token_and_its_media_type(lms):
    lms.answers["/x"] = [httpx.Response(200, json=[])]
    lms.services.ask(CLIENT, Request("POST", f"{BASE}/x", SCORE, body={"a": 1}, media_type="application/x+json"))
    [request] = lms.asked("/x")
    assert request.headers["Authorization"] == "Bearer t1"
    assert request.headers["Content-Type"] == "application/x+json"
    assert json.loads(request.content) == {"a": 1}


def test_a_refused_token_is_replaced_once_and_no_more(lms):
    lms.answers["/x"] = [httpx.Response(401)]
    assert lms.services.ask(CLIENT, Request("GET", f"{BASE}/x", SCORE)).status_code == 401
    assert (len(lms.asked("/x")), len(lms.asked("/token"))) == (2, 2)


# Answers


@pytest.mark.parametrize(
    ("status", "text", "kind"),
    [
        (200, "", "taken"), (201, "{}", "taken"), (204, "", "taken"), (200, " <!DOCTYPE html>", "again"),
        (302, "", "again"), (401, "", "again"), (403, "", "again"), (408, "", "again"), (425, "", "again"),
        (429, "", "again"), (500, "", "again"), (502, "", "again"), (503, "", "again"), (504, "", "again"),
        (404, "", "gone"), (410, "", "gone"), (409, "[]", "conflict"), (400, "", "refused"), (422, "", "refused"),
    ],
)  # fmt: skip
def test_every_answer_means_something(status, text, kind):
    request = httpx.Request("POST", f"{BASE}/x")
    headers = {"Location": "/login"} if status == 302 else {}
    response = httpx.Response(status, text=text, request=request, headers=headers)
    assert read_answer(response, now=NOW).kind == kind


@pytest.mark.parametrize(
    ("stated", "seconds"),
    [
        ("7", 7), ("0", 0), ("999999999999", 3600), ("Tue, 03 Nov 2026 18:00:30 GMT", 30),
        ("Tue, 03 Nov 2026 17:00:00 GMT", 0), ("soon", None), ("-1", None), ("", None), ("²", None),
    ],
)  # fmt: skip
def test_how_long_to_wait_is_read_as_seconds_or_as_a_date(stated, seconds):
    request = httpx.Request("POST", f"{BASE}/x")
    headers = {"Retry-After": stated.encode()}
    wait = read_answer(httpx.Response(503, headers=headers, request=request), now=NOW).wait
    assert wait == (None if seconds is None else timedelta(seconds=seconds))


@given(st.text(max_size=2_000))
def test_the_words_of_an_answer_are_short_and_can_be_shown(text):
    response = httpx.Response(400, text=text, request=httpx.Request("POST", f"{BASE}/x"))
    words = read_answer(response, now=NOW).words
    assert words.isprintable()
    assert len(words) <= 300


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (httpx.Response(200, text="no JSON"), NotReached), (httpx.Response(500), NotReached),
        (httpx.Response(404), NotFound), (httpx.Response(400), NotAllowed),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_told(lms, answer, error):
    lms.answers["/x"] = [answer]
    response = lms.services.ask(CLIENT, Request("GET", f"{BASE}/x", SCORE))
    with pytest.raises(error):
        lms.services.read_json(response)


# Lists


@pytest.mark.parametrize(
    "link",
    [
        '<https://lms.example.org/m?limit=2&from=2>; rel="next"',
        "</m?limit=2&from=2>; rel=next",
        f"<{BASE}/m?limit=2&amp;from=0>; rel=“first”, <{BASE}/m?limit=2&amp;from=2>; rel=“next”",
        f'<{BASE}/m?x>; rel="prev", <{BASE}/m?limit=2&from=2>; REL="Next"; title="more"',
    ],
)
def test_the_next_page_is_found_however_it_is_written(link):
    response = httpx.Response(200, headers=[(b"Link", link.encode())])
    assert next_page(response, f"{BASE}/m?limit=2") == f"{BASE}/m?limit=2&from=2"


@pytest.mark.parametrize(
    "link", ["", '<https://x/>; rel="prev"', '<https://x/>; rel="nextish"', "rel=next", "<>; rel=next"]
)
def test_where_there_is_no_next_page_there_is_none(link):
    assert next_page(httpx.Response(200, headers={"Link": link}), BASE) is None


def test_a_list_is_read_to_its_end_and_not_in_circles(lms):
    def page(request):
        number = int(dict(request.url.params).get("page", 1))
        link = {"Link": f'<{BASE}/list?page={number % 3 + 1}>; rel="next"'}
        return httpx.Response(200, json=[number], headers=link)

    lms.answers["/list"] = [page]
    pages = list(lms.services.pages(CLIENT, Request("GET", f"{BASE}/list?page=1", SCORE)))
    assert pages == [[1], [2], [3]]


def test_a_list_that_goes_on_elsewhere_is_not_followed_with_our_token(lms):
    lms.answers["/list"] = [httpx.Response(200, json=[], headers={"Link": '<https://evil.example/x>; rel="next"'})]
    with pytest.raises(NotReached, match="at another server"):
        list(lms.services.pages(CLIENT, Request("GET", f"{BASE}/list", SCORE)))
    assert [request.url.host for request in lms.requests] == ["lms.example.org"] * 2


def test_what_is_below_a_line_item_goes_before_what_is_asked():
    assert below(f"{BASE}/2/lineitem?type_id=1", "scores") == f"{BASE}/2/lineitem/scores?type_id=1"
    assert below(f"{BASE}/2/lineitem/", "results") == f"{BASE}/2/lineitem/results"
    assert with_query(f"{BASE}/r?type_id=1", user_id="a&b") == f"{BASE}/r?type_id=1&user_id=a%26b"
    assert with_query(f"{BASE}/r", user_id="1") == f"{BASE}/r?user_id=1"


# Columns


def place(*, known=None, scopes=(LINE_ITEM,), line_items_url=LIST):
    return Place(CLIENT, 1, "1", frozenset(scopes), line_items_url, known, "Chains", 20, "set-1")


def test_of_several_columns_the_one_of_the_set_is_taken(lms):
    others = [CHAINS | {"id": f"{BASE}/{n}", "resourceLinkId": link} for n, link in ((1, "2"), (2, "1"))]
    lms.answers["/2/lineitems"] = [httpx.Response(200, json=[*others, None, CHAINS | {"resourceId": "set-1"}])]
    assert ensure_column(lms.services, place()) == Column(CHAINS["id"], Fraction(20))
    [asked] = lms.asked("/2/lineitems")
    assert dict(asked.url.params) == {"type_id": "1", "resource_link_id": "1"}


def test_a_column_on_a_later_page_is_found(lms):
    link = {"Link": f"<{LIST}&amp;from=1>; rel=“next”".encode()}
    first = httpx.Response(200, json=[CHAINS | {"resourceLinkId": "9"}], headers=link)
    lms.answers["/2/lineitems"] = [first, httpx.Response(200, json=[CHAINS])]
    assert ensure_column(lms.services, place()).url == CHAINS["id"]


def test_a_column_is_made_with_what_names_it(lms):
    lms.answers["/2/lineitems"] = [httpx.Response(200, json=[]), httpx.Response(201, json=CHAINS)]
    assert ensure_column(lms.services, place()).url == CHAINS["id"]
    made = json.loads(lms.asked("/2/lineitems")[1].content)
    assert made == {
        "label": "Chains", "scoreMaximum": 20, "resourceId": "set-1", "resourceLinkId": "1", "tag": "quiz",
    }  # fmt: skip


def test_a_column_that_is_named_is_looked_at_with_the_weaker_leave(lms):
    lms.answers["/2/lineitems/7/lineitem"] = [httpx.Response(200, json=CHAINS | {"scoreMaximum": 33.3})]
    found = ensure_column(lms.services, place(known=Column(CHAINS["id"], None), scopes=(LINE_ITEM, LINE_ITEM_READ)))
    assert found == Column(CHAINS["id"], Fraction(333, 10))
    assert parse_qs(lms.requests[0].content.decode())["scope"] == [LINE_ITEM_READ]


def test_a_column_that_cannot_be_looked_at_has_the_points_of_the_set(lms):
    found = ensure_column(lms.services, place(known=Column(CHAINS["id"], None), scopes=()))
    assert found == Column(CHAINS["id"], Fraction(20))
    assert lms.requests == []


@pytest.mark.parametrize("maximum", [0, -1, "10", None, True])
def test_a_full_mark_that_cannot_be_reached_is_none(lms, maximum):
    lms.answers["/2/lineitems/7/lineitem"] = [httpx.Response(200, json=CHAINS | {"scoreMaximum": maximum})]
    assert ensure_column(lms.services, place(known=Column(CHAINS["id"], None))).maximum == 20


@pytest.mark.parametrize(
    "where", [place(scopes=()), place(scopes=(LINE_ITEM_READ,)), place(line_items_url=None)],
    ids=["nothing", "reading", "no-list"],
)  # fmt: skip
def test_where_no_column_can_be_made_that_is_told(lms, where):
    lms.answers["/2/lineitems"] = [httpx.Response(200, json=[])]
    with pytest.raises(NotAllowed, match="column"):
        ensure_column(lms.services, where)


@pytest.mark.parametrize("told", [{}, [], {"id": 7}, {"id": "javascript:alert(1)"}, {"id": f"{BASE}/{'x' * 1000}"}])
def test_a_column_that_is_nowhere_is_none(lms, told):
    lms.answers["/2/lineitems"] = [httpx.Response(200, json=[]), httpx.Response(201, json=told)]
    with pytest.raises(NotReached, match="not where it is"):
        ensure_column(lms.services, place())


# Scores

DELIVERY = Delivery(
    1, 1, place(), "s1", Fraction(2, 3), None, None, is_finished=True, stamp=NOW, send_until=NOW, lent_until=NOW
)


def test_a_score_is_on_the_scale_of_the_column_and_nothing_that_is_unknown_is_told():
    body = score_body(DELIVERY, Column(CHAINS["id"], Fraction(100)), NOW)
    assert body == {
        "userId": "s1",
        "scoreGiven": 100 * 2 / 3,
        "scoreMaximum": 100,
        "timestamp": "2026-11-03T18:00:00.000Z",
        "activityProgress": "Completed",
        "gradingProgress": "FullyGraded",
    }
    assert score_body(DELIVERY, Column(CHAINS["id"], None), NOW)["scoreMaximum"] == 20


instants = st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - they get their zone


@given(st.lists(instants, min_size=2, max_size=20))
def test_stamps_grow_by_whole_seconds_whatever_the_clock_does(clock):
    stamps = []
    for now in clock:
        stamps.append(next_stamp(stamps[-1] if stamps else None, now))
        assert stamps[-1] >= now.replace(microsecond=now.microsecond // 1000 * 1000)
    seconds = [int(stamp.timestamp()) for stamp in stamps]
    assert all(later > earlier for earlier, later in pairwise(seconds))


@given(instants, st.timedeltas(timedelta(seconds=1), timedelta(days=1)))
def test_a_stamp_is_now_where_that_is_late_enough(before, passed):
    now = before + passed
    assert now - next_stamp(before, now) < timedelta(milliseconds=1)


@given(st.integers(0, 100), st.floats(0, 1))
def test_pauses_grow_to_their_longest_and_are_spread(tries, chance):
    patience = Patience()
    pause = patience.pause(tries, chance)
    assert patience.first / 2 <= pause <= patience.longest
    assert patience.pause(tries + 1, chance) >= pause
    assert patience.pause(50, 1.0) == patience.longest
