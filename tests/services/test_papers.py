"""Exams on paper: codes that are typed right or not at all, papers that differ, and what was written on them."""

from __future__ import annotations

import io
import re
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from itertools import combinations

import pypdf
import pytest
from desk import ONE, RIGHT, Desk, a_set, right
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from students import exact_answers

import problems
from quizsvc.errors import Closed, Conflict, Invalid, NotFound
from quizsvc.services import papers
from quizsvc.services.papers import EnterPaper, code_of, read_code
from quizsvc.store.database import reading, transaction
from quizsvc.store.models import IssuedProblem, Paper, Submission

DRAWN = "- {id: chain, family: vanishing-gradient, points: 20, options: {depth: 2..4}}"

seven = st.lists(st.integers(0, 30), min_size=7, max_size=7)
NUMBERS = [[0] * 7, [30] * 7, list(range(7)), [18, 5, 23, 20, 1, 14, 0]]


@pytest.fixture
def exam(classroom):
    """An exam with one problem that is the same for all, and one that is drawn."""
    return Desk(classroom, a_set("feedback: never", items=(ONE, DRAWN)))


def make(exam, count=3, seed=1):
    with transaction(exam.engine) as session:
        return [one.code for one in papers.make_papers(session, exam.set(session), count, now=exam.start, seed=seed)]


def enter(exam, code, person, answers, at=200):
    with transaction(exam.engine) as session:
        return papers.enter_paper(session, EnterPaper(code, person, answers), now=exam.at(at))


def on_paper(exam, code):
    """Short name -> problem."""
    with reading(exam.engine) as session:
        paper = papers.find_paper(session, code)
        keys = {item.id: item.key for item in paper.problem_set.all_items}
        return {keys[item_id]: problems.from_json(text) for item_id, text in paper.problems}


def drawn(exam, codes, key="chain"):
    return [problems.fingerprint(on_paper(exam, code)[key]) for code in codes]


@given(seven)
def test_a_code_is_read_as_it_is_printed_in_small_letters_and_without_its_hyphen(numbers):
    code = code_of(numbers)
    assert re.fullmatch(r"[2-9A-HJKMNP-Z]{4}-[2-9A-HJKMNP-Z]{4}", code)
    spaced = f" {code[:2]} {code[2:4]} {code[5:]}\n"
    assert {read_code(typed) for typed in (code, code.lower(), code.replace("-", ""), spaced)} == {code}


@pytest.mark.parametrize("numbers", NUMBERS)
def test_every_single_wrong_letter_is_noticed(numbers):
    code = code_of(numbers).replace("-", "")
    for place in range(8):
        for letter in set(papers.LETTERS) - {code[place]}:
            with pytest.raises(Invalid, match="is no code of a paper: look at it again"):
                read_code(code[:place] + letter + code[place + 1 :])


@given(seven)
def test_every_swap_of_two_letters_is_noticed_whether_they_are_neighbours_or_not(numbers):
    code = code_of(numbers).replace("-", "")
    for one, other in combinations(range(8), 2):
        letters = list(code)
        letters[one], letters[other] = letters[other], letters[one]
        if code[one] == code[other]:
            assert read_code("".join(letters))
        else:
            with pytest.raises(Invalid):
                read_code("".join(letters))


@pytest.mark.parametrize("text", ["", "K7QM", "K7QM-3F2A-2", "O1IL-0000", "K7QM–3F2A", "\0" * 8, "ﬁ" * 8, "2222-222２"])
def test_what_is_no_code_is_refused_with_what_one_looks_like(text):
    with pytest.raises(Invalid, match="it has eight letters, like K7QM-3F2X") as refused:
        read_code(text)
    assert [detail.where for detail in refused.value.details] == ["code"]


def test_every_paper_has_a_code_and_numbers_of_its_own_and_all_are_as_difficult(exam):
    codes = make(exam, 12)
    assert len(set(codes)) == len(set(drawn(exam, codes))) == 12
    assert len(set(drawn(exam, codes, "one"))) == 1
    assert len({problems.difficulty_of(on_paper(exam, code)["chain"]) for code in codes}) == 1


