// What is typed and not yet sent is kept in this tab, brought back after a lost connection, and not left unasked.
const form = document.querySelector("form[data-draft]");
const notice = form.querySelector("[data-draft-notice]");
const key = `draft:${form.dataset.draft}`;
const fields = () => [...form.elements].filter((field) => field.name && field.name !== "csrf_token");
const ticks = (field) => field.type === "radio" || field.type === "checkbox";
const asSent = new Map(fields().map((field) => [field, ticks(field) ? field.defaultChecked : field.defaultValue]));
const now = (field) => (ticks(field) ? field.checked : field.value);
const unsent = () => fields().some((field) => now(field) !== asSent.get(field));
let sending = false;

function keep() {
  if (!unsent()) return forget();
  const typed = fields().map((field) => [field.name, field.value, now(field)]);
  try {
    sessionStorage.setItem(key, JSON.stringify({ sent: form.dataset.sent, typed }));
  } catch {
    // No room, or not allowed: the page itself still holds what was typed.
  }
}

function forget() {
  sessionStorage.removeItem(key);
  notice.textContent = "";
}

function restore() {
  const kept = JSON.parse(sessionStorage.getItem(key) ?? "null");
  if (kept === null) return;
  if (kept.sent !== form.dataset.sent) return forget(); // it has arrived
  for (const [name, value, state] of kept.typed) {
    const field = fields().find((one) => one.name === name && (!ticks(one) || one.value === value));
    if (!field) continue;
    if (ticks(field)) field.checked = state;
    else field.value = state;
  }
  if (unsent()) notice.textContent = "Brought back from this browser: what you typed here was not sent yet.";
}

restore();
form.addEventListener("input", keep);
form.addEventListener("submit", () => { sending = true; });
addEventListener("pageshow", () => { sending = false; });
addEventListener("beforeunload", (event) => {
  if (!sending && unsent()) event.preventDefault();
});
