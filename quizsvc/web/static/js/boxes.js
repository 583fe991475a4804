// Typing with less effort: Enter goes on to the next box, a pasted row fills a vector, and a word tells what cannot be read.
const form = document.querySelector("form[data-draft]");
const boxes = [...form.querySelectorAll("input.box:not([readonly])")];
const NOT_IN_NUMBERS = /[^\d\s.,+\-−–*/^()·⋅×÷√π¼-¾⅐-⅞↉⁄⁰¹²³⁴-⁹⁺⁻a-z]/iu;
const WORDS = /[a-z]+/giu;
const KNOWN_WORDS = ["e", "x", "sqrt", "exp", "pi", "ln", "log", "tanh"];

// What is typed so far can still become a number: "sq" may be meant for "sqrt".
const canBecomeNumber = (text) =>
  !NOT_IN_NUMBERS.test(text) &&
  (text.match(WORDS) ?? []).every((word) => KNOWN_WORDS.some((known) => known.startsWith(word.toLowerCase())));

function hint(box) {
  const id = `${box.id}-hint`;
  const shown = document.getElementById(id);
  if (canBecomeNumber(box.value)) return shown?.remove();
  if (shown) return;
  const word = document.createElement("p");
  word.id = id;
  word.className = "box-hint";
  word.setAttribute("role", "status");
  word.textContent = "Is this a number?";
  box.after(word);
}

// The numbers of a vector or a matrix, row after row. Beside points, a comma is no decimal sign but stands between numbers.
function numbersIn(text) {
  const plain = text.replace(/[[\]]/gu, " ").trim().replace(/^\(([^()]*)\)$/su, "$1");
  const between = plain.includes(".") ? /[\s,;]+/u : /\s*;\s*|\s*,\s+|\s+,\s*|\s+/u;
  return plain.split(between).filter(Boolean);
}

function spread(event) {
  const group = event.target.closest("[data-spread]");
  const values = numbersIn(event.clipboardData?.getData("text") ?? "");
  if (!group || values.length < 2) return;
  const rest = [...group.querySelectorAll("input.box:not([readonly])")];
  event.preventDefault();
  rest.slice(rest.indexOf(event.target)).forEach((box, i) => {
    if (i < values.length) box.value = values[i];
  });
  event.target.dispatchEvent(new Event("input", { bubbles: true }));
}

for (const [i, box] of boxes.entries()) {
  // At once, not on leaving the box: what moves the page then makes the click miss that left it.
  box.addEventListener("input", () => hint(box));
  box.addEventListener("paste", spread);
  box.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing) return;
    event.preventDefault();
    (boxes[i + 1] ?? form.querySelector("button:not([disabled])")).focus();
  });
}