@pytest.mark.parametrize("online", [True, False], ids=["one online", "papers alone"])
def test_more_papers_are_as_difficult_as_what_was_given_out_before_and_repeat_no_numbers(exam, online):
    before = [exam.open(exam.ada, "chain")] if online else []
    codes = [code for seed in range(1, 7) for code in make(exam, 2, seed)]
    with reading(exam.engine) as session:
        seen = [problems.from_json(session.get(IssuedProblem, one).problem) for one in before]
    every = [*seen, *(on_paper(exam, code)["chain"] for code in codes)]
    assert len({problems.fingerprint(one) for one in every}) == len(every) == 12 + len(before)
    assert len({problems.difficulty_of(one) for one in every}) == 1


def test_where_all_get_the_same_it_is_the_same_on_all_papers_and_on_screens(classroom):
    exam = Desk(classroom, a_set("variants: same-for-all", items=(ONE, DRAWN)))
    with transaction(exam.engine) as session:
        exam.set(session).published_at = None
        for item in exam.set(session).items:
            item.problem = None
    codes = [*make(exam, 2, seed=1), *make(exam, 2, seed=2)]
    with transaction(exam.engine) as session:
        exam.set(session).published_at = exam.start
    with reading(exam.engine) as session:
        online = session.get(IssuedProblem, exam.open(exam.ada, "chain"))
    assert set(drawn(exam, codes)) == {problems.fingerprint(problems.from_json(online.problem))}


@pytest.mark.parametrize("count", [0, -1, papers.MOST_PAPERS + 1])
def test_so_many_papers_are_not_made_at_once(exam, count):
    with pytest.raises(Invalid, match=f"write 1 to {papers.MOST_PAPERS}"):
        make(exam, count)


def test_the_pdf_has_the_code_of_its_paper_on_every_page_and_the_key_has_all(exam):
    codes = make(exam)
    with reading(exam.engine) as session:
        own = exam.set(session)
        made = papers.papers_of(session, own)
        printed, key = (pdf(own, made) for pdf in (papers.print_papers, papers.print_key))
    pages = [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(printed)).pages]
    found = [{code for code in codes if code in page} for page in pages]
    assert {len(some) for some in found} == {1}
    assert set.union(*found) == set(codes)
    solved = "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(key)).pages)
    assert all(code in solved for code in codes)


def test_before_papers_are_made_there_is_none_to_print(exam):
    with reading(exam.engine) as session, pytest.raises(NotFound, match="No paper was made for units yet"):
        papers.papers_of(session, exam.set(session))


def test_what_is_typed_in_is_judged_by_the_numbers_of_that_paper(exam):
    own, other, *_more = make(exam)
    typed = exact_answers(on_paper(exam, own)["chain"])
    entered = enter(exam, own.lower(), exam.ada, {"1": RIGHT, "chain": typed})
    assert [(one.score, one.origin, one.late, one.time_credit) for one in entered] == [(1, "paper", False, 1)] * 2
    enter(exam, other, exam.bao, {"one": right(3), "2": typed})
    assert (exam.mark(exam.ada).earned, exam.mark(exam.bao).earned < 20) == (30, True)
    assert exam.mark(exam.bao).items[0].earned == Fraction(5)
    assert exam.attempt(exam.ada).finished_by == "student"
    assert exam.kinds(exam.ada) == ["started", "submitted", "submitted"]
    assert exam.verify().faults == ()


def test_typed_in_again_the_last_counts_also_where_it_is_worse_and_what_is_the_same_is_not_kept_twice(exam):
    [code] = make(exam, 1)
    for answers, sixths in ((right(2), 2), (right(5), 5), (right(5), 5), (right(3), 3), (right(5), 5)):
        enter(exam, code, exam.ada, {"one": answers})
        assert exam.mark(exam.ada).earned == Fraction(10 * sixths, 6)
    with reading(exam.engine) as session:
        assert session.scalars(select(Submission.number).order_by(Submission.number)).all() == [1, 2, 3, 4]
    enter(exam, code, exam.ada, {"one": {"z1": "unreadable"}})
    assert exam.mark(exam.ada).earned == 0
    assert exam.verify().faults == ()


def test_problems_that_are_typed_in_later_leave_those_before_alone(exam):
    [code] = make(exam, 1)
    enter(exam, code, exam.ada, {"one": right(3)})
    enter(exam, code, exam.ada, {"chain": exact_answers(on_paper(exam, code)["chain"])})
    assert [item.earned for item in exam.mark(exam.ada).items] == [5, 20]


