"""Everybody who may ask, and everything that may be asked for: two courses, for tables of who may do what."""

from __future__ import annotations

import re
from dataclasses import dataclass

from linked_course import app_of, client_of, token_in

from quizsvc.services import accounts, attempts, courses, set_files, sets
from quizsvc.store import people
from quizsvc.store import sets as stored
from quizsvc.store.database import transaction
from quizsvc.store.models import Membership

WHO = ("nobody", "elsewhere", "classmate", "owner", "teaches elsewhere", "teaches", "gone")
"""Nobody; a student of another course; of the course two students, of whom one owns what is asked for; an instructor of
another course; the instructor; a student who has left the course."""

OTHER_SET = "title: Chains\nsubmissions: 3\nnew_variants: true\nitems: [{family: exploding-gradient}]"
_PART = re.compile(r"<(?:\w+(?:\([^)]*\))?:)?(\w+)>")


@dataclass(frozen=True)
class Everybody:
    """The application; person -> user id; whose place -> what stands there in the addresses of pages."""

    room: object
    app: object
    people: dict
    places: dict

    def client(self, who):
        return client_of(self.app, self.room, self.people[who])

    def send(self, who, method, path, form=None, **options):
        """Ask as that person; a form has the token of the person's own log-in."""
        client = self.client(who)
        if method != "POST":
            return client.open(path, method=method, **options)
        token = token_in(client.get("/courses", follow_redirects=True).text)
        return client.post(path, data={"csrf_token": token, **(form or {})}, **options)


def routes(app, *prefixes):
    """Every way to ask, of addresses that begin so, or of all others with `None` in front."""
    within = prefixes[0] is not None
    return {
        (method, rule.rule)
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith(tuple(filter(None, prefixes))) is within
        for method in rule.methods - {"HEAD", "OPTIONS"}
    }


def filled(rule, place):
    """The path of a rule with what is in a place."""
    return _PART.sub(lambda part: str(place[part[1]]), rule)


def everybody(room, **settings):
    """All of them, over the database of a classroom; who has left has worked on the set before."""
    engine, now = room.engine, room.now
    with transaction(engine) as session:
        other = courses.create_course(session, slug="other", title="Another course", now=now)
        made = sets.create_set(session, course_slug="other", spec=set_files.read_set(OTHER_SET), now=now)
        sets.publish_set(session, problem_set=made, now=now, seed=0)
        deep = people.get_course(session, "deep")
        told = (("Eve", other, "student"), ("Otto", other, "instructor"), ("Gina", deep, "student"))
        new = [accounts.create_user(session, email=f"{name}@example.org", name=name, now=now) for name, *_ in told]
        for user, (_, course, role) in zip(new, told, strict=True):
            session.add(Membership(user_id=user.id, course_id=course.id, role=role))
        session.flush()
        eve, otto, gina = (user.id for user in new)
        places = {
            "owner": _place(session, room.set_id, room.ada, now),
            "elsewhere": _place(session, made.id, eve, now),
            "gone": _place(session, room.set_id, gina, now),
        }
        people.find_membership(session, user_id=gina, course_id=deep.id).left_at = now
    ids = (None, eve, room.bao, room.ada, otto, room.instructor, gina)
    return Everybody(room, app_of(room, **settings), dict(zip(WHO, ids, strict=True)), places)


def _place(session, set_id, student_id, now):
    """A student's place: the last problem of the set, opened."""
    problem_set = stored.get_set(session, set_id)
    item_id = problem_set.items[-1].id
    issued = attempts.open_problem(session, user_id=student_id, item_id=item_id, now=now, seed=student_id)
    return {
        "slug": problem_set.course.slug,
        "set_id": set_id,
        "item_id": item_id,
        "student_id": student_id,
        "problem_id": issued.id,
        "table": "items",
        "filename": "css/bootstrap.min.css",
    }
