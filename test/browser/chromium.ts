/**
 * Starts Debian's Chromium for a test, with a profile of its own and no talk to anybody.
 *
 * @module
 */
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BrowserContext, chromium, type Page } from "playwright-core";

const PATH = "/usr/bin/chromium";

/** Why browser tests cannot run here; false where they can. */
export const missing: string | false = existsSync(PATH) ? false : `${PATH} is not installed`;

/** An open browser, and what its page complained of. */
export interface Browser extends AsyncDisposable {
  readonly context: BrowserContext;
  readonly page: Page;
  /** Errors on the console, failed checks of the content policy, uncaught exceptions. */
  readonly complaints: readonly string[];
  /** Addresses that the page asked for. */
  readonly requests: readonly string[];
}

/** Opens a browser. */
export async function openBrowser(colorScheme: "light" | "dark" = "light"): Promise<Browser> {
  const profile = mkdtempSync(join(tmpdir(), "custos-browser-"));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: PATH,
    headless: true,
    colorScheme,
    viewport: { width: 1280, height: 860 },
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
  const page = context.pages()[0] ?? await context.newPage();
  const complaints: string[] = [];
  const requests: string[] = [];
  page.on("console", (line) => {
    if (line.type() === "error") complaints.push(line.text());
  });
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("request", (request) => requests.push(request.url()));
  return {
    context,
    page,
    complaints,
    requests,
    async [Symbol.asyncDispose]() {
      await context.close();
      rmSync(profile, { recursive: true, force: true });
    },
  };
}
