/**
 * A wire whose agent changes its signing keys: the real keys, on a disk in memory.
 *
 * @module
 */
import { randomBytes } from "node:crypto";
import { sealedHeads } from "../../agent/sealed_heads.ts";
import { openSigningKeys, type SigningKeys } from "../../agent/signing_keys.ts";
import { type IngestNote, readIngestNote } from "../../hub/ingest/entries.ts";
import { type FaultyFiles, faultyFiles } from "../../sdk/testkit/faulty_files.ts";
import { makeAgent, makeIngest, type TestAgent, type TestIngest } from "./link_fakes.ts";
import { Wire } from "./link_wire.ts";

const FOLDER = "/keys";

export class TestHost {
  readonly wire: Wire;
  readonly files: FaultyFiles;
  readonly keys: SigningKeys;

  constructor(wire: Wire, files: FaultyFiles, keys: SigningKeys) {
    this.wire = wire;
    this.files = files;
    this.keys = keys;
    wire.spool.agent.signing = keys;
    wire.context.statements = keys;
  }

  /** Seals frames of stream `a`; nothing is sent. */
  seal(frames: number): readonly Uint8Array[] {
    return Array.from({ length: frames }, () => this.wire.spool.add("a"));
  }

  /** The next key. */
  async change(): Promise<void> {
    await this.keys.next(sealedHeads(this.wire.spool));
  }

  /** What the hub has noted of `kind`. */
  notes<K extends IngestNote["note"]>(kind: K): Extract<IngestNote, { note: K }>[] {
    return this.wire.ingest.ledger.entries.flatMap((entry) => {
      const note = entry.kind === "note" ? readIngestNote(entry.payload) : undefined;
      return note?.note === kind ? [note as Extract<IngestNote, { note: K }>] : [];
    });
  }

  /** A copy of the files of its keys, as they are now. */
  copy(): FaultyFiles {
    const copy = faultyFiles();
    for (const name of this.files.list(FOLDER)) {
      const path = `${FOLDER}/${name}`;
      copy.open(path, "create").write(new Uint8Array(this.files.bytesOf(path)), 0);
    }
    return copy;
  }
}

/** A host that has enrolled, with stream `a` in epoch 1; not connected. */
export async function newHost(
  agent: TestAgent = makeAgent(),
  ingest: TestIngest = makeIngest(),
  files: FaultyFiles = faultyFiles(),
): Promise<TestHost> {
  const wire = new Wire(agent, ingest);
  wire.spool.open("a", 1);
  const keys = await openSigningKeys({
    files,
    folder: FOLDER,
    identity: { seed: agent.keys.privateKey, publicKey: agent.keys.publicKey },
    now: () => 1000,
    random: (n) => new Uint8Array(randomBytes(n)),
  });
  return new TestHost(wire, files, keys);
}
