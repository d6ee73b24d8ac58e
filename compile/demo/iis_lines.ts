/**
 * Lines of an IIS log, as IIS 10 writes them by default.
 *
 * @module
 */
import type { Random } from "./random.ts";
import { guessedName, HOST_ADDRESS, USERS, workAddress } from "./scene.ts";

const FIELDS = "date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip " +
  "cs(User-Agent) cs(Referer) sc-status sc-substatus sc-win32-status time-taken";
const PAGES = ["/", "/default.aspx", "/orders", "/orders/list", "/api/v1/items", "/img/logo.png"];
const BROWSERS = [
  "Mozilla/5.0+(Windows+NT+10.0;+Win64;+x64)+AppleWebKit/537.36+(KHTML,+like+Gecko)" +
  "+Chrome/126.0.0.0+Safari/537.36",
  "Mozilla/5.0+(X11;+Linux+x86_64;+rv:127.0)+Gecko/20100101+Firefox/127.0",
];

/** The directives at the head of a file that begins at `ms`. */
export function iisHead(ms: number): string {
  return "#Software: Microsoft Internet Information Services 10.0\n#Version: 1.0\n" +
    `#Date: ${stamp(ms)}\n#Fields: ${FIELDS}\n`;
}

/** Name of the file that holds time `ms`: one a day, in UTC. */
export function iisFileName(ms: number): string {
  return `u_ex${new Date(ms).toISOString().slice(2, 10).replaceAll("-", "")}.log`;
}

/** One request by somebody at work. */
export function iisVisit(ms: number, random: Random): string {
  const page = random.pick(PAGES);
  const query = page.endsWith("list") ? `page=${1 + random.below(9)}` : "-";
  const status = random.below(40) === 0 ? "404 0 2" : "200 0 0";
  const client = `${random.pick(USERS)} ${workAddress(random)} ${random.pick(BROWSERS)}`;
  return `${stamp(ms)} ${HOST_ADDRESS} GET ${page} ${query} 443 ${client} - ${status} ` +
    `${1 + random.below(180)}\n`;
}

/** One attempt to sign in with a guessed password, refused. */
export function iisGuess(ms: number, from: string, random: Random): string {
  const client = `${guessedName(random)} ${from} python-requests/2.32.3`;
  return `${stamp(ms)} ${HOST_ADDRESS} POST /owa/auth.owa - 443 ${client} - 401 1 1326 ` +
    `${20 + random.below(30)}\n`;
}

function stamp(ms: number): string {
  return new Date(ms).toISOString().slice(0, 19).replace("T", " ");
}
