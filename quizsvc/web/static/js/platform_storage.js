// A browser that keeps no cookies for pages inside other pages: the platform keeps the secret of a log-in for us. It is
// asked by messages, as 1EdTech's "LTI Client Side postMessages" and "LTI Postmessage Storage" say.
const page = document.querySelector("[data-platform-storage]");
const { platformStorage: origin, target, key, value, goOn } = page.dataset;
const part = (name) => page.querySelector(`[data-${name}]`);
const PATIENCE = 1_000;

function ask(subject, content) {
  const message_id = crypto.getRandomValues(new Uint32Array(4)).join("-");
  return new Promise((resolve, reject) => {
    setTimeout(() => reject(new Error("no answer")), PATIENCE);
    addEventListener("message", ({ origin: sender, data }) => {
      if (sender !== origin || data?.subject !== `${subject}.response` || data.message_id !== message_id) return;
      if (data.error || typeof data.value !== "string") reject(new Error("refused"));
      else resolve(data.value);
    });
    (target === "_parent" ? parent : parent.frames[target]).postMessage({ subject, message_id, key, ...content }, origin);
  });
}

part("silent").hidden = true;
part("waiting").hidden = false;
try {
  if (goOn) {
    await ask("lti.put_data", { value });
    location.replace(goOn);
  } else {
    part("found").elements.browser_secret.value = await ask("lti.get_data");
    part("waiting").hidden = true;
    part("found").hidden = false;
  }
} catch {
  part("waiting").hidden = true;
  part("silent").hidden = false;
}
