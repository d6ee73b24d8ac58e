/**
 * A cold target in memory that fails where a test wants it, for tests.
 *
 * @module
 */
import { readFileSync, writeFileSync } from "node:fs";
import { aborted, type ColdTarget, TargetError } from "./cold_target.ts";
import { sha256Hex } from "./sign_request.ts";

export interface TestTarget extends ColdTarget {
  readonly held: Map<string, Uint8Array>;
  /** Called before and after each `put`, `get` and `remove`; what it throws is what happens. */
  step: (step: string) => void | Promise<void>;
  /** Gets that have begun. */
  readonly gets: string[];
}

export function openTestTarget(place = "memory"): TestTarget {
  const held = new Map<string, Uint8Array>();
  const target: TestTarget = {
    place,
    held,
    gets: [],
    step: () => undefined,
    async put(name, { path }, signal) {
      await target.step(`before put ${name}`);
      if (signal.aborted) throw aborted();
      held.set(name, readFileSync(path));
      await target.step(`after put ${name}`);
    },
    async get(name, { path, sha256 }, signal) {
      target.gets.push(name);
      await target.step(`before get ${name}`);
      if (signal.aborted) throw aborted();
      const bytes = held.get(name);
      if (bytes === undefined) throw new TargetError("missing", `${name} is not there`);
      if (sha256 !== undefined && sha256Hex(bytes) !== sha256) {
        throw new TargetError("tampered", `${name} is another`);
      }
      writeFileSync(path, bytes);
      await target.step(`after get ${name}`);
    },
    async remove(name) {
      await target.step(`before remove ${name}`);
      held.delete(name);
      await target.step(`after remove ${name}`);
    },
    list: () => Promise.resolve([...held].map(([name, bytes]) => ({ name, bytes: bytes.length }))),
    removeHalves: () => Promise.resolve(0),
  };
  return target;
}
