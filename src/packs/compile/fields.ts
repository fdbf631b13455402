// Where a pack's fields lie in the row, and where in the projection what it reads of a message is found. A field's id has the
// hash of what the field means in it, so that its value survives a new version of the pack only where the meaning does.
//
// What the parts of a pack are made of is in the files beside this one.

import { createHash } from "node:crypto";
import type { EventDefinition, PackDefinition, PropertyPath } from "../definition.ts";
import type { LayoutBuilder } from "../row.ts";

export class PackFields {
  readonly #pack: PackDefinition;
  readonly #layout: LayoutBuilder;
  readonly #projection: ProjectionBuilder;
  readonly #events: ReadonlyMap<string, number>;

  constructor(pack: PackDefinition, layout: LayoutBuilder, projection: ProjectionBuilder) {
    this.#pack = pack;
    this.#layout = layout;
    this.#projection = projection;
    this.#events = new Map(pack.events.map((event, index) => [event.name, index]));
  }

  number(what: string, initial: number, meaning?: unknown): number {
    return this.#layout.number(this.id(what, meaning), initial);
  }

  list(what: string, meaning?: unknown): number {
    return this.#layout.list(this.id(what, meaning));
  }

  text(what: string, meaning?: unknown): number {
    return this.#layout.text(this.id(what, meaning));
  }

  /** Index of a path in the projection; -1 for null. */
  project(path: PropertyPath | null): number {
    return path === null ? -1 : this.#projection.index(path);
  }

  event(name: string): EventDefinition {
    return this.#pack.events[this.eventIndex(name)] as EventDefinition;
  }

  eventIndex(name: string): number {
    return this.#events.get(name) as number;
  }

  /** Whether another event may take it back. */
  isUndone(name: string): boolean {
    return this.#pack.events.some((event) => event.undoes === name);
  }

  /** Which messages the event is. */
  eventMeaning(name: string): unknown {
    const event = this.event(name);
    const meaning = [event.match, event.where?.text ?? null];
    return event.once === null ? meaning : [...meaning, event.once];
  }

  /** What a field of that name and meaning is known by. */
  id(what: string, meaning: unknown): string {
    return `${this.#pack.name}/${what}${meaning === undefined ? "" : `#${fingerprint(meaning)}`}`;
  }
}

/** What all packs together read of a message: each path once. */
export class ProjectionBuilder {
  readonly paths: PropertyPath[] = [];
  readonly #indexes = new Map<string, number>();

  index(path: PropertyPath): number {
    const id = JSON.stringify(path);
    const known = this.#indexes.get(id);
    if (known !== undefined) return known;
    this.#indexes.set(id, this.paths.length);
    return this.paths.push(path) - 1;
  }
}

const fingerprint = (meaning: unknown): string => createHash("sha256").update(JSON.stringify(meaning)).digest("hex").slice(0, 12);
