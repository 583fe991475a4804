// Typing with less effort: Enter goes on to the next box, a pasted row fills a vector, and a word tells what cannot be read.
const form = document.querySelector("form[data-draft]");
const boxes = [...form.querySelectorAll("input.box:not([readonly])")];
const NOT_IN_NUMBERS = /[^\d\s.,+\-−–*/^()·⋅×:√⁰¹²³⁴-⁹⁺⁻a-z]/iu;
const WORDS = /[a-z]+/giu;
const KNOWN_WORDS = new Set(["e", "x", "sqrt", "exp", "pi"]);

const readable = (text) =>
  !NOT_IN_NUMBERS.test(text) && (text.match(WORDS) ?? []).every((word) => KNOWN_WORDS.has(word.toLowerCase()));

function hint(box) {
  const id = `${box.id}-hint`;
  document.getElementById(id)?.remove();
  if (readable(box.value)) return;
  const word = document.createElement("p");
  word.id = id;
  word.className = "box-hint";
  word.textContent = "Is this a number?";
  box.after(word);
}

function spread(event) {
  const group = event.target.closest("[data-spread]");
  const values = (event.clipboardData?.getData("text") ?? "").trim().replace(/^[[(]+|[\])]+$/gu, "").split(/[\s;]+|,\s+/u).filter(Boolean);
  if (!group || values.length < 2) return;
  const rest = [...group.querySelectorAll("input.box:not([readonly])")];
  event.preventDefault();
  rest.slice(rest.indexOf(event.target)).forEach((box, i) => {
    if (i < values.length) box.value = values[i];
  });
  event.target.dispatchEvent(new Event("input", { bubbles: true }));
}

for (const [i, box] of boxes.entries()) {
  box.addEventListener("change", () => hint(box));
  box.addEventListener("paste", spread);
  box.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing) return;
    event.preventDefault();
    (boxes[i + 1] ?? form.querySelector("button:not([disabled])")).focus();
  });
}
