// What is typed and not yet sent is kept in this tab, brought back after a lost connection, saved on the server, and not
// left unasked.
const form = document.querySelector("form[data-draft]");
const notice = form.querySelector("[data-draft-notice]");
const key = `draft:${form.dataset.draft}`;
const fields = () => [...form.elements].filter((field) => field.name && field.name !== "csrf_token");
const ticks = (field) => field.type === "radio" || field.type === "checkbox";
const asSent = new Map(fields().map((field) => [field, ticks(field) ? field.defaultChecked : field.defaultValue]));
const now = (field) => (ticks(field) ? field.checked : field.value);
const unsent = () => fields().some((field) => now(field) !== asSent.get(field));
const say = (text) => { if (notice.textContent !== text) notice.textContent = text; };
// In a frame of another site the browser may keep nothing for us; the server does all the same.
const kept = (() => { try { return sessionStorage; } catch { return null; } })();
let sending = false;

function keep() {
  if (!unsent()) return forget();
  const typed = fields().map((field) => [field.name, field.value, now(field)]);
  try {
    kept?.setItem(key, JSON.stringify({ sent: form.dataset.sent, typed }));
  } catch {
    // No room, or not allowed: the page itself still holds what was typed.
  }
}

function forget() {
  kept?.removeItem(key);
}

function restore() {
  const found = JSON.parse(kept?.getItem(key) ?? "null");
  if (found === null) return;
  if (found.sent !== form.dataset.sent) return forget(); // it has arrived
  for (const [name, value, state] of found.typed) {
    const field = fields().find((one) => one.name === name && (!ticks(one) || one.value === value));
    if (!field) continue;
    if (ticks(field)) field.checked = state;
    else field.value = state;
  }
  if (unsent()) {
    say("Brought back from this browser: what you typed here was not sent yet.");
    wait(QUIET);
  }
}

// Saved on the server some seconds after the last key. Only what the server has confirmed is said to be saved.
const QUIET = 2_000, AGAIN = 10_000;
let revision = form.dataset.revision, timer = 0, saving = false, stopped = !form.dataset.save;

function wait(milliseconds) {
  if (stopped) return;
  clearTimeout(timer);
  timer = setTimeout(save, milliseconds);
}

async function save() {
  if (saving || sending || stopped) return;
  saving = true;
  const body = new URLSearchParams(new FormData(form));
  const sent = body.toString();
  body.append("base", revision);
  try {
    const answer = await fetch(form.dataset.save, { method: "POST", body, headers: { Accept: "application/json", "Quiz-Framed": String(self !== top) } });
    if (answer.ok && !answer.redirected) {
      revision = (await answer.json()).revision;
      const time = new Date().toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
      say(`Saved at ${time}, and not sent yet.`);
      if (new URLSearchParams(new FormData(form)).toString() !== sent) wait(QUIET);
    } else if (answer.status >= 500) {
      say("Not saved on the server yet; it is tried again. What you type stays in this browser.");
      wait(AGAIN);
    } else {
      stopped = true;
      say(answer.status === 409
        ? "Not saved: the set is closed, or this problem was changed in another tab. Load the page to see how it stands."
        : "Not saved: you are no longer logged in. What you type stays in this browser; log in again in another tab.");
    }
  } catch {
    say("No connection: what you type stays in this browser, and is saved when the connection is back.");
    wait(AGAIN);
  } finally {
    saving = false;
  }
}

restore();
form.addEventListener("input", () => { keep(); wait(QUIET); });
form.addEventListener("submit", () => { sending = true; clearTimeout(timer); });
addEventListener("online", () => { if (unsent()) wait(0); });
addEventListener("pageshow", () => { sending = false; });
addEventListener("beforeunload", (event) => {
  if (!sending && unsent()) event.preventDefault();
});
