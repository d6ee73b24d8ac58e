/**
 * Lines of a syslog file in the form of RFC 5424, as sshd's come through rsyslog.
 *
 * @module
 */
import type { Random } from "./random.ts";
import { guessedName, HOST, USERS, workAddress } from "./scene.ts";

/** authpriv.info, authpriv.notice and cron.info, as RFC 5424 §6.2.1 counts them. */
const AUTH_INFO = 10 * 8 + 6;
const AUTH_NOTICE = 10 * 8 + 5;
const CRON_INFO = 9 * 8 + 6;

/** Somebody signs in, or a job runs. */
export function authVisit(ms: number, random: Random): string {
  if (random.below(3) === 0) {
    return line(ms, { priority: CRON_INFO, app: "CRON", random }, "(root) CMD (run-parts hourly)");
  }
  const who = `${random.pick(USERS)} from ${workAddress(random)} port ${port(random)} ssh2`;
  return line(ms, { priority: AUTH_INFO, app: "sshd", random }, `Accepted publickey for ${who}`);
}

/** A guessed password, refused. */
export function authGuess(ms: number, from: string, random: Random): string {
  const who = `invalid user ${guessedName(random)} from ${from} port ${port(random)} ssh2`;
  return line(ms, { priority: AUTH_NOTICE, app: "sshd", random }, `Failed password for ${who}`);
}

interface Head {
  readonly priority: number;
  readonly app: string;
  readonly random: Random;
}

function line(ms: number, { priority, app, random }: Head, message: string): string {
  const time = new Date(ms).toISOString();
  return `<${priority}>1 ${time} ${HOST} ${app} ${800 + random.below(9000)} - - ${message}\n`;
}

function port(random: Random): number {
  return 32_768 + random.below(28_000);
}