def test_a_paper_is_one_students_and_a_student_has_one_paper(exam):
    first, second, third = make(exam)
    enter(exam, first, exam.ada, {"one": RIGHT})
    with pytest.raises(Conflict, match=f"The paper {first} was typed in for another student"):
        enter(exam, first, exam.bao, {"one": RIGHT})
    with pytest.raises(Conflict, match="has worked on this set already: online, or on another paper"):
        enter(exam, second, exam.ada, {"one": RIGHT})
    exam.open(exam.bao)
    with pytest.raises(Conflict, match="has worked on this set already"):
        enter(exam, third, exam.bao, {"one": RIGHT})
    assert exam.mark(exam.bao).earned == 0
    with pytest.raises(NotFound):
        enter(exam, third, 10**6, {"one": RIGHT})


def test_who_wrote_on_paper_cannot_go_on_online(exam):
    [code] = make(exam, 1)
    enter(exam, code, exam.ada, {"one": right(3)}, at=5)
    with pytest.raises(Closed, match="You have handed in this set"):
        exam.submit(exam.ada, exam.open(exam.ada), RIGHT, at=6)


def test_a_paper_that_is_typed_in_for_two_students_at_once_is_one_of_theirs(exam):
    [code] = make(exam, 1)
    people = [exam.ada, exam.bao, *exam.enrol(6)]

    def one(person):
        try:
            return enter(exam, code, person, {"one": RIGHT}) and person
        except Conflict:
            return None

    with ThreadPoolExecutor(8) as pool:
        [theirs] = [person for person in pool.map(one, people) if person is not None]
    with reading(exam.engine) as session:
        paper = papers.find_paper(session, code)
        assert exam.attempt(theirs).id == paper.attempt_id
    assert [person for person in people if exam.attempt(person)] == [theirs]
    assert exam.verify().faults == ()


@pytest.mark.parametrize(
    ("answers", "error", "said"),
    [
        ({"3": RIGHT}, Invalid, "There is no problem '3' on the paper .*: it has one, chain, 1, 2."),
        ({"0": RIGHT}, Invalid, "There is no problem '0'"),
        ({"1": RIGHT, "one": right(2)}, Invalid, "Problem 1 of the paper .* is there by its number and by its name"),
        ({"one": {"z9": "1"}}, Invalid, "Nothing was saved"),
    ],
)
def test_answers_that_do_not_fit_the_paper_leave_nothing_behind(exam, answers, error, said):
    [code] = make(exam, 1)
    with pytest.raises(error, match=said):
        enter(exam, code, exam.ada, answers)
    assert exam.attempt(exam.ada) is None
    assert exam.verify().faults == ()


def test_a_code_that_no_paper_has_and_one_with_a_wrong_letter_are_told_apart(exam):
    [code] = make(exam, 1)
    free = next(one for one in (code_of([0] * 7), code_of([1] * 7)) if one != code)
    with pytest.raises(NotFound, match="it may be of another service"):
        enter(exam, free, exam.ada, {})
    wrong = code[:-1] + ("2" if code[-1] != "2" else "3")
    with pytest.raises(Invalid, match="is no code of a paper"):
        enter(exam, wrong, exam.ada, {})


def test_papers_of_a_shuffled_set_with_pools_have_their_own_choice(classroom):
    pool = "- {pick: 1, of: [{id: b1, family: relu-variants}, {id: b2, family: activation-values}]}"
    exam = Desk(classroom, a_set("shuffle: true", items=(ONE, DRAWN.replace("20", "10"), pool)))
    orders = {code: tuple(on_paper(exam, code)) for code in make(exam, 16)}
    assert len(set(orders.values())) > 5
    assert {(len(order), "one" in order, "b1" in order or "b2" in order) for order in orders.values()} == {
        (3, True, True)
    }
    code, order = next((code, order) for code, order in orders.items() if order[0] != "one")
    place = order.index("one") + 1
    [entered] = enter(exam, code, exam.ada, {str(place): RIGHT})
    assert entered.score == 1
    assert exam.mark(exam.ada).earned == 10
    with reading(exam.engine) as session:
        kept = session.scalars(select(Paper.code).where(Paper.attempt_id == exam.attempt(exam.ada).id)).all()
    assert kept == [code]
    assert exam.verify().faults == ()


def test_the_code_that_is_shown_as_an_example_is_one():
    assert read_code("k7qm 3f2x") == "K7QM-3F2X"
