// What is live: settings, packs, policy, numbers of the population and tombstones, as the log's records have them so far, and the engine and the
// decoder that are made of them. Every worker reads all of these records, so all of them always agree on what is live.
//
// A record that is refused changes nothing and is counted. What its partitions do when something comes alive stands in controls.ts.

import { ContactEngine } from "../engine/apply.ts";
import { type Settings, settingsSchema } from "../model/settings.ts";
import { compile } from "../packs/compile/compile.ts";
import type { PackDefinition } from "../packs/definition.ts";
import { loadPack } from "../packs/load/load.ts";
import { loadPolicy, looksLikePolicy } from "../packs/load/policy.ts";
import type { PolicyDefinition } from "../packs/policy-definition.ts";
import { type CutsRecord, keepNumbers, type PopulationProgram } from "../packs/population.ts";
import type { Program } from "../packs/program.ts";
import { createDecoder, type DecodedEvent, type Decoder } from "./decode.ts";
import { Forgotten } from "./forgotten.ts";
import type { Live } from "./live.ts";
import { stagesGone } from "./migration.ts";
import type { LiveNumber } from "./protocol.ts";
import { cutsRecords, itemsOf, liveNumbers, takeCuts } from "./recount.ts";

/** A control record as framing passes it on; what else it has depends on its type. */
export interface ControlRecord {
  readonly type: string;
  readonly text?: string;
  readonly pack?: string;
}

/** What reads events under the live packs. */
export interface Reading {
  readonly decoder: Decoder;
  /** Filled anew by every event. */
  readonly decoded: DecodedEvent;
}

export class LiveRecords {
  readonly #shard: string;
  #settings: Settings | null = null;
  #live: Live | null = null;
  #reading: Reading | null = null;
  #packs: PackDefinition[] = [];
  #policy: PolicyDefinition | null = null;
  /** As the log has them: what a checkpoint needs to begin from. */
  #settingsRecord = "";
  readonly #packRecords = new Map<string, string>();
  #policyRecord = "";
  /** Records that were refused since somebody asked, by kind. */
  #refused: Record<string, number> = {};

  #forgotten: Forgotten | null = null;

  constructor(shard: string) {
    this.#shard = shard;
  }

  get settings(): Settings | null {
    return this.#settings;
  }

  /** null before the settings. */
  get forgotten(): Forgotten | null {
    return this.#forgotten;
  }

  get live(): Live | null {
    return this.#live;
  }

  get reading(): Reading | null {
    return this.#reading;
  }

  /** The first settings are the log's; any later ones change nothing. Returns whether these are they. */
  begin(text: string, record: ControlRecord): boolean {
    if (this.#settings !== null) return false;
    const { type: _, ...given } = record as ControlRecord & Record<string, unknown>;
    this.#settings = settingsSchema.parse(given);
    this.#settingsRecord = text;
    this.#forgotten = new Forgotten(this.#settings.forgotten);
    this.#setLive();
    return true;
  }

  /** A pack whose text is live changes nothing; one whose version is not above the live one, or that lost a stage, is refused. Returns whether it is live now. */
  takePack(text: string, record: ControlRecord): boolean {
    const loaded = loadPack(record.text ?? "", `${record.pack ?? "pack"}.yaml`);
    const live = loaded.ok ? this.#packs.find((pack) => pack.name === loaded.pack.name) : undefined;
    if (!loaded.ok || (live !== undefined && live.hash !== loaded.pack.hash && !this.#supersedes(loaded.pack, live))) return this.refuse("pack_refused");
    if (live?.hash === loaded.pack.hash) return false;
    this.#packs = [...this.#packs.filter((pack) => pack.name !== loaded.pack.name), loaded.pack];
    this.#packRecords.set(loaded.pack.name, text);
    this.#setLive();
    return true;
  }

  /** The newest counts, as it stands in the log; one whose text is live changes nothing, and one that cannot be read is refused. */
  takePolicy(text: string, record: ControlRecord): boolean {
    const loaded = loadPolicy(record.text ?? "", "policy.yaml");
    if (!loaded.ok) return this.refuse("policy_refused");
    if (this.#policy?.hash === loaded.policy.hash) return false;
    this.#policy = loaded.policy;
    this.#policyRecord = text;
    this.#setLive();
    return true;
  }

  /** Numbers of the population that come into effect; undefined where the record changes nothing. */
  takeCuts(text: string, record: CutsRecord, restoring: boolean): PopulationProgram | undefined {
    return this.#live === null ? undefined : takeCuts(this.#live.program, record, text, restoring);
  }

  refuse(kind: string): false {
    this.#refused[kind] = (this.#refused[kind] ?? 0) + 1;
    return false;
  }

  takeRefused(): Record<string, number> {
    const refused = this.#refused;
    this.#refused = {};
    return refused;
  }

  /** All that is live, and whom we were asked to forget, in an order in which it can be read again. */
  records(): string[] {
    const packs = [...this.#packRecords.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, text]) => text);
    const cuts = this.#live === null ? [] : cutsRecords(this.#live.program);
    return [this.#settingsRecord, ...packs, ...(this.#policy === null ? [] : [this.#policyRecord]), ...cuts, ...this.#tombstones()];
  }

  #tombstones(): string[] {
    const text = this.#forgotten?.text();
    return text === undefined ? [] : [text];
  }

  numbers(): LiveNumber[] {
    return this.#live === null ? [] : liveNumbers(this.#live.program);
  }

  #supersedes(next: PackDefinition, live: PackDefinition): boolean {
    const program = this.#live?.program.packs.find((pack) => pack.name === live.name);
    return next.version > live.version && (program === undefined || stagesGone(program, next).length === 0);
  }

  #setLive(): void {
    const settings = this.#settings as Settings;
    const program = compile(this.#packs, this.#policy);
    if (this.#live !== null) keepNumbers(itemsOf(this.#live.program), itemsOf(program));
    const before = this.#live?.engine;
    const engine = new ContactEngine(
      program,
      { shard: this.#shard, created: settings.created },
      { traitBytes: settings.limits.trait_bytes, carryBytes: settings.limits.carry_bytes, held: settings.limits.held },
    );
    Object.assign(engine.dropped, before?.dropped);
    Object.assign(engine.muted, before?.muted);
    this.#live = { program, engine };
    const decoder = createDecoder(program.projection);
    this.#reading = { decoder, decoded: decoder.newEvent() };
  }
}

/** Packs, and a policy, that were live once: their texts were checked when they came. */
export function compileTexts(texts: readonly string[]): Program {
  const packs = texts.filter((text) => !looksLikePolicy(text)).map((text) => loadPack(text, "pack.yaml"));
  const policies = texts.filter(looksLikePolicy).map((text) => loadPolicy(text, "policy.yaml"));
  return compile(
    packs.map((loaded) => {
      if (!loaded.ok) throw new RangeError("a pack of the checkpoint cannot be read any more");
      return loaded.pack;
    }),
    policies.map((loaded) => {
      if (!loaded.ok) throw new RangeError("a policy of the checkpoint cannot be read any more");
      return loaded.policy;
    })[0] ?? null,
  );
}
