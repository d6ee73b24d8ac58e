/**
 * A compiled query without its time, found by compiling it for two times.
 *
 * The time of a query is folded into its statement as ticks, and into the bounds by which files are
 * chosen. Where two replies differ in nothing but numbers, each by just what the times differ by,
 * these numbers are the time and what was added to it. A text that makes anything else of the time
 * (the start of a day, a date in words) has no template: it differs by something else, since what
 * the times differ by is no multiple of any span.
 *
 * @module
 */
import type { CompileReply } from "./compiler_messages.ts";

/** Some twenty years, in ticks; odd, and no multiple of 3 or 5. */
export const OTHER_TIME = 6_311_390_400_000_007n;

/** Texts, and between them what is added to the time. */
export interface PlanTemplate {
  readonly texts: readonly string[];
  /** In ticks; one less than texts. */
  readonly offsets: readonly bigint[];
}

const NUMBER = /(\d+)/;

/** Of replies for `now` and for {@link OTHER_TIME} later; undefined where there is none. */
export function templateOf(
  reply: CompileReply,
  later: CompileReply,
  now: bigint,
): PlanTemplate | undefined {
  const own = JSON.stringify(reply).split(NUMBER);
  const others = JSON.stringify(later).split(NUMBER);
  if (own.length !== others.length) return undefined;
  const texts: string[] = [];
  const offsets: bigint[] = [];
  let text = "";
  for (const [i, piece] of own.entries()) {
    if (piece === others[i]) {
      text += piece;
      continue;
    }
    // Numbers are every second piece; one that begins with 0 is none that was printed.
    if (i % 2 === 0 || piece.startsWith("0")) return undefined;
    if (BigInt(others[i]!) - BigInt(piece) !== OTHER_TIME) return undefined;
    texts.push(text);
    offsets.push(BigInt(piece) - now);
    text = "";
  }
  texts.push(text);
  return { texts, offsets };
}

/** Ticks of 2001 to 2286: so many digits have all of them. */
const FIRST = 10n ** 16n;
const LAST = 10n ** 17n - 1n;

/** The reply for `now`; undefined where times are written otherwise. */
export function replyAt({ texts, offsets }: PlanTemplate, now: bigint): CompileReply | undefined {
  if (now < FIRST || now > LAST) return undefined;
  let json = texts[0]!;
  for (const [i, offset] of offsets.entries()) {
    const ticks = now + offset;
    if (ticks < 0n) return undefined;
    json += String(ticks) + texts[i + 1]!;
  }
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- templateOf() wrote it
  return JSON.parse(json) as CompileReply;
}
