// The gap analysis that marketers draw by hand, from the packs alone: which places are served on which channels, which places
// and steps nothing is sent for. What has really fired, and where contacts really are, is laid over it by whoever asks an engine.

import type { Axis, MoveDefinition, PackDefinition, TriggerDefinition } from "../definition.ts";

export interface PlaceGaps {
  readonly axis: Axis;
  readonly name: string;
  /** Channel -> triggers that reach somebody who is in the place, or comes into it. */
  readonly triggers: Readonly<Record<string, readonly string[]>>;
}

export interface MoveGap {
  readonly from: string;
  readonly to: string;
  readonly line: number;
}

export interface PackGaps {
  readonly pack: string;
  readonly channels: readonly string[];
  readonly places: readonly PlaceGaps[];
  /** Places that no trigger names. */
  readonly unserved: readonly { readonly axis: Axis; readonly name: string }[];
  /** Steps from stage to stage that no trigger is about. */
  readonly silentMoves: readonly MoveGap[];
  readonly triggers: readonly string[];
}

export function gapsOf(pack: PackDefinition): PackGaps {
  const places = placesOf(pack).map(({ axis, name }) => ({ axis, name, triggers: byChannel(pack.triggers.filter((trigger) => isAbout(trigger, axis, name))) }));
  return {
    pack: pack.name,
    channels: [...new Set(pack.triggers.flatMap(channelsOf))].sort(),
    places,
    unserved: places.filter(({ triggers }) => Object.keys(triggers).length === 0).map(({ axis, name }) => ({ axis, name })),
    silentMoves: pack.stages?.moves.flatMap((move) => silentSteps(pack, move)) ?? [],
    triggers: pack.triggers.map(({ name }) => name),
  };
}

function placesOf(pack: PackDefinition): { readonly axis: Axis; readonly name: string }[] {
  return [
    ...(pack.stages?.order ?? []).map((name) => ({ axis: "stage" as const, name })),
    ...(pack.segments?.list ?? []).map(({ name }) => ({ axis: "segment" as const, name })),
  ];
}

/** Entering it, leaving it, or being in it is what the trigger is about. */
function isAbout({ when, in: places }: TriggerDefinition, axis: Axis, name: string): boolean {
  const named = [...(when.kind === "enter" ? when.places : []), ...(places ?? [])];
  return named.some((place) => place.axis === axis && place.name === name);
}

function byChannel(triggers: readonly TriggerDefinition[]): Record<string, string[]> {
  const channels: Record<string, string[]> = {};
  for (const trigger of triggers) for (const channel of channelsOf(trigger)) channels[channel] = [...(channels[channel] ?? []), trigger.name];
  return channels;
}

export const channelsOf = ({ steps }: TriggerDefinition): readonly string[] => [...new Set(steps.flatMap(({ channels }) => channels.names))];

/** Of the steps that a move makes those that neither an entry nor a leaving is told about. */
function silentSteps(pack: PackDefinition, move: MoveDefinition): MoveGap[] {
  return move.from
    .filter((from) => !pack.triggers.some((trigger) => tellsStep(trigger, from, move.to)))
    .map((from) => ({ from, to: move.to, line: move.line }));
}

function tellsStep({ when, from: left }: TriggerDefinition, from: string, to: string): boolean {
  if (when.kind !== "enter" && when.kind !== "leave") return false;
  const about = when.kind === "enter" ? to : from;
  return when.places.some(({ axis, name }) => axis === "stage" && name === about) && (left === null || left.includes(from));
}
