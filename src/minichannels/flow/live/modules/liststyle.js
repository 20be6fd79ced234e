// How the list looks, and which of its columns give way where it is narrow.

/** Return the style of a list. */
export const listStyle = (mono, sans) => `
.mclive .list { font: 12px/24px ${mono}; --high: 24px; }
.mclive .lines { position: relative; overflow: hidden; }
.mclive .line { display: grid; height: var(--high); padding: 0 10px; gap: 8px;
  grid-template-columns: max(56px, var(--no)) minmax(44px, var(--time))
    minmax(112px, var(--who)) minmax(104px, var(--type)) minmax(22cqw, 1fr)
    58px 46px; }
.mclive .lines .line { position: absolute; left: 0; right: 0; cursor: pointer; }
.mclive .line.head { position: sticky; top: 0; z-index: 2; color: var(--muted);
  background: var(--panel); border-bottom: 1px solid var(--edge);
  font-family: ${sans}; }
.mclive .line > span { overflow: hidden; text-overflow: ellipsis;
  white-space: pre; min-width: 0; }
.mclive .lined .line { grid-template-columns: max(56px, var(--no))
    minmax(44px, var(--time)) minmax(112px, var(--who)) minmax(104px, var(--type)) minmax(22cqw, 1fr)
    58px 46px 114px; }
.mclive .line > :nth-child(-n+2), .mclive .line > .size, .mclive .line > .ms {
  text-align: right; color: var(--muted); }
.mclive .lines .line.shaded { background: var(--band); }
.mclive .lines .line.now { background: var(--scope);
  box-shadow: inset 4px 0 var(--ink); }
.mclive .lines .line.gap { display: block; color: var(--muted); cursor: default;
  font-family: ${sans}; font-style: italic; line-height: var(--high);
  padding-left: calc(max(56px, var(--no)) + 18px); text-overflow: ellipsis;
  overflow: hidden; white-space: nowrap; }
.mclive .line.lost { color: var(--lost); }
.mclive .lines .line > span:nth-child(3) { display: flex; white-space: pre; }
.mclive .line .client { flex: none; overflow: hidden;
  max-width: max(60%, 100% - var(--beside, 0ch));
  text-overflow: ellipsis; }
.mclive .line .other { display: flex; min-width: 0; }
.mclive .line .other span { overflow: hidden; text-overflow: ellipsis; }
.mclive .line .other b { flex: none; font-weight: inherit; }
.mclive .line .body { color: var(--muted); }
.mclive .line.inner > span:nth-child(3) { padding-left: 12px; }
.mclive .line .badge { margin: 0; line-height: 18px; display: inline-flex;
  align-items: center; gap: 3px; vertical-align: middle; }
.mclive .line .badge svg { width: 9px; height: 9px; fill: currentColor; }
.mclive .twist { float: left; border: 0; height: 24px; min-width: 24px;
  padding: 0; }
.mclive .line[aria-expanded=true] .twist svg { transform: rotate(90deg); }
/* Where the view is narrow, columns give way: first the size and the line of
   code, then the types' room, and at last what the details tell, too. Nothing
   scrolls sideways. */
@container (max-width: 860px) {
  .mclive .line > .size, .mclive .line > .code { display: none; }
  .mclive .line, .mclive .lined .line { gap: 7px;
    grid-template-columns: max(48px, var(--no)) minmax(44px, var(--time))
      minmax(112px, var(--who)) minmax(104px, var(--type)) minmax(22cqw, 1fr)
      44px; } }
/* And a narrow one has two lines a row: names and payloads need the width of a window. */
@container (max-width: 680px) {
  .mclive .list { --high: 46px; }
  .mclive .line, .mclive .lined .line { gap: 0 7px; align-content: center;
    padding: 0 6px; line-height: 21px;
    grid: "no who who time" 21px "no type payload ms" 21px / max(40px, var(--no))
      minmax(64px, min(var(--type), 40%)) minmax(0, 1fr) max(44px, var(--time)); }
  .mclive .lines .line.gap { line-height: 21px; padding-top: 2px;
    padding-left: calc(max(40px, var(--no)) + 13px); }
  .mclive .lines .line.gap > span { white-space: normal; }
  .mclive .line > .time { grid-area: time; }
  .mclive .line > .ms { grid-area: ms; }
  .mclive .line > :nth-child(1) { grid-area: no; }
  .mclive .line > :nth-child(3) { grid-area: who; }
  .mclive .line > .type { grid-area: type; }
  .mclive .line > .payload { grid-area: payload; } }
@container (max-width: 576px) {
  .mclive .line > .time, .mclive .line > .ms { display: none; }
  .mclive .line, .mclive .lined .line {
    grid: "no who who" 21px "no type payload" 21px / max(40px, var(--no))
      minmax(64px, min(var(--type), 40%)) minmax(0, 1fr); } }
`;
