"""Exams on paper: different problems for every paper, a code that names them, and what was written typed in later."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

import problems
from quizsvc.errors import Conflict, Detail, Invalid, NotFound
from quizsvc.exports.content import Paper as PrintedPaper
from quizsvc.exports.content import PaperItem
from quizsvc.exports.paper import MOST_PAPERS, key_pdf, papers_pdf
from quizsvc.services.attempts import choose_items
from quizsvc.services.audit import record
from quizsvc.services.drawing import draw_item
from quizsvc.services.preparing import SEED_BITS, problems_for
from quizsvc.services.previewing import heading_of
from quizsvc.services.seats import Seat, seat_of
from quizsvc.services.sets import draw_for_all
from quizsvc.services.submitting import judge_and_keep, require_reasonable
from quizsvc.store import sets, work
from quizsvc.store.models import Attempt, IssuedProblem, Paper

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from quizsvc.store.models import Item, ProblemSet, Submission

LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""What codes are written in: 31 signs that nobody takes for another. 31 is prime, so the check letter finds every wrong
letter and every swap of two neighbours."""
FREE_LETTERS = 7


def code_of(numbers: Sequence[int]) -> str:
    """The code with these seven letters, each from 0 to 30, and a check letter: K7QM-3F2X."""
    check = sum(place * number for place, number in enumerate(numbers, 1)) % len(LETTERS)
    text = "".join(LETTERS[number] for number in (*numbers, check))
    return f"{text[:4]}-{text[4:]}"


def read_code(text: str) -> str:
    """The code as it is stored; raises Invalid where it was not typed as it is printed."""
    plain = text.strip().upper().replace("-", "").replace(" ", "")
    known = len(plain) == FREE_LETTERS + 1 and all(letter in LETTERS for letter in plain)
    code = code_of([LETTERS.index(letter) for letter in plain[:FREE_LETTERS]]) if known else ""
    if code.replace("-", "") != plain or not known:
        message = f"{text.strip()!r:.40} is no code of a paper: look at it again; it has eight letters, like K7QM-3F2X."
        raise Invalid(message, [Detail("code", message)])
    return code


def make_papers(
    session: Session,
    problem_set: ProblemSet,
    count: int,
    *,
    now: datetime,
    seed: int,
    progress: Callable[[int], None] = lambda _done: None,
) -> list[Paper]:
    """So many papers, each with numbers of its own and all as difficult, those that were made before among them.

    Raises Invalid, ProblemError.
    """
    if not 1 <= count <= MOST_PAPERS:
        message = f"{count} papers cannot be made at once: write 1 to {MOST_PAPERS}."
        raise Invalid(message)
    rng, items = np.random.default_rng(seed), problem_set.items
    draw_for_all(problem_set, int(rng.integers(SEED_BITS)))
    earlier = work.papers_in(session, problem_set.id)
    drawn: dict[int, Sequence[problems.Problem]] = {}
    for place, item in enumerate(items):
        drawn[item.id] = _problems_on(session, item, earlier, count, int(rng.integers(SEED_BITS)))
        progress((place + 1) * count)
    codes = _fresh_codes(session, rng, count)
    papers = []
    for number, code in enumerate(codes):
        chosen = choose_items(items, shuffle=problem_set.shuffle, seed=int(rng.integers(SEED_BITS)))
        pairs = [[item.id, problems.to_json(drawn[item.id][number])] for item in chosen]
        papers.append(Paper(set_id=problem_set.id, code=code, problems=pairs, made_at=now))
    session.add_all(papers)
    session.flush()
    return papers


def _problems_on(
    session: Session, item: Item, earlier: Sequence[Paper], count: int, seed: int
) -> Sequence[problems.Problem]:
    """One problem for each paper: the same on all, or others than on earlier papers and than students have online."""
    if item.problem is not None:
        return [problems.from_json(item.problem)] * count
    if item.given is not None:
        return [draw_item(item, seed)] * count
    printed = [text for paper in earlier for item_id, text in paper.problems if item_id == item.id]
    _who, taken = work.served_with(session, item.id)
    return problems_for(
        item,
        count,
        seed,
        like=work.find_any_problem(session, item.id) or next(iter(printed), None),
        taken={*taken, *(problems.fingerprint(problems.from_json(text)) for text in printed)},
    )


def _fresh_codes(session: Session, rng: np.random.Generator, count: int) -> list[str]:
    """Codes that no paper has."""
    codes: dict[str, None] = {}
    while len(codes) < count:
        code = code_of([int(one) for one in rng.integers(len(LETTERS), size=FREE_LETTERS)])
        if work.find_paper(session, code) is None:
            codes[code] = None
    return list(codes)


def papers_of(session: Session, problem_set: ProblemSet) -> Sequence[Paper]:
    """The papers that were made for a set, the oldest first; raises NotFound where there is none."""
    papers = work.papers_in(session, problem_set.id)
    if not papers:
        message = f"No paper was made for {problem_set.slug} yet; say how many: export pdf --count."
        raise NotFound(message)
    return papers


