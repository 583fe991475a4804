// The platform closes this frame or window once it hears that the registration is done. There is no secret in the word.
(window.opener ?? window.parent).postMessage({ subject: "org.imsglobal.lti.close" }, "*");
