// How the view looks.

import { DARK, TOKENS } from "./colours.js";
import { listStyle } from "./liststyle.js";

const MONO =
  "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono'," +
  " 'Liberation Mono', monospace";
const SANS =
  "system-ui, -apple-system, 'Segoe UI', 'Helvetica Neue', Arial," +
  " 'Liberation Sans', 'DejaVu Sans', sans-serif";
const colours = (names) =>
  Object.entries(names).map(([name, value]) => `--${name}:${value}`).join(";");
const LIGHT = Object.fromEntries(
  Object.entries(TOKENS).map(([value, name]) => [name, value]),
);

export const STYLE = `
.mclive { ${colours(LIGHT)}; color-scheme: light; position: relative;
  font: 13px/1.45 ${SANS}; color: var(--ink); background: var(--panel);
  border: 1px solid var(--edge); border-radius: 8px; overflow: hidden;
  box-sizing: border-box; container-type: inline-size; }
.mclive.dark { ${colours(DARK)}; color-scheme: dark; }
.mclive *, .mclive *::before { box-sizing: border-box; }
.mclive:focus { outline: none; }
.mclive:focus-visible, .mclive :focus-visible {
  outline: 2px solid var(--socket); outline-offset: -2px; }
.mclive .list:focus-visible { outline: none; }
.mclive .list:focus-visible .line.now { outline: 2px solid var(--socket);
  outline-offset: -2px; }
.mclive:focus-visible::after, .mclive:has(.list:focus-visible)::after { content: ""; position: absolute; inset: 0;
  z-index: 4; pointer-events: none; border: 2px solid var(--socket);
  border-radius: 7px; } /* above what is stuck, which hides an outline */
.mclive button :focus-visible, .mclive select:focus-visible,
.mclive button:focus-visible, .mclive input:focus-visible {
  outline-offset: 1px; }
.mclive .bar { display: flex; flex-wrap: wrap; align-items: center; gap: 5px;
  padding: 8px 10px; border-bottom: 1px solid var(--edge); }
.mclive button, .mclive select { font: inherit; color: var(--ink);
  background: transparent; border: 1px solid var(--lane); border-radius: 6px;
  height: 28px; min-width: 30px; padding: 0 8px; margin: 0; cursor: pointer;
  display: inline-flex; align-items: center; justify-content: center;
  gap: 6px; white-space: nowrap; }
.mclive option { color: #1B1F24; background: #FFFFFF; }
.mclive button svg { width: 14px; height: 14px; fill: currentColor; }
.mclive .play { background: var(--socket); border-color: var(--socket);
  color: var(--panel); font-weight: 700; min-width: 84px; }
.mclive .scrub { position: relative; flex: 1 1 180px; height: 28px;
  margin: 0 8px; }
.mclive .scrub input { position: absolute; inset: 4px 0 0; width: 100%;
  height: 24px; margin: 0; accent-color: var(--socket); cursor: pointer; }
.mclive .ticks { position: absolute; left: 8px; right: 8px; top: 0;
  height: 8px; }
.mclive .ticks svg { position: absolute; width: 8px; height: 8px;
  margin-left: -4px; stroke: var(--lost); stroke-width: 2; fill: none; }
.mclive .keys { display: flex; flex-wrap: wrap; gap: 2px 14px; }
.mclive .key { white-space: nowrap; }
.mclive .key[hidden] { display: none; }
.mclive .mono, .mclive code, .mclive pre, .mclive dd, .mclive kbd {
  font: 12px/1.5 ${MONO}; color: inherit; }
.mclive .tabs { display: inline-flex; gap: 0; margin-right: 8px; }
.mclive .tabs button { border-radius: 0; margin-left: -1px; }
.mclive .tabs button[aria-selected=true] { background: var(--ink);
  color: var(--panel); font-weight: 700; }
.mclive .chip { height: 24px; min-width: 24px; border-radius: 12px;
  font-size: 12px; max-width: 210px; overflow: hidden; }
.mclive .chip > span { overflow: hidden; text-overflow: ellipsis; min-width: 0; }
.mclive .search .chip { max-width: 100%; }
.mclive .chip[aria-pressed=true] { border-width: 2px; font-weight: 700; }
.mclive .chip[aria-pressed=true]::before { content: ""; width: 10px;
  height: 6px; border-left: 2px solid; border-bottom: 2px solid;
  transform: rotate(-45deg) translateY(-2px); flex: none; }
.mclive .chip.only { color: var(--lost); border-color: var(--lost); }
.mclive .says { padding: 7px 12px; min-height: 33px;
  border-bottom: 1px solid var(--edge); overflow-wrap: anywhere;
  background: var(--panel); position: relative; z-index: 3; }
.mclive .says.lost { background: var(--lost-ground); }
.mclive .says.lost b { color: var(--lost); }
/* For ears alone: what is said above, but not each time. */
.mclive .spoken { position: absolute; width: 1px; height: 1px;
  overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.mclive .drawing { max-height: 420px; overflow: auto; position: relative;
  background: var(--panel); overscroll-behavior: contain;
  /* Below the words above it: where a pixel of the page is none of the screen,
     a browser cuts off what is stuck one lower than what is scrolled. */
  margin-top: -2px; }
.mclive .drawing svg { display: block; font-family: ${MONO}; }
.mclive .drawing text { white-space: pre; }
.mclive .drawing .sans { font-family: ${SANS}; }
.mclive .heads { position: sticky; top: 0; z-index: 2;
  background: var(--panel); border-bottom: 1px solid var(--edge); }
.mclive .rows { position: relative; overflow: hidden; }
.mclive .rows > * { position: absolute; left: 0; }
.mclive .row { cursor: pointer; overflow: hidden; transition: opacity 150ms; }
.mclive .row.now { box-shadow: inset 4px 0 var(--ink); }
.mclive .row.dim { opacity: .44; }
/* Lanes go on behind words that stand below the arrows. */
.mclive .cover { fill: var(--panel); opacity: .9; }
.mclive .shaded .cover { fill: var(--band); }
.mclive .over { pointer-events: none; z-index: 1; overflow: visible; }
.mclive .over path, .mclive .over circle, .mclive .over rect { fill: none;
  stroke: var(--ink); stroke-width: 1.6; }
.mclive .over circle { stroke-width: 2.4; }
.mclive .bar input[type=search] { flex: 1 1 260px; height: 28px; font: inherit;
  color: var(--ink); background: var(--panel); border: 1px solid var(--lane);
  border-radius: 6px; padding: 0 8px; min-width: 0; }
.mclive .found { color: var(--muted); font-size: 12px; min-width: 60px; }
.mclive .chips { display: contents; }
.mclive .chips .lane { color: var(--muted); font-size: 12px; }
.mclive .chip[hidden] { display: none; }
${listStyle(MONO, SANS)}
.mclive .rules { padding: 6px 12px 8px; border-bottom: 1px solid var(--edge); }
.mclive :is(.rules, .before, .without)[hidden] { display: none; }
.mclive :is(.before, .without) { padding: 6px 12px; border-bottom: 1px solid var(--edge);
  max-height: 220px; overflow: auto; }
.mclive :is(.before, .without) p { margin: 0 0 6px; color: var(--muted); }
.mclive .before b { color: var(--lost); }
.mclive .without ol { display: block; list-style: none; margin: 0; padding: 0; }
.mclive .without summary { padding: 0; font: inherit; }
.mclive .without li { display: block; font: 12px/1.7 ${MONO}; overflow-wrap: anywhere; }
.mclive .rules label { color: var(--muted); }
.mclive textarea { width: 100%; font: 12px/1.5 ${MONO}; color: var(--ink);
  display: block; margin-top: 4px;
  background: var(--panel); border: 1px solid var(--lane); border-radius: 6px;
  padding: 4px 8px; resize: vertical; }
.mclive a { color: var(--socket); }
.mclive .line.lost a { color: inherit; }
.mclive .star { color: var(--member); fill: var(--member); }
.mclive .ticks .star { stroke: none; }
.mclive .done { color: var(--ink); font-weight: 700; }
.mclive .empty { padding: 24px 12px; color: var(--muted); margin: 0;
  position: sticky; left: 0; max-width: 100cqw; overflow-wrap: anywhere; }
.mclive .both { display: flex; flex-direction: column; min-height: 0; }
.mclive .event { display: grid; grid-template-columns: 1.12fr 1fr;
  border-top: 1px solid var(--edge); max-height: 320px; overflow: auto; }
.mclive .event[hidden] { display: none; }
.mclive .event > div { padding: 10px 14px; min-width: 0; }
.mclive .event > div + div { border-left: 1px solid var(--edge); }
.mclive h3 { margin: 0 0 6px; font: 700 13px/1.45 ${SANS}; color: inherit; }
.mclive .badge { color: var(--lost); border: 1px dashed var(--lost);
  border-radius: 10px; padding: 0 8px; font-size: 12px; margin-left: 6px; }
.mclive .badge.note { color: var(--member); border-color: var(--member); }
.mclive dl { display: grid; grid-template-columns: 64px 1fr; margin: 8px 0 0;
  gap: 1px 8px; }
.mclive dt { color: var(--muted); font-weight: 400; }
.mclive dd { margin: 0; overflow-wrap: anywhere; }
.mclive pre { background: var(--band); border: 1px solid var(--edge);
  border-radius: 4px; margin: 8px 0 0; padding: 6px 10px; max-height: 130px;
  overflow: auto; white-space: pre-wrap; overflow-wrap: anywhere; }
.mclive ol { margin: 0; padding: 0; list-style: none; }
.mclive li { display: grid; grid-template-columns: minmax(40px, auto) 1fr; gap: 8px;
  padding: 0 0 6px; margin: 0; }
.mclive li button { height: 24px; min-width: 24px; padding: 0 4px;
  font: 700 12px ${MONO}; }
.mclive li:last-child button { border-width: 2px; }
.mclive li > span { min-width: 0; overflow-wrap: anywhere; }
.mclive li small { display: block; color: var(--muted); font-size: 12px;
  overflow-wrap: anywhere; }
.mclive .others { display: flex; flex-wrap: wrap; gap: 4px;
  margin-top: 8px; align-items: center; }
.mclive .others .chip { max-width: 100%; }
.mclive .others button { height: 24px; min-width: 24px; padding: 0 6px; }
.mclive .foot { padding: 6px 12px; border-top: 1px solid var(--edge);
  color: var(--muted); font-size: 12px; display: flex; flex-wrap: wrap;
  gap: 4px 16px; justify-content: space-between; }
.mclive kbd { border: 1px solid var(--lane); border-radius: 3px;
  padding: 0 4px; background: none; box-shadow: none; }
@container (min-width: 1000px) {
  .mclive dl { grid-template-columns: 64px 1fr 64px 1fr; } }
/* In a wide window the details stand beside what is drawn, which has the room
   that is left; but a board only as much as its words are large enough with. */
@container (min-width: 1440px) {
  .mclive .both { flex-direction: row; }
  .mclive .both > .drawing { flex: 1 1 0; min-width: 0; }
  .mclive .both > .event { flex: 0 0 30%; max-height: 420px; border-top: 0;
    border-left: 1px solid var(--edge); align-content: start; gap: 1px;
    grid-template-columns: repeat(auto-fit, minmax(360px, 1fr)); }
  .mclive .event > div + div { border-left: 0; }
  .mclive .both.board > .drawing { flex: 0 0 min(100cqw - 400px, 1440px); }
  .mclive .both.board > .event { flex: 1 1 0; }
  .mclive dl { grid-template-columns: 64px 1fr; } }
@container (max-width: 680px) {
  .mclive .event { grid-template-columns: 1fr; max-height: none; }
  .mclive .event > div + div { border-left: 0;
    border-top: 1px solid var(--edge); } }
/* Where they would stand in many lines, the chips have one that is moved sideways. */
@container (max-width: 576px) {
  .mclive .says { min-height: 52px; } /* two lines: what is below moves less often */
  .mclive .chips { display: flex; align-items: center; gap: 5px;
    max-width: 100%; padding: 3px 2px; overflow-x: auto; }
  .mclive .chips > * { flex: none; } }
/* Where colours are the system's, no ground tells what is chosen: a frame does. */
@media (forced-colors: active) {
  .mclive .tabs button[aria-selected=true] { outline: 3px solid; outline-offset: -3px; }
  .mclive .line.now, .mclive .row.now { outline: 2px solid; outline-offset: -2px; } }
@media (prefers-reduced-motion: reduce) {
  .mclive .row { transition: none; } }
`;
