/**
 * The hub's storage from one start to the kill that ends it: store, compaction and queries over the
 * real folder and control file, with an engine of real processes that outlives it.
 *
 * @module
 */
import { join } from "node:path";
import { openControl } from "../../hub/control.ts";
import { openFunctionStore } from "../../hub/query/functions/function_store.ts";
import { openQuery, type Query } from "../../hub/query/query.ts";
import type { Compiler } from "../../hub/query/run/compiler.ts";
import { type KqlQueries, openKqlQueries } from "../../hub/query/run/kql_queries.ts";
import { compactFiles } from "../../hub/store/cold/compact_files.ts";
import { openIndexes } from "../../hub/store/cold/open_indexes.ts";
import { COMPACT_POLICY, compactOnce } from "../../hub/store/compact.ts";
import type { Engine, EngineCompact } from "../../hub/store/engine.ts";
import { type Manifest, openManifest } from "../../hub/store/manifest.ts";
import { openStore, type Store } from "../../hub/store/store.ts";
import { never } from "../../hub/store/test_room.ts";
import { nodeFiles } from "../../sdk/runtime/node_files.ts";
import { ADDRESS_CATEGORIES } from "../../sdk/scrub/address.ts";
import { Life, mortalControl, mortalFiles, turn } from "./life.ts";
import { SCHEMAS } from "./made_ledger.ts";

/** Small, so that a few frames are enough for all that may happen. */
const POLICY = {
  ...COMPACT_POLICY,
  hotFiles: 2,
  hotRows: 120,
  coldFiles: 2,
  largeRows: 90,
  maxRows: 150,
  maxFiles: 6,
};

/** What outlives the hub. */
export interface Ground {
  readonly folder: string;
  readonly engine: Engine;
  readonly compiler: Compiler;
}

/** How a compaction's process goes on. */
export interface Compaction {
  /** It is a process, or only what one does, on our time. */
  readonly isReal: boolean;
  /** Turns that pass before it does anything, and before anybody is told that it is done. */
  readonly turns: number;
  /** It dies after so many of its operations; undefined: it does not. */
  readonly endsIn: number | undefined;
}

export interface StorageLife extends AsyncDisposable {
  readonly life: Life;
  readonly manifest: Manifest;
  readonly store: Store;
  readonly query: Query;
  readonly kql: KqlQueries;
  /** One compaction; false where there was nothing to do. */
  compact(how: Compaction): Promise<boolean>;
}

/** A start of the hub. */
export async function startStorage(ground: Ground): Promise<StorageLife> {
  const { folder, compiler } = ground;
  const life = new Life();
  const files = mortalFiles(nodeFiles(), life);
  const real = openControl(join(folder, "control.sqlite"));
  // A kill takes nothing that the system was given.
  real.exec("pragma synchronous = off");
  const control = mortalControl(real, life);
  const manifest = openManifest(control);
  const store = await openStore({
    manifest,
    folder,
    files,
    categories: ADDRESS_CATEGORIES,
    after: never,
    pause: turn,
    maxRows: 100,
  });
  const engine = readingEngine(ground.engine, life);
  return {
    life,
    manifest,
    store,
    query: openQuery({ manifest, engine, folder, indexes: openIndexes(files, folder) }),
    kql: openKqlQueries({
      manifest,
      engine,
      compiler,
      folder,
      schemas: () => SCHEMAS,
      functions: openFunctionStore(control),
      now: Date.now,
    }),
    compact: (how) =>
      compactOnce({
        manifest,
        engine: compactingEngine({ ground, life, how }),
        files,
        folder,
        policy: POLICY,
        record: turn,
      }, life.signal),
    [Symbol.asyncDispose]: () => real[Symbol.asyncDispose](),
  };
}

/** Rows come while others have turns; none comes to a hub that is dead. */
function readingEngine(engine: Engine, life: Life): Engine {
  return {
    async *select(request, signal, deadlineMs) {
      const either = AbortSignal.any([signal, life.signal]);
      await turn();
      for await (const rows of engine.select(request, either, deadlineMs)) {
        yield rows;
        await turn();
      }
    },
    compact: () => Promise.reject(new TypeError("It only reads")),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

interface Compacting {
  readonly ground: Ground;
  readonly life: Life;
  readonly how: Compaction;
}

function compactingEngine({ ground, life, how }: Compacting): Engine {
  const compact = async (request: EngineCompact) => {
    await turns(how.turns);
    life.check();
    if (!how.isReal) return await onOurTime(request, how);
    const end = new AbortController();
    const running = ground.engine.compact(request, AbortSignal.any([end.signal, life.signal]));
    if (how.endsIn !== undefined) void turns(how.endsIn).then(() => end.abort());
    return await running;
  };
  return {
    select: () => {
      throw new TypeError("It only compacts");
    },
    compact,
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

/** A process that outlives a hub that is killed: it does not look at the hub's life. */
async function onOurTime(request: EngineCompact, { turns: wait, endsIn }: Compaction) {
  const child = new Life();
  if (endsIn !== undefined) child.endIn(endsIn, (endsIn % 7) / 7);
  await turns(wait);
  const files = compactFiles(mortalFiles(nodeFiles(), child), { ...request, kind: "compact" });
  await turns(wait);
  return files;
}

async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await turn();
}
