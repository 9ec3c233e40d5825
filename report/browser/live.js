// Puts the parts of the live page in place as they arrive. They are made, and escaped, by the server; here nothing is
// put together from values. Elements are changed in place, so that focus, scrolling and selections stay.
(() => {
  const { token } = JSON.parse(byId("settings").textContent);
  // On a phone the explanation would push everything else off the screen.
  if (matchMedia("(max-width: 60rem)").matches) byId("intro").open = false;

  const stream = new EventSource("events");
  stream.addEventListener("parts", (event) => {
    for (const [id, markup] of Object.entries(JSON.parse(event.data))) {
      const next = document.createElement("template");
      next.innerHTML = markup;
      bringChildren(byId(id), next.content);
    }
    document.body.classList.remove("lost");
  });
  stream.addEventListener("error", () => {
    document.body.classList.add("lost");
    say("The demo has ended, or cannot be reached.");
  });
  stream.addEventListener("open", () => say(""));

  document.addEventListener("click", async (event) => {
    const button = event.target.closest?.("button[data-path]");
    if (!button) return;
    const { path, key, value } = button.dataset;
    try {
      const response = await fetch(path, {
        method: "POST",
        headers: { "content-type": "application/json", "x-portcullis-token": token },
        body: JSON.stringify({ [key]: value }),
      });
      say(await response.text());
    } catch {
      say("The demo does not answer.");
    }
  });

  function bringChildren(place, wanted) {
    const before = [...place.childNodes];
    const after = [...wanted.childNodes];
    after.forEach((node, index) => {
      if (before[index]) bring(before[index], node);
      else place.append(node);
    });
    for (const node of before.slice(after.length)) node.remove();
  }

  function bring(node, wanted) {
    if (node.nodeName !== wanted.nodeName || node.id !== wanted.id) node.replaceWith(wanted);
    else if (node.nodeType === Node.ELEMENT_NODE) {
      bringAttributes(node, wanted);
      bringChildren(node, wanted);
    } else if (node.nodeValue !== wanted.nodeValue) node.nodeValue = wanted.nodeValue;
  }

  function bringAttributes(node, wanted) {
    for (const { name } of [...node.attributes]) if (!wanted.hasAttribute(name)) node.removeAttribute(name);
    for (const { name, value } of wanted.attributes)
      if (node.getAttribute(name) !== value) node.setAttribute(name, value);
  }

  function say(text) {
    if (byId("answer").textContent !== text) byId("answer").textContent = text;
  }

  function byId(id) {
    return document.getElementById(id);
  }
})();
