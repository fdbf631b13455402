// Answers in random stories: which key a message will have is known only once it has been sent, so an event of a random story says whose
// newest message but so many it answers, and the key is put in its place when the story comes there. What the naive model has sent
// decides; the engine is given the same bytes.

import type { NaiveEffect } from "./effects.ts";

/** Stands for the key of the message to this id that is the newest but `back`, of those whose goal is an event. */
export const answerTo = (id: string, back: number): string => `answer ${back} of ${id}`;

export class Answers {
  /** Newest first, each once. */
  readonly #keys = new Map<string, readonly string[]>();

  take(effects: readonly NaiveEffect[]): void {
    for (const { kind, key, contact, detail } of effects) {
      if (kind !== "trigger" || key === null || !String(detail["goal"]).startsWith("event")) continue;
      this.#keys.set(contact.id, [key, ...(this.#keys.get(contact.id) ?? []).filter((one) => one !== key)]);
    }
  }

  /** The message with the keys in their places; what there is nothing to answer for stays as it is, and answers nothing. */
  given(data: string): string {
    return data.replace(/"answer (\d+) of (\w+)"/g, (text, back: string, id: string) => JSON.stringify(this.#keys.get(id)?.[Number(back)]) ?? text);
  }
}
