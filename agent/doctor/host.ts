/**
 * What `custos doctor` asks of the machine, so that tests can have it answer anything.
 *
 * @module
 */
import { accessSync, constants, statSync } from "node:fs";
import { connect } from "node:tls";
import { nodeFiles } from "../../sdk/runtime/node_files.ts";
import type { Files } from "../../sdk/runtime/files.ts";
import { matchFiles } from "../../sdk/read/match_files.ts";
import { CERTIFICATE_PATH, CertificateNonce } from "../../sdk/wire/certificate.ts";
import { suiteOf, TLS_POLICY } from "../../sdk/wire/tls_policy.ts";
import { callHub } from "../hub_call.ts";
import { troubleOf } from "../../sdk/runtime/file_trouble.ts";
import * as v from "valibot";

/** A file or folder: who owns it and who may use it. */
export interface Rights {
  /** The last nine bits. */
  readonly mode: number;
  readonly owner: number;
}

/** A hub that has answered. */
export interface Reached {
  readonly version: string;
  readonly suite: string;
  /** End of the hub's certificate, ms since the epoch. */
  readonly notAfter: number;
}

export interface Host {
  readonly files: Files;
  /** Id of this user; undefined where the system has no such rights (Windows). */
  readonly user: number | undefined;
  /** Wall clock, ms since the epoch. */
  now(): number;
  /** Undefined if there is nothing, or nothing that this user may know of. */
  rightsOf(path: string): Rights | undefined;
  matches(glob: string): readonly string[];
  /** Why this user cannot read `path`, in words. */
  readTrouble(path: string): string | undefined;
  /** Shakes hands with the hub at `url`. @throws The runtime's error. */
  reach(url: string, ca: string): Promise<Reached>;
  /** The hub's clock, ms since the epoch; undefined from a hub that does not tell. */
  hubTime(url: string, ca: string): Promise<number | undefined>;
}

const REACH_MS = 10_000;

/** The machine that this runs on. */
export function thisHost(): Host {
  return {
    files: nodeFiles(),
    user: process.getuid?.(),
    now: Date.now,
    rightsOf,
    matches: (glob) => matchFiles([glob]).map(({ path }) => path),
    readTrouble,
    reach,
    async hubTime(url, ca) {
      const at = new URL(CERTIFICATE_PATH, url.replace(/^wss:/, "https:"));
      const { body } = await callHub(at, { ca });
      return v.parse(CertificateNonce, JSON.parse(body)).time;
    },
  };
}

function rightsOf(path: string): Rights | undefined {
  try {
    const stat = statSync(path);
    return { mode: stat.mode & 0o777, owner: stat.uid };
  } catch {
    return undefined;
  }
}

function readTrouble(path: string): string | undefined {
  try {
    accessSync(path, constants.R_OK);
    return undefined;
  } catch (error) {
    return troubleOf(error);
  }
}

function reach(url: string, ca: string): Promise<Reached> {
  const { hostname, port } = new URL(url);
  const host = hostname.replace(/^\[|\]$/g, "");
  return new Promise((resolve, reject) => {
    const socket = connect(
      { host, port: port === "" ? 443 : Number(port), ca, ...TLS_POLICY },
      () => {
        const notAfter = Date.parse(socket.getPeerCertificate().valid_to);
        const version = socket.getProtocol() ?? "";
        resolve({ version, suite: suiteOf(socket) ?? "", notAfter });
        socket.destroy();
      },
    );
    socket.setTimeout(REACH_MS, () => {
      socket.destroy(Object.assign(new Error("no answer"), { code: "ETIMEDOUT" }));
    });
    socket.on("error", reject);
  });
}
