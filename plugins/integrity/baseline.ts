/**
 * What the host was like when it was last looked at: kept between runs, in turns.
 *
 * A generation is what the host was like after certain events, and what was noted since without one.
 * The cursor names it. After a crash before events were durable the one before them is there: what
 * had changed is found again, and told once.
 *
 * @module
 */
import * as v from "valibot";
import type { Kept } from "../../sdk/read/io.ts";

/** One file, or link. */
const file = v.strictObject({
  kind: v.picklist(["file", "link", "other"]),
  size: v.number(),
  mtimeMs: v.number(),
  ctimeMs: v.number(),
  uid: v.number(),
  gid: v.number(),
  mode: v.number(),
  sha256: v.optional(v.string()),
  link: v.optional(v.string()),
});

const port = v.strictObject({
  protocol: v.picklist(["tcp", "udp"]),
  ip: v.string(),
  port: v.number(),
  uid: v.number(),
  pid: v.optional(v.number()),
  program: v.optional(v.string()),
});

const state = v.strictObject({
  generation: v.number(),
  /** The globs that `files` is of; another list takes in new files in silence. */
  watch: v.string(),
  /** All files have been seen once. */
  filesDone: v.boolean(),
  files: v.record(v.string(), file),
  /** By protocol, address and port; absent before the first look. */
  ports: v.optional(v.record(v.string(), port)),
});

export type KnownFile = v.InferOutput<typeof file>;
export type KnownPort = v.InferOutput<typeof port>;

export interface Baseline {
  generation: number;
  watch: string;
  filesDone: boolean;
  /** By path. */
  readonly files: Map<string, KnownFile>;
  ports: Map<string, KnownPort> | undefined;
}

/** So many generations are kept: cursors become durable a little later than they are given. */
const SLOTS = 4;

export function emptyBaseline(): Baseline {
  return { generation: 0, watch: "", filesDone: false, files: new Map(), ports: undefined };
}

/** The baseline of `generation`; undefined if it is not there any more. */
export async function loadBaseline(kept: Kept, generation: number): Promise<Baseline | undefined> {
  const bytes = await kept.get(nameOf(generation));
  const parsed = bytes && v.safeParse(state, parseJson(new TextDecoder().decode(bytes)));
  if (parsed?.success !== true || parsed.output.generation !== generation) return undefined;
  const { files, ports, ...rest } = parsed.output;
  return {
    ...rest,
    files: new Map(Object.entries(files)),
    ports: ports && new Map(Object.entries(ports)),
  };
}

/** Keeps the baseline, as the next generation if events go with it. */
export async function keepBaseline(
  kept: Kept,
  baseline: Baseline,
  { hasEvents }: { readonly hasEvents: boolean },
): Promise<void> {
  if (hasEvents) baseline.generation++;
  const { files, ports, ...rest } = baseline;
  const json = {
    ...rest,
    files: Object.fromEntries(files),
    ...(ports !== undefined && { ports: Object.fromEntries(ports) }),
  };
  await kept.set(nameOf(baseline.generation), new TextEncoder().encode(JSON.stringify(json)));
}

function nameOf(generation: number): string {
  return `baseline${generation % SLOTS}`;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
