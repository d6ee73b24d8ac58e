/**
 * What was replaced in a text, by its places in the text as it was before.
 *
 * @module
 */
import type { Span } from "./identities.ts";

/** One text that was scrubbed; `finds` in order, places in bytes of `text`. */
export interface Watched {
  readonly text: Uint8Array;
  readonly result: Uint8Array;
  readonly finds: readonly Span[];
}

/**
 * Adds the spans of one more round, whose places are in the text that `finds` have left. A span over
 * an earlier token takes the place of that find.
 */
export function withRound(finds: readonly Span[], spans: readonly Span[]): readonly Span[] {
  const added = spans.map((span) => ({
    ...span,
    start: originOf(finds, span.start, "start"),
    end: originOf(finds, span.end, "end"),
  }));
  const kept = finds.filter(({ start, end }) =>
    !added.some((span) => span.start < end && start < span.end)
  );
  return [...kept, ...added].toSorted((a, b) => a.start - b.start);
}

/** Where `place`, in the text after `finds`, was before; within a token, that side of its find. */
function originOf(finds: readonly Span[], place: number, side: "start" | "end"): number {
  let shift = 0;
  for (const find of finds) {
    const at = find.start + shift;
    if (place <= at) break;
    const end = at + find.token.length;
    if (place < end) return find[side];
    shift = end - find.end;
  }
  return place - shift;
}
