// The dashboard keeps up with the class: the rows are asked for again and again, and what has changed in them is replaced.
const live = document.querySelector("[data-live]");
const word = live.querySelector("[data-live-word]");
const rows = live.querySelector("[data-live-rows]");
const EVERY = 10_000, LONGEST = 160_000, PATIENCE = 20_000;
const day = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });
const hour = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
const second = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const calm = matchMedia("(prefers-reduced-motion: reduce)");
let etag = `"${live.dataset.etag}"`, seen = new Date(), wait = EVERY, timer = 0, asking = false;

const say = (text) => { if (word.textContent !== text) word.textContent = text; };

// Times come in UTC, and are shown in the reader's own time zone.
function localize(part) {
  for (const time of part.querySelectorAll("time[data-clock]")) {
    const when = new Date(time.dateTime);
    const today = when.toDateString() === new Date().toDateString();
    time.title = time.textContent;
    time.textContent = today ? hour.format(when) : `${day.format(when)}, ${hour.format(when)}`;
  }
  return part;
}

// Where somebody looks, and where the keyboard is, stays as it is: only what differs is replaced.
function show(html) {
  const fresh = localize(new DOMParser().parseFromString(html, "text/html").body);
  const parts = [...fresh.querySelectorAll("[id]")], known = [...rows.querySelectorAll("[id]")];
  if (parts.length !== known.length || parts.some((part, i) => part.id !== known[i].id)) {
    rows.replaceChildren(...fresh.children);
    return;
  }
  for (const [i, part] of parts.entries()) {
    if (!part.isEqualNode(known[i])) replace(known[i], part);
  }
}

function replace(old, fresh) {
  const href = old.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
  old.replaceWith(fresh);
  if (href !== null) [...fresh.querySelectorAll("a")].find((link) => link.getAttribute("href") === href)?.focus();
  if (!calm.matches) fresh.animate({ backgroundColor: ["var(--pen-wash)", "transparent"] }, { duration: 2_000 });
}

async function ask() {
  if (asking || document.hidden) return;
  clearTimeout(timer);
  asking = true;
  rows.ariaBusy = "true";
  try {
    const answer = await fetch(live.dataset.live, { headers: { "If-None-Match": etag, "Quiz-Framed": String(self !== top) }, redirect: "manual", signal: AbortSignal.timeout(PATIENCE) });
    if (answer.ok) {
      etag = answer.headers.get("ETag");
      show(await answer.text());
    } else if (answer.status !== 304) {
      return fail(answer);
    }
    seen = new Date();
    wait = EVERY;
    say("Live: it follows the class every 10 seconds.");
    timer = setTimeout(ask, wait);
  } catch {
    again("There is no connection.");
  } finally {
    asking = false;
    rows.ariaBusy = "false";
  }
}

function fail(answer) {
  if (answer.status >= 500) return again("The service does not answer as it should.");
  const out = answer.type === "opaqueredirect" || answer.status === 401;
  say(`${out ? "You are no longer logged in" : "You may no longer see this page"}: this is how it was at ${second.format(seen)}.`);
}

// Who cannot answer is asked less and less often.
function again(what) {
  wait = Math.min(2 * wait, LONGEST);
  say(`${what} This is how it was at ${second.format(seen)}; it is tried again in ${wait / 1_000} seconds.`);
  timer = setTimeout(ask, wait);
}

localize(rows);
say("Live: it follows the class every 10 seconds.");
timer = setTimeout(ask, EVERY);
document.addEventListener("visibilitychange", ask);
addEventListener("online", ask);
