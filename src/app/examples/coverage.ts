// What of a pack its examples have reached: the points of every rule, every stage, move, segment, audience and band, every trigger and
// step that was really sent, and of each goal that it was reached and that it was not. It is read off what the engine said (transitions, triggers, the points in a contact's view), never
// off what the examples expect. A rule counts when it gave points that were kept.

import { BACK, type Expression, type MoveDefinition, type PackDefinition } from "../../packs/definition.ts";
import { firedAs } from "../../packs/pack-names.ts";
import { bandsIn, type Scene, scoresIn } from "./judge.ts";
import type { Told } from "./story-fold.ts";
import { heard } from "./told-names.ts";

/** `kind` says which list of the pack it is in. */
export interface Part {
  readonly kind: "rule" | "stage" | "move" | "segment" | "audience" | "band" | "trigger" | "outcome";
  readonly name: string;
}

export interface CoverageReport {
  readonly parts: number;
  readonly reached: number;
  /** Of 100, to one decimal; 100 only if all are reached. */
  readonly percent: number;
  readonly missing: readonly Part[];
}

export class Coverage {
  readonly #pack: PackDefinition;
  readonly #parts: readonly Part[];
  readonly #reached = new Set<string>();

  constructor(pack: PackDefinition) {
    this.#pack = pack;
    this.#parts = partsOf(pack);
  }

  /** Takes in what one message, or the time before it, has done to a contact. */
  note(scene: Scene): void {
    for (const [score, { points }] of Object.entries(scoresIn(scene))) for (const rule of Object.keys(points)) this.#reach("rule", `${score}.${rule}`);
    const { triggers, outcomes } = heard(scene.told, this.#pack);
    for (const { name, as } of triggers) if (as === null) this.#reach("trigger", name);
    for (const { name, as } of outcomes) this.#reach("outcome", `${name}: ${as}`);
    for (const [band, name] of Object.entries(bandsIn(scene))) if (name !== null) this.#reach("band", `${band}: ${name}`);
    for (const told of scene.told) if (told.type === "io.tidemark.transition.v1") this.#step(told);
  }

  report(): CoverageReport {
    const missing = this.#parts.filter((part) => !this.#reached.has(idOf(part)));
    const reached = this.#parts.length - missing.length;
    return { parts: this.#parts.length, reached, percent: Math.floor((1000 * reached) / Math.max(1, this.#parts.length)) / 10, missing };
  }

  #step({ data }: Told): void {
    const because = data.because as Because;
    for (const [score, points] of Object.entries(because.points ?? {})) for (const rule of Object.keys(points)) this.#reach("rule", `${score}.${rule}`);
    if (data.axis === "segment") this.#reach("segment", String(data.to));
    if (data.axis === "audience" && (data.now as { readonly in?: boolean }).in === true) this.#reach("audience", String(data.to));
    if (data.axis !== "stage") return;
    this.#reach("stage", String(data.to));
    const move = this.#pack.stages?.moves.find((one) => isTaken(one, String(data.from), String(data.to), because));
    if (move !== undefined) this.#reach("move", moveName(move, this.#pack));
  }

  #reach(kind: Part["kind"], name: string): void {
    this.#reached.add(idOf({ kind, name }));
  }
}

interface Because {
  readonly event?: string;
  readonly for?: string;
  readonly checks?: readonly { readonly if: string }[];
  readonly points?: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

const idOf = ({ kind, name }: Part): string => `${kind} ${name}`;

function partsOf(pack: PackDefinition): Part[] {
  const part = (kind: Part["kind"]) => (name: string) => ({ kind, name });
  return [
    ...pack.scores
      .flatMap((score) => [...score.points.map(({ event }) => event), ...score.while.map(({ name }) => name)].map((rule) => `${score.name}.${rule}`))
      .map(part("rule")),
    ...(pack.stages?.order ?? []).map(part("stage")),
    ...(pack.stages?.moves ?? []).map((move) => moveName(move, pack)).map(part("move")),
    ...(pack.segments?.list ?? []).map(({ name }) => name).map(part("segment")),
    ...pack.audiences.map(({ name }) => name).map(part("audience")),
    ...pack.bands.flatMap(({ name, at }) => at.map(({ band }) => `${name}: ${band}`)).map(part("band")),
    ...pack.triggers.flatMap(firedAs).map(part("trigger")),
    ...pack.triggers.flatMap(({ name, goal }) => (goal === null ? [] : [`${name}: reached`, `${name}: not_reached`])).map(part("outcome")),
  ];
}

/** `line 40: lead from visitor`. */
function moveName({ line, to, from }: MoveDefinition, pack: PackDefinition): string {
  const origin = from.length === (pack.stages?.order.length ?? 0) ? "any" : from.join(", ");
  return `line ${line}: ${to} from ${origin}`;
}

/** The first move in the pack's order that explains the step: its places, its event, and the parts of its condition. */
function isTaken(move: MoveDefinition, from: string, to: string, because: Because): boolean {
  if ((move.to !== to && move.to !== BACK) || !move.from.includes(from)) return false;
  if (move.events !== null && !move.events.includes(because.event ?? "")) return false;
  const asked = move.if === null ? [] : conjuncts(move.if).map(({ text }) => text);
  const checked = (because.checks ?? []).map((check) => check.if);
  return asked.length === checked.length && asked.every((one) => checked.includes(one)) && (move.forMs === null) === (because.for === undefined);
}

function conjuncts(of: Expression): Expression[] {
  return of.op === "&&" ? [...conjuncts(of.left), ...conjuncts(of.right)] : [of];
}
