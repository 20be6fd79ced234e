// The live view of a flow: any step of it, and why something happened.
//
// Python has drawn everything once; each piece says from which step to which
// it is seen. This module only shows and hides pieces, so it needs no server
// and no kernel. Of its model it uses get, set, on, off and send: a widget's
// model, or any object that has these.

import { merge } from "./state.js";
import { View } from "./view.js";

/** Return whether the page is dark: JupyterLab says so, or the system. */
export function isDark(body, system) {
  const light = body.dataset.jpThemeLight;
  return light === undefined ? system : light === "false";
}

const PATIENCE = 15_000; // milliseconds until nobody answers any more

function render({ model, el }) {
  const view = new View(model);
  const system = matchMedia("(prefers-color-scheme: dark)");
  const paint = () =>
    view.root.classList.toggle("dark", isDark(document.body, system.matches));
  const themes = new MutationObserver(paint);
  themes.observe(document.body, { attributeFilter: ["data-jp-theme-light"] });
  system.addEventListener("change", paint);

  let frame = 0;
  const take = () => {
    frame = 0;
    view.take(model.get("state"));
  };
  const me = String(Math.random()); // of several views of one model
  const says = (type) =>
    model.send({ type, view: me, version: model.get("state").version });
  // What a notebook has kept is all that there is, if nobody answers.
  const alone = setTimeout(() => {
    const state = model.get("state");
    if (state.is_whole === false) model.set("state", { ...state, is_whole: true });
    changed();
  }, PATIENCE);
  const hides = () => {
    if (document.hidden) says("hidden");
  };
  const hello = () => {
    says("hello");
    hides(); // whoever asks is taken for one who looks
  };
  const seen = () => says(document.hidden ? "hidden" : "shown");
  const bye = () => says("bye");
  const back = ({ persisted }) => persisted && hello();
  const told = (update) => {
    clearTimeout(alone);
    if (update.said) return view.tell(update.said);
    if (update.others) return view.others.take(update.others);
    const state = merge(model.get("state"), update);
    if (state === null) return hello();
    if (update.isNew) {
      view.forget();
      hides(); // a server that was begun again knows nobody yet
    }
    // Kept in the model, so that a saved notebook has it.
    model.set("state", state);
    if (update.asks) hello(); // whether anybody is there
    frame ||= requestAnimationFrame(take);
  };
  const changed = () => {
    frame ||= requestAnimationFrame(take);
  };
  model.on("msg:custom", told);
  model.on("change:state", changed);
  const sizes = new ResizeObserver(() => view.resized());
  el.append(view.root);
  paint();
  take(); // there by now: how much room it has decides what is drawn
  sizes.observe(view.drawing);
  // Whoever closes a page, or loads it anew, ends no view; a page that is kept may come back.
  addEventListener("pagehide", bye);
  addEventListener("pageshow", back);
  document.addEventListener("visibilitychange", seen);
  hello();

  return () => {
    view.player.pause();
    view.says.rest();
    clearTimeout(alone);
    cancelAnimationFrame(frame);
    themes.disconnect();
    sizes.disconnect();
    system.removeEventListener("change", paint);
    model.off("msg:custom", told);
    model.off("change:state", changed);
    removeEventListener("pagehide", bye);
    removeEventListener("pageshow", back);
    document.removeEventListener("visibilitychange", seen);
    bye();
  };
}

export default { render };
