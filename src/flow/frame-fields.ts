// The fields that framing reads at a message's root: the event's head, then what batches and CloudEvents envelopes add.

import { HEAD_PATHS } from "../model/event-head.ts";

export const FRAME_PATHS = [...HEAD_PATHS, ["batch"], ["context"], ["specversion"], ["data"], ["id"], ["time"], ["subject"], ["previousId"]] as const;

/** Places of the added fields in the scanner's spans. */
export const FRAME = { batch: 10, context: 11, specversion: 12, data: 13, id: 14, time: 15, subject: 16, previousId: 17 } as const;
