"""Open edX's own code of a learning platform, in a process of its own: `python openedx_server.py FOLDER`.

Its consumer is whole: launches, tokens, columns, scores, members, choices. What Open edX has around it stands here: one
course, its people, and blocks that keep the grades which they are given. The first line of output is the address.
"""

from __future__ import annotations

import json
import sys
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace

import django
from django.conf import settings
from werkzeug.serving import make_server

HOST = "127.0.0.1"
COURSE = "course-v1:House+DL+2026"
MEMBERS = {  # the id of each person outside, the roles, and what is told of them
    1: ("11111111-aaaa-4aaa-8aaa-000000000001", ["instructor"], "Tea Løngname"),
    2: ("11111111-aaaa-4aaa-8aaa-000000000002", ["student"], "Stu1 Løngname"),
    3: ("11111111-aaaa-4aaa-8aaa-000000000003", ["student"], "Stu2 Løngname"),
    4: ("11111111-aaaa-4aaa-8aaa-000000000004", ["Community TA"], "Tia Løngname"),
}


def configure(folder, origin):
    """Open edX's settings, as far as the consumer reads them."""
    settings.configure(
        SECRET_KEY="s" * 50,
        ALLOWED_HOSTS=["*"],
        ROOT_URLCONF=__name__,
        USE_TZ=True,
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": str(Path(folder) / "openedx.sqlite3")}},
        DEFAULT_AUTO_FIELD="django.db.models.AutoField",
        INSTALLED_APPS=[
            "django.contrib.auth",
            "django.contrib.contenttypes",
            "django.contrib.sessions",
            "config_models",
            "statici18n",
            "rest_framework",
            "django_filters",
            "lti_consumer",
        ],
        MIDDLEWARE=[
            "edx_django_utils.cache.middleware.RequestCacheMiddleware",
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
            "edx_django_utils.cache.middleware.TieredCacheMiddleware",
        ],
        TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}],
        USAGE_ID_PATTERN=r"(?P<usage_id>(?:i4x://?[^/]+/[^/]+/[^/]+/[^@]+(?:@[^/]+)?)|(?:[^/]+))",
        PLATFORM_NAME="House edX",
        LMS_ROOT_URL=origin,
        LTI_BASE=origin,
        LTI_API_BASE=origin,
        LEARNING_MICROFRONTEND_URL=origin,
    )
    django.setup()
    from django.core.management import call_command  # noqa: PLC0415 - needs the settings

    call_command("migrate", verbosity=0)


@dataclass
class Block:
    """An activity of the course, and the grades that it was given."""

    location: object
    display_name: str
    weight: int
    grades: dict = field(default_factory=dict)
    has_score = True
    accept_grades_past_due = True
    lti_1p3_passport_id = ""
    context_id = COURSE

    @property
    def scope_ids(self):
        return SimpleNamespace(usage_id=self.location)

    def is_past_due(self):
        return False

    def max_score(self):
        return self.weight

    def set_user_module_score(self, user, score, maximum, comment):
        self.grades[user] = {"score": score, "maximum": maximum, "comment": comment}


BLOCKS = {}
"""By location, as text."""


def stand_in():
    """What the consumer asks of Open edX."""
    from config_models.models import ConfigurationModel  # noqa: F401, PLC0415 - its tables have to be known
    from lti_consumer.plugin import compat  # noqa: PLC0415 - needs the settings

    compat.load_enough_xblock = compat.load_block_as_user = lambda location: BLOCKS[str(location)]
    compat.get_user_from_external_user_id = lambda outside: outside
    compat.user_has_studio_write_access = lambda *_: True
    compat.get_course_members = lambda _: {
        number: {"id": number, "name": name, "email": f"{number}@example.invalid", "roles": list(roles)}
        for number, (_, roles, name) in MEMBERS.items()
    }
    compat.merge_course_forum_roles = lambda _, members: members
    compat.batch_get_or_create_externalids = lambda _: {
        number: SimpleNamespace(external_user_id=outside) for number, (outside, *_) in MEMBERS.items()
    }


# What tests tell it


def add_tool(request):
    """Register a tool: {login_url, launch_url, jwks_url, mode}."""
    from lti_consumer.models import CourseAllowPIISharingInLTIFlag, Lti1p3Passport  # noqa: PLC0415 - as above

    told = json.loads(request.body)
    passport = Lti1p3Passport.objects.create(name="Tool", lti_1p3_tool_keyset_url=told["jwks_url"])
    CourseAllowPIISharingInLTIFlag.objects.get_or_create(course_id=COURSE, defaults={"enabled": True})
    configuration = _add_block(passport, told)
    origin = settings.LMS_ROOT_URL
    return {
        "link": str(configuration.pk),
        "issuer": origin,
        "client_id": passport.lti_1p3_client_id,
        "deployment_id": "1",
        "auth_url": f"{origin}/api/lti_consumer/v1/launch/",
        "token_url": f"{origin}/api/lti_consumer/v1/token/{passport.passport_id}",
        "jwks_url": f"{origin}/api/lti_consumer/v1/public_keysets/{passport.passport_id}",
    }


