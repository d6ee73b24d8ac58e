/**
 * Syslog lines as hosts write them, each with its number, and what must become of each.
 *
 * @module
 */
import type { Random } from "../compile/demo/random.ts";

/** One line, and the row that a reader must make of it; names before tokens. */
export interface SyslogLine {
  readonly text: string;
  readonly timeMs: number;
  readonly host: string;
  readonly app: string;
  readonly pid: number | undefined;
  readonly message: string;
}

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const FIRST = "ada alan anita boris carla david elena fatima greg hana igor jana kim lars mei"
  .split(" ");
const LAST = "adams baker chen diaz evans fischer garcia hughes ito jensen kaur lopez novak".split(
  " ",
);
const LINES_A_SECOND = 300;

/** What stays the same over a whole file. */
export interface World {
  readonly random: Random;
  readonly addresses: readonly string[];
  readonly users: readonly string[];
  readonly hosts: readonly string[];
}

/** A small company: 20,000 addresses, 4,000 people, 40 hosts. */
export function worldOf(random: Random): World {
  const address = (): string => {
    const first = random.pick([10, 172, 192, 203, 198, 45, 61, 103, 185, 218]);
    return `${first}.${random.below(256)}.${random.below(256)}.${1 + random.below(254)}`;
  };
  const user = (_: unknown, i: number): string =>
    `${random.pick(FIRST)}.${random.pick(LAST)}${i < 300 ? "" : random.below(100)}`;
  return {
    random,
    addresses: Array.from({ length: 20_000 }, address),
    users: Array.from({ length: 4_000 }, user),
    hosts: Array.from(
      { length: 40 },
      (_, i) => `${["web", "app", "db", "edge", "dc"][i % 5]}${String(i).padStart(3, "0")}`,
    ),
  };
}

/** Most requests come from few: the nth is picked about as often as 1/n. */
export function skewed<T>(world: World, items: readonly T[]): T {
  const { random } = world;
  const at = Math.floor(items.length ** (random.below(1 << 20) / (1 << 20))) - 1;
  return items[Math.max(0, at)] ?? random.pick(items);
}

/** The line with number `n`; `startMs` is the time of line 0. */
export function syslogLine(world: World, n: number, startMs: number): SyslogLine {
  return syslogLineAt(world, n, startMs + Math.floor(n / LINES_A_SECOND) * 1000);
}

/** The line with number `n`, written at `timeMs`. */
export function syslogLineAt(world: World, n: number, timeMs: number): SyslogLine {
  const { random } = world;
  const [app, hasPid, say] = random.pick(WEIGHTED);
  const host = skewed(world, world.hosts);
  const pid = hasPid ? 300 + random.below(60_000) : undefined;
  const message = `${say(world, timeMs)} n=${n}`;
  const time = new Date(timeMs);
  const day = String(time.getUTCDate()).padStart(2, " ");
  const stamp = `${MONTHS[time.getUTCMonth()]} ${day} ${time.toISOString().slice(11, 19)}`;
  const tag = pid === undefined ? app : `${app}[${pid}]`;
  return { text: `${stamp} ${host} ${tag}: ${message}\n`, timeMs, host, app, pid, message };
}

type Say = (world: World, timeMs: number) => string;

const port = (w: World): number => 1024 + w.random.below(64_000);
const from = (w: World): string => skewed(w, w.addresses);
const who = (w: World): string => skewed(w, w.users);
const hex = (w: World, digits: number): string =>
  Array.from({ length: digits }, () => "0123456789abcdef"[w.random.below(16)]).join("");

const MESSAGES: readonly (readonly [number, string, boolean, Say])[] = [
  [
    14,
    "sshd",
    true,
    (w) =>
      `Failed password for ${w.random.below(5) < 2 ? "invalid user " : ""}${who(w)} from ${
        from(w)
      } port ${port(w)} ssh2`,
  ],
  [7, "sshd", true, (w) => `Accepted password for ${who(w)} from ${from(w)} port ${port(w)} ssh2`],
  [
    8,
    "sshd",
    true,
    (w) =>
      `pam_unix(sshd:session): session opened for user ${who(w)}(uid=${
        1000 + w.random.below(4000)
      }) by (uid=0)`,
  ],
  [
    6,
    "sshd",
    true,
    (w) => `Received disconnect from ${from(w)} port ${port(w)}:11: disconnected by user`,
  ],
  [8, "CRON", true, (w) => `(root) CMD (/usr/lib/sysstat/sa1 ${1 + w.random.below(9)} 1)`],
  [
    6,
    "sudo",
    false,
    (w) =>
      `${who(w)} : TTY=pts/${w.random.below(9)} ; PWD=/srv/app ; USER=root ; COMMAND=${
        w.random.pick([
          "/usr/bin/systemctl restart nginx",
          "/usr/bin/docker ps -a",
          "/bin/ls /var/log",
        ])
      }`,
  ],
  [
    12,
    "kernel",
    false,
    (w, t) =>
      `[${(t % 1e7) / 1000}] [UFW BLOCK] IN=eth0 OUT= SRC=${from(w)} DST=10.0.${
        w.random.below(4)
      }.${w.random.below(256)} LEN=${40 + w.random.below(1400)} TTL=${
        30 + w.random.below(200)
      } ID=${w.random.below(65_536)} PROTO=TCP SPT=${port(w)} DPT=${
        w.random.pick([22, 80, 443, 3389])
      } WINDOW=${w.random.below(65_536)} SYN URGP=0`,
  ],
  [6, "systemd", true, (w) => `Started Session ${w.random.below(90_000)} of user ${who(w)}.`],
  [
    5,
    "dhcpd",
    true,
    (w) =>
      `DHCPACK on ${from(w)} to ${Array.from({ length: 6 }, () => hex(w, 2)).join(":")} via eth${
        w.random.below(3)
      }`,
  ],
  [
    9,
    "app",
    true,
    (w) =>
      `request_id=${hex(w, 32)} tenant=${w.random.below(500)} path=/api/v2/orders/${
        w.random.below(1e6)
      } status=${w.random.pick([200, 200, 200, 304, 404, 500])} dur_ms=${w.random.below(900)}`,
  ],
  [
    7,
    "postfix/smtpd",
    true,
    (w) =>
      `${hex(w, 10).toUpperCase()}: client=unknown[${from(w)}], sasl_method=PLAIN, sasl_username=${
        who(w)
      }@example.org`,
  ],
  [
    4,
    "named",
    true,
    (w) =>
      `client @0x7f${hex(w, 10)} ${from(w)}#${
        port(w)
      } (www.example.org): query: www.example.org IN A +E(0)K (10.0.0.2)`,
  ],
];

const WEIGHTED: readonly (readonly [string, boolean, Say])[] = MESSAGES.flatMap(
  ([weight, app, hasPid, say]) => Array.from({ length: weight }, () => [app, hasPid, say] as const),
);
