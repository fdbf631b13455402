// What a story has sent so far, by whom it went to and which trigger it was: an event of the story that `answers` a trigger carries the key
// of its newest message, as a sender's webhook gives it back. What takes a series back is no message that could be answered.

import type { ContactKey } from "../../model/ids.ts";
import { withValue } from "../../packs/examples/where.ts";
import { ANSWERED_KEY } from "../../packs/message-path.ts";
import type { StoryMessage } from "../../packs/story.ts";
import type { Told } from "./story-fold.ts";

export class SentKeys {
  readonly #keys = new Map<string, string>();

  take(told: readonly Told[]): void {
    for (const { type, data } of told) {
      const { trigger, key, contact, action } = data as { readonly [name: string]: unknown; readonly action?: { readonly cancel?: boolean } };
      if (type === "io.tidemark.trigger.v1" && action?.cancel !== true) this.#keys.set(idOf(contact as ContactKey, String(trigger)), String(key));
    }
  }

  /** The message with what it answers; null where nothing was sent yet that it could answer. */
  answering(who: ContactKey, { answers, ...said }: StoryMessage): StoryMessage | null {
    if (answers === undefined) return said;
    const key = this.#keys.get(idOf(who, answers.trigger));
    return key === undefined ? null : { ...said, message: withValue(said.message, ANSWERED_KEY, key) };
  }
}

const idOf = ({ kind, id }: ContactKey, trigger: string): string => JSON.stringify([kind, id, trigger]);
