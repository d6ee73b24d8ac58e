/**
 * IIS log lines, each with its number, and what must become of each.
 *
 * @module
 */
import { skewed, type World } from "./syslog_lines.ts";

/** One line, and the values of its row before tokens. */
export interface IisLine {
  readonly text: string;
  readonly timeMs: number;
  readonly method: string;
  readonly stem: string;
  readonly query: string;
  readonly port: number;
  readonly user: string | undefined;
  readonly client: string;
  readonly agent: string;
  readonly status: string;
  readonly taken: number;
}

export const IIS_HEAD = `#Software: Microsoft Internet Information Services 10.0
#Version: 1.0
#Date: 2026-01-01 00:00:00
#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) cs(Referer) sc-status sc-substatus sc-win32-status time-taken
`;

const LINES_A_SECOND = 300;
const STEMS = [
  "/owa/",
  "/owa/service.svc",
  "/api/v2/orders",
  "/rpc/rpcproxy.dll",
  "/ews/exchange.asmx",
  "/Microsoft-Server-ActiveSync/default.eas",
  "/static/app.f3020771.js",
  "/static/site.css",
];
const AGENTS = Array.from(
  { length: 60 },
  (_, i) =>
    `Mozilla/5.0+(Windows+NT+10.0;+Win64;+x64)+AppleWebKit/537.36+(KHTML,+like+Gecko)+Chrome/${
      100 + i
    }.0.0.0+Safari/537.36`,
);

/** The line with number `n`; `startMs` is the time of line 0. */
export function iisLine(world: World, n: number, startMs: number): IisLine {
  const { random } = world;
  const timeMs = startMs + Math.floor(n / LINES_A_SECOND) * 1000;
  const client = skewed(world, world.addresses);
  const user = random.below(10) < 4 ? undefined : `CONTOSO\\${skewed(world, world.users)}`;
  const method = random.pick(["GET", "GET", "GET", "POST", "OPTIONS"]);
  const stem = skewed(world, STEMS);
  const query = `id=${random.below(1e6)}&n=${n}`;
  const agent = skewed(world, AGENTS);
  const status = random.pick(["200", "200", "200", "200", "304", "401", "404", "500"]);
  const taken = random.below(2000);
  const [day = "", rest = ""] = new Date(timeMs).toISOString().split("T");
  const text = `${day} ${rest.slice(0, 8)} 10.0.0.${11 + (n % 3)} ${method} ${stem} ${query} 443 ${
    user ?? "-"
  } ${client} ${agent} https://mail.contoso.example/owa/ ${status} 0 0 ${taken}\n`;
  return {
    text,
    timeMs,
    method,
    stem,
    query,
    port: 443,
    user,
    client,
    agent: agent.replaceAll("+", " "),
    status,
    taken,
  };
}
