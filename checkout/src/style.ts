// The element's style sheet. Used as a constructed style sheet, which every Content-Security-Policy allows.

export const css = `
:host { display: block; max-width: 24rem; font: 1rem/1.5 var(--ecash-font, system-ui, sans-serif);
  color: var(--ecash-text, light-dark(#14211b, #eef4f0)); }
:host([hidden]), [hidden] { display: none !important; }
.card { display: grid; gap: var(--ecash-gap, .75rem); padding: 1.25rem; border-radius: var(--ecash-radius, .75rem);
  border: 1px solid light-dark(#d5ddd8, #35423b); background: var(--ecash-surface, light-dark(#fff, #17201b)); }
.card:focus { outline: none; }
p { margin: 0; overflow-wrap: anywhere; }
.head { display: flex; justify-content: space-between; align-items: baseline; gap: 1rem; }
.muted { color: var(--ecash-muted, light-dark(#566159, #a5b3ab)); font-size: .875rem; }
.amount { font-size: 1.75rem; font-weight: 700; line-height: 1.2; font-variant-numeric: tabular-nums; }
.tag { font-size: .75rem; padding: .1rem .5rem; border: 1px solid; border-radius: 1rem; white-space: nowrap; }
a.button, button { display: flex; align-items: center; justify-content: center; min-height: 44px; padding: 0 1rem; box-sizing: border-box;
  border-radius: var(--ecash-radius, .75rem); font: inherit; font-weight: 600; text-decoration: none; cursor: pointer; }
a.button { background: var(--ecash-accent, light-dark(#0b6b3f, #4fd08f)); color: var(--ecash-on-accent, light-dark(#fff, #06210f)); }
button, a.plain { background: none; color: inherit; border: 1px solid light-dark(#d5ddd8, #35423b); }
a:focus-visible, button:focus-visible { outline: 3px solid light-dark(#1a5fd0, #8ab8ff); outline-offset: 2px; }
.qr { display: grid; justify-items: center; gap: .5rem; }
svg { width: 11rem; max-width: 100%; background: #fff; border-radius: .25rem; }
.done { display: flex; align-items: center; gap: .5rem; font-weight: 700; }
.done::before { content: ""; width: .5rem; height: .9rem; margin: 0 .4rem .2rem; border: solid light-dark(#0b6b3f, #4fd08f);
  border-width: 0 .25rem .25rem 0; transform: rotate(45deg); }
@media (forced-colors: active) { .card, a.button, button { border: 1px solid; } .done::before { border-color: CanvasText; } }
`;
