// The fields that an edge reads at the root of a body and of an event: those of framing, and the write key.

import { FRAME_PATHS } from "../flow/frame-fields.ts";

export const EDGE_PATHS = [...FRAME_PATHS, ["writeKey"]] as const;
/** Place of the added field in a scanner's spans. */
export const WRITE_KEY = FRAME_PATHS.length;
