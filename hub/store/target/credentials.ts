/**
 * Where the key of a target comes from: the environment, or a file as AWS's tools keep one.
 *
 * They are read anew for each request: a key that was changed is used at once.
 *
 * @module
 */
import { TargetError } from "./cold_target.ts";
import type { Credentials } from "./sign_request.ts";

export type CredentialPlace =
  | { readonly from: "env" }
  | { readonly from: "file"; readonly file: string; readonly profile: string };

export interface CredentialSources {
  /** A variable of the environment. */
  variable(name: string): string | undefined;
  /** The text of a file. */
  readText(path: string): string;
}

/** Reads them. Messages show neither of the two. @throws {TargetError} `key`. */
export function readCredentials(
  place: CredentialPlace,
  { variable, readText }: CredentialSources,
): Credentials {
  if (place.from === "env") {
    const of = (name: string): string => variable(name)?.trim() ?? "";
    return checked("the environment", {
      keyId: of("AWS_ACCESS_KEY_ID"),
      secret: of("AWS_SECRET_ACCESS_KEY"),
      sessionToken: of("AWS_SESSION_TOKEN"),
    });
  }
  const { file, profile } = place;
  const settings = profileOf(textOfFile(file, readText), profile);
  if (settings === undefined) {
    throw new TargetError(
      "key",
      `Cannot use the cold target: ${file} has no profile [${profile}], name another in ` +
        "store.cold.credentials.profile",
    );
  }
  return checked(`[${profile}] of ${file}`, {
    keyId: settings.get("aws_access_key_id") ?? "",
    secret: settings.get("aws_secret_access_key") ?? "",
    sessionToken: settings.get("aws_session_token") ?? "",
  });
}

function textOfFile(file: string, readText: CredentialSources["readText"]): string {
  try {
    return readText(file);
  } catch (cause) {
    throw new TargetError(
      "key",
      `Cannot use the cold target: ${file} cannot be read, name the file of its key in ` +
        "store.cold.credentials.file",
      { cause },
    );
  }
}

/** Settings of `[profile]`, names in lower case. */
function profileOf(text: string, profile: string): ReadonlyMap<string, string> | undefined {
  let settings: Map<string, string> | undefined;
  let isIn = false;
  for (const line of text.split(/\r?\n/)) {
    const [, head] = /^\s*\[\s*(?:profile\s+)?([^\]]*?)\s*\]/.exec(line) ?? [];
    if (head !== undefined) {
      isIn = head === profile;
      if (isIn) settings ??= new Map();
      continue;
    }
    const [, name, value] = /^\s*([A-Za-z_]+)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    if (isIn && name !== undefined) settings!.set(name.toLowerCase(), value!);
  }
  return settings;
}

function checked(
  where: string,
  { keyId, secret, sessionToken }: Required<Credentials>,
): Credentials {
  if (!/^[\x21-\x7e]+$/.test(keyId)) throw lacking(where, "AWS_ACCESS_KEY_ID");
  if (!/^[\x21-\x7e]+$/.test(secret)) throw lacking(where, "AWS_SECRET_ACCESS_KEY");
  return { keyId, secret, ...(sessionToken !== "" && { sessionToken }) };
}

function lacking(where: string, name: string): TargetError {
  return new TargetError(
    "key",
    `Cannot use the cold target: ${where} has no usable ${name}, must have ` +
      "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (in a file in lower case)",
  );
}
