/**
 * Counts the starts of this agent: `DATA/instance`, one more and durable before anything is sent.
 *
 * The hub compares: two agents that count from the same number have the same disk, or a copy of it.
 *
 * @module
 */
import { join } from "node:path";
import { readIfThere, writeSecret } from "./identity.ts";

const MOST = 2 ** 48;

/** The number of this start, from 1. A file that is damaged counts from 1 again. @throws {IdentityError} */
export async function nextInstance(folder: string): Promise<number> {
  const file = join(folder, "instance");
  const last = /^\d{1,15}\s*$/.exec(await readIfThere(file) ?? "")?.[0];
  const next = last === undefined || Number(last) >= MOST ? 1 : Number(last) + 1;
  await writeSecret(file, `${next}\n`);
  return next;
}
