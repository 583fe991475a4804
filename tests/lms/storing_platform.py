"""A platform that keeps data for tools whose cookies a browser blocks (LTI Client Side postMessage Storage).

The recorded Moodles keep nothing; this one is a Moodle but for that. `manners` says how it behaves towards the tool:

honest      it keeps and gives as the specification says
silent      it never answers
late        it answers only after a second and a half
wrong-id    it answers everything under another message id
foreign     a page of another origin, which was told of the message, answers before the platform does
liar        only such a page answers
"""

from __future__ import annotations

import json
from html import escape

from moodle_answers import answer, page
from moodle_double import MoodleDouble
from moodle_launches import Form

MANNERS = ("honest", "silent", "late", "wrong-id", "foreign", "liar")
SCRIPT = """
const kept = new Map();
const manners = document.documentElement.dataset.manners;
const heard = [];
const reply = (event, data) => event.source.postMessage(data, event.origin);
const give = (event) => {
  const { subject, message_id, key, value } = event.data;
  if (subject === "lti.put_data") kept.set(event.origin + " " + key, value);
  const found = kept.get(event.origin + " " + key);
  const id = manners === "wrong-id" ? message_id + "x" : message_id;
  reply(event, { subject: subject + ".response", message_id: id, key, value: found });
};
window.addEventListener("message", (event) => {
  if (!event.data || !String(event.data.subject).startsWith("lti.") || event.data.subject.endsWith(".response")) return;
  heard.push({ origin: event.origin, ...event.data });
  document.documentElement.dataset.heard = JSON.stringify(heard);
  if (manners === "silent") return;
  if (manners === "late") { setTimeout(() => give(event), 1500); return; }
  if (manners === "foreign" || manners === "liar") {
    parent.document.getElementById("other").contentWindow.postMessage(event.data, "*");
    if (manners === "foreign") setTimeout(() => give(event), 50);
    return;
  }
  give(event);
});
"""
FOREIGN = """
window.addEventListener("message", (event) => {
  const { subject, message_id, key } = event.data;
  const forged = { subject: subject + ".response", message_id, key, value: "forged" };
  parent.frames.tool.postMessage(forged, "*");
});
"""


class StoringPlatform(MoodleDouble):
    """A Moodle that keeps data: in the page itself, or (with a `frame`) in a frame of that name in it.

    `elsewhere` is the origin of a page that is not the platform's, of which the manners make use.
    """

    def __init__(self, version="4.5", *, manners="honest", frame=None, elsewhere=None, **values):
        super().__init__(version, **values)
        self.manners, self.frame, self.elsewhere = manners, frame, elsewhere

    def login_form(self, username, link=None, *, target_link_uri=None):
        """The form of a launch, which names the frame that keeps data."""
        form = super().login_form(username, link, target_link_uri=target_link_uri)
        return Form(form.action, form.fields | {"lti_storage_target": self.frame or "_parent"})

    def _answer(self, request):
        pages = {
            "/mod/lti/view.php": self._view,
            "/storage.html": lambda _: self._storing(""),
            "/storage.js": lambda _: answer(SCRIPT, "text/javascript"),
            "/foreign.html": lambda _: page("Foreign", f"<body><script>{FOREIGN}</script></body>"),
        }
        return pages.get(request.path, super()._answer)(request)

    def _storing(self, content):
        head = f"<script>document.documentElement.dataset.manners = {json.dumps(self.manners)};</script>"
        return page("Storage", f'<body>{head}{content}<script src="/storage.js"></script></body>')

    def _view(self, request):
        """The activity's page, with the tool in a frame named `tool`, and whatever keeps data."""
        query = escape(request.query_string.decode("latin-1"))
        frames = f'<iframe name="tool" src="/mod/lti/launch.php?{query}" width="1000" height="800"></iframe>'
        if self.elsewhere:
            frames = f'<iframe id="other" src="{self.elsewhere}/foreign.html"></iframe>' + frames
        if not self.frame:
            return self._storing(frames)
        return page("Storage", f'<body><iframe name="{self.frame}" src="/storage.html"></iframe>{frames}</body>')
