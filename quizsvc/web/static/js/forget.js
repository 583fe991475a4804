// At the log-in page nobody is logged in: what the one before typed and did not send is not for the next. In a frame of
// another site the browser may have kept nothing, and let nobody look.
const kept = (() => { try { return sessionStorage; } catch { return {}; } })();
for (const key of Object.keys(kept)) {
  if (key.startsWith("draft:")) kept.removeItem(key);
}
