// At the log-in page nobody is logged in: what the one before typed and did not send is not for the next.
for (const key of Object.keys(sessionStorage)) {
  if (key.startsWith("draft:")) sessionStorage.removeItem(key);
}
