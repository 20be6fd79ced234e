// A page of a server, in an <iframe>.
//
// The address comes from the model, never from the stored notebook: a server
// has another port each time it starts.

function render({ model, el }) {
  const frame = document.createElement("iframe");
  frame.style.width = "100%";
  frame.style.boxSizing = "border-box";
  frame.style.border = "1px solid #76818c";
  frame.style.borderRadius = "4px";
  // A page is drawn for paper unless it says otherwise, in a dark theme too. One
  // that says "color-scheme: light dark" is told which one the notebook has.
  frame.style.background = "#ffffff";
  const paint = () => {
    const isDark = document.body.dataset.jpThemeLight === "false";
    frame.style.colorScheme = isDark ? "dark" : "light";
  };
  const themes = new MutationObserver(paint);
  themes.observe(document.body, { attributeFilter: ["data-jp-theme-light"] });

  const notice = document.createElement("p");
  notice.setAttribute("role", "status");

  const size = () => {
    frame.style.height = `${model.get("height")}px`;
  };
  const load = () => {
    // Screen readers announce a frame by its title.
    frame.title = model.get("title");
    frame.src = model.get("src");
  };
  const show = () => {
    // Without its server a frame would show the browser's own error page.
    notice.textContent = model.get("ended");
    el.replaceChildren(model.get("ended") ? notice : frame);
  };

  paint();
  size();
  load();
  show();
  model.on("change:height", size);
  model.on("change:src", load);
  model.on("change:ended", show);

  return () => {
    themes.disconnect();
    model.off("change:height", size);
    model.off("change:src", load);
    model.off("change:ended", show);
  };
}

export default { render };
