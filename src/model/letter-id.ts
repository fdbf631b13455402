// Names of dead letters, in the header `Tidemark-Id`. What an engine could not read has a place in its log, and is named by it; what an edge
// refused never came into a log, and is named by the process that refused it. The streams of all shards share one stream of letters, and a
// shard's name may hold what parts a name's parts, so a name is read for one shard at a time.

/** Of an event in a shard's log: the same after every restart. */
export const letterId = (shard: string, position: number, index: number): string => `${shard}-${position}-${index}`;

/** Of what an edge refused: the `count`-th of this process. */
export const edgeLetterId = (run: string, count: number): string => `${EDGE}${run}-${count}`;

/** Where in the log of this shard the letter's message stands; undefined for a letter of another shard, or of an edge. */
export function letterPosition(id: string, shard: string): number | undefined {
  const place = id.startsWith(`${shard}-`) ? /^(\d+)-\d+$/.exec(id.slice(shard.length + 1)) : null;
  return place === null ? undefined : Number(place[1]);
}

/** Whether an edge refused it; asked of a letter that has no place in a log. */
export const isOfEdge = (id: string): boolean => id.startsWith(EDGE);

const EDGE = "edge-";
