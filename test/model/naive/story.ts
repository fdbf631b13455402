// Scripts for the naive model's own tests: what a contact does on which day, and what comes of it, as short lines such as
// `3.5 stage new>lead` or `4 !welcome`. Days count from 2026-01-01T00:00:00Z and may have fractions.

import { logSubjects } from "../../../src/model/log.ts";
import { type SettingsInput, settingsSchema } from "../../../src/model/settings.ts";
import { packFrom } from "../../support/pack.ts";
import { type NaiveContactView, type NaiveEffect, NaiveModel, type NaivePackView } from "./model.ts";

const START = Date.UTC(2026, 0, 1);
const DAY = 86_400_000;

export const dayMs = (day: number): number => START + Math.round(day * DAY);

export interface Doing {
  readonly properties?: Record<string, unknown>;
  readonly traits?: Record<string, unknown>;
  readonly messageId?: string;
  readonly type?: string;
  /** Event time where it is not the day of the line (a late event). */
  readonly at?: number;
}

export class Story {
  readonly model: NaiveModel;
  #position = 1;

  constructor(packs: string | string[], settings: Partial<SettingsInput> = {}) {
    const created = new Date(START).toISOString();
    this.model = new NaiveModel([packs].flat().map(packFrom), settingsSchema.parse({ created, clock: "event", ...settings }));
  }

  /** A track event of contact c on a day; the lines are what came of it, overdue moments first. */
  do(day: number, event: string, doing: Doing = {}, userId = "c"): string[] {
    const { at, ...rest } = doing;
    return this.send(day, { type: "track", event, userId, timestamp: new Date(dayMs(at ?? day)).toISOString(), ...rest });
  }

  /** A message as it is, stored on a day. */
  send(day: number, body: unknown): string[] {
    return this.effects(day, body).map(line);
  }

  effects(day: number, body: unknown): NaiveEffect[] {
    const data = typeof body === "string" ? body : JSON.stringify(body);
    return this.model.apply({ position: ++this.#position, storedMs: dayMs(day), subject: `${logSubjects("0").event}.x`, data });
  }

  until(day: number): string[] {
    return this.model.advance(dayMs(day)).map(line);
  }

  contact(day: number, id = "c"): NaiveContactView {
    const found = this.model.contacts(dayMs(day)).find((one) => one.contact.id === id);
    if (found === undefined) throw new Error(`no contact ${id}`);
    return found;
  }

  /** The only pack's view of a contact. */
  view(day: number, id = "c"): NaivePackView {
    return Object.values(this.contact(day, id).packs)[0] as NaivePackView;
  }
}

function line(effect: NaiveEffect): string {
  const day = String(Number(((effect.at - START) / DAY).toFixed(6)));
  if (effect.kind === "trigger") return `${day} !${effect.name}`;
  if (effect.kind === "outcome") return `${day} ${effect.name}:${effect.detail["outcome"]}`;
  if (effect.kind === "withheld") return `${day} (${effect.name})`;
  if (effect.name === "audience") return `${day} ${effect.in ? "+" : "-"}${effect.to}`;
  return `${day} ${effect.name} ${effect.from ?? ""}>${effect.to}`;
}
