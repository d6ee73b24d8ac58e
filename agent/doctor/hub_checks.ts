/**
 * What `custos doctor` looks at between this host and its hub: enrolment, TLS, certificate, clock.
 *
 * @module
 */
import { CERTIFICATE_MS } from "../../sdk/wire/certificate.ts";
import { isApprovedSuite } from "../../sdk/wire/tls_policy.ts";
import type { LoadedConfig } from "../config/load.ts";
import { hubUrls } from "../config/config.ts";
import { type Enrolment, IdentityError, loadEnrolment } from "../identity.ts";
import { readCertificate } from "../link_certificate.ts";
import { endText } from "../link_words.ts";
import { fail, type Finding, ok, warn } from "./finding.ts";
import type { Host } from "./host.ts";

const DAY_MS = 86_400_000;
/** What the hub allows unless its config says otherwise. */
const CLOCK_LIMIT_MS = 1000;

/** Looks at all of them. */
export async function checkHub(
  { config }: Pick<LoadedConfig, "config">,
  host: Host,
): Promise<readonly Finding[]> {
  const folder = config.agent.data_dir;
  let enrolment: Enrolment | undefined;
  try {
    enrolment = await loadEnrolment(folder);
  } catch (error) {
    if (!(error instanceof IdentityError)) throw error;
    return [fail("enrolment", error.message, "run custos enroll with a new token")];
  }
  if (enrolment === undefined) {
    const fix = "run custos enroll with a token of the hub";
    return [fail("enrolment", "this agent has not enrolled", fix)];
  }
  const { ca, url } = enrolment;
  const urls = hubUrls(config);
  const places = urls.length === 0 ? [url] : urls;
  const reached = await Promise.all(places.map((place) => checkPlace(place, ca, host)));
  const open = places.find((_, i) => reached[i]?.some(({ state }) => state === "ok"));
  return [
    ok("enrolment", `with ${url}, log ${enrolment.logId}`),
    ...reached.flat(),
    await checkCertificate(folder, host),
    ...(open === undefined ? [] : [await checkClock(open, ca, host)]),
  ];
}

async function checkPlace(url: string, ca: string, host: Host): Promise<readonly Finding[]> {
  try {
    const { version, suite, notAfter } = await host.reach(url, ca);
    if (!isApprovedSuite(suite)) {
      const fix = "take away what changes TLS between agent and hub";
      return [fail("tls", `${url} uses ${version} with ${suite}, not approved`, fix)];
    }
    const left = notAfter - host.now();
    const said = `${url}: ${version}, ${suite}, the hub's certificate until ${instant(notAfter)}`;
    if (left > 7 * DAY_MS) return [ok("tls", said)];
    return [ok("hub", `${url} answers`), warn("tls", said, "restart the hub: it renews by itself")];
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "connection";
    return [fail("hub", `${url} is not reached: ${endText(code)}`, fixOf(code))];
  }
}

function fixOf(code: string): string {
  if (/CERT|ISSUER|VERIFY|ALTNAME/.test(code)) {
    return "add the name to link.names of the hub, or enrol again if it has a new authority";
  }
  return "start the hub, open its port in the firewalls between, check hub.url";
}

async function checkCertificate(folder: string, host: Host): Promise<Finding> {
  const certificate = await readCertificate(folder).catch(() => undefined);
  const renews = "custos run gets another one by itself once it reaches the hub";
  if (certificate === undefined) {
    return warn("certificate", "this agent has no certificate for the link", renews);
  }
  const left = certificate.notAfter - host.now();
  const until = `until ${instant(certificate.notAfter)}`;
  if (left <= 0) return fail("certificate", `was valid ${until}`, renews);
  if (left > CERTIFICATE_MS / 2 - DAY_MS) return ok("certificate", `valid ${until}`);
  return warn("certificate", `valid ${until}, it should have been renewed`, renews);
}

async function checkClock(url: string, ca: string, host: Host): Promise<Finding> {
  const sent = host.now();
  let hub: number | undefined;
  try {
    hub = await host.hubTime(url, ca);
  } catch {
    // Said below.
  }
  const got = host.now();
  if (hub === undefined) return warn("clock", "the hub does not tell its time", "update the hub");
  const offset = Math.round((sent + got) / 2 - hub);
  const bound = Math.ceil(Math.abs(got - sent) / 2);
  const where = offset < 0 ? "behind" : "ahead of";
  const what = `${Math.abs(offset)} ms ${where} the hub's, ${bound} ms more or less`;
  if (Math.abs(offset) - bound <= CLOCK_LIMIT_MS) return ok("clock", what);
  return fail("clock", what, "run a time service (NTP) on this host and on the hub");
}

function instant(ms: number): string {
  return new Date(ms).toISOString();
}
