// The layouts that rows of a partition lie in. When packs change, rows stay as they are laid out until somebody touches them or the sweep
// reaches them (sweeps.ts); until then the programs of the packs before are kept here, and how a row moves from each of them into the
// live one.

import type { Program } from "../packs/program.ts";
import type { Layout } from "../packs/row.ts";
import { Migration } from "./migration.ts";
import type { Table } from "./table.ts";

export class Layouts {
  readonly #table: Table;
  #program: Program;
  /** Programs that rows of an older layout may still be in. */
  readonly #before = new Map<Layout, Program>();
  readonly #migrations = new Map<Layout, Migration>();
  #cursor: number;

  constructor(table: Table, program: Program, before: readonly Program[] = [], cursor = 0) {
    this.#table = table;
    this.#program = program;
    for (const one of before) this.#before.set(one.layout, one);
    this.#cursor = cursor;
  }

  /** The sweep has moved all slots before this one into the current layout. */
  get cursor(): number {
    return this.#cursor;
  }

  /** Whether rows lie in an older layout. Derived from the rows alone, so that a restored partition says the same. */
  get sweeping(): boolean {
    return this.#table.hasOlder;
  }

  /** Programs that older rows were laid out by, in the order of `table.layouts`, without the current one. */
  programsBefore(): Program[] {
    return this.#table.layouts.slice(0, -1).map((layout) => this.#before.get(layout) as Program);
  }

  /** From here on rows are laid out by this program. */
  change(program: Program): void {
    if (this.#table.slots > 0) this.#before.set(this.#program.layout, this.#program);
    this.#program = program;
    this.#table.relayout(program.layout);
    this.#migrations.clear();
    this.#cursor = 0;
  }

  /** How a row of this older layout becomes one of the current. */
  migrationFrom(layout: Layout): Migration {
    const known = this.#migrations.get(layout);
    if (known !== undefined) return known;
    const migration = new Migration(this.#before.get(layout) as Program, this.#program);
    this.#migrations.set(layout, migration);
    return migration;
  }

  /** The sweep has come to `cursor`. */
  reached(cursor: number): void {
    this.#cursor = cursor;
  }

  /** When no row is left behind the programs before are forgotten. */
  letGo(): void {
    if (this.#before.size === 0 || this.sweeping) return;
    this.#before.clear();
    this.#migrations.clear();
  }
}
