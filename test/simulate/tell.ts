// One story, played and judged, also where playing it goes wrong in a way that nobody foresaw.

import { faultOf } from "./judge.ts";
import { describe, type Played, play } from "./run.ts";
import type { Story } from "./story.ts";

export interface Told {
  /** What is wrong; undefined where all is as it must be. */
  readonly fault: string | undefined;
  /** Missing where the story could not be played to its end. */
  readonly played: Played | undefined;
}

/** A rejection that nobody waits for would end the real process, so it is a fault whatever else comes of the story. */
export async function tell(story: Story): Promise<Told> {
  const alone: unknown[] = [];
  const note = (error: unknown): unknown => alone.push(error);
  process.on("unhandledRejection", note);
  try {
    const played = await play(story);
    const fault = alone.length > 0 ? `a rejection that nobody waited for: ${describe(alone[0])}` : faultOf(played);
    return { fault, played };
  } catch (error) {
    return { fault: `the story ended with a mistake of the program: ${describe(error)}`, played: undefined };
  } finally {
    process.off("unhandledRejection", note);
  }
}
