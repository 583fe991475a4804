// A form that only passes on what was decided is sent at once; its button is for browsers without scripts.
document.querySelector("form[data-send]").submit();
