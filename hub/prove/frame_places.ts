/**
 * Where frames are in the ledger: a follower that remembers each 64th frame of a stream, and what
 * says whose keys are an agent's.
 *
 * Any other frame is found by reading on from there. It is no truth: it can be made anew from the
 * ledger.
 *
 * @module
 */
import { parseStatement } from "../../sdk/wire/statement.ts";
import type { Control } from "../control.ts";
import type { Follower, Item } from "../fanout/follower.ts";
import { readAgentEntry } from "../ingest/entries.ts";
import { headerOf } from "../ledger/deleted_frame.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { readStoreFileNote } from "../store/seal.ts";

const EVERY = 64;
/** Entries after which the offset is saved even if there is no place to remember. */
const SAVE_EVERY = 4096;

/** A frame's place in its stream, ids in hex. */
export interface StreamPlace {
  readonly agent: string;
  readonly stream: string;
  readonly epoch: number;
  readonly seq: number;
}

/** Finds frames. */
export interface FramePlaces {
  readonly follower: Follower;
  /** The ledger index of the frame at `place`, if it is there and durable. */
  find(place: StreamPlace): Promise<number | undefined>;
  /**
   * The indexes below `until` of the agent's enrolments and statements of succession, ascending; of
   * what the follower has taken.
   */
  keysOf(agent: string, until: number): readonly number[];
  /** The index of the newest note that seals the store's file `path`; of what was taken. */
  sealOf(path: string): number | undefined;
}

/** Opens what `control` remembers of `ledger`. */
export function openFramePlaces(control: Control, ledger: Ledger): FramePlaces {
  control.exec(`create table if not exists frame_place (
    stream text not null, epoch integer not null, seq integer not null, entry integer not null,
    primary key (stream, epoch, seq)
  ) strict, without rowid`);
  control.exec("create table if not exists frame_place_offset (next integer not null) strict");
  createKeyPlaces(control);
  let next = Number(control.get("select next from frame_place_offset")?.["next"] ?? 0);
  let saved = next;
  return {
    follower: {
      name: "proofs",
      get next() {
        return next;
      },
      take(items) {
        const places = items.filter(isPlace);
        const end = items.at(-1)!.index + 1;
        if (places.length > 0 || end - saved >= SAVE_EVERY) {
          save(control, places, end);
          saved = end;
        }
        next = end;
        return Promise.resolve();
      },
    },
    find: (place) => find(control, ledger, place),
    keysOf: (agent, until) =>
      control.all(
        "select entry from key_place where agent = ? and entry < ? order by entry",
        agent,
        until,
      ).map(({ entry }) => Number(entry)),
    sealOf(path) {
      const found = control.get("select entry from seal_place where path = ?", path);
      return found === undefined ? undefined : Number(found["entry"]);
    },
  };
}

/** Where a table is new, as earlier releases remembered frames alone, all is read again. */
function createKeyPlaces(control: Control): void {
  const found = control.get(
    "select count(*) as n from sqlite_schema where name in ('key_place', 'seal_place')",
  );
  if (found?.["n"] === 2) return;
  control.transaction(() => {
    control.exec(`create table if not exists key_place (
      agent text not null, entry integer not null, primary key (agent, entry)
    ) strict, without rowid`);
    control.exec(`create table if not exists seal_place (
      path text primary key, entry integer not null
    ) strict, without rowid`);
    control.exec("delete from frame_place_offset");
  });
}

function isPlace({ frame, kind, payload }: Item): boolean {
  if (frame !== undefined) return frame.header.seq % EVERY === 0;
  if (kind === "note") return readStoreFileNote(payload) !== undefined;
  return kind === "agent" || kind === "succession";
}

function save(control: Control, places: readonly Item[], next: number): void {
  control.transaction(() => {
    for (const { index, frame, kind, payload } of places) {
      if (kind === "note") {
        const { path } = readStoreFileNote(payload)!;
        control.run("insert or replace into seal_place (path, entry) values (?,?)", path, index);
        continue;
      }
      if (frame === undefined) {
        const agent = kind === "agent"
          ? readAgentEntry(payload)?.id
          : hexOf(parseStatement(payload).agent);
        if (agent === undefined) continue;
        control.run("insert or replace into key_place (agent, entry) values (?,?)", agent, index);
        continue;
      }
      const { agent, stream, epoch, seq } = frame.header;
      const insert =
        "insert or replace into frame_place (stream, epoch, seq, entry) values (?,?,?,?)";
      control.run(insert, `${hexOf(agent)}/${hexOf(stream)}`, epoch, seq, index);
    }
    control.exec("delete from frame_place_offset");
    control.run("insert into frame_place_offset (next) values (?)", next);
  });
}

async function find(
  control: Control,
  ledger: Ledger,
  place: StreamPlace,
): Promise<number | undefined> {
  const { agent, stream, epoch, seq } = place;
  const rows = control.all(
    "select seq, entry from frame_place where stream = ? and epoch = ? and seq <= ? " +
      "order by seq desc limit 1",
    `${agent}/${stream}`,
    epoch,
    seq,
  );
  if (rows.length === 0) return undefined;
  let at = Number(rows[0]!["entry"]);
  while (at < ledger.durable) {
    for (const entry of await ledger.read(at)) {
      const { index } = entry;
      at = index + 1;
      if (entry.kind !== "frame") continue;
      const header = headerOf(entry);
      if (hexOf(header.stream) !== stream || hexOf(header.agent) !== agent) continue;
      if (header.epoch === epoch && header.seq === seq) return index;
      // The stream is past it: there is no such frame.
      if (header.epoch !== epoch || header.seq > seq) return undefined;
    }
  }
  return undefined;
}

function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("hex");
}
