// The demo's screen, as a pure function from what is known to lines of text: title and progress, rate and lag, who stands
// where, the last triggers, and the followed contact's path. It fits 80 x 24 and grows with the terminal. Who
// writes the lines to a terminal is screen-terminal.ts.

import { type Colour, columnsOf, fitted, type Line, paint, span } from "./screen-text.ts";
import type { SeenEffect } from "./story-effect.ts";
import { fate, grouped, longDate, shortTime, whatHappened, why } from "./story-words.ts";

export interface ScreenModel {
  readonly people: number;
  readonly startMs: number;
  readonly days: number;
  /** How far the demo's calendar has come, ms. */
  readonly simulatedMs: number;
  readonly eventsPerSecond: number;
  readonly lagMessages: number;
  readonly lagSeconds: number;
  readonly events: number;
  readonly contacts: number;
  readonly transitions: number;
  readonly triggers: number;
  readonly movedByTime: number;
  readonly comebacks: number;
  readonly panels: readonly Panel[];
  /** Newest last. */
  readonly recent: readonly SeenEffect[];
  readonly heroName: string;
  /** Newest last. */
  readonly hero: readonly SeenEffect[];
}

/** Who stands where in one pack, in the pack's order. */
export interface Panel {
  readonly title: string;
  readonly places: readonly { readonly name: string; readonly count: number }[];
}

export interface ScreenSize {
  readonly columns: number;
  readonly rows: number;
  readonly colours: boolean;
}

const BAR_COLOURS: readonly Colour[] = ["blue", "cyan", "green", "yellow", "magenta", "red"];
const CHANNEL_COLOURS: Readonly<Record<string, Colour>> = { email: "cyan", crm: "yellow", web: "green", ads: "magenta", push: "blue", phone: "red" };
/** From this height on there is room for empty lines. */
const ROOMY_ROWS = 30;
const EIGHTHS = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"] as const;

/** At most `rows - 1` lines, so that the cursor has one below them; none wider than `columns`. */
export function renderScreen(model: ScreenModel, size: ScreenSize): string[] {
  const gap: Line[] = size.rows >= ROOMY_ROWS ? [[]] : [];
  const top = [...titleLines(model, size.columns), ...gap, ...panelLines(model.panels, size.columns), ...gap];
  const rest = Math.max(0, size.rows - 1 - top.length);
  const heroRows = Math.max(4, Math.floor(rest / 3));
  const lines = [...top, ...triggerLines(model, rest - heroRows), ...heroLines(model, heroRows)];
  return lines.slice(0, Math.max(1, size.rows - 1)).map((line) => paint(line, size.columns, size.colours));
}

function titleLines(model: ScreenModel, columns: number): Line[] {
  const share = Math.min(1, Math.max(0, (model.simulatedMs - model.startMs) / (model.days * 86_400_000)));
  const day = Math.min(model.days, Math.floor(share * model.days) + 1);
  const name = "Tidemark  ";
  const date = `${grouped(model.people)} people  ${longDate(model.simulatedMs)}  day ${day} of ${model.days}  `;
  const bar = Math.max(5, Math.min(60, columns - columnsOf(name + date) - 6));
  const full = barOf(share, bar);
  return [
    [span(name, "bold"), span(date), span(full, "green"), span("·".repeat(bar - columnsOf(full)), "dim"), span(` ${Math.round(share * 100)} %`)],
    [
      span(`${grouped(model.events)} events `),
      span(`${grouped(model.eventsPerSecond)}/s`, "bold"),
      span(`  lag ${grouped(model.lagMessages)} (${model.lagSeconds.toFixed(1)} s)  ${grouped(model.contacts)} contacts`),
    ],
    [
      span(`${grouped(model.transitions)} moves`),
      span(`, ${grouped(model.movedByTime)} people by time alone`, "dim"),
      span(`  ${grouped(model.triggers)} triggers`),
      span(`, ${grouped(model.comebacks)} won back`, "dim"),
    ],
  ];
}

/** The panels side by side. */
function panelLines(panels: readonly Panel[], columns: number): Line[] {
  if (panels.length === 0) return [];
  const gap = 2;
  const width = Math.max(0, Math.floor((columns - gap * (panels.length - 1)) / panels.length));
  const drawn = panels.map((panel) => panelColumn(panel, width));
  const height = Math.max(...drawn.map((lines) => lines.length));
  return Array.from({ length: height }, (_, row) =>
    drawn.flatMap((lines, i) => [...(i > 0 ? [span(" ".repeat(gap))] : []), ...(lines[row] ?? [span(" ".repeat(width))])]),
  );
}

function panelColumn(panel: Panel, width: number): Line[] {
  const nameWidth = Math.min(Math.max(4, ...panel.places.map(({ name }) => columnsOf(name))), Math.floor(width / 2));
  const countWidth = 7;
  const barWidth = Math.max(0, width - nameWidth - countWidth - 2);
  const most = Math.max(1, ...panel.places.map(({ count }) => count));
  const bars = panel.places.map(
    ({ name, count }, i): Line => [
      span(fitted(name, nameWidth)),
      span(fitted(grouped(count), countWidth, "right")),
      span("  "),
      span(fitted(barOf(count / most, barWidth), barWidth), BAR_COLOURS[i % BAR_COLOURS.length] ?? "plain"),
    ],
  );
  return [[span(fitted(panel.title, width), "bold")], ...bars];
}

function triggerLines(model: ScreenModel, rows: number): Line[] {
  if (rows < 2) return [];
  const shown = model.recent
    .slice(1 - rows)
    .map(
      (effect): Line => [
        span(`${shortTime(effect.timeMs)} `, "dim"),
        span(`${fitted(effect.contact.id, 10)} `),
        span(`${fitted(effect.channel, 5)} `, CHANNEL_COLOURS[effect.channel] ?? "plain"),
        span(`${effect.name}: ${effect.message}${fate(effect)} `),
        span(why(effect), "dim"),
      ],
    );
  return [[span("Triggers", "bold"), span("  as any sender receives them", "dim")], ...shown, ...blank(rows - 1 - shown.length)];
}

function heroLines(model: ScreenModel, rows: number): Line[] {
  const steps = model.hero.filter((effect) => effect.axis === "stage" || effect.axis === "segment").slice(1 - rows);
  const shown = steps.map(
    (effect): Line => [
      span(`${shortTime(effect.timeMs)} `, "dim"),
      span(`${whatHappened(effect)} `, effect.cause === "time" ? "yellow" : "green"),
      span(why(effect), "dim"),
    ],
  );
  return [[span(model.heroName, "bold"), span("  one contact, followed", "dim")], ...shown];
}

const blank = (rows: number): Line[] => Array.from({ length: Math.max(0, rows) }, () => []);

/** A bar in eighths of a column; something is seen of every share above 0. */
function barOf(share: number, width: number): string {
  const eighths = Math.min(width * 8, share > 0 ? Math.max(1, Math.round(share * width * 8)) : 0);
  return "█".repeat(Math.floor(eighths / 8)) + (EIGHTHS[eighths % 8] ?? "");
}
