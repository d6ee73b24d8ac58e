/**
 * Weakenings of the real source, each of which the simulation must notice.
 *
 * @module
 */
import type { Weakening } from "../weakened_tree.ts";

/** One weakening, and what notices it. */
export interface Mutation extends Weakening {
  /** The test file that notices it, where seeds hardly do. */
  readonly elsewhere?: string;
  /** Why it changes nothing that anybody was promised. */
  readonly equivalent?: string;
}

export const MUTATIONS: readonly Mutation[] = [
  {
    name: "no dedup: a repeated frame is recorded again",
    file: "hub/ingest/record.ts",
    from: `case "again":\n        return`,
    to: `case "again":\n        ingest.ledger.append("frame", keyHash, bytes);\n        return`,
  },
  {
    name: "no dedup: what the hub has is sealed again",
    file: "agent/spool/spool.ts",
    from: `if (why.held !== undefined) this.ack({`,
    to: `if (false) this.ack({`,
  },
  {
    name: "delete on send: trimmed before it is acknowledged",
    file: "agent/send/next_frames.ts",
    from: `    stream.next++;`,
    to: `    link.context.source.ack({ stream: id, epoch: stream.epoch, seq: stream.next });\n` +
      `    stream.next++;`,
  },
  {
    name: "cursor before data",
    file: "agent/pipeline.ts",
    from: `    this.#unsynced += bytes;\n`,
    to: `    this.#unsynced += bytes;\n    this.#durable = cursor;\n`,
  },
  {
    name: "ack before sync",
    file: "hub/ingest/session.ts",
    from: `const checkpoint = await this.#ingest.ledger.commit();`,
    to: `const { checkpoint } = this.#ingest.ledger;\n` +
      `        this.#ingest.ledger.commit().catch(() => {});`,
  },
  {
    name: "no signature check",
    file: "hub/ingest/admit.ts",
    from: `if (fault !== undefined) return refuse(fault);`,
    to: ``,
  },
  {
    name: "no CRC",
    file: "sdk/wire/segment.ts",
    from: `if (crc32c(payload) !== uint32At(bytes, taken + 4)) return`,
    to: `if (false) return`,
  },
  {
    name: "no torn-tail cut: the ledger goes on behind it",
    file: "hub/ledger/recover.ts",
    from: `if (file.size() > walked.end) file.truncate(walked.end);`,
    to: `walked.end = file.size();`,
  },
  {
    name: "no fence: an older epoch opens again",
    file: "hub/ingest/admit.ts",
    from: `if (state?.epoch !== header.epoch) {`,
    to: `if (state === undefined) {`,
    elsewhere: "test/conformance/link_rules.test.ts",
  },
  {
    name: "no credit reset: the last connection's credit counts",
    file: "agent/send/link_state.ts",
    from: `credit: message.credit, welcome: message });`,
    to: `credit: Math.max(message.credit, link.context.credit ?? 0), welcome: message });\n` +
      `  link.context.credit = link.credit;`,
    elsewhere: "test/conformance/link_rules.test.ts",
  },
  {
    name: "failed sync believed",
    file: "sdk/wire/segment_writer.ts",
    from:
      `      } catch (error) {\n        isBroken = true;\n        throw error;\n      }\n      durable =`,
    to: `      } catch {\n      }\n      durable =`,
  },
  {
    name: "failed sync of the segment before the newest: not given up",
    file: "hub/ledger/ledger.ts",
    from: `turned?.abandon();`,
    to: ``,
    equivalent: "the next start writes the last two segments again, so what it shows is true",
  },
  {
    name: "the tail is not written again at the start",
    file: "hub/ledger/recover.ts",
    from: `await writeAgain(file);`,
    to: ``,
  },
  {
    name: "the length of a tail that was cut is not set again at the start",
    file: "hub/ledger/recover.ts",
    from: `  file.truncate(file.size());`,
    to: ``,
    elsewhere: "hub/ledger/ledger.test.ts",
  },
  {
    name: "what could not be kept waits for the source's next event",
    file: "agent/read/run_plugin.ts",
    from: `AbortSignal.any([signal, lost, ending.signal])`,
    to: `AbortSignal.any([signal, ending.signal])`,
  },
  {
    name: "the segment before the newest is not synced",
    file: "hub/ledger/ledger.ts",
    from: `await old.sync();`,
    to: ``,
  },
  {
    name: "short write ignored",
    file: "sdk/runtime/files.ts",
    from: `    done += n;\n  }\n}`,
    to: `    done = bytes.length;\n  }\n}`,
  },
  {
    name: "epoch reused after a failed write",
    file: "agent/spool/streams.ts",
    from: `if (held === source.epochs.at(-1)) this.openEpoch(source, "write failed");`,
    to: ``,
    elsewhere: "agent/spool/crash.test.ts",
  },
  {
    name: "epoch reused after a cut spool",
    file: "agent/spool/streams.ts",
    from: `if (renew.has(source.key) || source.epochs.length === 0) this`,
    to: `if (source.epochs.length === 0) this`,
  },
  {
    name: "stale welcome accepted",
    file: "agent/send/link_state.ts",
    from: `if (link.phase !== "auth" || !isSame(message.hello, link.nonce)) return [];`,
    to: `if (link.phase !== "auth") return [];`,
    elsewhere: "test/conformance/link_rules.test.ts",
  },
  {
    name: "a lost tail of the agent's is not noticed",
    file: "agent/send/agreement.ts",
    from: `  if (hub.next > mine.next) {`,
    to: `  if (false) {`,
    elsewhere: "agent/send/agreement.test.ts",
  },
  {
    name: "a running sync is believed after a failed write",
    file: "agent/spool/spool.ts",
    from: `[...this.#syncing.splice(0), ...this.#waiting]`,
    to: `[...this.#waiting]`,
  },
  {
    name: "an epoch is announced before it is durable",
    file: "agent/spool/streams.ts",
    from: `epochs.filter(({ told }) => told === "durable");`,
    to: `epochs;`,
    elsewhere: "agent/spool/spool.test.ts",
  },
  {
    name: "a clock that is set back keeps the spool full",
    file: "agent/spool/room.ts",
    from: `sinceMs < 0 || `,
    to: ``,
    elsewhere: "agent/spool/spool.test.ts",
  },
  {
    name: "gap not written for a loss",
    file: "agent/pipeline.ts",
    from: `if (shed !== undefined) this.sink.gap(gapOf(shed, this.options.stamp.now()));`,
    to: ``,
  },
  {
    name: "frames sent before their group is durable",
    file: "agent/spool/streams.ts",
    from: `if (held === undefined || at.seq >= held.durable) return undefined;`,
    to: `if (held === undefined) return undefined;`,
    elsewhere: "agent/spool/spool.test.ts",
  },
  {
    name: "sealed behind a group that was not kept",
    file: "agent/pipeline.ts",
    from: `if (!this.#lost.signal.aborted) this.#seal();`,
    to: `this.#seal();`,
  },
  {
    name: "trimmed before the state record is durable",
    file: "agent/spool/spool.ts",
    from: `if (!this.#log.isSettled) return;`,
    to: ``,
    elsewhere: "agent/spool/spool.test.ts",
  },
  {
    name: "the spool's folder is not synced",
    file: "agent/spool/spool_log.ts",
    from: `      await this.#options.files.syncFolder(this.#options.folder);\n    }\n    // It may`,
    to: `    }\n    // It may`,
  },
  {
    name: "frames that are sealed again are given up before the new ones are durable",
    file: "agent/spool/spool.ts",
    from: `source.replaced = [...replaced, ...old];`,
    to: ``,
    elsewhere: "agent/spool/spool.test.ts",
  },
  {
    name: "a source whose spool was cut does not ask the hub",
    file: "agent/pipeline.ts",
    from: `if (!options.lossy && options.spool.isCut())`,
    to: `if (false)`,
  },
  {
    name: "a frame that was changed on its way is given up",
    file: "agent/send/link_state.ts",
    from: `message.permanent && wasChanged(link.context.source, message)`,
    to: `false`,
    elsewhere: "test/conformance/link_changed.test.ts",
  },
  {
    name: "an epoch that was given up with a loss is used again",
    file: "agent/spool/found.ts",
    from: `source.givenUp = Math.max(...source.epochs.map(({ epoch }) => epoch));`,
    to: ``,
    elsewhere: "agent/spool/cut.test.ts",
  },
];