def _add_block(passport, told):
    from lti_consumer.models import LtiConfiguration  # noqa: PLC0415 - as above
    from opaque_keys.edx.keys import UsageKey  # noqa: PLC0415 - as above

    name = f"block-v1:House+DL+2026+type@lti_consumer+block@{uuid.uuid4().hex}"
    BLOCKS[name] = Block(UsageKey.from_string(name), "Quiz in edX", told.get("weight", 10))
    return LtiConfiguration.objects.create(
        version=LtiConfiguration.LTI_1P3,
        config_store=LtiConfiguration.CONFIG_ON_DB,
        location=name,
        lti_1p3_passport=passport,
        lti_1p3_oidc_url=told["login_url"],
        lti_1p3_launch_url=told["launch_url"],
        lti_advantage_enable_nrps=True,
        lti_advantage_deep_linking_enabled=True,
        lti_advantage_deep_linking_launch_url=told["launch_url"],
        lti_advantage_ags_mode=told.get("mode", "declarative"),
    )


def add_link(request):
    """One more activity of the same tool: {link}."""
    other = _configuration(json.loads(request.body)["link"])
    told = {"login_url": other.lti_1p3_oidc_url, "launch_url": other.lti_1p3_launch_url}
    return {"link": str(_add_block(other.lti_1p3_passport, told | {"mode": other.lti_advantage_ags_mode}).pk)}


def begin(request):
    """Where a browser goes to begin a launch: {link, user, deep}."""
    from lti_consumer import api  # noqa: PLC0415 - as above
    from lti_consumer.data import Lti1p3LaunchData  # noqa: PLC0415 - as above

    configuration = _configuration(request.GET["link"])
    outside, roles, name = MEMBERS[int(request.GET["user"])]
    launch = Lti1p3LaunchData(
        user_id=int(request.GET["user"]),
        user_role=roles[0],
        config_id=configuration.config_id,
        resource_link_id=str(configuration.location),
        external_user_id=outside,
        name=name,
        launch_presentation_document_target="iframe",
        context_id=COURSE,
        context_type=["course_offering"],
        context_title="Deep learning",
        context_label="DL 2026",
    )
    if request.GET.get("deep"):
        return {"url": api.get_lti_1p3_launch_start_url(launch, deep_link_launch=True)}
    return {"url": api.get_lti_1p3_content_url(launch)}


def state(request):
    """What has arrived at an activity: {link}."""
    configuration = _configuration(request.GET["link"])
    items = configuration.ltiagslineitem_set.all()
    return {
        "grades": BLOCKS[str(configuration.location)].grades,
        "columns": [{"label": item.label, "maximum": item.score_maximum, "tag": item.tag} for item in items],
        "scores": [
            {"user": score.user_id, "given": score.score_given, "maximum": score.score_maximum}
            for item in items
            for score in item.scores.all()
        ],
        "chosen": [item.attributes for item in configuration.ltidlcontentitem_set.all()],
    }


def rotate(request):
    """Forget the platform's key; the next use makes a new one."""
    passport = _configuration(json.loads(request.body)["link"]).lti_1p3_passport
    passport.lti_1p3_internal_private_key = passport.lti_1p3_internal_public_jwk = ""
    passport.save()
    return {"kid": passport.lti_1p3_private_key_id}


def _configuration(number):
    from lti_consumer.models import LtiConfiguration  # noqa: PLC0415 - as above

    return LtiConfiguration.objects.get(pk=number)


def addresses():
    from django.http import JsonResponse  # noqa: PLC0415 - as above
    from django.urls import include, path  # noqa: PLC0415 - as above
    from django.views.decorators.csrf import csrf_exempt  # noqa: PLC0415 - as above

    def told(function):
        return csrf_exempt(lambda request: JsonResponse(function(request)))

    functions = (add_tool, add_link, begin, state, rotate)
    return [
        path("api/", include("lti_consumer.plugin.urls")),
        *(path(f"house/{function.__name__}", told(function)) for function in functions),
    ]


def main(folder):
    applications = []

    def application(environ, start_response):
        return applications[0](environ, start_response)

    server = make_server(HOST, 0, application, threaded=True)
    origin = f"http://{HOST}:{server.port}"
    configure(folder, origin)
    stand_in()
    globals()["urlpatterns"] = addresses()
    from django.core.wsgi import get_wsgi_application  # noqa: PLC0415 - as above

    applications.append(get_wsgi_application())
    print(origin, flush=True)  # noqa: T201 - whoever has started this reads it
    server.serve_forever()


if __name__ == "__main__":
    sys.modules["openedx_server"] = sys.modules[__name__]
    main(sys.argv[1])
