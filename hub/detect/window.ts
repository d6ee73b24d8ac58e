/**
 * The event times of one entity that are in no burst yet, and its bursts.
 *
 * @module
 */

/** A chain of events without a quiet span between them, found once. Times in ms. */
export interface Burst {
  from: number;
  to: number;
  count: number;
  /** When the hub received its last event. */
  receivedMs: number;
}

/** What the threshold detector knows of the times of one entity; plain JSON. */
export interface Window {
  /** Event times, ascending. */
  readonly times: number[];
  /** When the hub received each of them. */
  readonly received: number[];
  readonly bursts: Burst[];
  /** When the hub received the last event. */
  receivedMs: number;
}

/** When a burst is a burst, and how many events outside of bursts are kept. */
export interface Bounds {
  readonly count: number;
  readonly withinMs: number;
  readonly points: number;
}

/** What one event brought about. */
export interface Outcome {
  /** True if it belongs to a burst that is known. */
  readonly isSuppressed: boolean;
  /** The burst that it completed. */
  readonly burst: Readonly<Burst> | undefined;
  /** Older events that had to be forgotten. */
  readonly dropped: number;
}

const SUPPRESSED: Outcome = { isSuppressed: true, burst: undefined, dropped: 0 };
const COUNTED: Outcome = { isSuppressed: false, burst: undefined, dropped: 0 };
const MOST_BURSTS = 16;

export function newWindow(): Window {
  return { times: [], received: [], bursts: [], receivedMs: 0 };
}

/** Adds one event that happened at `ms` and was received at `hubMs`. */
export function add(
  window: Window,
  bounds: Bounds,
  { ms, hubMs }: { readonly ms: number; readonly hubMs: number },
): Outcome {
  window.receivedMs = hubMs;
  const burst = window.bursts.find((b) => isNear(b, ms, bounds.withinMs));
  if (burst !== undefined) {
    extend(burst, ms, hubMs);
    absorb(window, burst, bounds.withinMs);
    return SUPPRESSED;
  }
  const at = insert(window, ms, hubMs);
  const start = completed(window.times, at, bounds);
  if (start >= 0) return { ...COUNTED, burst: found(window, start, { bounds, hubMs }) };
  const over = window.times.length - bounds.points;
  return over > 0 ? { ...COUNTED, dropped: thin(window, over) } : COUNTED;
}

/** Forgets what was received before `hubMs`: nothing that comes now joins it. */
export function forget(window: Window, hubMs: number): void {
  if (window.received.some((received) => received < hubMs)) {
    keepWhere(window, (i) => window.received[i]! >= hubMs);
  }
  const bursts = window.bursts.filter((burst) => burst.receivedMs >= hubMs);
  if (bursts.length < window.bursts.length) window.bursts.splice(0, Infinity, ...bursts);
}

function isNear(burst: Burst, ms: number, withinMs: number): boolean {
  return ms >= burst.from - withinMs && ms <= burst.to + withinMs;
}

function extend(burst: Burst, ms: number, hubMs: number): void {
  burst.from = Math.min(burst.from, ms);
  burst.to = Math.max(burst.to, ms);
  burst.count++;
  burst.receivedMs = hubMs;
}

/** Where `ms` now stands among the times. */
function insert(window: Window, ms: number, hubMs: number): number {
  const { times, received } = window;
  let at = times.length;
  while (at > 0 && times[at - 1]! > ms) at--;
  if (at === times.length) {
    times.push(ms);
    received.push(hubMs);
  } else {
    times.splice(at, 0, ms);
    received.splice(at, 0, hubMs);
  }
  return at;
}

/** The first of `count` times within the span that include number `at`; -1 if there are none. */
function completed(times: readonly number[], at: number, { count, withinMs }: Bounds): number {
  const last = Math.min(at, times.length - count);
  for (let start = Math.max(0, at - count + 1); start <= last; start++) {
    if (times[start + count - 1]! - times[start]! <= withinMs) return start;
  }
  return -1;
}

/** Turns the times from `start` on into a burst. */
function found(
  window: Window,
  start: number,
  { bounds, hubMs }: { readonly bounds: Bounds; readonly hubMs: number },
): Burst {
  const burst: Burst = {
    from: window.times[start]!,
    to: window.times[start + bounds.count - 1]!,
    count: bounds.count,
    receivedMs: hubMs,
  };
  window.times.splice(start, bounds.count);
  window.received.splice(start, bounds.count);
  window.bursts.push(burst);
  absorb(window, burst, bounds.withinMs);
  if (window.bursts.length > MOST_BURSTS) window.bursts.shift();
  return { ...burst };
}

/** Joins to `burst` the times and bursts that are no quiet span away from it. */
function absorb(window: Window, burst: Burst, withinMs: number): void {
  for (let grew = true; grew;) {
    grew = false;
    const { times } = window;
    const start = firstFrom(times, burst.from - withinMs);
    let end = start;
    while (end < times.length && times[end]! <= burst.to + withinMs) end++;
    if (end > start) {
      burst.from = Math.min(burst.from, times[start]!);
      burst.to = Math.max(burst.to, times[end - 1]!);
      burst.count += end - start;
      times.splice(start, end - start);
      window.received.splice(start, end - start);
      grew = true;
    }
    const i = window.bursts.findIndex((b) =>
      b !== burst && (isNear(burst, b.from, withinMs) || isNear(burst, b.to, withinMs))
    );
    if (i < 0) continue;
    const [other] = window.bursts.splice(i, 1);
    burst.from = Math.min(burst.from, other!.from);
    burst.to = Math.max(burst.to, other!.to);
    burst.count += other!.count;
    grew = true;
  }
}

/** Index of the first of `times` that is at least `ms`. */
function firstFrom(times: readonly number[], ms: number): number {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (times[middle]! < ms) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Forgets the `over` events received first, and a quarter of the rest, so that it is seldom. */
function thin(window: Window, over: number): number {
  const wanted = over + Math.floor(window.times.length / 4);
  const limit = window.received.toSorted((a, b) => a - b)[wanted - 1]!;
  let left = wanted;
  const before = window.times.length;
  keepWhere(window, (i) => window.received[i]! > limit || --left < 0);
  return before - window.times.length;
}

function keepWhere(window: Window, keep: (i: number) => boolean): void {
  const kept = window.times.map((_, i) => keep(i));
  const times = window.times.filter((_, i) => kept[i]);
  const received = window.received.filter((_, i) => kept[i]);
  window.times.splice(0, Infinity, ...times);
  window.received.splice(0, Infinity, ...received);
}
