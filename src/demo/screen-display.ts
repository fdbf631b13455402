// How the demo is seen while it runs: redrawn in place on a terminal, as plain lines elsewhere, not at all with `--json`. What
// a frame looks like is screen.ts, how it gets to the terminal screen-terminal.ts.

import type { Engine, StagesView } from "../model/status.ts";
import { type Panel, renderScreen, type ScreenModel } from "./screen.ts";
import { type Out, Terminal } from "./screen-terminal.ts";
import type { Story } from "./story.ts";
import type { Watch } from "./story-watch.ts";
import { grouped, longDate, shortTime, whatHappened, why } from "./story-words.ts";

export interface Display {
  /** Ends it; what was drawn last stays, with who stands where in the end, if that is known. May be called more than once. */
  close(last?: StagesView): void;
}

export interface DisplayOptions {
  readonly engine: Pick<Engine, "stages">;
  readonly out: Out;
  readonly json: boolean;
  readonly contacts: number;
  readonly days: number;
  readonly packs: readonly string[];
  readonly followed: string;
}

const FRAME_MS = 125;
/** Counting who stands where walks over all contacts, so it is asked less often than frames are drawn. */
const PLACES_MS = 500;
const PLAIN_MS = 2000;

export function displayFor(options: DisplayOptions, story: Story, watch: Watch): Display {
  if (options.json) return every(PLAIN_MS, () => watch.look());
  return options.out.isTTY === true ? screenDisplay(options, story, watch) : plainDisplay(options, story, watch);
}

/** Frames drawn over one another; the last one, with the figures of the end, stays. */
function screenDisplay(options: DisplayOptions, story: Story, watch: Watch): Display {
  const terminal = new Terminal(options.out);
  const places = new Places(options);
  const draw = (): void => {
    const { columns = 80, rows = 24, hasColors } = options.out;
    terminal.draw(renderScreen(modelOf(options, story, watch, places.panels), { columns, rows, colours: hasColors?.call(options.out) ?? false }));
  };
  places.ask();
  const asking = every(PLACES_MS, () => places.ask());
  const frames = every(FRAME_MS, draw);
  return {
    close: (last) => {
      if (!frames.open) return;
      asking.close();
      frames.close();
      if (last !== undefined) places.answered(last);
      draw();
      terminal.close();
    },
  };
}

/** One line every two seconds, and each step of the followed contact as it comes. */
function plainDisplay(options: DisplayOptions, story: Story, watch: Watch): Display {
  let told = 0;
  return every(PLAIN_MS, () => {
    const { status, perSecond } = watch.look();
    const numbers = `${grouped(status.events)} events, ${grouped(perSecond)}/s, lag ${grouped(status.lagMessages)}, ${grouped(status.contacts)} contacts, ${grouped(status.transitions)} moves, ${grouped(status.triggers)} triggers`;
    options.out.write(`${longDate(watch.latestMs)}  ${numbers}\n`);
    for (const effect of story.hero.slice(told))
      if (effect.family === "transition")
        options.out.write(`  ${effect.contact.id}  ${shortTime(effect.timeMs)}  ${whatHappened(effect)}  because ${why(effect)}\n`);
    told = story.hero.length;
  });
}

function modelOf(options: DisplayOptions, story: Story, watch: Watch, panels: readonly Panel[]): ScreenModel {
  const { status, perSecond } = watch.look();
  const { events, contacts, transitions, triggers, lagMessages, lagSeconds } = status;
  return {
    people: options.contacts,
    days: options.days,
    startMs: watch.startMs,
    simulatedMs: watch.latestMs,
    eventsPerSecond: perSecond,
    ...{ events, contacts, transitions, triggers, lagMessages, lagSeconds },
    movedByTime: story.contactsMovedByTime,
    comebacks: story.comebacks,
    panels,
    recent: story.recent,
    heroName: options.followed,
    hero: story.hero,
  };
}

/** Who stands where, asked of the engine again and again but never twice at once. The order of places is the engine's. */
class Places {
  panels: readonly Panel[] = [];
  readonly #options: DisplayOptions;
  #asking = false;

  constructor(options: DisplayOptions) {
    this.#options = options;
  }

  ask(): void {
    if (this.#asking) return;
    this.#asking = true;
    // An engine that cannot answer has ended, and says why through `ended`; the panels stay as they were.
    this.#options.engine.stages().then(
      (stages) => this.answered(stages),
      () => undefined,
    );
  }

  answered(stages: StagesView): void {
    this.panels = this.#options.packs.map((pack) => panelOf(pack, stages));
    this.#asking = false;
  }
}

function panelOf(pack: string, stages: StagesView): Panel {
  const axes = stages.packs[pack];
  const counts = Object.entries(axes?.stages ?? {}).length > 0 ? axes?.stages : axes?.segments;
  return { title: pack, places: Object.entries(counts ?? {}).map(([name, count]) => ({ name, count })) };
}

function every(periodMs: number, act: () => void): { readonly open: boolean; close(): void } {
  const timer = setInterval(act, periodMs);
  let open = true;
  return {
    get open() {
      return open;
    },
    close: () => {
      clearInterval(timer);
      open = false;
    },
  };
}
