/**
 * Who is who in the sample logs: ordinary people, and somebody who guesses passwords.
 *
 * All addresses are from ranges for documentation (RFC 5737) or private ones (RFC 1918).
 *
 * @module
 */
import type { Random } from "./random.ts";

export const HOST = "web-01";
export const HOST_ADDRESS = "10.20.0.10";
export const USERS = ["adler", "bruck", "castor", "dorn", "eder", "frey", "gruber", "hahn"];
const GUESSED = ["administrator", "admin", "root", "test", "backup", "oracle", "postgres", "guest"];
const GUESSERS = ["203.0.113.66", "198.51.100.23", "203.0.113.140"];

/** One attack every so often, for so long, in ms. The first ends where the live part begins. */
const ATTACK_EVERY_MS = 120_000;
const ATTACK_FOR_MS = 40_000;

/** An address of somebody at work. */
export function workAddress(random: Random): string {
  return `10.20.${1 + random.below(4)}.${10 + random.below(60)}`;
}

/** A name that the attacker tries. */
export function guessedName(random: Random): string {
  return random.pick(GUESSED);
}

/**
 * Where the attack of time `ms` comes from; undefined while there is none. `liveFrom` is when the
 * first attack ends.
 */
export function attackerAt(ms: number, liveFrom: number): string | undefined {
  const since = ms - (liveFrom - ATTACK_FOR_MS);
  if (since < 0 || since % ATTACK_EVERY_MS >= ATTACK_FOR_MS) return undefined;
  return GUESSERS[Math.floor(since / ATTACK_EVERY_MS) % GUESSERS.length];
}
