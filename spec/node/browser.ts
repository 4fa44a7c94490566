import { existsSync } from 'node:fs';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

const ARGUMENTS = [
  ...['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
  ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
];

/** The browser of this machine: `CHROMIUM_PATH` (empty is none), or the first of the usual places. */
const PATH = process.env['CHROMIUM_PATH'] ?? PLACES.find((path) => existsSync(path)) ?? '';

/** `it` for what needs a browser: skipped by name where there is none, unless `REQUIRE_BROWSER=1` says that there is to be one. */
export const itInBrowser = PATH !== '' || process.env['REQUIRE_BROWSER'] === '1' ? it : it.skip;

/** Undefined where its specs are skipped. */
export async function launchBrowser(): Promise<Browser | undefined> {
  if (PATH !== '') return chromium.launch({ executablePath: PATH, args: ARGUMENTS });
  if (process.env['REQUIRE_BROWSER'] !== '1') return undefined;
  throw new Error(`There is no browser: set CHROMIUM_PATH, or install one of ${PLACES.join(', ')}`);
}

/** What a page did that it should not do. */
export interface Complaints {
  readonly dialogs: string[];
  /** Errors of its script, and what its Content-Security-Policy forbade. */
  readonly errors: string[];
}

/** A page in a context of its own, and what went wrong in it. */
export async function openPage(
  browser: Browser,
  url: string,
  options: BrowserContextOptions & { readonly before?: () => void } = {},
): Promise<{ readonly page: Page; readonly complaints: Complaints }> {
  const { before, ...context } = options;
  const page = await (await browser.newContext(context)).newPage();
  const complaints: Complaints = { dialogs: [], errors: [] };
  page.on('dialog', (dialog) => {
    complaints.dialogs.push(dialog.message());
    void dialog.dismiss();
  });
  page.on('pageerror', (error) => complaints.errors.push(error.message));
  page.on('console', (message) => {
    if (/Content.Security.Policy|Trusted/i.test(message.text())) complaints.errors.push(message.text());
  });
  if (before !== undefined) await page.addInitScript(before);
  await page.goto(url);
  return { page, complaints };
}