def print_papers(problem_set: ProblemSet, papers: Sequence[Paper]) -> bytes:
    """The papers as one PDF."""
    return papers_pdf(heading_of(problem_set), [_printed(problem_set, paper) for paper in papers])


def print_key(problem_set: ProblemSet, papers: Sequence[Paper]) -> bytes:
    """Their solutions as one PDF."""
    return key_pdf(heading_of(problem_set), [_printed(problem_set, paper) for paper in papers])


def _printed(problem_set: ProblemSet, paper: Paper) -> PrintedPaper:
    items = {item.id: item for item in problem_set.all_items}
    return PrintedPaper(
        paper.code,
        tuple(
            PaperItem(items[item_id].title, items[item_id].points, problems.from_json(text))
            for item_id, text in paper.problems
        ),
    )


@dataclass(frozen=True, slots=True)
class EnterPaper:
    """What stands on a paper: number of the problem, from 1, or its short name -> step id -> what is there."""

    code: str
    user_id: int
    answers: Mapping[str, Mapping[str, Any]]
    actor_id: int | None = None


def find_paper(session: Session, code: str) -> Paper:
    """The paper of that code, with its set; raises Invalid, NotFound."""
    paper = work.find_paper(session, read_code(code))
    if paper is None:
        message = f"There is no paper {code.strip()!r:.40}; it may be of another service."
        raise NotFound(message)
    return paper


def enter_paper(session: Session, command: EnterPaper, *, now: datetime) -> list[Submission]:
    """Judge what stands on a paper as the work of a student. Typed in again, what was typed last counts.

    Raises Invalid, NotFound, TooLarge, or Conflict where the paper is another student's, or the student has worked on
    the set otherwise.
    """
    paper = find_paper(session, command.code)
    seat = seat_of(
        session, sets.get_set(session, paper.set_id), command.user_id, lock=True, published_only=False, even_left=True
    )
    session.refresh(paper, ["attempt_id"], with_for_update=True)  # two may type it in for two students at once
    attempt = _attempt_on(session, paper, seat, now)
    seat = Seat(seat.set, seat.membership, seat.extension, attempt)
    entered = []
    for place, answers in _by_place(paper, seat.set, command.answers).items():
        issued = work.issued_on_paper(session, attempt.id, paper.problems[place][0])
        typed = require_reasonable(answers)
        earlier = issued.submissions[-1] if issued.submissions else None
        same = earlier is not None and earlier.answers == typed
        entered.append(
            earlier
            if earlier is not None and same
            else judge_and_keep(session, issued, seat, typed, origin="paper", arrived=now)
        )
    return entered


def _attempt_on(session: Session, paper: Paper, seat: Seat, now: datetime) -> Attempt:
    """The student's attempt on this paper, with its problems; raises Conflict."""
    attempt = seat.attempt
    if attempt is not None and attempt.id == paper.attempt_id:
        return attempt
    if attempt is not None:
        message = "This student has worked on this set already: online, or on another paper."
        raise Conflict(message)
    if paper.attempt_id is not None:
        message = f"The paper {paper.code} was typed in for another student."
        raise Conflict(message)
    items = {item.id: item for item in seat.set.all_items}
    attempt = Attempt(
        set_id=seat.set.id,
        user_id=seat.membership.user_id,
        set_version=seat.set.version,
        item_ids=[item_id for item_id, _text in paper.problems],
        started_at=now,
        finished_at=now,
        finished_by="student",
    )
    session.add(attempt)
    session.flush()
    paper.attempt_id = attempt.id
    for item_id, text in paper.problems:
        session.add(_issued(attempt, items[item_id], text, now))
    session.flush()
    if seat.is_on_record:
        body = {"attempt": attempt.id, "items": [items[item_id].key for item_id in attempt.item_ids]}
        record(session, seat.event("started", body), now=now)
    return attempt


def _issued(attempt: Attempt, item: Item, text: str, now: datetime) -> IssuedProblem:
    problem = problems.from_json(text)
    return IssuedProblem(
        attempt=attempt,
        item=item,
        variant=1,
        family=problem.family,
        family_version=problem.version,
        problem=text,
        fingerprint=problems.fingerprint(problem),
        issued_at=now,
    )


def _by_place(
    paper: Paper, problem_set: ProblemSet, answers: Mapping[str, Mapping[str, Any]]
) -> dict[int, Mapping[str, Any]]:
    """Place on the paper, from 0 -> answers; raises Invalid where a problem is not on it, or is named twice."""
    keys = {item.id: item.key for item in problem_set.all_items}
    places = {keys[item_id]: place for place, (item_id, _text) in enumerate(paper.problems)}
    places |= {str(place + 1): place for place in range(len(paper.problems))}
    found: dict[int, Mapping[str, Any]] = {}
    for name, typed in answers.items():
        if name not in places:
            message = f"There is no problem {name!r:.60} on the paper {paper.code}: it has {', '.join(places)}."
            raise Invalid(message, [Detail(name, message)])
        if places[name] in found:
            message = f"Problem {places[name] + 1} of the paper {paper.code} is there by its number and by its name."
            raise Invalid(message, [Detail(name, message)])
        found[places[name]] = typed
    return found
